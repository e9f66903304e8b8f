"""The list of epics and that of issues, which are one page."""

from functools import partial

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.middleware import CompanyRequest
from worklogs.exports.lists import issues_sheet
from worklogs.query_parts import Parts, number
from worklogs.reports.facets import Chip
from worklogs.reports.issue_list import COLUMNS, DEFAULT_SORT, Choices, Looked, choices, issue_list, whole_list
from worklogs.reports.sorting import headings, key_of
from worklogs.views.downloads import download
from worklogs.views.scope import Asked, read_query, sort_of

LONGEST_TEXT = 200


def listed(request: CompanyRequest, by: str) -> HttpResponse:
    """`find` and `status` narrow it."""
    asked, looked, parts = read_query(request), looked_for(request), Parts(request.GET)
    page, instances = parts.value("page", number) or 1, list(asked.instances.values())
    asked.notes.extend(map(str, parts.faults))
    sort, known = sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS[by])), choices(by, asked.own)
    note_unknown(asked, looked, known)
    report = issue_list(asked.filter, by, instances, looked=looked, sort=sort, page=page)
    context = {
        "report": report,
        "headings": headings(COLUMNS[by], sort),
        "looked": looked,
        "choices": known,
        "chosen": asked.filter,
    }
    return render(request, "worklogs/issue_list.html", context)


def exported(request: CompanyRequest, by: str, kind: str) -> HttpResponseBase:
    """The rows of every page of it."""
    asked, looked = read_query(request), looked_for(request)
    instances = list(asked.instances.values())
    sort = sort_of(request, asked, DEFAULT_SORT, partial(key_of, COLUMNS[by]))
    if looked.status:
        note_unknown(asked, looked, choices(by, asked.own))
    sheet, rows = issues_sheet(whole_list(asked.filter, by, instances, looked=looked, sort=sort))
    also = (Chip(_("Text"), looked.text, "find"), Chip(_("Status"), looked.status, "status"))
    return download(request, kind, "epics" if by == "epic" else "issues", asked, sheet, lambda: rows, also=also)


def note_unknown(asked: Asked, looked: Looked, known: Choices) -> None:
    """A status that no issue has matches nothing."""
    if looked.status and looked.status not in known.statuses:
        asked.notes.append(_("Unknown status “%(name)s”") % {"name": looked.status[:40]})


def looked_for(request: CompanyRequest) -> Looked:
    return Looked(text_of(request, "find"), text_of(request, "status"))


def text_of(request: CompanyRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]
