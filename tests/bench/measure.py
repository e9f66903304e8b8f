"""The measurements and their table."""

import csv
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import duckdb
from django.conf import settings
from django.db import connection
from django.db.models import Count
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
from tests.bench.bars import Line, Measured, Timing, ingest_against_insert, write_bars
from tests.bench.build import YEAR
from worklogs.models import Issue, Person

ROUNDS = 20
PERIODS = {
    "month": f"from={YEAR}-10-01&to={YEAR}-10-31",
    "quarter": f"from={YEAR}-07-01&to={YEAR}-09-30",
    "year": f"from={YEAR}-01-01&to={YEAR}-12-31",
}
DEEP = 500  # pages further


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
    lines = [measured(client, name, url) for name, url in pages(client)]
    write(lines, base)
    pages_of = {line.name: line for line in lines}
    write_bars(Measured(pages_of, base, reference(company), *small_answers(client), ingest_against_insert(company)))


def pages(client: Client) -> list[tuple[str, str]]:
    person, team = someone()
    largest, typical = two_epics()
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
        found += [(f"epics, {name}", f"{epics}?{query}"), (f"epic, {name}", f"{epics}id/{typical}/?{query}")]
        found += [(f"issues, {name}", f"{issues}?{query}"), (f"issue, {name}", f"{issues}A-0/?{query}")]
    found.append(("largest epic, year", f"{epics}id/{largest}/?{PERIODS['year']}"))
    reports = reverse("reports")
    for name, query in PERIODS.items():
        found.append((f"report, people by day, {name}", f"{reports}?{query}&rows=person&columns=day"))
        found.append((f"report, epics by person, {name}", f"{reports}?{query}&rows=epic&columns=person&as=bar"))
        found.append((f"report, projects by week, {name}", f"{reports}?{query}&rows=project&columns=week&as=line"))
    found.append(("search in a month, frequent", f"{worklogs}?{PERIODS['month']}&q=invoice"))
    found.append(("search in a month, no hit", f"{worklogs}?{PERIODS['month']}&q=nowhere"))
    found.append(("search in a year, frequent", f"{year}&q=invoice"))
    found.append(("search in a year, no hit", f"{year}&q=nowhere"))
    return found


def someone() -> tuple[int, str]:
    """A person of the first company, and the slug of a team."""
    with company_scope(Company.objects.order_by("id")[0]):
        person = Person.objects.exclude(team=None).select_related("team").order_by("id")[0]
        return person.pk, person.team.slug


def two_epics() -> tuple[int, int]:
    """The one with the most worklogs, and the one in the middle."""
    with company_scope(Company.objects.order_by("id")[0]):
        by_size = Issue.objects.filter(level=1).annotate(size=Count("descendants__worklogs")).order_by("-size")
        ids = list(by_size.values_list("id", flat=True))
    return ids[0], ids[len(ids) // 2]


def small_answers(client: Client) -> tuple[float, float]:
    """What HTMX swaps, 50 rows of worklogs, and a page that has not changed; ms."""
    url = f"{reverse('worklogs')}?{PERIODS['year']}"
    fragment = timed(lambda: client.get(url, headers={"HX-Request": "true"})).p50
    etag = client.get(url).headers["ETag"]
    unchanged = timed(lambda: client.get(url, headers={"If-None-Match": etag}), 100).p50
    return fragment, unchanged


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


def measured(client: Client, name: str, url: str) -> Line:
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
    return Line(name, timed(ask), len(asked), bare)


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


def reference(company: Company) -> dict[str, float]:
    """D of each period: what the dashboard shows, summed by DuckDB on one thread from the facts sorted by company and
    day; ms."""
    duck = duckdb.connect(config={"threads": 1})
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(FACTS)} FROM worklogs_worklog ORDER BY company_id, day")
            writer.writerows(cursor)
        file.flush()
        duck.execute(f"CREATE TABLE facts AS SELECT * FROM read_csv('{file.name}', names={list(FACTS)!r})")
    took = {}
    for name, query in PERIODS.items():
        first, last = re.findall(r"\d{4}-\d\d-\d\d", query)

        def ask(first: str = first, last: str = last) -> None:
            for by in SUMS:
                duck.execute(
                    f"SELECT {by}, sum(seconds), sum(billable_seconds), count(*) FROM facts"
                    f" WHERE company_id = {company.pk} AND day BETWEEN '{first}' AND '{last}' GROUP BY {by}"
                ).fetchall()

        took[name] = timed(ask).p50
    return took
