"""The pages of hours: read the query, ask one report, render."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited, one_at_a_time
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.navigation import safe_next
from accounts.permissions import has_role, require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports import worklogs_sheet
from worklogs.exports.grouped import grouped_sheet
from worklogs.filters import NOBODY, BadFilter
from worklogs.hours import FORMATS
from worklogs.labels import person_label
from worklogs.models import Worklog
from worklogs.query_parts import Parts, one_of
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.facets import chips
from worklogs.reports.grouped import LEVELS, grouped
from worklogs.reports.overview import overview
from worklogs.reports.worklog_list import (
    ALWAYS,
    COLUMNS,
    DEFAULT_SORT,
    columns_of,
    filter_total,
    headings,
    neighbours,
    worklog_page,
)
from worklogs.reports.worklog_order import keys_of
from worklogs.shell import HOURS_COOKIE
from worklogs.views.defaults import opens_default, viewed
from worklogs.views.downloads import download
from worklogs.views.filtering import with_issues_of_key
from worklogs.views.scope import Asked, read_query, sort_of, visible_worklogs

SPLITS = ("instance", "team")  # of the dashboard's chart
RELATED = ("issue", "epic", "project", "person__team", "instance")


@require_safe
@require_role(Role.USER)
@opens_default("dashboard")
@unchanged_is_304
def dashboard(request: CompanyRequest) -> HttpResponse:
    if not has_role(request, Role.MANAGER):
        query = request.META["QUERY_STRING"]
        return redirect(reverse("people") + (f"?{query}" if query else ""))  # from there to the own calendar
    asked = read_query(request, is_plain=True)
    parts = Parts(request.GET)
    split = parts.value("split", one_of(SPLITS)) or SPLITS[0]
    asked.notes.extend(map(str, parts.faults))
    report = overview(asked.filter, list(asked.instances.values()), split=split, now=asked.now)
    context = {"report": report, "view": viewed(request, asked, "dashboard")}
    return render(request, "worklogs/dashboard.html", context)


@require_safe
@require_role(Role.USER)
@opens_default("worklogs")
@unchanged_is_304
def worklogs(request: CompanyRequest) -> HttpResponse:
    asked = read_query(request)
    if "issue-key" in request.GET:
        return with_issues_of_key(request, asked, "worklogs")
    total = filter_total(asked.filter)
    context = {
        "filter": asked.filter,
        "total": total,
        "chips": chips(asked.conditions, asked.names),
        "group": levels_of(request),
        "dimensions": DIMENSIONS,
        "view": viewed(request, asked, "worklogs"),
        "sort": None,  # groups have an order of their own
    }
    if levels_of(request):
        context |= {"grouped": grouped(asked.filter, levels_of(request))}
    else:
        context |= list_context(request, asked, is_empty=not total.tally.worklogs)
    asked.notes.extend(unknown_of_list(request))
    if not request.htmx and (found := open_worklog(request, asked)):
        context |= panel_context(request, found)
    return render(request, "worklogs/_list.html" if request.htmx else "worklogs/worklogs.html", context)


def levels_of(request: CompanyRequest) -> list[str]:
    """What the list is grouped by: up to two different dimensions."""
    known = [name for name in dict.fromkeys(request.GET.getlist("group")) if name in DIMENSIONS]
    return known[:LEVELS]


def unknown_of_list(request: CompanyRequest) -> Iterator[str]:
    """What the address names of the list itself that there is not."""
    for name in dict.fromkeys(request.GET.getlist("group")):
        if name and name not in DIMENSIONS:
            yield _("Can’t group by “%(name)s”.") % {"name": name[:40]}
    for name in dict.fromkeys(request.GET.getlist("column")):
        if name and name not in COLUMNS:
            yield _("Unknown column “%(name)s”") % {"name": name[:40]}


def open_worklog(request: CompanyRequest, asked: Asked) -> Worklog | None:
    """The one whose panel stands open beside the list."""
    number = request.GET.get("open", "")
    if not number:
        return None
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    found = visible_worklogs(request).select_related(*RELATED).filter(pk=number).first() if is_number else None
    if found is None:
        asked.notes.append(_("No worklog %(number)s found.") % {"number": number[:40].replace("\x00", "")})
    return found


def panel_context(request: CompanyRequest, found: Worklog) -> dict[str, Any]:
    return {
        "worklog": found,
        "neighbours": neighbours(found, visible_worklogs(request)),
        "person_name": person_label(found.person),
    }


def list_context(request: CompanyRequest, asked: Asked, *, is_empty: bool) -> dict[str, Any]:
    columns = columns_of(request.GET.getlist("column"))
    sort = sort_of(request, asked, DEFAULT_SORT, keys_of)
    found = replace(asked.filter, people=(NOBODY,)) if is_empty else asked.filter  # not looked for a second time
    listed = partial(worklog_page, found, asked.instances, sort=sort, columns=columns)
    try:
        page = listed(after=request.GET.get("after", ""))
    except BadFilter as error:
        asked.notes.append(str(error))
        page = listed()
    return {
        "page": page,
        "headings": headings(columns, sort),
        "sort": sort,
        "columns": {name: name in columns for name in COLUMNS},
        "column_names": COLUMNS,
        "always": ALWAYS,
        "span": len(columns) - 2,
    }


@require_safe
@require_role(Role.USER)
def worklog(request: CompanyRequest, pk: int) -> HttpResponse:
    """One worklog with its neighbours on the same issue: a panel beside the list, or a page of its own."""
    found = get_object_or_404(visible_worklogs(request).select_related(*RELATED), pk=pk)
    template = "worklogs/_panel.html" if request.htmx else "worklogs/worklog.html"
    return render(request, template, panel_context(request, found))


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
@one_at_a_time
def worklogs_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request)
    asked.notes.extend(unknown_of_list(request))
    if by := levels_of(request):
        sheet, rows = grouped_sheet(asked.filter, by)
        return download(request, kind, f"worklogs-by-{'-and-'.join(by)}", asked, sheet, lambda: rows)
    sort = sort_of(request, asked, "day", keys_of)  # a page's link names its own
    sheet = worklogs_sheet(asked.filter, sort=sort, has_total=kind == "xlsx")
    return download(request, kind, "worklogs", asked, sheet, asked.filter.worklogs().count)


@require_POST
@require_role(Role.USER)
def preferences(request: CompanyRequest) -> HttpResponse:
    """The hours format and the language, remembered in cookies."""
    response = redirect(safe_next(request))
    asked = {HOURS_COOKIE: ("hours", FORMATS), settings.LANGUAGE_COOKIE_NAME: ("language", dict(settings.LANGUAGES))}
    for cookie, (name, known) in asked.items():
        if (value := request.POST.get(name)) in known:
            response.set_cookie(
                cookie,
                str(value),
                max_age=365 * 24 * 3600,
                samesite="Lax",
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )
    return response
