"""The form of every condition that a filter can have."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.filters import WorklogFilter, written
from worklogs.reports.facets import facets, issues_of_key
from worklogs.views.scope import Asked, read_query


@require_safe
@require_role(Role.USER)
def filter_form(request: CompanyRequest, page: str) -> HttpResponse:
    """In the menu of the page that it filters, or by itself."""
    asked = read_query(request)
    seen = WorklogFilter(asked.filter.period, people=asked.filter.people if asked.own is not None else ())
    context = {
        "page": page,
        "filter": asked.filter,
        "facets": facets(seen),
        "weekdays": WEEKDAYS,
        "at_least": written(asked.filter.at_least),
        "at_most": written(asked.filter.at_most),
    }
    return render(request, "worklogs/_filter_form.html" if request.htmx else "worklogs/filter.html", context)


def with_issues_of_key(request: CompanyRequest, asked: Asked, page: str) -> HttpResponse:
    """The same page, with the issues of the key that was typed among its conditions."""
    rest = request.GET.copy()
    key = str(rest.pop("issue-key")[-1]).replace("\x00", "").strip()
    found = issues_of_key(key, asked.own) if key else []
    if key and not found:
        messages.warning(request, _("There is no issue %(key)s.") % {"key": key[:40]})
    rest.setlist("issue", [*rest.getlist("issue"), *map(str, found)])
    return redirect(f"{reverse(page)}?{rest.urlencode()}")
