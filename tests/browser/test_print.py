"""On paper: no shell, tables whole, dark on light."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.tenancy import company_scope
from tests.browser.conftest import OCTOBER, Open, Visit
from tests.browser.test_every_page import addresses as addresses
from tests.conftest import Cast
from tests.factories import book, worklog
from worklogs.ingest import AccountRecord
from worklogs.models import JiraInstance, Person, Team
from worklogs.reports.worklog_list import COLUMNS

PORTRAIT, LANDSCAPE = 703, 1031  # what A4 less its margins has, in pixels
PAGES = {
    "dashboard": PORTRAIT,
    "person": PORTRAIT,
    "worklogs": PORTRAIT,
    "report as bars": PORTRAIT,
    "report as lines": PORTRAIT,
    "report as a table": LANDSCAPE,
    "team": LANDSCAPE,
}


def on_paper(browse: Open, path: str, width: int) -> Visit:
    visit = browse(viewport={"width": width, "height": 1000}, color_scheme="dark")
    visit.page.emulate_media(media="print", color_scheme="dark")
    visit.open(path)
    return visit


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_printed_without_its_shell_and_with_its_tables_whole(
    browse: Open, addresses: dict[str, str], name: str
) -> None:
    visit = on_paper(browse, addresses[name], PAGES[name])
    page = visit.page
    assert visit.fits()
    for part in (".side", ".top", ".btn:visible", ".pager", ".alt"):
        assert page.locator(part).locator("visible=true").count() == 0
    rolled = "all => all.filter((part) => part.scrollWidth > part.clientWidth + 1).length"
    assert page.locator(".scroll, .pivot-scroll").evaluate_all(rolled) == 0
    assert page.locator("table").locator("visible=true").count() or name == "report as lines"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 23, 28)"


@pytest.mark.parametrize("width", [PORTRAIT, LANDSCAPE])
@pytest.mark.parametrize("more", ["", "&" + "&".join(f"column={name}" for name in COLUMNS)])
def test_worklogs_are_printed_with_their_hours(browse: Open, addresses: dict[str, str], width: int, more: str) -> None:
    visit = on_paper(browse, addresses["worklogs"] + more, width)
    assert visit.fits()
    hours = visit.page.locator("tbody[data-rows] td.big")
    assert hours.count() == 50
    assert max(box["x"] + box["width"] for each in hours.all() if (box := each.bounding_box())) <= width
    assert visit.page.locator("[data-pick]").locator("visible=true").count() == 0


# The words of some cells that go over more than one line.
BROKEN_WORDS = """cells => cells.filter(cell => cell.checkVisibility()).flatMap(cell => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange(), broken = [];
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/\\S+/g)) {
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""

TABLES = ["people", "teams", "epics", "issues", "worklogs in groups", "issue", "epic", "sync"]


@pytest.mark.parametrize("name", TABLES)
def test_no_table_is_cut_off_on_paper(browse: Open, addresses: dict[str, str], name: str) -> None:
    visit = on_paper(browse, addresses[name], PORTRAIT)
    assert visit.fits()
    edges = "all => all.filter((table) => table.checkVisibility()).map((table) => table.getBoundingClientRect().right)"
    assert max(visit.page.locator("table").evaluate_all(edges)) <= PORTRAIT + 1
    assert visit.page.locator("thead th").evaluate_all(BROKEN_WORDS) == []


def test_a_year_of_weeks_is_printed_whole(browse: Open, addresses: dict[str, str]) -> None:
    path = "/reports/?from=2026-01-01&to=2026-12-31&rows=person&columns=week"
    page = on_paper(browse, path, LANDSCAPE).page
    assert page.evaluate("document.querySelector('.pivot').getBoundingClientRect().right") <= LANDSCAPE
    assert page.locator(".pivot thead th").count() > 2


QUARTER, YEAR = "from=2026-10-01&to=2026-12-31", "from=2026-01-01&to=2026-12-31"
WIDE = [
    "/reports/?rows=person&columns=day&from=2026-10-01&to=2026-10-31",
    "/reports/?rows=person&columns=day&from=2026-10-01&to=2026-11-30",
    f"/reports/?rows=epic&then=person&columns=month&{YEAR}",
    f"/reports/?rows=project&columns=person&{YEAR}",
    f"/teams/payments/?by=day&{QUARTER}",
    f"/teams/payments/?by=week&{YEAR}",
]


@pytest.fixture
def busy(month: JiraInstance, alborada: Cast) -> None:
    """A year of long days of many people with long names: wide columns, as in a real company."""
    people = [AccountRecord(f"w{n}", f"Bartholomew Etxeberria-Wójcik {n}", f"w{n}@x.example") for n in range(14)]
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    with company_scope(alborada.company):
        for nth, author in enumerate(people):
            long: dict[str, Any] = {"seconds": 85500, "author": author, "account_id": author.account_id}
            long["issue_id"] = str(1 + nth % 2)
            found = [day for day in days if day.month >= 10 or day.day < 8]
            book(month).upsert([worklog(f"{author.account_id}-{day}", day=day, **long) for day in found])
        Person.objects.filter(name__startswith="Bart").update(team=Team.objects.get(slug="payments"))


@pytest.mark.parametrize("path", WIDE)
def test_the_last_column_of_a_wide_table_is_on_the_paper(browse: Open, busy: None, path: str) -> None:
    visit = on_paper(browse, path, LANDSCAPE)
    assert visit.page.evaluate("getComputedStyle(document.querySelector('.page')).page") == "wide"
    edge, cut = (
        "(all) => Math.max(...all.map((cell) => cell.getBoundingClientRect().right))",
        "(all) => all.filter("
        "(cell) => cell.scrollWidth > cell.clientWidth + 1 || cell.scrollHeight > cell.clientHeight + 1).length",
    )
    cells = visit.page.locator(":is(.pivot, .heat) :is(tbody, tfoot) :is(th, td)")
    assert LANDSCAPE - 60 < cells.evaluate_all(edge) <= LANDSCAPE
    assert cells.evaluate_all(cut) == 0
    assert visit.fits()


def test_the_second_level_of_a_report_stays_indented_on_paper(browse: Open, busy: None) -> None:
    page = on_paper(browse, WIDE[2], LANDSCAPE).page
    start = "(cell) => parseFloat(getComputedStyle(cell).paddingInlineStart)"
    first, second = (page.locator(f".pivot tr{name} > th").first.evaluate(start) for name in (".subtotal", ".within"))
    assert second >= first + 8


def test_a_chosen_theme_does_not_reach_the_paper(browse: Open, addresses: dict[str, str]) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 23, 28)"
