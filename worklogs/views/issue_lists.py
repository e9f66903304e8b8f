"""The list of epics and that of issues, which are one page."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from accounts.middleware import CompanyRequest
from worklogs.filters import BadFilter
from worklogs.reports.issue_list import COLUMNS, DEFAULT_SORT, Looked, choices, issue_list
from worklogs.reports.sorting import headings
from worklogs.views.scope import read_query

LONGEST_TEXT = 200


def listed(request: CompanyRequest, by: str) -> HttpResponse:
    """`find` and `status` narrow it."""
    asked, number = read_query(request), request.GET.get("page", "")
    looked = Looked(text_of(request, "find"), text_of(request, "status"))
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


def text_of(request: CompanyRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]
