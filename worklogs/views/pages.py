"""The pages of hours: read the query, ask one report, render."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited, one_at_a_time
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.navigation import safe_next
from accounts.permissions import has_role, require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports import worklogs_sheet
from worklogs.filters import BadFilter
from worklogs.hours import FORMATS
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
    neighbours,
    worklog_page,
)
from worklogs.shell import HOURS_COOKIE
from worklogs.views.defaults import opens_default, viewed
from worklogs.views.downloads import download, file_name
from worklogs.views.filtering import with_issues_of_key
from worklogs.views.scope import NOBODY, Asked, read_query, visible_worklogs


@require_safe
@require_role(Role.USER)
@opens_default("dashboard")
@unchanged_is_304
def dashboard(request: CompanyRequest) -> HttpResponse:
    if not has_role(request, Role.MANAGER):
        query = request.META["QUERY_STRING"]
        return redirect(reverse("worklogs") + (f"?{query}" if query else ""))
    asked = read_query(request)
    split = "team" if request.GET.get("split") == "team" else "instance"
    plain = type(asked.filter)(asked.filter.period, instances=asked.filter.instances)
    report = overview(plain, list(asked.instances.values()), split=split, now=asked.now)
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
        "chips": chips(asked.conditions, asked.own),
        "group": levels_of(request),
        "dimensions": DIMENSIONS,
        "view": viewed(request, asked, "worklogs"),
    }
    if levels_of(request):
        context |= grouped_context(request, asked)
    else:
        context |= list_context(request, asked, is_empty=not total.tally.worklogs)
    return render(request, "worklogs/_list.html" if request.htmx else "worklogs/worklogs.html", context)


def levels_of(request: CompanyRequest) -> list[str]:
    """What the list is grouped by: up to two different dimensions."""
    known = [name for name in dict.fromkeys(request.GET.getlist("group")) if name in DIMENSIONS]
    return known[:LEVELS]


def grouped_context(request: CompanyRequest, asked: Asked) -> dict[str, Any]:
    return {"grouped": grouped(asked.filter, levels_of(request))}


def list_context(request: CompanyRequest, asked: Asked, *, is_empty: bool) -> dict[str, Any]:
    columns = columns_of(request.GET.getlist("column"))
    sort, after = request.GET.get("sort", DEFAULT_SORT), request.GET.get("after", "")
    try:
        found = replace(asked.filter, people=(NOBODY,)) if is_empty else asked.filter  # not looked for a second time
        page = worklog_page(found, asked.instances, sort=sort, after=after, columns=columns)
    except BadFilter as error:
        messages.warning(request, str(error))
        sort, page = DEFAULT_SORT, worklog_page(asked.filter, asked.instances, columns=columns)
    shown = {name: name in columns for name in COLUMNS}
    return {
        "page": page,
        "sort": sort,
        "columns": shown,
        "column_names": COLUMNS,
        "always": ALWAYS,
        "span": len(columns) - 2,
    }


@require_safe
@require_role(Role.USER)
def worklog(request: CompanyRequest, pk: int) -> HttpResponse:
    """One worklog with its neighbours on the same issue: a panel beside the list, or a page of its own."""
    visible = visible_worklogs(request)
    related = ("issue", "epic", "project", "person__team", "instance")
    found = get_object_or_404(visible.select_related(*related), pk=pk)
    return render(
        request,
        "worklogs/_panel.html" if request.htmx else "worklogs/worklog.html",
        {"worklog": found, "neighbours": neighbours(found, visible)},
    )


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
@one_at_a_time
def worklogs_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    asked = read_query(request, is_page=False)
    name = file_name(request, "worklogs", asked.filter.period)
    sheet = worklogs_sheet(asked.filter, has_total=kind == "xlsx")
    return download(request, kind, name, sheet, asked.filter.worklogs().count)


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
