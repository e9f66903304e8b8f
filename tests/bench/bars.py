"""The bars: how much each page may take, as a ratio to something else of the same run, and what it took."""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from accounts.models import Company
from accounts.tenancy import company_scope
from tests.bench.build import YEAR, record
from worklogs.ingest import AccountBook, IssueBook, WorklogBook
from worklogs.models import JiraInstance, Worklog

INGESTED = 10_000
A_DAY = 1400  # as many as the benchmark's company logs
FIRST_FREE = 10**9  # external ids that no worklog of the benchmark has


@dataclass(frozen=True)
class Timing:
    p50: float  # ms
    p95: float


@dataclass(frozen=True)
class Line:
    name: str
    page: Timing
    statements: int
    sql: float  # ms of the page's statements, run bare


@dataclass(frozen=True)
class Measured:
    """Times in ms: `nothing` is N, `reference` the D of each period; `ingest` is a ratio."""

    pages: dict[str, Line]
    nothing: float
    reference: dict[str, float]
    fragment: float
    unchanged: float
    ingest: float


@dataclass(frozen=True)
class Bar:
    what: str
    took: float
    most: float
    unit: str


def bars(run: Measured) -> Iterator[Bar]:
    def sql(name: str, period: str, most: float) -> Bar:
        return Bar(f"SQL of {name}", run.pages[name].sql / run.reference[period], most, "D")

    def page(name: str, most: float) -> Bar:
        return Bar(name, run.pages[name].page.p50 / run.nothing, most, "N")

    yield from (sql(f"dashboard, {period}", period, 1.0) for period in run.reference)
    year, month = run.pages["dashboard, year"].sql, run.pages["dashboard, month"].sql
    yield Bar("SQL of the dashboard, year against month", year / month, 2.5, "x")
    yield page("dashboard, month", 12)
    yield page("dashboard, year", 15)
    yield Bar("fragment of 50 worklogs", run.fragment / run.nothing, 4, "N")
    yield Bar("unchanged page", run.unchanged / run.nothing, 1.3, "N")
    yield sql("team, month", "month", 1.5)
    yield sql("team, year", "year", 2.0)
    yield sql("person, month", "month", 0.1)
    yield sql("person, year", "year", 0.1)
    yield sql("worklogs, page 1", "year", 0.05)
    yield Bar(
        "worklogs, page 500 against page 1",
        run.pages["worklogs, page 500"].page.p50 / run.pages["worklogs, page 1"].page.p50,
        1.5,
        "x",
    )
    yield sql("epic, year", "year", 0.3)
    yield sql("largest epic, year", "year", 3.0)
    yield sql("search in a year, no hit", "year", 8.0)
    yield Bar("ingest against a bare insert", run.ingest, 6, "x")
    yield Bar("most statements of a page", max(line.statements for line in run.pages.values()), 12, "")


def write_bars(run: Measured) -> None:
    told = ", ".join(f"{name} {took:.1f} ms" for name, took in run.reference.items())
    sys.stdout.write(f"\nD, the dashboard's sums by DuckDB (1 thread): {told}\n\n")
    sys.stdout.write(f"{'bar':<44}{'took':>9}{'most':>9}\n")
    for bar in bars(run):
        over = "  over" if bar.took > bar.most else ""
        sys.stdout.write(f"{bar.what:<44}{bar.took:>9.2f}{bar.most:>9g} {bar.unit}{over}\n")


def ingest_against_insert(company: Company) -> float:
    """New worklogs, days in order as a sync brings them, through the ingest; and the same rows into a table without an
    index. Nothing is kept."""
    dice = random.Random(1)
    records = [record(FIRST_FREE + n, date(YEAR, 6, 1) + timedelta(days=n // A_DAY), dice) for n in range(INGESTED)]
    names = ", ".join(str(field.column) for field in Worklog._meta.concrete_fields)
    with company_scope(company), transaction.atomic():
        instance = JiraInstance.objects.order_by("id")[0]
        book = WorklogBook(instance, AccountBook(instance), IssueBook(instance))
        start = time.perf_counter()
        book.upsert(records)
        ingested = time.perf_counter() - start
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {names} FROM worklogs_worklog WHERE company_id = %s ORDER BY id DESC LIMIT %s",
                [company.pk, INGESTED],
            )
            rows = cursor.fetchall()
            cursor.execute(f"CREATE TEMPORARY TABLE bare ({names})")
            start = time.perf_counter()
            cursor.executemany(f"INSERT INTO bare VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
            inserted = time.perf_counter() - start
        transaction.set_rollback(True)
    return ingested / inserted
