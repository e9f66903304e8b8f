"""The report builder: what it shows adds up, links to its worklogs, and answers any query."""

import csv
import io
import itertools
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.factories import InstanceFactory, book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.workbooks import Page, opened
from worklogs.filters import WorklogFilter
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord
from worklogs.models import Person, Team
from worklogs.periods import Period
from worklogs.reports.builder import MOST_ROWS, SHAPES, STARTS, Ask, build
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.pivot import MEASURES, pivot, whole_of
from worklogs.reports.worklog_list import filter_total
from worklogs.templatetags.hours import change

WINTER = "from=2025-12-01&to=2026-03-20"
PERIOD = Period(date(2025, 12, 1), date(2026, 3, 20))
TODAY = date(2026, 3, 20)
MOST_STATEMENTS = 12


@pytest.fixture
def ana(busy: Scene) -> Client:
    """Alborada's USER, who is Ana, in a browser."""
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Ana").update(user=busy.cast.user)
    return browser_of(busy.cast.user)


def text_of(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode())


def sheet_of(response: Any) -> Page:
    return opened(b"".join(response.streaming_content))


PAIRS = [*itertools.product(["person", "epic", "month"], ["", "week", "team"]), ("issue", "day"), ("day", "month")]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("rows", "columns"), PAIRS)
def test_every_report_shows_the_total_of_its_filter(
    signed_in: Client, busy: Scene, rows: str, columns: str, shape: str
) -> None:
    response = signed_in.get(f"/reports/?{WINTER}&rows={rows}&columns={columns}&as={shape}")
    assert response.status_code == 200
    with company_scope(busy.cast.company):
        assert response.context["built"].amount == filter_total(WorklogFilter(PERIOD)).tally.seconds
    assert response.context["built"].total.text in text_of(response)


@pytest.mark.parametrize("rows", ["team&as=heatmap&columns=week", "month&as=line", "person&team=core&q=e"])
@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_compared_with_the_period_before(
    signed_in: Client, busy: Scene, measure: str, rows: str
) -> None:
    """A whole month, so that the one before is whole too."""
    months = ("from=2025-12-01&to=2025-12-31", "from=2026-01-01&to=2026-01-31")
    before, now = (signed_in.get(f"/reports/?{month}&rows={rows}&measure={measure}") for month in months)
    amount = before.context["built"].amount
    assert amount > 0
    assert now.context["change"] == (now.context["built"].amount - amount) / amount
    told = f"{change(now.context['change'])} against {before.context['built'].total.text} before"
    assert escape(told) in text_of(now)


def test_a_report_that_has_nothing_before_it_says_so(signed_in: Client, busy: Scene) -> None:
    for measure, told in (("people", "nothing logged before"), ("billable", "nothing billable before")):
        page = f"/reports/?from=2024-02-29&to=2024-02-29&rows=person&measure={measure}"
        assert told in text_of(signed_in.get(page))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("most", [1, 3, 1000])
def test_rows_and_columns_that_are_not_shown_are_one_each(scene: Scene, measure: str, most: int) -> None:
    chosen = WorklogFilter(PERIOD)
    whole = pivot(chosen, "issue", "person", measure)
    found = pivot(chosen, "issue", "person", measure, most_rows=most, most_columns=most)
    assert len(found.rows) == min(len(whole.rows), most + 1)
    assert len(found.columns) == min(len(whole.columns), most + 1)
    assert found.total == whole.total
    if measure != "people":
        assert sum(row.total.amount for row in found.rows) == whole.total.amount
        for at, total in enumerate(found.column_totals):
            assert total.amount == sum(row.cells[at].amount for row in found.rows)
        for row in found.rows:
            assert row.total.amount == sum(cell.amount for cell in row.cells)


