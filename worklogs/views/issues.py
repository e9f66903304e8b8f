"""The pages of issues."""

from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.caching import unchanged_is_304
from worklogs.models import Issue
from worklogs.reports.issue import issue_report
from worklogs.views.issue_lists import exported, listed
from worklogs.views.issue_lookup import at_id, at_key, plain
from worklogs.views.scope import Asked, read_query, tell_coverage_of


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def issues(request: CompanyRequest) -> HttpResponse:
    return listed(request, "issue")


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def issues_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    return exported(request, "issue", kind)


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def issue_by_id(request: CompanyRequest, pk: int) -> HttpResponse:
    return at_id(request, read_query(request), "issue", pk, shown)


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def issue(request: CompanyRequest, key: str) -> HttpResponse:
    return at_key(request, read_query(request), "issue", key, shown)


def shown(request: CompanyRequest, asked: Asked, found: Issue) -> HttpResponse:
    instances = list(asked.instances.values())
    tell_coverage_of(request, replace(plain(asked), instances=(found.instance.slug,)))
    report = issue_report(plain(asked), found, instances, asked.today, is_whole=asked.own is None)
    return render(request, "worklogs/issue.html", {"report": report, "issue": found})
