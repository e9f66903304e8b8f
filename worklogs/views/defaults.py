"""The view that a user has chosen to see first: applied to a page that is asked for nothing, and told on it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect

from accounts.middleware import CompanyRequest
from accounts.permissions import View
from worklogs.filters import BadFilter
from worklogs.models import SavedReport
from worklogs.periods import BadPeriod
from worklogs.reports.named import has_only_unknown
from worklogs.saved_reports import canonical, default_of, left_out, may_change, presets_of, url_of, visible
from worklogs.views.scope import Asked


@dataclass(frozen=True)
class Viewed:
    """What a page says of the saved view it shows, and what it offers to save. `report`: the one it was opened by."""

    page: str
    report: SavedReport | None
    is_default: bool
    is_changed: bool
    may_change: bool
    presets: tuple[tuple[str, str], ...]  # that are the period's very days
    preset: str  # of the query
    has_only_unknown: bool  # a part of the query, which then leaves no worklog
    left_out: tuple[str, ...]  # parts of the query that can't be read, and aren't saved


def opens_default(page: str) -> Callable[[View], View]:
    """Without any query the page is the user's default view, which says so and has a way off."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.GET and not request.htmx and (report := default_of(request.user, page)):
                return redirect(url_of(report))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def viewed(request: CompanyRequest, asked: Asked, page: str = "reports") -> Viewed:
    pk = request.GET.get("view", "")
    report = visible(request.user).filter(pk=pk, page=page).first() if pk.isdecimal() and len(pk) < 19 else None
    is_default = bool(report and report.defaults.filter(user=request.user).exists())
    return Viewed(
        page=page,
        report=report,
        is_default=is_default,
        is_changed=bool(report and _query_of(request, asked) != report.query),
        may_change=bool(report and may_change(request, report)),
        presets=tuple(presets_of(asked.filter.period, asked.today, asked.week_start)),
        preset=asked.filter.period.preset,
        has_only_unknown=has_only_unknown(asked.known, asked.names),
        left_out=tuple(fault.condition for fault in left_out(request.GET, asked.today, asked.week_start)),
    )


def _query_of(request: CompanyRequest, asked: Asked) -> str:
    try:
        return canonical(request.GET, asked.today, asked.week_start)
    except (BadFilter, BadPeriod, ValidationError):
        return ""
