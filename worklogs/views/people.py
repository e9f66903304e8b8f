"""The pages of people."""

from dataclasses import replace
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.lists import people_sheet
from worklogs.filters import BadFilter
from worklogs.periods import BadPeriod, Period, read_day
from worklogs.reports.day import day_report
from worklogs.reports.holidays import holidays_of
from worklogs.reports.people import COLUMNS, DEFAULT_SORT, STATUSES, everyone, people_list
from worklogs.reports.person import Profile, person_report, profile
from worklogs.reports.sorting import headings
from worklogs.views.downloads import download, file_name
from worklogs.views.scope import Asked, own_people, read_query


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
    wanted, sort = _wanted(request), request.GET.get("sort") or DEFAULT_SORT
    page = _number(request.GET.get("page", ""))
    listed = partial(people_list, asked.filter, asked.today, own=asked.own, page=page, **wanted)
    try:
        report = listed(sort=sort)
    except BadFilter as error:
        messages.warning(request, str(error))
        sort, report = DEFAULT_SORT, listed()
    context = {"report": report, "headings": headings(COLUMNS, sort), "filter": asked.filter}
    return render(request, "worklogs/people.html", context | wanted)


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def people_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request, is_page=False)
    sort = request.GET.get("sort") or DEFAULT_SORT
    try:
        rows = everyone(asked.filter, own=asked.own, sort=sort, **_wanted(request))
    except BadFilter as error:
        raise Http404(str(error)) from error
    name = file_name(request, "people", asked.filter.period)
    return download(request, kind, name, people_sheet(rows), lambda: len(rows))


def _wanted(request: CompanyRequest) -> dict[str, str]:
    """Whom the list is narrowed to."""
    status = request.GET.get("status", "")
    return {"name": request.GET.get("name", "").strip(), "status": status if status in STATUSES else ""}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def person(request: CompanyRequest, pk: int) -> HttpResponse:
    asked = read_query(request)
    someone = _someone(asked, pk)
    chosen = replace(asked.filter, people=(pk,), teams=())
    instances, holidays = list(asked.instances.values()), holidays_of(pk, chosen.period)
    report = person_report(chosen, someone, instances, asked.now, holidays, asked.week_start)
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
    chosen = replace(asked.filter, people=(pk,), teams=(), period=Period(found, found))
    report = day_report(chosen, list(asked.instances.values()), request.company.zone)
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
