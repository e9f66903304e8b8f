"""The site's map, as the tests walk through it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import models
from django.urls import get_resolver
from django.urls.resolvers import RoutePattern, URLPattern, URLResolver

from accounts.models import Membership
from integrations.models import SyncRun
from worklogs.models import Issue, Person, ReportSchedule, SavedReport, Worklog

Rows = type[models.Model]

# What a parameter of a page of ours names. A new one is added here, or the walk fails.
ROWS: dict[str, Rows] = {
    "worklog": Worklog,
    "sync_run": SyncRun,
    "sync_cancel": SyncRun,
    "sync_confirm": SyncRun,
    "saved_report": SavedReport,
    "report_update": SavedReport,
    "report_edit": SavedReport,
    "report_delete": SavedReport,
    "report_duplicate": SavedReport,
    "report_default": SavedReport,
    "schedule_add": SavedReport,
    "schedule_edit": ReportSchedule,
    "schedule_remove": ReportSchedule,
    "schedule_send": ReportSchedule,
    "sync_issue": Issue,
    "epic_by_id": Issue,
    "issue_by_id": Issue,
    "person": Person,
    "person_day": Person,
    "user": Person,
    "leave_company": Membership,
    "end_session": UserSession,
    "mfa_remove_webauthn": Authenticator,
}
# The same for what goes by a text: which of the planted slugs it names.
TEXTS = {"epic": "epic", "issue": "issue", "team": "team"}
# The parameter is a kind of file, and names nothing of the company.
FILES = {"worklogs_export", "report_export", "people_export", "teams_export", "epics_export", "issues_export"}
# Whoever holds such a link may follow it: it is the proof.
LINKS = {"invitation": "invitation", "use_signin_link": "sign-in link", "unsubscribe": "unsubscribe link"}
CAUGHT = {"^(?P<app_label>": "worklogs/", "(?P<url>": "nothing/here"}  # the admin's two patterns that are no route


@dataclass(frozen=True)
class Route:
    pattern: str
    name: str
    view: Callable[..., Any]
    is_admin: bool

    @property
    def parameters(self) -> bool:
        return "<" in self.pattern and self.name not in FILES

    @property
    def link(self) -> str:
        """The kind of link it is, if it is one."""
        return LINKS.get(self.name, "")

    @property
    def text(self) -> str:
        """The kind of slug that names its parameter, if one does."""
        return TEXTS.get(self.name, "")

    @property
    def model(self) -> Rows | None:
        if self.is_admin:
            model_admin = getattr(self.view, "model_admin", None)
            return model_admin.model if model_admin else None
        return ROWS.get(self.name)

    def path(self, value: object) -> str:
        """Its address with every parameter of this value, but for a day."""
        value = "csv" if self.name in FILES else value
        parts = [part.partition(">")[::2] for part in self.pattern.split("<")[1:]]
        today = datetime.now(UTC).date()  # the day of the planted hours; anything else would not be a day
        named = [(today if name == "str:day" else value, rest) for name, rest in parts]
        return "/" + self.pattern.split("<")[0] + "".join(f"{each}{rest}" for each, rest in named)

    def __str__(self) -> str:
        return self.pattern or "start"


def routes() -> list[Route]:
    return list(walk(get_resolver().url_patterns))


def walk(patterns: list[URLPattern | URLResolver], before: str = "", is_admin: bool = False) -> Iterator[Route]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from walk(each.url_patterns, before + route_of(each), is_admin or each.namespace == "admin")
        else:
            yield Route(before + route_of(each), each.name or "", each.callback, is_admin)


def route_of(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    if isinstance(pattern.pattern, RoutePattern):
        return text
    return next(path for start, path in CAUGHT.items() if text.startswith(start))
