"""The measurements and their table."""

import csv
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from accounts.middleware import CompanyRequest
from accounts.models import Company, Role, User
from accounts.permissions import require_role
from accounts.tenancy import company_scope
from config import urls
from tests.bench.build import YEAR
from worklogs.models import Person

ROUNDS = 20
PERIODS = {
    "month": f"from={YEAR}-10-01&to={YEAR}-10-31",
    "quarter": f"from={YEAR}-07-01&to={YEAR}-09-30",
    "year": f"from={YEAR}-01-01&to={YEAR}-12-31",
}
DEEP = 500  # pages further


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
    nothing: float  # ms of N


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> Timing:
    work()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return Timing(statistics.median(took), sorted(took)[int(len(took) * 0.95)])


@require_GET
@require_role(Role.USER)
def nothing(request: CompanyRequest) -> HttpResponse:
    return HttpResponse("")


def report() -> None:
    urls.urlpatterns.append(path("nothing/", nothing))
    company = Company.objects.order_by("id").first()
    if company is None:
        raise SystemExit("The benchmark's database is empty: delete it and run again.")
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(email=f"admin@{company.slug}.example"), backend=settings.AUTHENTICATION_BACKENDS[0]
    )
    base = timed(lambda: client.get("/nothing/"), 100).p50
    lines = [measured(client, name, url, base) for name, url in pages(client)]
    write(lines, base)
    reference(company, lines)


def pages(client: Client) -> list[tuple[str, str]]:
    person, team = someone()
    dashboard, worklogs = reverse("dashboard"), reverse("worklogs")
    found = [(f"dashboard, {name}", f"{dashboard}?{query}") for name, query in PERIODS.items()]
    found += [(f"dashboard by team, {name}", f"{dashboard}?{query}&split=team") for name, query in PERIODS.items()]
    year = f"{worklogs}?{PERIODS['year']}"
    found.append(("worklogs, page 1", year))
    found.append((f"worklogs, page {DEEP}", f"{year}&after={deep_cursor(client)}"))
    people, teams = reverse("people"), reverse("teams")
    for name, query in PERIODS.items():
        found += [(f"teams, {name}", f"{teams}?{query}"), (f"team, {name}", f"{teams}{team}/?{query}")]
        found += [(f"people, {name}", f"{people}?{query}"), (f"person, {name}", f"{people}{person}/?{query}")]
    epics, issues = reverse("epics"), reverse("issues")
    for name, query in PERIODS.items():
        found += [(f"epics, {name}", f"{epics}?{query}"), (f"epic, {name}", f"{epics}AE-0/?{query}")]
        found += [(f"issues, {name}", f"{issues}?{query}"), (f"issue, {name}", f"{issues}A-0/?{query}")]
    reports = reverse("reports")
    for name, query in PERIODS.items():
        found.append((f"report, people by day, {name}", f"{reports}?{query}&rows=person&columns=day"))
        found.append((f"report, epics by person, {name}", f"{reports}?{query}&rows=epic&columns=person&as=bar"))
        found.append((f"report, projects by week, {name}", f"{reports}?{query}&rows=project&columns=week&as=line"))
    found.append(("search in a month, frequent", f"{worklogs}?{PERIODS['month']}&q=invoice"))
    found.append(("search in a month, no hit", f"{worklogs}?{PERIODS['month']}&q=nowhere"))
    found.append(("search in a year, frequent", f"{year}&q=invoice"))
    return found


def someone() -> tuple[int, str]:
    """A person of the first company, and the slug of a team."""
    with company_scope(Company.objects.order_by("id")[0]):
        person = Person.objects.exclude(team=None).select_related("team").order_by("id")[0]
        return person.pk, person.team.slug


def deep_cursor(client: Client) -> str:
    """The cursor of a page far in, taken from the rows themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, started_at, id FROM worklogs_worklog WHERE company_id = 1 AND day BETWEEN %s AND %s"
            " ORDER BY day DESC, started_at DESC, id DESC LIMIT 1 OFFSET %s",
            [f"{YEAR}-01-01", f"{YEAR}-12-31", DEEP * 50],
        )
        day, started, pk = cursor.fetchone()
    return f"{day}_{started.isoformat()}%2B00:00_{pk}"


def measured(client: Client, name: str, url: str, base: float) -> Line:
    def ask() -> None:
        response = client.get(url)
        if response.status_code != 200:
            raise SystemExit(f"{url} answered {response.status_code}")

    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
        asked = list(captured.captured_queries)
    statements = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    bare = timed(lambda: replay(statements)).p50
    return Line(name, timed(ask), len(asked), bare, base)


def replay(statements: list[str]) -> None:
    """The same statements with nothing round them: the least SQL that gives the page's numbers."""
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    for statement in statements:
        cursor.execute(statement).fetchall()


def write(lines: list[Line], base: float) -> None:
    sys.stdout.write(f"\nN, a signed-in request that does nothing: {base:.2f} ms\n\n")
    sys.stdout.write(f"{'page':<32}{'p50 ms':>9}{'p95 ms':>9}{'stmts':>7}{'/ N':>8}{'SQL ms':>9}{'/ SQL':>8}\n")
    for line in lines:
        page = line.page
        sys.stdout.write(
            f"{line.name:<32}{page.p50:>9.1f}{page.p95:>9.1f}{line.statements:>7}{page.p50 / base:>8.1f}"
            f"{line.sql:>9.2f}{page.p50 / max(line.sql, 0.01):>8.1f}\n"
        )


SUMS = ("day, instance_id", "person_id, instance_id", "epic_id")
FACTS = ("company_id", "day", "person_id", "epic_id", "instance_id", "seconds", "billable_seconds")


def reference(company: Company, lines: list[Line]) -> None:
    """D: what the dashboard shows, summed by DuckDB on one thread from the facts sorted by company and day."""
    duck = duckdb.connect(config={"threads": 1})
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(FACTS)} FROM worklogs_worklog ORDER BY company_id, day")
            writer.writerows(cursor)
        file.flush()
        duck.execute(f"CREATE TABLE facts AS SELECT * FROM read_csv('{file.name}', names={list(FACTS)!r})")
    sys.stdout.write("\nD, the same sums by DuckDB (1 thread), and the SQL of our dashboard against it\n")
    for line, (name, query) in zip(lines, PERIODS.items(), strict=False):
        first, last = re.findall(r"\d{4}-\d\d-\d\d", query)

        def ask(first: str = first, last: str = last) -> None:
            for by in SUMS:
                duck.execute(
                    f"SELECT {by}, sum(seconds), sum(billable_seconds), count(*) FROM facts"
                    f" WHERE company_id = {company.pk} AND day BETWEEN '{first}' AND '{last}' GROUP BY {by}"
                ).fetchall()

        took = timed(ask).p50
        sys.stdout.write(f"{name:<32}{took:>9.1f} ms   SQL / D {line.sql / took:.2f}\n")
