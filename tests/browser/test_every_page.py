"""What holds for every page, in both themes, on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.tenancy import company_scope
from integrations.models import SyncRun
from tests.browser.conftest import OCTOBER, Open, Visit
from tests.conftest import Cast
from worklogs.models import JiraInstance, Worklog

PAGES = {
    "sign-in": "/sign-in/",
    "dashboard": f"/{OCTOBER}",
    "dashboard by team": f"/{OCTOBER}&split=team",
    "dashboard of an empty month": "/?from=2020-01-01&to=2020-01-31",
    "worklogs": f"/worklogs/{OCTOBER}",
    "worklogs that nobody has": f"/worklogs/{OCTOBER}&q=nothing+says+this",
    "worklog": "/worklogs/{worklog}/",
    "reports": "/reports/",
    "report as a table": f"/reports/{OCTOBER}&rows=person&columns=day",
    "report as bars": f"/reports/{OCTOBER}&rows=epic&columns=instance&as=bar",
    "report as lines": f"/reports/{OCTOBER}&rows=team&columns=week&as=line",
    "report as a heatmap": f"/reports/{OCTOBER}&rows=person&columns=weekday&as=heatmap",
    "report of nothing": f"/reports/{OCTOBER}&rows=person&q=nothing+says+this",
    "teams": f"/teams/{OCTOBER}",
    "team": f"/teams/payments/{OCTOBER}",
    "team of an empty month": "/teams/payments/?from=2020-01-01&to=2020-01-31",
    "people": f"/people/{OCTOBER}",
    "people that nobody is": f"/people/{OCTOBER}&name=nobody",
    "person": f"/people/{{person}}/{OCTOBER}",
    "person in a year": "/people/{person}/?from=2026-01-01&to=2026-12-31",
    "day": "/people/{person}/days/2026-10-06/",
    "epics": f"/epics/{OCTOBER}",
    "epics that nobody worked on": f"/epics/{OCTOBER}&find=nothing+is+called+this",
    "epic": f"/epics/P0-1/{OCTOBER}&instance=helvia",
    "epic before it began": "/epics/P0-1/?from=2020-01-01&to=2020-01-31&instance=helvia",
    "issues": f"/issues/{OCTOBER}",
    "issue": f"/issues/P0-2/{OCTOBER}&instance=helvia",
    "issue, one of two": f"/issues/P0-1/{OCTOBER}&instance=helvia",
    "sync": "/sync/",
    "sync run": "/sync/runs/{run}/",
    "not found": "/nothing-here/",
}
DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 360, "height": 780}


def problems(visit: Visit) -> list[str]:
    found = [line for line in visit.said if "status of 404" not in line]  # Chromium tells a 404 page of itself
    if not visit.fits():
        found.append("has to be scrolled sideways")
    for violation in Axe().run(visit.page).response["violations"]:
        where = [node["target"] for node in violation["nodes"][:4]]
        found.append(f"{violation['id']}: {violation['help']} at {where}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_and_is_accessible_and_its_console_is_silent(
    browse: Open, alborada: Cast, month: JiraInstance, running: SyncRun, name: str, size: dict[str, int], scheme: str
) -> None:
    with company_scope(alborada.company):
        latest = Worklog.objects.latest("id")
        ids = {"worklog": latest.pk, "person": latest.person_id, "run": SyncRun.objects.get(status="failed").pk}
    visit = browse(
        user=None if name == "sign-in" else "admin", viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    visit.open(PAGES[name].format(**ids))
    assert problems(visit) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_on_the_worklogs_page_is_accessible_too(browse: Open, month: JiraInstance, scheme: str) -> None:
    visit = browse(color_scheme=scheme, reduced_motion="reduce")
    page = visit.open(f"/worklogs/{OCTOBER}")
    page.click(".row-link")
    page.wait_for_selector("#panel-title")
    page.click("#add-filter")
    assert problems(visit) == []


@pytest.mark.parametrize("name", ["dashboard", "worklogs", "sync"])
def test_at_200_per_cent_the_page_still_fits(browse: Open, month: JiraInstance, name: str) -> None:
    visit = browse(viewport={"width": 720, "height": 500}, device_scale_factor=2)
    visit.open(PAGES[name])
    assert visit.fits()


@pytest.mark.parametrize("name", ["dashboard", "worklogs", "sync"])
def test_a_tablet_is_wide_enough(browse: Open, month: JiraInstance, name: str) -> None:
    visit = browse(viewport={"width": 820, "height": 1100})
    visit.open(PAGES[name])
    assert visit.fits()


def test_a_company_without_an_instance_is_told_what_to_do(browse: Open) -> None:
    visit = browse(reduced_motion="reduce")
    assert "No Jira is connected yet" in visit.open("/").inner_text("main")
    assert problems(visit) == []