PAIRED = [("person", "team"), ("team", "person"), ("issue", "month"), ("day", "instance"), ("week", "day")]
PAIRED += [("person", "person"), ("weekday", "weekday"), ("weekday", "week"), ("type", "epic"), ("epic", "")]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("rows", "columns"), PAIRED)
def test_the_rest_leads_to_the_worklogs_that_it_adds_up(scene: Scene, rows: str, columns: str, measure: str) -> None:
    chosen = WorklogFilter(Period(date(2025, 12, 20), date(2026, 2, 3)), text="e", weekdays=(1, 2, 3, 5, 6, 7))
    found = pivot(chosen, rows, columns, measure, most_rows=2, most_columns=2)
    rest = found.rows[-1]
    assert (rest.group.key, bool(rest.total.query)) == ("", True)
    cells = [rest.total, *rest.cells, *[cell for row in found.rows for cell in row.cells[2:]], *found.column_totals]
    is_same = columns == rows
    for cell in cells:
        if cell.query:
            narrowed = WorklogFilter.from_query(QueryDict(cell.query.removeprefix("?")), TODAY)
            assert whole_of(narrowed, measure) == cell.amount
        else:
            assert is_same or not cell.amount


def test_people_who_are_together_count_once(scene: Scene) -> None:
    found = pivot(WorklogFilter(PERIOD), "issue", "week", "people", most_rows=1, most_columns=1)
    assert [cell.amount for cell in found.rows[-1].cells] != [0, 0]
    for cell in (found.rows[-1].total, *found.rows[-1].cells, *found.column_totals):
        assert cell.amount <= 5 == found.total.amount


@pytest.mark.parametrize(
    ("rows", "columns"), [("team", "month"), ("person", "weekday"), ("month", "day"), ("day", "week"), ("epic", "epic")]
)
def test_a_cell_leads_to_the_worklogs_that_it_adds_up(scene: Scene, rows: str, columns: str) -> None:
    base = WorklogFilter(PERIOD, teams=("core", "web"), weekdays=(1, 2, 3, 4, 5, 6, 7), text="e")
    found = pivot(base, rows, columns)
    cells = [cell for row in found.rows for cell in row.cells if cell.query] + list(found.column_totals)
    assert cells
    for cell in [cell for cell in cells if cell.query][:60]:
        narrowed = WorklogFilter.from_query(QueryDict(cell.query.removeprefix("?")), TODAY)
        assert filter_total(narrowed).tally.seconds == cell.amount


def test_a_cell_without_worklogs_is_empty_and_leads_nowhere(scene: Scene) -> None:
    found = pivot(WorklogFilter(PERIOD), "person", "day")
    empty = [cell for row in found.rows for cell in row.cells if not cell.amount]
    assert empty
    assert {cell.query for cell in empty} == {""}


def test_a_heatmap_is_darkest_where_most_is(scene: Scene) -> None:
    built = build(WorklogFilter(PERIOD), Ask("person", "week", "hours", "heatmap"), {}, "h:mm", TODAY)
    found = pivot(WorklogFilter(PERIOD), "person", "week")
    shades = [(cell.amount, shown.shade) for a, b in zip(found.rows, built.rows, strict=True)
              for cell, shown in zip(a.cells, b.cells, strict=True)]  # fmt: skip
    assert {shade for amount, shade in shades if not amount} == {0}
    assert {shade for amount, shade in shades if amount == found.largest} == {6}
    ranked = [shade for _amount, shade in sorted(shades)]
    assert ranked == sorted(ranked)


def test_the_parts_of_a_bar_are_its_columns_in_the_colours_of_the_instances(scene: Scene) -> None:
    colours = {"alpha": 1, "beta": 2, "closed": 3}
    built = build(WorklogFilter(PERIOD), Ask("person", "instance", "hours", "bar"), colours, "h:mm", TODAY)
    found = pivot(WorklogFilter(PERIOD), "person", "instance")
    longest = max(row.total.amount for row in found.rows)
    assert {entry.label: entry.swatch for entry in built.legend} == {"Alpha": 1, "Beta": 2, "Closed": 3}
    for row, shown in zip(found.rows, built.rows, strict=True):
        told = {part.swatch: float(part.size.rstrip("%")) for part in shown.parts}
        for group, cell in zip(found.columns, row.cells, strict=True):
            assert told.get(colours[group.key], 0) == pytest.approx(100 * cell.amount / longest, abs=0.001)


