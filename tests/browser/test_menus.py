"""What is chosen from menus: the palette, conditions, groups, columns, the language, and the rest of a phone's bar."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OCTOBER, Open
from tests.browser.test_every_page import PHONE
from worklogs.models import JiraInstance

LIST = f"/worklogs/{OCTOBER}"


def test_the_palette_opens_by_ctrl_k_and_enter_goes_to_the_person_it_found(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("beltr")
    expect(page.locator("#palette a.on")).to_contain_text("Ana Beltrán")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/people/\d+/"))
    assert page.inner_text("h1") == "Ana Beltrán"


def test_arrows_walk_through_what_the_palette_found_and_escape_closes_it(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette a.on")).to_contain_text("Dashboard")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette a.on")).to_contain_text("Worklogs")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#palette a >> nth=-1")).to_have_class(re.compile(r"\bon\b"))
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_the_menu_of_conditions_loads_its_form_and_applies_it(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    expect(page.locator("#facets form")).to_have_count(0)
    page.click("#add-filter")
    page.click(".facet:has([name=team]) summary")
    page.check("#facets >> text=Payments")
    page.check("#facets input[name=weekday][value='1']")
    page.click("#facets button")
    expect(page.locator(".chip")).to_have_count(2)
    page.wait_for_url("**team=payments**weekday=1**")
    page.locator(".chip", has_text="Monday").get_by_role("link").click()
    expect(page.locator(".chip")).to_have_count(1)
    assert "weekday" not in page.url
    page.go_back()
    expect(page.locator(".chip")).to_have_count(2)


def test_worklogs_are_put_in_groups_by_the_menu(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    total = page.inner_text(".sum b >> nth=0")
    page.click("#group-by")
    page.select_option("select[name=group] >> nth=0", label="Team")
    page.select_option("select[name=group] >> nth=1", label="Person")
    page.locator("details[open] button", has_text="Apply").click()
    expect(page.locator(".groups .parent")).to_have_count(2)
    page.wait_for_url("**group=team&group=person**")
    expect(page.locator(".groups tfoot .big")).to_have_text(total)
    expect(page.locator("#group-by")).to_contain_text("Team, Person")


def test_one_level_of_groups_is_enough(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#group-by")
    page.select_option("select[name=group] >> nth=0", label="Team")
    page.locator("details[open] button", has_text="Apply").click()
    page.wait_for_url("**group=team")
    expect(page.locator("#group-by")).to_contain_text("Team")


def test_columns_are_chosen_by_the_menu_and_given_back(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click("#columns")
    page.check("input[name=column][value=team]")
    page.uncheck("input[name=column][value=comment]")
    page.locator("details[open] button", has_text="Apply").click()
    heads = page.locator(".logs thead")
    expect(heads).to_contain_text("Team")
    expect(heads).not_to_contain_text("Comment")
    page.click("#columns")
    page.click("text=Reset to default")
    expect(heads).to_contain_text("Comment")
    expect(heads).not_to_contain_text("Team")


@pytest.mark.parametrize("width", [360, 720, 1000])
def test_every_menu_of_a_page_opens_within_the_screen(browse: Open, month: JiraInstance, width: int) -> None:
    visit = browse(viewport={"width": width, "height": 780})
    for path in (f"/{OCTOBER}", LIST, f"/reports/{OCTOBER}&rows=person&columns=team"):
        page = visit.open(path)
        menus = page.locator("main details.menu").all()
        assert menus, path
        for menu in menus:
            menu.locator("> summary").click()
            box = menu.locator("> div").bounding_box()
            assert box, path
            assert box["x"] >= 0, path
            assert box["x"] + box["width"] <= width, path
            menu.evaluate("menu => { menu.open = false }")  # it may cover the next one


def test_the_last_button_of_a_menu_is_not_under_the_bar_of_a_phone(browse: Open, month: JiraInstance) -> None:
    page = browse(viewport=PHONE).open("/worklogs/?from=2020-01-01&to=2020-01-31")
    page.click("#add-filter")
    button = page.locator("#facets button")
    button.scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    ends, bar = button.bounding_box(), page.locator(".side").bounding_box()
    assert ends
    assert bar
    assert ends["y"] + ends["height"] <= bar["y"]


def test_the_language_is_switched_and_remembered(browse: Open, month: JiraInstance) -> None:
    page = browse().open(LIST)
    page.click(".me")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.click(".me")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith(LIST)


def test_what_the_bar_of_a_phone_has_no_room_for_is_under_more(browse: Open, month: JiraInstance) -> None:
    page = browse(viewport=PHONE).open(f"/{OCTOBER}")
    more = page.locator(".more")
    more.get_by_text("More").click()
    for name in ("Reports", "Epics", "Issues", "Sync", "Audit log", "Settings"):
        expect(more.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    more.get_by_role("link", name="Reports").click()
    page.wait_for_url("**/reports/?from=**")


def test_on_a_phone_a_page_of_details_leads_back_to_its_list(browse: Open, month: JiraInstance) -> None:
    page = browse(viewport=PHONE).open(f"/teams/payments/{OCTOBER}")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Teams").click()
    page.wait_for_url("**/teams/**")
    expect(page.locator("[aria-current=page]", has_text="Teams").first).to_be_visible()
