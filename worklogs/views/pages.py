"""The pages of hours: read the query, ask one report, render."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.navigation import safe_next
from accounts.permissions import has_role, require_role
from accounts.tenancy import company_scope
from worklogs.caching import unchanged_is_304
from worklogs.exports import worklogs_csv
from worklogs.filters import BadFilter
from worklogs.hours import FORMATS
from worklogs.reports.overview import overview
from worklogs.reports.worklog_list import (
    DEFAULT_SORT,
    chips,
    choices,
    filter_total,
    named_issues,
    neighbours,
    worklog_page,
)
from worklogs.shell import HOURS_COOKIE
from worklogs.views.scope import read_query, visible_worklogs


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def dashboard(request: CompanyRequest) -> HttpResponse:
    if not has_role(request, Role.MANAGER):
        return redirect("worklogs")
    asked = read_query(request)
    split = "team" if request.GET.get("split") == "team" else "instance"
    plain = type(asked.filter)(asked.filter.period, instances=asked.filter.instances)
    report = overview(plain, list(asked.instances.values()), split=split, now=asked.now)
    return render(request, "worklogs/dashboard.html", {"report": report})


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def worklogs(request: CompanyRequest) -> HttpResponse:
    asked = read_query(request)
    sort, after = request.GET.get("sort", DEFAULT_SORT), request.GET.get("after", "")
    try:
        page = worklog_page(asked.filter, asked.instances, sort=sort, after=after)
    except BadFilter as error:
        messages.warning(request, str(error))
        sort, page = DEFAULT_SORT, worklog_page(asked.filter, asked.instances)
    available = choices(asked.own)
    context = {
        "filter": asked.filter,
        "page": page,
        "sort": sort,
        "total": filter_total(asked.filter),
        "choices": available,
        "chips": list(chips(asked.conditions, available, named_issues(asked.filter, asked.own))),
    }
    return render(request, "worklogs/_table.html" if request.htmx else "worklogs/worklogs.html", context)


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
def worklogs_export(request: CompanyRequest) -> HttpResponseBase:
    asked, company = read_query(request, is_page=False), request.company

    def lines() -> Iterator[str]:
        with company_scope(company):  # the middleware's scope has ended when the response streams
            yield from worklogs_csv(asked.filter)

    period = asked.filter.period
    name = f"worklogs-{company.slug}-{period.first}-{period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
@require_role(Role.USER)
def preferences(request: CompanyRequest) -> HttpResponse:
    """The hours format, remembered in a cookie."""
    response = redirect(safe_next(request))
    if request.POST.get("hours") in FORMATS:
        response.set_cookie(HOURS_COOKIE, request.POST["hours"], max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
    return response