def test_a_line_has_a_point_for_each_day_and_ends_today(scene: Scene) -> None:
    chosen = WorklogFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
    line = build(chosen, Ask("day", "", "hours", "line"), {}, "h:mm", TODAY).line
    assert line
    assert len(line.points) == 31
    assert [each.path.count(" ") for each in line.lines] == [20]
    assert [each.label for each in line.lines] == ["Total"]


def test_a_line_needs_time_and_says_so(signed_in: Client, busy: Scene) -> None:
    response = signed_in.get(f"/reports/?{WINTER}&rows=person&columns=team&as=line")
    assert response.context["built"].line is None
    assert "A line runs over time" in text_of(response)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: str(start.name))
def test_every_starting_point_is_a_report(signed_in: Client, busy: Scene, start: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        response = signed_in.get(f"/reports/?{start.query}")
    assert not list(response.context["messages"])
    assert not response.context["built"].is_empty


def test_without_a_query_the_page_offers_where_to_start(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/reports/"))
    assert "People by day" in page
    assert "Nothing saved yet" in page


def test_more_rows_than_a_page_shows_are_one_row(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        jira = InstanceFactory.create()
        AccountBook(jira).upsert([AccountRecord("ann", "Ann")])
        IssueBook(jira).upsert([IssueRecord(str(n), f"CORE-{n}", f"Issue {n}") for n in range(MOST_ROWS + 7)])
        book(jira).upsert([worklog(n, 3600 + n, issue_id=str(n)) for n in range(MOST_ROWS + 7)])
    built = signed_in.get("/reports/?from=2026-10-01&to=2026-10-31&rows=issue&columns=person").context["built"]
    assert len(built.rows) == MOST_ROWS + 1
    assert built.rows[-1].group.label == "7 more"


def test_a_period_with_nothing_says_why(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/reports/?from=2031-01-01&to=2031-01-31&rows=person"))
    assert "Nothing has been read yet" in page or "No time logged" in page
    assert "No worklog matches this filter" in text_of(signed_in.get(f"/reports/?{WINTER}&rows=person&q=nowhere"))


QUERIES = [
    f"{WINTER}&rows=person&columns=week",
    f"{WINTER}&rows=epic&columns=issue&as=bar&billable=yes&team=core",
    f"{WINTER}&rows=project&columns=month&as=line",
    f"{WINTER}&rows=issue&columns=person&measure=people&as=heatmap",
    "view=none",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_report_is_a_handful_of_statements(signed_in: Client, ana: Client, busy: Scene, query: str) -> None:
    for client in (signed_in, ana):
        for headers in ({}, {"HX-Request": "true"}):
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/reports/?{query}", headers=headers)
            assert len(captured) <= MOST_STATEMENTS, [each["sql"] for each in captured]


@pytest.mark.parametrize(
    "query",
    ["rows=nothing", "columns=%00", "measure=money", "as=cake", "rows=person&columns=constructor", "from=x&rows=day"],
)
def test_what_cannot_be_asked_for_is_told(signed_in: Client, busy: Scene, query: str) -> None:
    response = signed_in.get(f"/reports/?{query}")
    assert response.status_code == 200
    assert len(list(response.context["messages"])) == 1
    assert signed_in.get(f"/reports/export.csv?{query}").status_code == 404


names = st.sampled_from(["rows", "columns", "measure", "as", "view", "from", "to", "period", "person", "epic", "q"])
values = st.one_of(st.text(max_size=20), st.sampled_from([*DIMENSIONS, *MEASURES, *SHAPES, "none", "-1", "9" * 30]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(pairs=st.lists(st.tuples(names, values), max_size=6))
def test_any_query_gives_a_page(signed_in: Client, busy: Scene, pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    assert signed_in.get(f"/reports/?{query.urlencode()}").status_code == 200


def test_htmx_gets_the_report_without_the_page(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get(f"/reports/?{WINTER}&rows=person", headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert 'id="tools"' in page


# What a USER sees


def test_a_user_sees_own_hours_alone_in_every_shape_and_file(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        own = filter_total(WorklogFilter(PERIOD, people=(busy.people["Ana"].pk,))).tally.seconds
    for shape, columns in itertools.product(SHAPES, ("", "person", "team", "week")):
        query = f"{WINTER}&rows=person&columns={columns}&as={shape}&person={busy.people['Ben'].pk}"
        response = ana.get(f"/reports/?{query}")
        assert response.context["built"].amount == own
        assert not [name for name in ("Ben", "Cleo", "Dan", "Eve") if f">{name}<" in text_of(response)]
    told = json.loads(text_of(ana.get(f"/reports/export.json?{WINTER}&rows=person")))
    assert [(row["label"], row["seconds"]) for row in told["rows"]] == [("Ana", own)]
    page = sheet_of(ana.get(f"/reports/export.xlsx?{WINTER}&rows=person&columns=week"))
    assert [row[0].text for row in page.rows] == ["Person", "Ana", "Total"]


def test_what_a_user_may_filter_by_is_of_own_hours(ana: Client, busy: Scene) -> None:
    page = text_of(ana.get(f"/reports/filter/?{WINTER}", headers={"HX-Request": "true"}))
    assert not [name for name in ("Ben", "Cleo", "Dan", "Eve", "Web<") if f">{name}" in page]


# Downloads


@pytest.mark.parametrize("columns", ["", "month"])
@pytest.mark.parametrize("extra", ["", "&team=core&billable=yes", "&q=review"])
def test_the_page_and_its_files_tell_one_total(signed_in: Client, busy: Scene, columns: str, extra: str) -> None:
    query = f"{WINTER}&rows=person&columns={columns}{extra}"
    seconds = signed_in.get(f"/reports/?{query}").context["built"].amount
    assert json.loads(text_of(signed_in.get(f"/reports/export.json?{query}")))["total_seconds"] == seconds
    lines = text_of(signed_in.get(f"/reports/export.csv?{query}")).removeprefix("\ufeff")
    label = "Total seconds" if columns else "Seconds"
    *rows, total = list(csv.DictReader(io.StringIO(lines, newline="")))
    assert int(total[label]) == sum(int(row[label]) for row in rows) == seconds
    page = sheet_of(signed_in.get(f"/reports/export.xlsx?{query}"))
    assert page.column(label)[-1].number == seconds


def test_a_file_is_called_after_the_company_and_what_is_in_it(signed_in: Client, busy: Scene) -> None:
    for kind in ("csv", "xlsx", "json"):
        response = signed_in.get(f"/reports/export.{kind}?{WINTER}&rows=epic&columns=person")
        wanted = f'attachment; filename="epic-by-person-alborada-2025-12-01-2026-03-20.{kind}"'
        assert response["Content-Disposition"] == wanted
        assert b"".join(response)  # to its end: it holds the connection
    response = signed_in.get(f"/worklogs/export.xlsx?{WINTER}")
    assert response["Content-Disposition"] == 'attachment; filename="worklogs-alborada-2025-12-01-2026-03-20.xlsx"'
    assert b"".join(response)


@pytest.mark.parametrize(
    "path",
    [
        "/reports/export.pdf",
        "/reports/export.csv?rows=nothing",
        "/reports/export.xlsx?columns=nothing",
        "/reports/export.json?measure=money",
        "/worklogs/export.json",
        "/worklogs/export.exe",
        "/reports/export.csv?from=yesterday",
    ],
)
def test_a_file_that_there_is_not_is_not_found(signed_in: Client, busy: Scene, path: str) -> None:
    assert signed_in.get(path).status_code == 404


def test_downloads_are_limited(signed_in: Client, busy: Scene) -> None:
    answers = {signed_in.get(f"/reports/export.json?{WINTER}").status_code for _ in range(21)}
    assert answers == {200, 429}


def test_another_companys_rows_are_in_no_file(signed_in: Client, busy: Scene, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        jira = InstanceFactory.create(name="Strange")
        AccountBook(jira).upsert([AccountRecord("zoe", "Zoe")])
        book(jira).upsert([worklog(1, day=date(2026, 1, 5), account_id="zoe")])
        Team.objects.create(name="Strange team", slug="strange")
    for path in ("/reports/export.csv?rows=person", "/reports/export.json?rows=instance", "/worklogs/export.csv?"):
        told = text_of(signed_in.get(f"{path}&{WINTER}"))
        assert "Zoe" not in told
        assert "Strange" not in told
