import csv
import io
from datetime import date

import pytest

from tests.factories import InstanceFactory, book, worklog
from worklogs.exports import COLUMNS, worklogs_csv
from worklogs.filters import WorklogFilter
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord
from worklogs.models import JiraInstance
from worklogs.periods import Period

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
        (0, "0.0000", "0:00"),
        (29, "0.0081", "0:00"),
        (30, "0.0083", "0:01"),
        (5400, "1.5000", "1:30"),
        (3599, "0.9997", "1:00"),
        (36_000_000, "10000.0000", "10000:00"),
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
