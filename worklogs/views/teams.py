"""The pages of teams."""

from dataclasses import replace
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.lists import teams_sheet
from worklogs.filters import BadFilter
from worklogs.reports.sorting import headings
from worklogs.reports.team import team_report
from worklogs.reports.teams import COLUMNS, DEFAULT_SORT, team_list
from worklogs.views.downloads import download, file_name
from worklogs.views.scope import read_query

SEARCH_FROM = 10  # teams, beyond which a search box helps


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def teams(request: CompanyRequest) -> HttpResponse:
    asked = read_query(request)
    chosen, name = replace(asked.filter, teams=()), request.GET.get("name", "").strip()
    sort, instances = request.GET.get("sort") or DEFAULT_SORT, list(asked.instances.values())
    listed = partial(team_list, chosen, instances, asked.today, own=asked.own, name=name)
    try:
        report = listed(sort=sort)
    except BadFilter as error:
        messages.warning(request, str(error))
        sort, report = DEFAULT_SORT, listed()
    context = {
        "report": report,
        "headings": headings(COLUMNS, sort),
        "name": name,
        "has_search": bool(name) or len(report.rows) > SEARCH_FROM,
        "query": replace(asked.conditions, teams=()).query(),
    }
    return render(request, "worklogs/teams.html", context)


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def teams_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request, is_page=False)
    chosen, name = replace(asked.filter, teams=()), request.GET.get("name", "").strip()
    sort, instances = request.GET.get("sort") or DEFAULT_SORT, list(asked.instances.values())
    try:
        report = team_list(chosen, instances, asked.today, own=asked.own, name=name, sort=sort)
    except BadFilter as error:
        raise Http404(str(error)) from error
    called = file_name(request, "teams", chosen.period)
    return download(request, kind, called, teams_sheet(report), lambda: len(report.rows))


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def team(request: CompanyRequest, slug: str) -> HttpResponse:
    asked = read_query(request)
    chosen, instances = replace(asked.filter, teams=()), list(asked.instances.values())
    grain = request.GET.get("by", "")
    try:
        report = team_report(chosen, slug, instances, asked.today, own=asked.own, grain=grain)
    except BadFilter as error:
        messages.warning(request, str(error))
        report = team_report(chosen, slug, instances, asked.today, own=asked.own)
    if report is None:
        raise Http404
    return render(request, "worklogs/team.html", {"report": report})
