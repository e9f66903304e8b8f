"""What a database can hold can be shown: no page, file, mail or command fails for an hour too many."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from itertools import product

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Company
from accounts.tenancy import company_scope
from tests.factories import book, worklog
from tests.isolation.asking import ask
from tests.isolation.planted import Planted
from tests.isolation.routes import FILES, routes
from tests.isolation.test_hostile_ids import own_paths
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord
from worklogs.models import Issue, JiraInstance, Person, ReportSchedule, SavedReport, Worklog
from worklogs.reports.builder import SHAPES
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.pivot import MEASURES
from worklogs.schedules import send_due

LARGEST = 2**31 - 1  # of the column of seconds
MANY = int(os.environ.get("EXTREMES", "300"))  # worklogs of one day; by hand: EXTREMES=100000
LONG = 100_000  # of a comment
NOWHERE = "Mars/Olympus_Mons"  # a time zone that is in no list any more
WIDE = "龍" * 255
EDGES = (date(26, 11, 3), date(1900, 1, 1), date(2999, 12, 31))
PERIODS = (
    "",
    "from=1900-01-01&to=1900-01-01",
    "from=1900-01-01&to=1999-12-31",
    "from=2999-12-31&to=2999-12-31",
    "from=2900-01-01&to=2999-12-31",
    "period=this-year",
)


@pytest.fixture
def extreme(ours: Planted) -> Planted:
    """A user, a manager and an admin, each of whom sees all of it."""
    today = datetime.now(UTC).date()
    Company.objects.update(timezone=NOWHERE)
    with company_scope(ours.cast.company):
        JiraInstance.objects.update(timezone=NOWHERE)
        instance = JiraInstance.objects.get()
        AccountBook(instance).upsert([AccountRecord("ann", WIDE, f"{'w' * 240}@mail.example", NOWHERE)])
        project = ProjectRecord("90", "W" * 255, WIDE)
        epic = IssueRecord("90", "WIDE-1", WIDE * 4, WIDE, 1, WIDE, project, estimate_seconds=LARGEST)
        issue = IssueRecord("91", "W" * 253 + "-2", WIDE * 4, WIDE, 0, WIDE, project, "90", estimate_seconds=LARGEST)
        IssueBook(instance).upsert([epic, issue])
        days = [*EDGES, *[today] * MANY]
        rows = [worklog(f"x{n}", LARGEST, issue_id="91", day=day, comment="c" * LONG) for n, day in enumerate(days[:9])]
        rows += [worklog(f"y{n}", LARGEST, issue_id="90", day=day) for n, day in enumerate(days[9:])]
        rows += [worklog(f"z{n}", 0, issue_id="90", day=day) for n, day in enumerate(days[:9])]
        for start in range(0, len(rows), 1000):
            book(instance).upsert(rows[start : start + 1000])
        Person.objects.filter(accounts__account_id="ann").update(name=WIDE)
    return ours


def failures(planted: Planted, name: str, paths: Iterator[str]) -> list[str]:
    user, wrong = getattr(planted.cast, name), []
    for path in paths:
        for method in ("GET", "HTMX"):
            if (status := ask(user, method, path).status) >= 500:
                wrong.append(f"{method} {path}: {status}")
    return wrong


def pages(planted: Planted) -> Iterator[str]:
    """Every page, and each of them for the days at the edges of what a period can name."""
    for route in routes():
        for path in own_paths(route, planted):
            yield path
            if not route.is_admin:
                yield from (f"{path}?{period}" for period in PERIODS)
                yield f"{path}?period=this-year&sort=-seconds&q=c&compare=1"


def files(planted: Planted) -> Iterator[str]:
    for route in routes():
        if route.name in FILES:
            for kind, period in product(("csv", "xlsx", "json"), PERIODS):
                yield route.path("").replace(".csv", f".{kind}") + f"?{period}"


def of_the_person(planted: Planted) -> Iterator[str]:
    with company_scope(planted.cast.company):
        person = Person.objects.get(name=WIDE)
        logged = list(Worklog.objects.filter(day__in=EDGES).values_list("pk", flat=True))
        issues = list(Issue.objects.filter(summary=WIDE * 4).values_list("pk", flat=True))
    yield from (f"/people/{person.pk}/days/{day.isoformat()}/" for day in (*EDGES, date(9999, 12, 31), date(1, 1, 1)))
    yield from (f"/worklogs/{pk}/" for pk in logged)
    for path in (f"/people/{person.pk}/", *(f"/{kind}/id/{pk}/" for kind in ("issues", "epics") for pk in issues)):
        yield from (f"{path}?{period}" for period in PERIODS)
    yield "/epics/WIDE-1/"
    yield f"/issues/{'W' * 253}-2/"


def reports() -> Iterator[str]:
    for rows, columns in product(DIMENSIONS, ("", "day", "month", "person", "weekday")):
        yield f"/reports/?period=this-month&rows={rows}&columns={columns}"
    for rows, shape, measure in product(("person", "day"), SHAPES, MEASURES):
        for period in PERIODS:
            yield f"/reports/?{period}&rows={rows}&columns=month&as={shape}&measure={measure}"


@pytest.mark.parametrize("name", ["admin", "user"])
def test_every_page_opens(extreme: Planted, name: str) -> None:
    assert failures(extreme, name, pages(extreme)) == []


def test_every_page_of_the_row_itself_opens(extreme: Planted) -> None:
    assert failures(extreme, "admin", of_the_person(extreme)) == []


def test_every_report_opens(extreme: Planted) -> None:
    assert failures(extreme, "manager", reports()) == []


def test_every_file_is_written(extreme: Planted) -> None:
    assert failures(extreme, "manager", files(extreme)) == []


def test_no_total_loses_an_hour(extreme: Planted) -> None:
    """Among them those that are more than 32 bits."""
    today = datetime.now(UTC).date()
    told = ask(extreme.cast.admin, "GET", f"/reports/export.json?rows=person&from={today}&to={today}")
    assert json.loads(told.body)["total_seconds"] == MANY * LARGEST + 3600


@pytest.mark.parametrize("by", DIMENSIONS)
def test_the_command_tells_every_dimension(extreme: Planted, by: str) -> None:
    for days, form in product((("1900-01-01", "1999-12-31"), ("2900-01-01", "2999-12-31")), ("table", "json", "csv")):
        told = ["--company", extreme.cast.company.slug, "--from", days[0], "--to", days[1], "--by", by]
        call_command("report", *told, "--format", form, stdout=(out := StringIO()))
        assert out.getvalue()


def test_the_mail_of_a_report_goes_out(extreme: Planted) -> None:
    before = len(mail.outbox)
    with company_scope(extreme.cast.company):
        SavedReport.objects.update(query="rows=person&columns=day&period=this-year&measure=hours")
        ReportSchedule.objects.update(next_at=timezone.now(), is_active=True)
    assert send_due(timezone.now()) == 3
    assert len(mail.outbox) == before + 3
