"""What scripts add, and that everything works without them."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.tenancy import company_scope
from integrations.models import SyncRun
from tests.browser.conftest import OCTOBER, Open
from tests.conftest import Cast
from worklogs.models import JiraInstance, Person

LIST = f"/worklogs/{OCTOBER}"


def first_row(page: Page) -> str:
    return page.inner_text("tbody[data-rows] tr:first-child .main")


def test_a_row_opens_its_panel_and_escape_gives_the_focus_back(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("tbody[data-rows] tr:nth-child(3) .main")
    expect(page.locator("#panel-title")).to_be_visible()
    expect(page.locator("tr.cur")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#panel-title")).to_have_count(0)
    focused = page.evaluate("document.activeElement.closest('tr')?.rowIndex")
    assert focused == 3


def test_j_and_k_walk_through_rows_and_take_the_panel_along(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("tbody[data-rows] tr:nth-child(2)")).to_have_class("cur")
    page.keyboard.press("k")
    expect(page.locator("tbody[data-rows] tr:nth-child(1)")).to_have_class("cur")


def test_brackets_step_the_period_and_g_goes(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.keyboard.press("[")
    page.wait_for_url("**/?from=2026-09-01&to=2026-09-30")
    page.keyboard.press("]")
    page.wait_for_url("**/?from=2026-10-01&to=2026-10-31")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/worklogs/**")


def test_slash_searches_and_keys_typed_there_are_text(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.keyboard.press("/")
    page.keyboard.type("settlement [gd")
    expect(page.locator("[data-search]")).to_have_value("settlement [gd")
    page.locator("[data-search]").fill("settlement")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=settlement**")
    assert "from=2026-10-01" in page.url
    assert "Settlement position" in first_row(page)


def test_a_question_mark_opens_the_help_and_escape_closes_it(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_sorting_and_paging_swap_the_list_and_back_returns(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.evaluate("window.sameDocument = true")
    page.click("#by-hours")
    page.wait_for_url("**sort=-hours**")
    expect(page.locator("th[aria-sort]")).to_contain_text("Hours")
    page.click("text=Next 50")
    page.wait_for_url("**after=**")
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    page.wait_for_url("**sort=-hours**")
    expect(page.locator("th[aria-sort]")).to_contain_text("Hours")
    expect(page.locator("tfoot tr:not(.picked)").first).to_contain_text("This page, 50 worklogs")


def test_a_sort_by_any_column_is_swapped_in(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#by-person")
    page.wait_for_url("**sort=person**")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Person")
    page.click("#by-person")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Person")


def test_selected_rows_are_summed(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    boxes, told = page.locator("[data-pick]"), page.locator(".picked")
    boxes.nth(4).click()
    boxes.nth(1).click(modifiers=["Shift"])
    expect(told).to_contain_text("4 selected")
    hours = [row.inner_text() for row in page.locator("tbody[data-rows] tr.on td.big").all()]
    minutes = sum(int(each.split(":")[0]) * 60 + int(each.split(":")[1]) for each in hours)
    expect(told.locator("td.big")).to_have_text(f"{minutes // 60}:{minutes % 60:02}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(told).to_contain_text("selected")
    page.click("text=Clear selection")
    expect(told).to_be_hidden()
    page.click("[data-pick-all]")
    expect(told).to_contain_text("50 selected")


def test_the_panel_takes_the_focus_steps_through_the_rows_and_stands_in_the_address(
    browse: Open, month: JiraInstance
) -> None:
    page = browse().open(LIST)
    page.evaluate("window.sameDocument = true")
    page.click("#list tbody tr:nth-child(2) .row-link")
    page.wait_for_url("**open=**")
    expect(page.locator(".panel")).to_be_focused()
    second = page.url
    page.click("[data-step='1']")
    expect(page.locator("tbody[data-rows] tr:nth-child(3)")).to_have_class("cur")
    assert page.url != second
    page.click("[data-step='-1']")
    expect(page.locator("tbody[data-rows] tr:nth-child(2)")).to_have_class("cur")
    page.go_back()
    expect(page.locator(".panel")).to_have_count(0)
    assert "open=" not in page.url
    page.go_forward()
    expect(page.locator(".panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    page.wait_for_url(f"**{LIST}")
    assert page.evaluate("window.sameDocument") is True


def test_the_panel_of_a_day_takes_the_focus_too_and_its_steps_keep_it(browse: Open, linked: Person) -> None:
    for period in (OCTOBER, "?from=2026-01-01&to=2026-12-31"):
        page = browse().open(f"/people/{linked.pk}/{period}")
        page.focus("#day-2026-10-05")
        page.keyboard.press("Enter")
        expect(page.locator(".panel")).to_be_focused()
        page.focus("#day-after")
        page.keyboard.press("Enter")
        expect(page.locator("#panel [data-of]")).to_have_attribute("data-of", "day-2026-10-06")
        expect(page.locator("#day-after")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#day-2026-10-06")).to_be_focused()


def test_a_worklog_of_a_day_takes_the_focus(browse: Open, linked: Person) -> None:
    page = browse().open(f"/people/{linked.pk}/{OCTOBER}")
    page.click("#day-2026-10-04")
    page.locator(".entries a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_visible()
    expect(page.locator(".panel")).to_be_focused()


@pytest.mark.parametrize("path", [f"{LIST}&team=payments&weekday=1", f"/reports/{OCTOBER}&rows=person&team=payments"])
def test_the_focus_goes_to_the_filter_button_when_conditions_change(
    browse: Open, month: JiraInstance, path: str
) -> None:
    page = browse().open(path)
    page.locator(".chip .x").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip", has_text="Team")).to_have_count(0)
    expect(page.locator("#add-filter")).to_be_focused()
    page.keyboard.press("Enter")
    page.fill("[name=at-least]", "0:15")
    page.keyboard.press("Enter")
    page.wait_for_url("**at-least=0**")
    expect(page.locator(".chip", has_text="0:15")).to_be_visible()
    expect(page.locator("#add-filter")).to_be_focused()
    page.get_by_text("Clear all").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#add-filter")).to_be_focused()


def test_the_menu_of_groups_keeps_the_focus(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#group-by")
    page.locator(".menu[open] [name=group]").first.select_option("team")
    page.click(".menu[open] button")
    expect(page.locator("#group-by")).to_contain_text("Team")
    expect(page.locator("#group-by")).to_be_focused()


def test_a_link_opens_the_list_with_its_panel(browse: Open, month: JiraInstance) -> None:
    visit = browse()
    visit.open(LIST).click("#list tbody tr:nth-child(2) .row-link")
    visit.page.wait_for_url("**open=**")
    page = browse().open(visit.page.url.removeprefix(visit.base))
    expect(page.locator("tbody[data-rows] tr:nth-child(2)")).to_have_class("cur")
    expect(page.locator(".panel")).to_be_focused()
    expect(page.locator("#by-hours")).not_to_have_attribute("href", re.compile("open="))
    page.click("[data-close-panel]")
    expect(page.locator(".panel")).to_have_count(0)
    assert "open=" not in page.url


def test_a_field_of_the_filter_that_cannot_be_read_says_so_and_loses_nothing(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#add-filter")
    page.click(".facet:has([name=team]) summary")
    page.select_option("[name=team-is]", "not")
    page.check("text=Payments")
    page.fill("[name=at-least]", "foo")
    page.fill("[name=issue-key]", "NO-1")
    page.click("#facets button")
    expect(page.locator("#at-least-error")).to_contain_text("“foo”")
    expect(page.locator("#issue-key-error")).to_have_text("No issue NO-1 found.")
    expect(page.locator("[name=at-least]")).to_have_value("foo")
    expect(page.locator("[name=team-is]")).to_have_value("not")
    expect(page.locator("[name=team]:checked")).to_have_count(1)
    assert page.url.endswith(LIST)
    page.fill("[name=at-least]", "0:15")
    page.fill("[name=issue-key]", "P0-2")
    page.click("#facets button")
    page.wait_for_url("**not-team=payments**")
    expect(page.locator(".chip", has_text="Team is not")).to_contain_text("Payments")
    expect(page.locator(".chip", has_text="Issue")).to_contain_text("P0-2")


def test_a_filter_that_was_swapped_in_is_kept_by_the_period_arrows(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#add-filter")
    page.click(".facet:has([name=team]) summary")
    page.check("text=Payments")
    page.click("#facets button")
    expect(page.locator(".chip")).to_contain_text("Payments")
    expect(page.locator('[data-key="["]')).to_have_attribute("href", re.compile("team=payments"))


def test_the_theme_is_remembered(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.click(".me")
    page.click("[data-theme-choice=dark]")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click(".me")
    page.click("[data-theme-choice='']")
    page.reload()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))


def test_the_narrow_sidebar_is_remembered(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.click("[data-rail-switch]")
    page.reload()
    assert page.locator(".side").bounding_box()["width"] < 60  # type: ignore[index]


def test_a_mark_of_the_chart_shows_its_figures_and_arrows_walk_on(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.focus("[data-marks] a")
    expect(page.locator(".tip")).to_contain_text("Thu 1 Oct")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("Fri 2 Oct")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2026-10-02&to=2026-10-02**")


def test_a_menu_opens_by_arrow_and_closes_by_escape(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.focus(".when summary")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".when .item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".when summary")).to_be_focused()
    expect(page.locator(".when .item").first).to_be_hidden()


def test_the_skip_link_leads_past_the_navigation(browse: Open, month: JiraInstance) -> None:
    page = browse().open(f"/{OCTOBER}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_running_sync_moves_by_itself_and_says_when_it_has_ended(
    browse: Open, alborada: Cast, running: SyncRun
) -> None:
    page = browse().open("/sync/")
    expect(page.locator("#progress")).to_contain_text("25%")
    change_run(alborada, running, done=60)
    expect(page.locator("#progress")).to_contain_text("50%")
    rows = page.locator("#history tbody tr").count()
    change_run(alborada, running, status=SyncRun.Status.SUCCEEDED)
    expect(page.locator("#history tbody tr")).to_have_count(rows + 1)
    expect(page.get_by_role("status").filter(has_text="Sync finished.")).to_be_visible()
    expect(page.locator("#progress")).not_to_have_attribute("hx-get", re.compile(".*"))


def change_run(cast: Cast, run: SyncRun, **fields: object) -> None:
    with company_scope(cast.company):
        SyncRun.objects.filter(pk=run.pk).update(**fields)


def test_hours_can_be_read_as_decimals(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    before = page.inner_text(".sum b")
    page.click("[aria-label='Hours format']")
    page.click(".hide button[value=decimal]")
    page.wait_for_url(f"**{LIST}")
    after = page.inner_text(".sum b")
    hours, minutes = before.replace(",", "").split(":")
    assert float(after.replace(",", "")) == int(hours) + int(minutes) / 60


def test_a_button_that_is_pressed_twice_in_a_hurry_sends_its_form_once(browse: Open, month: JiraInstance) -> None:
    page = browse().open("/sync/")
    sent = page.evaluate(
        """() => {
            let sent = 0;
            window.addEventListener("submit", (event) => {  // after the page's own listeners, in place of the browser
                if (!event.defaultPrevented) sent += 1;
                event.preventDefault();
            });
            const button = document.querySelector(".ask .btn");
            button.click();
            button.click();
            return sent;
        }"""
    )
    assert sent == 1
