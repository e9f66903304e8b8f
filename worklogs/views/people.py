"""The pages of people."""

from dataclasses import dataclass, replace
from functools import partial

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.lists import people_sheet
from worklogs.filters import CONDITIONS, NOBODY, NOT, written
from worklogs.former_names import present_name
from worklogs.periods import BadPeriod, Period, read_day
from worklogs.query_parts import Parts, duration, number, one_of, only_yes
from worklogs.reports.calendar import shown
from worklogs.reports.day import day_report
from worklogs.reports.facets import Chip
from worklogs.reports.missing import is_whole
from worklogs.reports.people import COLUMNS, DEFAULT_SORT, STATUSES, Wanted, can_miss, everyone, people_list
from worklogs.reports.person import Profile, person_report, profile
from worklogs.reports.sorting import headings, key_of
from worklogs.views.downloads import download
from worklogs.views.scope import Asked, own_people, read_query, sort_of, tell_coverage_of
from worklogs.working_days import WorkingDays

OF_LIST = ("name", "status", "under", "missing", "page")
OF_PEOPLE = ("person", "team", NOT + "person", NOT + "team")
OF_WORKLOGS = ("instance", *(name for name in CONDITIONS if name not in OF_PEOPLE))  # these hide hours


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def people(request: CompanyRequest) -> HttpResponse:
    """A USER is led to the own page; one whom nobody has linked with a person is told so."""
    asked, query = read_query(request), request.META["QUERY_STRING"]
    if asked.own is not None and len(asked.own) < 2:
        if not asked.own:
            return render(request, "worklogs/unlinked.html")
        return redirect(reverse("person", args=asked.own) + (f"?{query}" if query else ""))
    parts = Parts(request.GET)
    wanted, page = _wanted(parts), parts.value("page", number) or 1
    asked.notes.extend(map(str, parts.faults))
    sort = sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS))
    report = people_list(asked.filter, asked.today, own=asked.own, sort=sort, wanted=wanted, page=page)
    context = {
        "report": report,
        "headings": headings(COLUMNS, sort),
        "filter": asked.filter,
        "wanted": wanted,
        "under": written(wanted.under),
        "everyone_query": _query_without(request, *CONDITIONS, *OF_LIST),
        "untold": _untold(request, asked, wanted, sort),
    }
    return render(request, "worklogs/people.html", context)


def _query_without(request: CompanyRequest, *names: str) -> str:
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return f"?{kept.urlencode()}"


@dataclass(frozen=True)
class Untold:
    """Why missing days can't be told, and the way to see them; without a query there is none."""

    text: str
    action: str
    query: str


def _untold(request: CompanyRequest, asked: Asked, wanted: Wanted, sort: str) -> Untold | None:
    """None where they can be told, or aren't asked for."""
    if not (wanted.is_missing or sort.removeprefix("-") == "missing") or can_miss(asked.filter):
        return None
    query = "" if is_whole(asked.filter) else _query_without(request, *OF_WORKLOGS, "page")
    if is_whole(asked.filter.less("instances")):
        return Untold(_("Missing days need all instances and at most a year."), _("Show all instances"), query)
    return Untold(_("Missing days aren’t counted while hours are filtered."), _("Remove filters"), query)


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def people_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request)
    parts = Parts(request.GET)
    wanted = _wanted(parts)
    asked.notes.extend(map(str, parts.faults))
    sort = sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS))
    if untold := _untold(request, asked, wanted, sort):
        asked.notes.append(untold.text)
    rows = everyone(asked.filter, asked.today, own=asked.own, sort=sort, wanted=wanted)
    return download(request, kind, "people", asked, people_sheet(rows), lambda: len(rows), also=_chips(wanted))


def _chips(wanted: Wanted) -> tuple[Chip, ...]:
    statuses = {
        "active": pgettext("people", "Active"),
        "deactivated": pgettext("people", "Deactivated"),
        "all": _("Everyone"),
    }
    return (
        Chip(_("Name"), wanted.name, "name"),
        Chip(_("Status"), statuses.get(wanted.status, ""), "status"),
        Chip(_("Hours under"), written(wanted.under), "under"),
        Chip(_("Missing days"), _("yes") if wanted.is_missing else "", "missing"),
    )


def _wanted(parts: Parts) -> Wanted:
    return Wanted(
        name=parts.query.get("name", "").strip(),
        status=parts.value("status", one_of(STATUSES)) or "",
        under=parts.value("under", duration),
        is_missing=parts.value("missing", only_yes) == "yes",
    )


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def person(request: CompanyRequest, pk: int) -> HttpResponse:
    asked = read_query(request)
    someone = profile(pk, asked.own)
    if someone is None:  # merged into somebody, or a 404
        now = _someone(asked, int(present_name("person", str(pk)) or NOBODY))
        return redirect(f"{reverse('person', args=[now.id])}?{request.GET.urlencode()}")
    chosen = replace(asked.filter.less("people", "teams"), people=(pk,))
    instances, known = list(asked.instances.values()), WorkingDays.of([pk], shown(chosen.period, asked.week_start))
    report = person_report(chosen, someone, instances, asked.now, known, asked.week_start)
    return render(request, "worklogs/person.html", {"report": report, "profile": someone})


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def day(request: CompanyRequest, pk: int, day: str) -> HttpResponse:
    """A day of a person: a panel beside the calendar, or a page of its own."""
    asked = read_query(request)
    someone = _someone(asked, pk)
    try:
        found = read_day(day)
    except BadPeriod as error:
        raise Http404 from error
    chosen = replace(asked.filter.less("people", "teams"), people=(pk,), period=Period(found, found))
    tell_coverage_of(request, chosen)
    report = day_report(chosen, list(asked.instances.values()))
    template = "worklogs/_day.html" if request.htmx else "worklogs/day.html"
    return render(request, template, {"report": report, "profile": someone})


def _someone(asked: Asked, pk: int) -> Profile:
    """A person whom nobody knows, and for a USER anyone else, is a 404."""
    found = profile(pk, asked.own)
    if found is None:
        raise Http404
    return found


@require_safe
@require_role(Role.USER)
def moved(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    """Where the pages of people were before."""
    query, own = request.META["QUERY_STRING"], None if has_role(request, Role.MANAGER) else own_people(request)
    if pk is not None and profile(pk, own) is None:
        raise Http404
    page = reverse("people") if pk is None else reverse("person", args=[pk])
    return redirect(page + (f"?{query}" if query else ""), permanent=True)
