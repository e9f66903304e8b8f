"""Every page tells its figures to a browser that runs no script, and its forms work there."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OCTOBER, Open
from tests.browser.test_every_page import addresses as addresses
from worklogs.models import JiraInstance

LIST = f"/worklogs/{OCTOBER}"
FIGURES = re.compile(r"\d+:\d\d|\d+\.\d\xa0%")
# Pages that have no figures.
PLAIN = re.compile(
    "sign-in|nobody|of two|nothing|empty|before|condition|search|saved|schedule|account|sync|not found|reports$"
)


def test_every_page_shows_the_same_figures(browse: Open, addresses: dict[str, str]) -> None:
    plain, scripted = browse(java_script_enabled=False), browse()
    different = {}
    for name, path in addresses.items():
        if PLAIN.search(name):
            continue
        figures, others = (FIGURES.findall(each.open(path).inner_text("main")) for each in (plain, scripted))
        if not figures or figures != others:
            different[name] = (figures, others)
    assert different == {}


def test_conditions_stand_on_a_page_of_their_own(browse: Open, month: JiraInstance) -> None:
    page = browse(java_script_enabled=False).open(LIST)
    page.click("#add-filter")
    page.click("text=Add filter")
    page.click(".facet:has([name=team]) summary")
    page.check("text=Payments")
    page.click(".facets button")
    page.wait_for_url("**team=payments**")
    expect(page.locator(".chip")).to_contain_text("Payments")
    page.locator(".chip a").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_a_worklog_opens_on_a_page_of_its_own_and_leads_back(browse: Open, month: JiraInstance) -> None:
    page = browse(java_script_enabled=False).open(LIST)
    page.click(".row-link >> nth=0")
    expect(page.locator("#panel-title")).to_be_visible()
    page.click("[data-close-panel]")
    expect(page.locator("tbody[data-rows]")).to_be_visible()


def test_groups_and_columns_are_chosen(browse: Open, month: JiraInstance) -> None:
    page = browse(java_script_enabled=False).open(LIST)
    page.click("#columns")
    page.check("input[name=column][value=project]")
    page.locator("details[open] button").click()
    expect(page.locator(".logs thead")).to_contain_text("Project")
    page.click("#group-by")
    page.select_option("select[name=group] >> nth=0", label="Person")
    page.locator("details[open] button").click()
    expect(page.locator(".groups thead")).to_contain_text("Person")


def test_a_report_is_asked_for(browse: Open, month: JiraInstance) -> None:
    page = browse(java_script_enabled=False).open(f"/reports/{OCTOBER}")
    page.select_option("#ask-rows", label="Team")
    page.select_option("#ask-columns", label="Week")
    page.click(".builder button")
    expect(page.locator("h1")).to_have_text("Hours by team and week")
    page.click("#as-bar")
    expect(page.locator("table.barred")).to_be_visible()


@pytest.mark.parametrize("menu", [".when summary", ".where summary", ".me", ".more > summary"])
def test_menus_open(browse: Open, month: JiraInstance, menu: str) -> None:
    page = browse(java_script_enabled=False, viewport={"width": 360, "height": 780}).open(LIST)
    page.click(menu)
    expect(page.locator("details[open] .item").locator("visible=true").first).to_be_visible()
