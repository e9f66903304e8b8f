"""The report builder: what it shows adds up, links to its worklogs, and answers any query."""

import csv
import io
import itertools
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
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
from worklogs.exports import COLUMNS
from worklogs.filters import WorklogFilter, type_key
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord
from worklogs.models import Issue, Person, Team
from worklogs.periods import Period
from worklogs.reports.builder import MOST_ROWS, SHAPES, STARTS, Ask, build
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.pivot import MEASURES, pivot
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


def sheet_of(response: Any, sheet: int = 1) -> Page:
    return opened(b"".join(response.streaming_content), sheet=sheet)


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
    told = f"{change(now.context['change'])} vs 1–31 Dec 2025 ({before.context['built'].total.text})"
    assert escape(told) in text_of(now)


def test_a_report_that_has_nothing_before_it_says_so(signed_in: Client, busy: Scene) -> None:
    for days, told in (("2024-02-29", "no earlier data"), ("2024-03-02", "vs 1 Mar (nothing logged)")):
        page = f"/reports/?from={days}&to={days}&rows=person&measure=billable"
        assert told in " ".join(text_of(signed_in.get(page)).split())


@pytest.mark.parametrize("columns", ["project", "epic", "issue"])
def test_columns_of_a_key_that_several_instances_have_are_told_apart(
    signed_in: Client, busy: Scene, columns: str
) -> None:
    page = signed_in.get(f"/reports/?{WINTER}&rows=team&columns={columns}")
    headings = [column.heading for column in page.context["built"].columns]
    assert len(headings) == len(set(headings)) > 3
    key = "CORE" if columns == "project" else "CORE-1"
    assert {f"{key} ({name})" for name in ("Alpha", "Beta", "Closed")} < set(headings)
    assert f">{key} (Beta)<" in text_of(page)
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="WEB-1", instance__slug="beta").update(key="WEB-77")
    if columns == "epic":
        told = signed_in.get(f"/reports/?{WINTER}&rows=team&columns=epic").context["built"].columns
        assert "WEB-77" in {column.heading for column in told}  # nobody else's key


def test_the_instance_of_a_shared_key_is_drawn_once(signed_in: Client, busy: Scene) -> None:
    page = " ".join(text_of(signed_in.get(f"/reports/?{WINTER}&rows=epic&instance=beta")).split())
    assert "Payments (Beta)</a>" in page
    assert "Payments (Beta)</a> <span" not in page


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
            assert pivot(narrowed, "person", "", measure).total.amount == cell.amount
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
    assert "A line chart needs days, weeks or months" in text_of(response)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: str(start.name))
