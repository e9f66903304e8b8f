"""The pages of epics."""

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
from worklogs.reports.epic import epic_report
from worklogs.views.issue_lists import exported, listed
from worklogs.views.issue_lookup import at_id, at_key, plain
from worklogs.views.scope import Asked, read_query, tell_coverage_of


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def epics(request: CompanyRequest) -> HttpResponse:
    return listed(request, "epic")


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
def epics_export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    return exported(request, "epic", kind)


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def epic_by_id(request: CompanyRequest, pk: int) -> HttpResponse:
    return at_id(request, read_query(request), "epic", pk, shown)


@require_safe
@require_role(Role.USER)
@unchanged_is_304
def epic(request: CompanyRequest, key: str) -> HttpResponse:
    return at_key(request, read_query(request), "epic", key, shown)


def shown(request: CompanyRequest, asked: Asked, found: Issue) -> HttpResponse:
    instances = list(asked.instances.values())
    tell_coverage_of(request, replace(plain(asked), instances=(found.instance.slug,)))
    report = epic_report(plain(asked), found, instances, asked.today, is_whole=asked.own is None)
    return render(request, "worklogs/epic.html", {"report": report, "issue": found})
