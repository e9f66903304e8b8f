import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import InstanceFactory, book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.workbooks import Page, opened
from worklogs.exports import COLUMNS, worklogs_csv, worklogs_sheet
from worklogs.exports.lists import issues_sheet, people_sheet, teams_sheet
from worklogs.exports.reports import report_json, report_sheet
from worklogs.exports.sheet import Column, Kind, Sheet, csv_lines
from worklogs.exports.xlsx import CUT, LONGEST, TooManyRows, refuse_too_many, xlsx_file
from worklogs.filters import WorklogFilter
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord
from worklogs.models import JiraInstance
from worklogs.periods import Period
from worklogs.reports.builder import Ask
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.issue_list import whole_list
from worklogs.reports.people import everyone
from worklogs.reports.teams import team_list
from worklogs.reports.worklog_list import filter_total

pytestmark = pytest.mark.usefixtures("in_alborada")

ALWAYS = WorklogFilter(Period(date(2026, 1, 1), date(2026, 12, 31)))
FORMULAS = [
    '=HYPERLINK("https://evil.example","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "\N{NO-BREAK SPACE}=1",
    "\ufeff=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=cmd|' /C calc'!A0",
]


@pytest.fixture
def jira(in_alborada: object) -> JiraInstance:
    return InstanceFactory.create(name="=Jira")


def text() -> str:
    return "".join(worklogs_csv(ALWAYS))


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text().removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(jira: JiraInstance, formula: str) -> None:
    AccountBook(jira).upsert([AccountRecord("ann", formula)])
    project = ProjectRecord("10", formula, formula)
    IssueBook(jira).upsert([IssueRecord("1", formula, formula, type=formula, level=1, project=project)])
    book(jira).upsert([worklog(formula, comment=formula)])
    line = lines()[0]
    for column in ("Person", "Project", "Epic", "Epic summary", "Issue", "Summary", "Type", "Comment", "Worklog"):
        assert line[column] == f"'{formula}", column
    assert line["Instance"] == "'=Jira"
    assert line["Seconds"] == "3600"


@pytest.mark.parametrize("innocent", ["a=b", "1+1", "x@mail.example", "CORE-1", "'quoted", "", "3600"])
def test_other_text_stays_as_it_is(jira: JiraInstance, innocent: str) -> None:
    book(jira).upsert([worklog(1, comment=innocent)])
    assert lines()[0]["Comment"] == innocent


def test_the_file_begins_with_the_mark_and_the_columns(jira: JiraInstance) -> None:
    assert text() == "\ufeff" + ",".join([*COLUMNS, "Hours", "Hours (h:mm)"]) + "\r\n"


@pytest.mark.parametrize(
    "comment",
    [
        "你好 😀 مرحبا",
        "one\ntwo",
        "one\r\ntwo",
        "a,b;c\td",
        'say "hello"',
        "x" * 32_768,
        "e\u0301 \u202e rtl",
        "nul \x00",
    ],
)
def test_any_text_comes_back_whole(jira: JiraInstance, comment: str) -> None:
    book(jira).upsert([worklog(1, comment=comment), worklog(2, day=date(2026, 10, 6))])
    found = lines()
    assert [line["Comment"] for line in found] == [comment.replace("\x00", "\ufffd"), ""]
    assert "".join(text()).encode("utf-8")


@pytest.mark.parametrize(
    ("seconds", "decimal", "clock"),
    [
        (0, "0.00", "0:00"),
        (29, "0.01", "0:00"),
        (30, "0.01", "0:01"),
        (5400, "1.50", "1:30"),
        (3599, "1.00", "1:00"),
        (36_000_000, "10000.00", "10000:00"),
    ],
)
def test_hours_are_told_three_ways(jira: JiraInstance, seconds: int, decimal: str, clock: str) -> None:
    book(jira).upsert([worklog(1, seconds)])
    line = lines()[0]
    assert (line["Seconds"], line["Hours"], line["Hours (h:mm)"]) == (str(seconds), decimal, clock)


def test_what_a_worklog_does_not_have_is_an_empty_cell(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, issue_id="404")])
    line = lines()[0]
    assert (line["Team"], line["Project"], line["Epic"], line["Issue"], line["Issue id"]) == ("", "", "", "", "404")
    assert line["Day"] == "2026-10-05"


def test_lines_come_in_the_order_of_days(jira: JiraInstance) -> None:
    days = [date(2026, 10, 6), date(2026, 10, 4), date(2026, 10, 5)]
    book(jira).upsert([worklog(number, day=day) for number, day in enumerate(days)])
    assert [line["Day"] for line in lines()] == ["2026-10-04", "2026-10-05", "2026-10-06"]


# As a spreadsheet


