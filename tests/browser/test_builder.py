"""The report builder's fields, changed faster than the server answers."""

from contextlib import suppress

from playwright.sync_api import Error, Page, Route, expect

from tests.browser.conftest import OCTOBER, Open
from worklogs.models import JiraInstance

REPORT = f"/reports/{OCTOBER}&rows=person&measure=hours"


def hold_answers(page: Page) -> list[Route]:
    """Every request of the builder waits here until the test lets it go on."""
    held: list[Route] = []
    page.route("**/reports/?*", lambda route: held.append(route))
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """All of them, and those that follow; what the page has given up in between is no longer there to be answered."""
    for route in held:
        with suppress(Error):
            route.continue_()
    page.unroute("**/reports/?*")


def test_fields_that_are_changed_before_an_answer_comes_count_together(browse: Open, month: JiraInstance) -> None:
    page = browse().open(REPORT)
    held = hold_answers(page)
    page.select_option("#ask-rows", "team")
    page.select_option("#ask-columns", "week")
    page.select_option("#ask-measure", "billable")
    expect(page.locator("#ask-rows")).to_have_value("team")
    let_go(page, held)
    page.wait_for_url("**rows=team**")
    expect(page.locator("h1")).to_have_text("Billable hours by team and week")
    for part in ("rows=team", "columns=week", "measure=billable", "from=2026-10-01"):
        assert part in page.url
    expect(page.locator("#ask-columns")).to_have_value("week")


def test_a_heading_and_a_shape_carry_what_was_just_chosen(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"{REPORT}&columns=week")
    held = hold_answers(page)
    page.select_option("#ask-rows", "project")
    page.click("#by-name")
    let_go(page, held)
    expect(page.locator("h1")).to_have_text("Hours by project and week")
    assert "sort=name" in page.url
    held = hold_answers(page)
    page.select_option("#ask-measure", "worklogs")
    page.click("#as-heatmap")
    let_go(page, held)
    expect(page.locator("h1")).to_have_text("Worklogs by project and week")
    expect(page.locator(".pivot.shaded")).to_be_visible()
    assert "sort=name" in page.url


def test_a_field_that_is_changed_while_an_answer_comes_keeps_its_choice(browse: Open, month: JiraInstance) -> None:
    page = browse().open(REPORT)
    choose = "() => document.getElementById('ask-then').value = 'week'"
    page.evaluate(f"document.addEventListener('htmx:beforeSwap', {choose}, {{once: true}})")
    page.select_option("#ask-rows", "team")
    page.wait_for_url("**rows=team**")
    expect(page.locator("#ask-then")).to_have_value("week")


def test_every_heading_sorts_and_turns_round(browse: Open, month: JiraInstance) -> None:
    visit = browse()
    page = visit.open(f"{REPORT}&columns=week")
    headings = page.locator("thead .sort").count()
    assert headings > 5
    for number in range(headings):
        page.locator("thead .sort").nth(number).click()
        direction = "descending" if number else "ascending"  # names from the first, figures from the largest
        expect(page.locator("thead th").nth(number)).to_have_attribute("aria-sort", direction)
    page.go_back()
    expect(page.locator("#by-share")).to_be_visible()
    assert [each for each in visit.said if each.startswith("error")] == []
