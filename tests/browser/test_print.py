"""On paper: no shell, tables whole, dark on light."""

import pytest

from tests.browser.conftest import OCTOBER, Open, Visit
from tests.browser.test_every_page import addresses as addresses

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


def test_a_year_of_weeks_is_printed_whole(browse: Open, addresses: dict[str, str]) -> None:
    path = "/reports/?from=2026-01-01&to=2026-12-31&rows=person&columns=week"
    page = on_paper(browse, path, LANDSCAPE).page
    assert page.evaluate("document.querySelector('.pivot').getBoundingClientRect().right") <= LANDSCAPE
    assert page.locator(".pivot thead th").count() > 2


def test_a_chosen_theme_does_not_reach_the_paper(browse: Open, addresses: dict[str, str]) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 23, 28)"
