"""The form of every condition that a filter can have."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseLocation

from accounts.dates import weekday_names
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.filters import NOT, PARTS, WorklogFilter, written
from worklogs.reports.facets import facets
from worklogs.reports.named import issues_of_key
from worklogs.views.scope import Asked, read_query

OPERATOR = "-is"  # behind the name of a part: whether what is chosen is wanted or not
PASSING = ("apply", "issue-key", "after", "open")  # of this form, or of the page that it leaves
TYPED = ("at-least", "at-most")
FACETS = ("person", "team", "project", "epic", "type", "instance")
ASKED = {*PASSING, *TYPED, "q", "billable", "no-longer-shown", "weekday", *FACETS, *(NOT + name for name in FACETS)}


@require_safe
@require_role(Role.USER)
def filter_form(request: CompanyRequest, page: str) -> HttpResponse:
    """In the menu of the page that it filters, or by itself. It opens the page once all that was typed can be read."""
    request.GET = as_conditions(request.GET)  # type: ignore[assignment]
    asked = read_query(request)
    errors = errors_of(request, asked)
    if "apply" in request.GET and not errors:
        url = f"{reverse(page)}?{applied(request.GET, asked).urlencode()}"
        return HttpResponseLocation(url, target="#list") if request.htmx else redirect(url)
    template = "worklogs/_filter_form.html" if request.htmx else "worklogs/filter.html"
    context = {"page": page, "errors": errors, "notes": (), **form_context(request, asked)}  # told beside the fields
    return render(request, template, context)


def form_context(request: CompanyRequest, asked: Asked) -> dict[str, Any]:
    """What was typed stays as it was typed where it can't be read."""
    kept = [(name, value) for name, values in request.GET.lists() if name not in ASKED for value in values if value]
    seen = WorklogFilter(asked.filter.period).kept_to(asked.own)
    bad = {fault.name: fault.value for fault in asked.faults}
    return {
        "filter": asked.filter,
        "facets": facets(FACETS, seen, asked.conditions, asked.names),
        "kept": kept,
        "weekdays": weekday_names(is_short=True),
        "at_least": bad.get("at-least", written(asked.filter.at_least)),
        "at_most": bad.get("at-most", written(asked.filter.at_most)),
        "issue_key": request.GET.get("issue-key", ""),
    }


def as_conditions(query: QueryDict) -> QueryDict:
    """What the form asks with: options of `team` are those of `not-team` where `team-is` says not."""
    found = query.copy()
    for name in PARTS:
        if found.pop(name + OPERATOR, [""])[-1] == "not":
            found.setlist(NOT + name, [*found.getlist(NOT + name), *found.pop(name, [])])
    return found


def errors_of(request: CompanyRequest, asked: Asked) -> dict[str, str]:
    """By the name of the field, with _ for -."""
    errors = {fault.name.replace("-", "_"): str(fault.error) for fault in asked.faults if fault.name in TYPED}
    if (key := key_of(request.GET)) and not issues_of_key(key, asked.own):
        errors["issue_key"] = _("No issue %(key)s found.") % {"key": key[:40]}
    return errors


def key_of(query: QueryDict) -> str:
    return query.get("issue-key", "").replace("\x00", "").strip()


def applied(query: QueryDict, asked: Asked) -> QueryDict:
    """The query of the page, with the issues of the key that was typed among its conditions."""
    found = query.copy()
    for name in PASSING:
        found.pop(name, None)
    key = key_of(query)
    issues = [*found.getlist("issue"), *map(str, issues_of_key(key, asked.own) if key else ())]
    found.setlist("issue", list(dict.fromkeys(issues)))
    return found


def with_issues_of_key(request: CompanyRequest, asked: Asked, page: str) -> HttpResponse:
    """The same page, with the issues of the key that was typed among its conditions."""
    if error := errors_of(request, asked).get("issue_key"):
        messages.warning(request, error)
    return redirect(f"{reverse(page)}?{applied(request.GET, asked).urlencode()}")
