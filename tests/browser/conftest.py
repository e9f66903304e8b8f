"""A real Chromium before the real server, with a month of worklogs in it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from accounts.tenancy import company_scope
from integrations.models import SyncChange, SyncRun
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.ingest import AccountRecord, IssueBook, IssueRecord, ProjectRecord
from worklogs.models import JiraInstance, Person, ReportSchedule, SavedReport, Team

CHROMIUM = Path("/usr/bin/chromium")
OCTOBER = "?from=2026-10-01&to=2026-10-31"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def nothing_collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files come from their sources, whatever `collectstatic` left; WhiteNoise wants its folder to exist."""
    with override_settings(STATIC_ROOT=str(tmp_path_factory.mktemp("static"))):
        yield


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    # Playwright keeps an event loop in this thread, which Django would otherwise take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
    yield browser
    browser.close()


@dataclass
class Visit:
    """A page and what its console said."""

    page: Page
    base: str
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def fits(self) -> bool:
        """Nothing has to be scrolled sideways."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width <= 0


Open = Callable[..., Visit]


@pytest.fixture
def browse(chromium: Browser, live_server: Any, alborada: Cast) -> Iterator[Open]:
    """Opens a browser of the admin of Alborada, or of whoever is named; None is nobody."""
    contexts: list[BrowserContext] = []

    def opened(*, user: Any = "admin", **options: Any) -> Visit:
        options = {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light", "locale": "en-GB"} | options
        context = chromium.new_context(**options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(getattr(alborada, user) if isinstance(user, str) else user, backend=BACKEND)
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        visit = Visit(context.new_page(), live_server.url)
        visit.page.on("console", lambda message: visit.said.append(f"{message.type}: {message.text}"))
        visit.page.on("pageerror", lambda error: visit.said.append(f"error: {error}"))
        return visit

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def month(alborada: Cast) -> JiraInstance:
    """Three instances with October 2026 in them, one of which failed, and their runs."""
    with company_scope(alborada.company):
        now = timezone.now()
        names = [("Helvia Bank", "helvia"), ("Norte Logistics", "norte"), ("Civitas", "civitas")]
        instances = [
            InstanceFactory.create(name=name, slug=slug, kind="data_center", synced_at=now) for name, slug in names
        ]
        instances[2].sync_error = "Jira refuses the token (401)."
        instances[2].save()
        for number, instance in enumerate(instances):
            _fill(instance, number)
        Person.objects.filter(name__in=["Ana Beltrán", "Ben Ortiz"]).update(
            team=Team.objects.create(name="Payments", slug="payments")
        )
        _runs(instances)
        return instances[0]


def _fill(instance: JiraInstance, number: int) -> None:
    project = ProjectRecord("10", f"P{number}", "Core banking")
    epic = IssueRecord("100", f"P{number}-1", "Instant payments", "Epic", 1, "Open", project)
    summaries = ["Settlement position per cycle", "A summary that goes on and on " * 6, "<b>Bold</b> & “quoted”"]
    issues = [
        IssueRecord(str(n), f"P{number}-{n}", text, "Story", 0, "Open", project, parent_id="100" if n != 2 else "")
        for n, text in enumerate(summaries, 1)
    ]
    IssueBook(instance).upsert([epic, *issues])
    people = [
        AccountRecord(name[:3], name, f"{name[:3]}@x.example") for name in ("Ana Beltrán", "Ben Ortiz", "Eva Ruiz")
    ]
    book(instance).upsert(
        [
            worklog(
                f"{number}-{n}",
                seconds=900 * (1 + n % 9),
                billable_seconds=900 * (n % 2),
                day=date(2026, 10, 1) + timedelta(days=n % 31),
                issue_id=str(1 + n % 3),
                account_id=people[n % 3].account_id,
                author=people[n % 3],
                comment="Pairing" if n % 4 else "",
            )
            for n in range(40)
        ]
    )


def _runs(instances: list[JiraInstance]) -> None:
    now, status = timezone.now(), SyncRun.Status
    done = {"trigger": "page", "phase": "deletions", "started_at": now, "finished_at": now, "read": 40, "created": 40}
    SyncRun.objects.create(instance=instances[0], status=status.SUCCEEDED, **done)
    failed = SyncRun.objects.create(
        instance=instances[2], status=status.FAILED, unconfirmed_deletions=31, errors=["Too much is gone."], **done
    )
    change = {"issue": "P2-1", "person": "Ana Beltrán", "day": date(2026, 10, 5)}
    SyncChange.objects.create(run=failed, external_id="1", before=3600, after=None, **change)
    SyncChange.objects.create(run=failed, external_id="2", before=3600, after=1800, **change)


@pytest.fixture
def kept(month: JiraInstance, alborada: Cast) -> ReportSchedule:
    """A saved report, and its schedule."""
    with company_scope(alborada.company):
        query = "rows=person&columns=week&period=last-month"
        report = SavedReport.objects.create(name="Who did what", owner=alborada.admin, is_shared=True, query=query)
        return ReportSchedule.objects.create(report=report, created_by=alborada.admin, next_at=timezone.now())


@pytest.fixture
def linked(month: JiraInstance, alborada: Cast) -> Person:
    """Who the USER of Alborada is."""
    with company_scope(alborada.company):
        Person.objects.filter(name="Ana Beltrán").update(user=alborada.user)
        return Person.objects.get(name="Ana Beltrán")


@pytest.fixture
def running(month: JiraInstance, alborada: Cast) -> SyncRun:
    with company_scope(alborada.company):
        return SyncRun.objects.create(
            instance=month,
            status=SyncRun.Status.RUNNING,
            phase="worklogs",
            started_at=timezone.now(),
            heartbeat_at=timezone.now(),
            done=30,
            total=120,
            read=30,
        )