def test_every_starting_point_is_a_report(signed_in: Client, busy: Scene, start: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        response = signed_in.get(f"/reports/?{start.query}")
    assert not response.context["notes"]
    assert not response.context["built"].is_empty


def test_without_a_query_the_page_offers_where_to_start(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/reports/"))
    assert "People by day" in page
    assert "No saved reports yet" in page


def test_more_rows_than_a_page_shows_are_one_row(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        jira = InstanceFactory.create()
        AccountBook(jira).upsert([AccountRecord("ann", "Ann")])
        IssueBook(jira).upsert([IssueRecord(str(n), f"CORE-{n}", f"Issue {n}") for n in range(MOST_ROWS + 7)])
        book(jira).upsert([worklog(n, 3600 + n, issue_id=str(n)) for n in range(MOST_ROWS + 7)])
    built = signed_in.get("/reports/?from=2026-10-01&to=2026-10-31&rows=issue&columns=person").context["built"]
    assert len(built.rows) == MOST_ROWS + 1
    assert built.rows[-1].group.label == "Other (7)"


def test_a_period_with_nothing_says_why(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/reports/?from=2031-01-01&to=2031-01-31&rows=person"))
    assert "Nothing synced yet" in page or "No time logged" in page
    assert "No worklogs match this filter" in text_of(signed_in.get(f"/reports/?{WINTER}&rows=person&q=nowhere"))


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
    assert len(response.context["notes"]) == 1
    file = signed_in.get(f"/reports/export.csv?{query}")
    assert json.loads(file["X-Filter-Notes"]) == response.context["notes"]
    assert b"".join(file)


def test_a_part_that_cannot_be_asked_for_leaves_the_others(signed_in: Client, busy: Scene) -> None:
    response = signed_in.get(f"/reports/?{WINTER}&rows=team&columns=month&measure=money&as=cake")
    assert response.context["ask"] == Ask("team", "month")
    assert len(response.context["notes"]) == 2


names = st.sampled_from(["rows", "columns", "measure", "as", "view", "from", "to", "period", "person", "epic", "q"])
values = st.one_of(st.text(max_size=20), st.sampled_from([*DIMENSIONS, *MEASURES, *SHAPES, "none", "-1", "9" * 30]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(pairs=st.lists(st.tuples(names, values), max_size=6))
def test_any_query_gives_a_page(signed_in: Client, busy: Scene, pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    assert signed_in.get(f"/reports/?{query.urlencode()}").status_code == 200


def test_htmx_tells_the_page_around_a_report_what_it_is_now(signed_in: Client, busy: Scene) -> None:
    query = f"{WINTER}&rows=team&columns=month&as=line&not-instance=beta"
    page = text_of(signed_in.get(f"/reports/?{query}", headers={"HX-Request": "true"}))
    title = "<title>Hours by team and month · Alborada</title>"
    assert " ".join(page.split()).startswith(title)
    assert title in " ".join(text_of(signed_in.get(f"/reports/?{query}")).split())
    for part in ("crumbs", "more", "home", "nav"):
        told = page.partition(f'id="{part}"')[2]
        assert 'hx-swap-oob="true"' in told.partition(">")[0], part
        assert "not-instance=beta" in told.partition("</a>")[0], part


def test_htmx_gets_the_report_without_the_page(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get(f"/reports/?{WINTER}&rows=person", headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert 'id="tools"' in page


# Rows within rows, and their order

LEVELS = [("team", "person"), ("project", "issue"), ("month", "week"), ("person", "day")]


@pytest.mark.parametrize("measure", ["hours", "worklogs"])
@pytest.mark.parametrize("columns", ["", "month", "team"])
@pytest.mark.parametrize(("rows", "then"), LEVELS)
def test_rows_within_a_row_add_up_to_it_and_lead_to_their_worklogs(
    scene: Scene, rows: str, then: str, columns: str, measure: str
) -> None:
    found = pivot(WorklogFilter(PERIOD), rows, columns, measure, then=then, most_rows=2, most_within=2, most_columns=3)
    assert sum(row.total.amount for row in found.rows) == found.total.amount
    for row in found.rows[:2]:
        assert len(row.within) <= 3
        assert sum(each.total.amount for each in row.within) == row.total.amount
        for at, cell in enumerate(row.cells):
            assert sum(each.cells[at].amount for each in row.within) == cell.amount
        for each in row.within:
            for cell in (each.total, *each.cells):
                if cell.query:
                    narrowed = WorklogFilter.from_query(QueryDict(cell.query.removeprefix("?")), TODAY)
                    total = filter_total(narrowed).tally
                    assert {"hours": total.seconds, "worklogs": total.worklogs}[measure] == cell.amount
                else:
                    assert not cell.amount or not each.group.key or columns in (rows, then)


def names_in(response: Any) -> list[str]:
    return [row.group.label for row in response.context["built"].rows]


def test_a_report_is_sorted_by_each_of_its_columns(signed_in: Client, busy: Scene) -> None:
    report = f"/reports/?{WINTER}&rows=person&columns=team"
    assert names_in(signed_in.get(f"{report}&sort=name")) == ["Ana", "Ben", "Cleo", "Dan", "Eve"]
    assert names_in(signed_in.get(f"{report}&sort=-name")) == ["Eve", "Dan", "Cleo", "Ben", "Ana"]
    usual, least = (names_in(signed_in.get(f"{report}{sort}")) for sort in ("&sort=-total", "&sort=total"))
    assert usual == names_in(signed_in.get(report)) == names_in(signed_in.get(f"{report}&sort=-share"))
    assert least == usual[::-1]
    core = names_in(signed_in.get(f"{report}&sort=-in:core"))
    assert set(core[:2]) == {"Ana", "Ben"}
    assert core[:2] == [name for name in usual if name in ("Ana", "Ben")]
    page = text_of(signed_in.get(f"{report}&sort=-in:core"))
    assert page.count('aria-sort="descending"') == 1
    for path in ("sort=-money", "sort=in:nowhere"):  # another page's, or of a column that has gone
        assert names_in(signed_in.get(f"{report}&{path}")) == usual


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("rows=person&sort=q", "q"),
        ("rows=person&columns=team&sort=-money", "money"),
        ("rows=person&sort=in:core", "core"),
        ("rows=person&columns=week&sort=-in:2026-01-01", "2026-01-01"),
        ("rows=person&columns=team&as=bar&sort=-in:nowhere", "nowhere"),
        ("rows=person&columns=team&sort=in:core", ""),
        ("rows=person&columns=month&as=line&sort=in:2026-01-01", ""),
        ("rows=person&sort=-share", ""),
    ],
)
def test_a_sort_that_is_not_applied_is_noted(signed_in: Client, busy: Scene, query: str, name: str) -> None:
    notes = [f"Can’t sort by “{name}”."] if name else []
    assert signed_in.get(f"/reports/?{WINTER}&{query}").context["notes"] == notes


def test_whoever_chooses_other_columns_leaves_the_one_that_sorted(signed_in: Client, busy: Scene) -> None:
    def chosen(query: str, before: str) -> Any:
        shown = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/reports/?{WINTER}&{before}"}
        return signed_in.get(f"/reports/?{WINTER}&{query}", headers=shown)

    days = "rows=person&columns=day&sort=-in:2026-01-05"  # a Monday: weeks have such a key too
    for columns in ("&columns=week", "&columns=team", ""):
        found = chosen(f"rows=person{columns}&sort=-in:2026-01-05", days)
        assert found["HX-Push-Url"] == f"/reports/?{WINTER}&rows=person{columns}"
        assert "no-store" in found["Cache-Control"]
        assert 'name="sort"' not in text_of(found)
        assert found.context["ask"].sort == ""
        assert not [note for note in found.context["notes"] or () if "sort" in note]
    kept = chosen("rows=team&columns=day&sort=-in:2026-01-05", days)
    assert ("HX-Push-Url" in kept, kept.context["ask"].sort) == (False, "-in:2026-01-05")
    by_name = chosen("rows=person&columns=week&sort=name", "rows=person&columns=day&sort=name")
    assert ("HX-Push-Url" in by_name, by_name.context["ask"].sort) == (False, "name")


def test_a_file_stands_in_the_order_of_its_page(signed_in: Client, busy: Scene) -> None:
    for query in ("rows=person&sort=name", "rows=person&columns=month&sort=-name", "rows=person&measure=billable"):
        names = names_in(signed_in.get(f"/reports/?{WINTER}&{query}"))
        page = sheet_of(signed_in.get(f"/reports/export.xlsx?{WINTER}&{query}"))
        assert [cell.text for cell in page.column("Person")][:-1] == names


def test_sorting_asks_for_the_names_of_a_level_once(signed_in: Client, busy: Scene) -> None:
    report = f"/reports/?{WINTER}&rows=team&then=person&columns=team"
    counts = []
    signed_in.get("/sync/")  # from then on it's known who one is
    for sort in ("", "-in:core", "name"):
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(f"{report}&sort={sort}")
        counts.append(len(captured))
    assert [count - counts[0] for count in counts] == [0, 1, 2]
    assert max(counts) <= MOST_STATEMENTS


@pytest.mark.parametrize("shape", ["table", "bar", "heatmap"])
def test_rows_within_rows_and_shares_are_on_the_page(signed_in: Client, busy: Scene, shape: str) -> None:
    for columns in ("", "month"):
        page = f"/reports/?{WINTER}&rows=team&then=person&columns={columns}&as={shape}&sort=name"
        response = signed_in.get(page)
        assert names_in(response) == ["Core", "Ana", "Ben", "No team", "Dan", "Web", "Cleo", "Eve"]
        built = response.context["built"]
        assert sum(row.share for row in built.rows if row.is_within) == pytest.approx(1)
        assert "100.0" in text_of(response)


@pytest.mark.parametrize("shape", ["table", "bar", "heatmap", "line"])
def test_columns_beyond_those_of_a_page_are_one_that_says_so(signed_in: Client, busy: Scene, shape: str) -> None:
    days = "from=2024-01-01&to=2026-12-31"
    response = signed_in.get(f"/reports/?{days}&rows=person&columns=day&as={shape}&measure=people")
    page = text_of(response)
    if shape != "bar":
        assert re.search("Showing [0-9,]+ columns. The last one sums up [0-9,]+ more.", page)
    if shape in ("table", "heatmap"):
        assert "Other (1,034)" in page
        built = response.context["built"]
        assert built.columns[-1].group.label == "Other (1,034)"


# What a USER sees


def test_a_user_sees_own_hours_alone_in_every_shape_and_file(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        own = filter_total(WorklogFilter(PERIOD, people=(busy.people["Ana"].pk,))).tally.seconds
    both = f"person={busy.people['Ana'].pk}&person={busy.people['Ben'].pk}"
    for shape, columns in itertools.product(SHAPES, ("", "person", "team", "week")):
        response = ana.get(f"/reports/?{WINTER}&rows=person&columns={columns}&as={shape}&{both}")
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


def name_of(response: Any) -> str:
    assert b"".join(response)  # to its end: it holds the connection
    return str(response["Content-Disposition"]).partition('filename="')[2].rstrip('"')


def test_files_of_two_filters_have_two_names(signed_in: Client, busy: Scene) -> None:
    queries = ["", "team=core", "team=web", "team=core&billable=yes", "billable=yes", "q=review", "q=review+2"]
    queries += [
        "q=%2B",
        "q=-",
        "person=99999991",
        "instance=alpha",
        "at-least=1:00",
        "at-least=10:00",
        "not-team=core",
        "team=web&not-team=core",
        "team=core&team=web",
        "not-instance=alpha",
    ]
    with company_scope(busy.cast.company):
        Team.objects.create(name="Core Web", slug="core-web")
        Team.objects.create(name="core_team-web", slug="core-team-web")
        Issue.objects.filter(key="CORE-1").update(type="Core")
        Issue.objects.filter(key="CORE-2").update(type="Not Core")
        Person.objects.filter(name="Dan").update(name="Core")
        queries += ["team=core-web", "team=core-team-web", f"type={type_key('Core')}", f"type={type_key('Not Core')}"]
        queries += [f"not-type={type_key('Core')}", f"person={busy.people['Dan'].pk}"]
    queries += ["&".join(f"team={'x' * 30}{n}" for n in range(3)), "&".join(f"team={'x' * 30}{n}" for n in range(4))]
    names = []
    for query in queries:
        cache.clear()  # more files than anyone may have in a minute
        names.append(name_of(signed_in.get(f"/worklogs/export.csv?{WINTER}&{query}")))
    assert len(set(names)) == len(queries)
    assert max(map(len, names)) < 120
    assert names[:3] == [
        "worklogs-alborada-2025-12-01-2026-03-20.csv",
        "worklogs-alborada-team-core-2025-12-01-2026-03-20.csv",
        "worklogs-alborada-team-web-2025-12-01-2026-03-20.csv",
    ]


def test_a_file_says_inside_what_it_is(signed_in: Client, ana: Client, busy: Scene) -> None:
    query = f"{WINTER}&rows=person&team=core&q=review&instance=alpha"
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        page = sheet_of(signed_in.get(f"/reports/export.xlsx?{query}"), sheet=2)
        lines = text_of(signed_in.get(f"/reports/export.csv?{query}&about=1")).removeprefix("\ufeff").splitlines()
        told = json.loads(text_of(signed_in.get(f"/reports/export.json?{query}")))["about"]
        own = json.loads(text_of(ana.get(f"/reports/export.json?{WINTER}&rows=person")))["about"]
    wanted = {
        "Company": "Alborada",
        "Contents": "Hours by person",
        "Period": "1 Dec 2025 – 20 Mar 2026 (2025-12-01 – 2026-03-20)",
        "Filter": "Instance: Alpha; Team: Core; Text: review",
        "Time zone": "Europe/Madrid",
        "Coverage": "Covers 0 of 1 instance. Alpha: never synced.",
        "Created": "2026-03-20 13:00",
        "Source": "http://testserver",
    }
    assert {row[0].text: row[1].text for row in page.rows} == wanted == told
    assert lines[: len(wanted)] == [f"# {name}: {text}" for name, text in wanted.items()]
    assert own["Filter"] == "own worklogs only"
    assert text_of(signed_in.get(f"/reports/export.csv?{query}")).startswith("\ufeffPerson,")


def test_what_json_says_of_itself_is_in_one_language(signed_in: Client, busy: Scene) -> None:
    query = f"{WINTER}&rows=person&zeros=1&not-team=core&weekday=1&person=x"
    english, italian = (
        json.loads(text_of(signed_in.get(f"/reports/export.json?{query}", headers={"Accept-Language": each})))["about"]
        for each in ("en", "it")
    )
    assert english | {"Created": ""} == italian | {"Created": ""}
    files = [signed_in.get(f"/reports/export.json?{WINTER}&rows=person&zeros={each}") for each in (0, 1)]
    assert [name_of(file).partition("-alborada")[0] for file in files] == ["person", "person-with-zeros"]


def test_programs_find_the_columns_of_worklogs_by_their_english_names(signed_in: Client, busy: Scene) -> None:
    first = text_of(signed_in.get(f"/worklogs/export.csv?{WINTER}", headers={"Accept-Language": "it"})).splitlines()[0]
    assert first == "\ufeff" + ",".join([*COLUMNS, "Hours", "Hours (h:mm)"])


def test_a_list_that_is_narrowed_says_so_in_its_file(signed_in: Client, busy: Scene) -> None:
    page = sheet_of(signed_in.get(f"/people/export.xlsx?{WINTER}&name=an"), sheet=2)
    assert {row[0].text: row[1].text for row in page.rows}["Filter"] == "Name: an"
    ignored = sheet_of(signed_in.get(f"/teams/export.xlsx?{WINTER}&team=core"), sheet=2)
    assert {row[0].text: row[1].text for row in ignored.rows}["Filter"] == "none"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/export.pdf",
        "/worklogs/export.json",
        "/worklogs/export.exe",
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


@pytest.mark.parametrize("query", ["rows=person", "rows=team&then=person", "rows=person&columns=month&measure=people"])
def test_people_without_hours_are_rows_too_where_they_are_asked_for(signed_in: Client, busy: Scene, query: str) -> None:
    """On the page and in its file alike, and without a change of any sum; who has left is none."""
    with company_scope(busy.cast.company):
        Person.objects.create(name="Flo", team=Team.objects.get(slug="core"))
        Person.objects.create(name="Gus", is_active=False)
    for asked in (f"{WINTER}&{query}", f"{WINTER}&{query}&team=core"):
        without, having = (signed_in.get(f"/reports/?{asked}{zeros}").context["built"] for zeros in ("", "&zeros=1"))
        known = {each.group.label for each in without.rows}
        assert [row.group.label for row in having.rows if row.group.label not in known] in (["Flo"], ["Empty", "Flo"])
        assert having.amount == without.amount
        files = [text_of(signed_in.get(f"/reports/export.csv?{asked}{zeros}")) for zeros in ("", "&zeros=1")]
        assert ["Flo" in each for each in files] == [False, True]
        assert "Gus" not in files[1]
        assert "zeros=1" in having.ask.query


def test_a_user_finds_nobody_else_among_the_people_without_hours(ana: Client, busy: Scene) -> None:
    page = text_of(ana.get("/reports/?from=2031-01-01&to=2031-01-31&rows=person&zeros=1"))
    assert "Ana" in page
    assert not [name for name in ("Ben", "Cleo", "Dan", "Eve") if name in page]