def sheet_of(chosen: WorklogFilter = ALWAYS) -> Page:
    with xlsx_file(worklogs_sheet(chosen, has_total=True)) as file:
        return opened(file.read())


@pytest.mark.parametrize("formula", FORMULAS)
def test_in_a_spreadsheet_text_is_text_as_it_is(jira: JiraInstance, formula: str) -> None:
    AccountBook(jira).upsert([AccountRecord("ann", formula)])
    IssueBook(jira).upsert([IssueRecord("1", formula, formula, type=formula, level=1)])
    book(jira).upsert([worklog(formula, comment=formula)])
    page = sheet_of()
    for label in ("Person", "Issue", "Summary", "Comment", "Worklog"):
        assert page.column(label)[0].text == formula, label
    assert "<f>" not in page.xml


@pytest.mark.parametrize(
    ("comment", "written"),
    [
        ("nul \x00 bell \x07 escape \x1b", "nul \ufffd bell  escape "),
        ("<r>bold</r>", "<r>bold</r> "),
        ("<r><t>no markup</t></r>", "<r><t>no markup</t></r> "),
        ("_x0041_ is no A", "_x0041_ is no A"),
        ("你好 😀 مرحبا", "你好 😀 مرحبا"),
        ("https://jira.example/browse/CORE-1", "https://jira.example/browse/CORE-1"),
        (" blanks  ", " blanks  "),
        ("\ufffe\uffff", ""),
        ("2026-10-05", "2026-10-05"),
        ("0042", "0042"),
    ],
)
def test_in_a_spreadsheet_any_text_comes_back(jira: JiraInstance, comment: str, written: str) -> None:
    book(jira).upsert([worklog(1, comment=comment)])
    assert (sheet_of().column("Comment")[0].text or "") == written


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(jira: JiraInstance, letter: str) -> None:
    book(jira).upsert([worklog(1, comment=letter * 32_768)])
    text = sheet_of().column("Comment")[0].text or ""
    assert text.endswith(CUT)
    assert 32_700 < len(text.encode("utf-16-le")) / 2 <= LONGEST


def test_a_text_that_just_fits_is_whole(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, comment="x" * LONGEST)])
    assert sheet_of().column("Comment")[0].text == "x" * LONGEST


def test_cells_of_a_spreadsheet_are_days_and_numbers(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, 5400, billable_seconds=1800), worklog(2, 1, day=date(2026, 10, 6))])
    page = sheet_of()
    day, hours, clock, seconds = (page.column(label)[0] for label in ("Day", "Hours", "Hours (h:mm)", "Seconds"))
    assert (day.number, page.format_of(day)) == ((date(2026, 10, 5) - date(1899, 12, 30)).days, "yyyy-mm-dd")
    assert (hours.number, page.format_of(hours)) == (1.5, "#,##0.00")
    assert (clock.number, page.format_of(clock)) == (5400 / 86400, "[h]:mm")
    assert (seconds.number, page.column("Billable seconds")[0].number) == (5400, 1800)


def test_the_last_row_of_a_spreadsheet_is_the_total_of_its_rows(scene: Scene) -> None:
    page = sheet_of()
    for label in ("Seconds", "Billable seconds", "Hours"):
        *rows, total = [cell.number or 0 for cell in page.column(label)]
        assert total == pytest.approx(sum(rows))
    assert page.rows[-1][0].text == "Total"
    assert sum(cell.number or 0 for cell in page.column("Seconds")[:-1]) == filter_total(ALWAYS).tally.seconds


def test_the_head_of_a_spreadsheet_stays_and_filters(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1), worklog(2)])
    page = sheet_of()
    assert {cell.style for cell in page.rows[0]} <= page.bold
    assert 'state="frozen"' in page.xml
    assert '<autoFilter ref="A1:U3"/>' in page.xml  # the head and two rows, and not the total


def test_an_empty_spreadsheet_has_its_head_and_a_total_of_nothing(jira: JiraInstance) -> None:
    page = sheet_of()
    assert [cell.text for cell in page.rows[0]] == [*COLUMNS, "Hours", "Hours (h:mm)"]
    assert (len(page.rows), page.column("Seconds")[0].number) == (2, 0)


def test_more_rows_than_a_spreadsheet_holds_are_refused() -> None:
    refuse_too_many(1_048_574)
    with pytest.raises(TooManyRows, match="There are 1,048,575 rows"):
        refuse_too_many(1_048_575)


def test_a_spreadsheet_takes_no_more_memory_for_more_rows() -> None:
    """Rows go to the disk one by one: twenty times as many cost next to nothing more."""

    def peak(rows: int) -> int:
        columns = (Column("Text"), Column("Hours", Kind.HOURS))
        tracemalloc.start()
        with xlsx_file(Sheet("Many", columns, ((f"row {n}", n) for n in range(rows)))):
            found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(10_000) < 2 * peak(500)


