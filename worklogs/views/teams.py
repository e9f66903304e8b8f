"""The pages of teams."""

from functools import partial

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.lists import teams_sheet
from worklogs.filters import BadFilter
from worklogs.former_names import present_name
from worklogs.reports.facets import Chip
from worklogs.reports.sorting import headings, key_of
from worklogs.reports.team import team_report
from worklogs.reports.teams import COLUMNS, DEFAULT_SORT, team_list
from worklogs.views.downloads import download
from worklogs.views.scope import read_query, sort_of

SEARCH_FROM = 10  # teams, beyond which a search box helps


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def teams(request: CompanyRequest) -> HttpResponse:
    asked = read_query(request)
    chosen, name = asked.filter.of_any_team(), request.GET.get("name", "").strip()
    instances, sort = list(asked.instances.values()), sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS))
    report = team_list(chosen, instances, asked.today, own=asked.own, sort=sort, name=name)
    context = {
        "report": report,
        "headings": headings(COLUMNS, sort),
        "name": name,
        "has_search": bool(name) or len(report.rows) > SEARCH_FROM,
        "query": asked.conditions.of_any_team().query(),
    }
    return render(request, "worklogs/teams.html", context)


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def teams_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request)
    chosen, name = asked.filter.of_any_team(), request.GET.get("name", "").strip()
    instances, sort = list(asked.instances.values()), sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS))
    report = team_list(chosen, instances, asked.today, own=asked.own, sort=sort, name=name)
    sheet = teams_sheet(report)
    also = (Chip(_("Name"), name, "name"),)
    return download(
        request, kind, "teams", asked, sheet, lambda: len(report.rows), chosen=asked.conditions.of_any_team(), also=also
    )


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def team(request: CompanyRequest, slug: str) -> HttpResponse:
    asked = read_query(request)
    chosen, instances = asked.filter.of_any_team(slug), list(asked.instances.values())
    grain = request.GET.get("by", "")
    try:
        report = team_report(chosen, slug, instances, asked.today, own=asked.own, grain=grain)
    except BadFilter as error:
        asked.notes.append(str(error))
        report = team_report(chosen, slug, instances, asked.today, own=asked.own)
    if report is None:
        now = present_name("team", slug)
        if now and team_report(chosen, now, instances, asked.today, own=asked.own):
            return redirect(f"{reverse('team', args=[now])}?{request.GET.urlencode()}")
        raise Http404
    return render(request, "worklogs/team.html", {"report": report})
