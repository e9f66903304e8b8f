"""The page of what is stored and no report can show, and of what could not be read."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.reports import problems as report


@require_safe
@require_role(Role.MANAGER)
def problems(request: CompanyRequest) -> HttpResponse:
    return render(request, "worklogs/problems.html", {"report": report.problems()})