# Reports

MATRICES = [("person", ""), ("epic", ""), ("week", ""), ("day", ""), ("team", "month"), ("issue", "person")]
MATRICES += [("weekday", "instance"), ("project", "type"), ("month", "day")]


def rows_of(sheet: Sheet) -> tuple[list[Any], Any]:
    """And the total, which is asked for after them."""
    lines = list(sheet.rows)
    assert sheet.total
    return lines, sheet.total()


@pytest.mark.parametrize("measure", ["hours", "billable", "worklogs"])
@pytest.mark.parametrize(("rows", "columns"), MATRICES)
def test_a_report_ends_in_the_total_of_its_rows(scene: Scene, rows: str, columns: str, measure: str) -> None:
    sheet, count = report_sheet(ALWAYS, Ask(rows, columns, measure))
    lines, total = rows_of(sheet)
    assert (len(lines), total[0]) == (count, "Total")
    for at, column in enumerate(sheet.columns):
        if column.kind not in (Kind.TEXT, Kind.DAY):
            assert total[at] == pytest.approx(sum(line[at] or 0 for line in lines)), column
    tally, by_label = filter_total(ALWAYS).tally, dict(zip([each.label for each in sheet.columns], total, strict=True))
    if columns:
        whole = {"hours": tally.seconds, "billable": tally.billable_seconds}.get(measure, tally.worklogs)
        assert by_label["Total"] == whole
    else:
        told = [by_label[label] for label in ("Seconds", "Billable seconds", "Worklogs")]
        assert told == [tally.seconds, tally.billable_seconds, tally.worklogs]


asks = st.builds(
    Ask,
    rows=st.sampled_from(list(DIMENSIONS)),
    columns=st.sampled_from(["", *DIMENSIONS]),
    measure=st.sampled_from(["hours", "billable", "worklogs"]),
    then=st.sampled_from(["", *DIMENSIONS]),
    sort=st.sampled_from(["", "name", "-name", "total", "-total", "-share", "in:core", "-in:2026-01-01", "-in:"]),
).map(lambda ask: ask if ask.then != ask.rows else replace(ask, then=""))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(ask=asks, teams=st.sampled_from([(), ("core",), ("web", "none")]))
def test_the_rows_of_any_report_add_up_in_whole_seconds(scene: Scene, ask: Ask, teams: tuple[str, ...]) -> None:
    sheet, count = report_sheet(replace(ALWAYS, teams=teams), ask)
    lines, total = rows_of(sheet)
    assert len(lines) == count
    is_subtotal = ["Subtotal" in line for line in lines]
    assert any(is_subtotal) == bool(ask.then and lines)
    for at, column in enumerate(sheet.columns):
        if column.kind in (Kind.SECONDS, Kind.COUNT):
            for wanted in (True, False) if ask.then else (False,):
                told = [line[at] or 0 for line, is_sub in zip(lines, is_subtotal, strict=True) if is_sub is wanted]
                assert sum(told) == total[at], column


SHEETS: dict[str, Callable[[Scene], Sheet]] = {
    "worklogs": lambda _scene: worklogs_sheet(ALWAYS, has_total=True),
    "people": lambda _scene: people_sheet(everyone(ALWAYS, date(2026, 3, 20))),
    "teams": lambda scene: teams_sheet(team_list(ALWAYS, list(scene.instances.values()), date(2026, 3, 20))),
    "epics": lambda scene: issues_sheet(whole_list(ALWAYS, "epic", list(scene.instances.values())))[0],
    "issues": lambda scene: issues_sheet(whole_list(ALWAYS, "issue", list(scene.instances.values())))[0],
    "report": lambda _scene: report_sheet(ALWAYS, Ask("person", then="epic"))[0],
    "matrix": lambda _scene: report_sheet(ALWAYS, Ask("person", "week", "billable", then="epic"))[0],
}


@pytest.mark.parametrize("name", SHEETS)
def test_rounded_hours_have_their_exact_seconds_beside(scene: Scene, name: str) -> None:
    """Of each column of hours there is one of seconds with the same amounts, and what has a total adds up to it."""
    sheet = SHEETS[name](scene)
    lines, total = rows_of(sheet)
    lines = [line for line in lines if "Subtotal" not in line]
    exact = [[line[at] or 0 for line in (*lines, total)] for at, each in enumerate(sheet.columns) if is_exact(each)]
    assert lines
    assert exact
    for at, column in enumerate(sheet.columns):
        if column.kind is Kind.HOURS:
            assert [line[at] or 0 for line in (*lines, total)] in exact, column
        if column.kind is Kind.SECONDS and total[at] is not None:
            assert sum(line[at] or 0 for line in lines) == total[at], column


