"""The list of epics and that of issues, which are one page."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.middleware import CompanyRequest
from worklogs.exports.lists import issues_sheet
from worklogs.filters import BadFilter
from worklogs.reports.issue_list import COLUMNS, DEFAULT_SORT, Looked, choices, issue_list, whole_list
from worklogs.reports.sorting import headings
from worklogs.views.downloads import download, file_name
from worklogs.views.scope import read_query

LONGEST_TEXT = 200


def listed(request: CompanyRequest, by: str) -> HttpResponse:
    """`find` and `status` narrow it."""
    asked, number, looked = read_query(request), request.GET.get("page", ""), looked_for(request)
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    report_of = partial(issue_list, asked.filter, by, list(asked.instances.values()), looked=looked, page=page)
    sort = request.GET.get("sort") or DEFAULT_SORT
    try:
        report = report_of(sort=sort)
    except BadFilter as error:
        messages.warning(request, str(error))
        sort, report = DEFAULT_SORT, report_of()
    context = {
        "report": report,
        "headings": headings(COLUMNS[by], sort),
        "looked": looked,
        "choices": choices(by, asked.own),
        "chosen": asked.filter,
    }
    return render(request, "worklogs/issue_list.html", context)


def exported(request: CompanyRequest, by: str, kind: str) -> HttpResponseBase:
    """The rows of every page of it."""
    asked, looked = read_query(request, is_page=False), looked_for(request)
    sort, instances = request.GET.get("sort") or DEFAULT_SORT, list(asked.instances.values())
    try:
        sheet, rows = issues_sheet(whole_list(asked.filter, by, instances, looked=looked, sort=sort))
    except BadFilter as error:
        raise Http404(str(error)) from error
    name = file_name(request, "epics" if by == "epic" else "issues", asked.filter.period)
    return download(request, kind, name, sheet, lambda: rows)


def looked_for(request: CompanyRequest) -> Looked:
    return Looked(text_of(request, "find"), text_of(request, "status"))


def text_of(request: CompanyRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]