def is_exact(column: Column) -> bool:
    return column.kind is Kind.SECONDS


def test_rows_within_rows_stand_behind_their_subtotal(scene: Scene) -> None:
    sheet, _count = report_sheet(ALWAYS, Ask("team", then="person", sort="name"))
    names = [line[:2] for line in sheet.rows]
    assert names == [
        ("Core", "Subtotal"),
        ("Core", "Ana"),
        ("Core", "Ben"),
        ("No team", "Subtotal"),
        ("No team", "Dan"),
        ("Web", "Subtotal"),
        ("Web", "Cleo"),
        ("Web", "Eve"),
    ]
    told = report_json(ALWAYS, Ask("team", then="person", sort="-name"))
    assert [row["label"] for row in told["rows"]] == ["Web", "No team", "Core"]
    assert [row["label"] for row in told["rows"][-1]["rows"]] == ["Ben", "Ana"]
    assert all(sum(each["seconds"] for each in row["rows"]) == row["seconds"] for row in told["rows"])


@pytest.mark.parametrize(("rows", "columns"), MATRICES)
def test_every_report_is_a_readable_file_of_each_kind(scene: Scene, rows: str, columns: str) -> None:
    lines = list(csv.reader(io.StringIO("".join(csv_lines(report_sheet(ALWAYS, Ask(rows, columns))[0])), newline="")))
    with xlsx_file(report_sheet(ALWAYS, Ask(rows, columns))[0]) as file:
        page = opened(file.read())
    told = json.loads(json.dumps(report_json(ALWAYS, Ask(rows, columns))))
    assert len(lines) == len(page.rows) == len(told["rows"]) + 2
    assert [cell.lstrip("\ufeff").removeprefix("'") for cell in lines[0]] == [cell.text for cell in page.rows[0]]
    assert told["total_seconds"] == sum(row["seconds"] for row in told["rows"]) == filter_total(ALWAYS).tally.seconds
    if columns:
        assert all(sum(row["cells"]) == row["amount"] == row["seconds"] for row in told["rows"])
        assert sum(told["column_totals"]) == told["total_seconds"]


def test_a_row_of_json_can_be_asked_for_by_its_key(scene: Scene) -> None:
    told = report_json(ALWAYS, Ask("epic"))
    for row in told["rows"]:
        assert filter_total(replace(ALWAYS, epics=(row["key"],))).tally.seconds == row["seconds"]
    assert {row["code"] for row in told["rows"]} == {"CORE-1", "WEB-1", ""}


@pytest.mark.parametrize("rows", ["project", "epic", "issue"])
def test_a_file_tells_the_instance_of_what_several_have(scene: Scene, rows: str) -> None:
    """In its column and in JSON, for the shared keys too; and no two columns of a matrix have the same heading."""
    sheet, _count = report_sheet(ALWAYS, Ask(rows))
    at = [column.label for column in sheet.columns].index("Instance")
    told = {(line[0], line[at]) for line in sheet.rows if line[0]}
    keys = {"project": {"CORE", "WEB"}, "epic": {"CORE-1", "WEB-1"}}.get(rows, {code for code, _instance in told})
    assert told == {(key, name) for key in keys for name in ("Alpha", "Beta", "Closed")}
    details = {(row["code"], row["detail"]) for row in report_json(ALWAYS, Ask(rows))["rows"] if row["code"]}
    assert details == told
    headings = [column.label for column in report_sheet(ALWAYS, Ask("team", rows))[0].columns]
    assert len(headings) == len(set(headings))


def test_people_are_counted_once_in_a_total(scene: Scene) -> None:
    sheet, _count = report_sheet(ALWAYS, Ask("person", "month", "people"))
    lines, total = rows_of(sheet)
    assert total[-1] == filter_total(ALWAYS).people == len(lines)


@pytest.mark.parametrize("formula", FORMULAS)
def test_names_in_a_report_are_no_formulas(jira: JiraInstance, formula: str) -> None:
    AccountBook(jira).upsert([AccountRecord("ann", formula)])
    IssueBook(jira).upsert([IssueRecord("1", formula, formula, type=formula, level=1)])
    book(jira).upsert([worklog(1)])
    for rows, columns in (("person", "epic"), ("epic", "person"), ("type", "person")):
        sheet, _count = report_sheet(ALWAYS, Ask(rows, columns))
        first = "".join(csv_lines(sheet)).removeprefix("\ufeff")
        cells = [cell for line in csv.reader(io.StringIO(first, newline="")) for cell in line]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "＋"))]
