"""What holds for every page, in both themes, on a desk and on a phone."""

from datetime import date
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import ViewportSize

from accounts.tenancy import company_scope
from integrations.models import SyncRun
from tests.browser.conftest import OCTOBER, Open, Visit
from tests.conftest import Cast
from tests.factories import book, worklog
from worklogs.models import JiraInstance, Person, ReportSchedule, Worklog

PAGES = {
    "sign-in": "/sign-in/",
    "dashboard": f"/{OCTOBER}",
    "dashboard by team": f"/{OCTOBER}&split=team",
    "dashboard of an empty month": "/?from=2020-01-01&to=2020-01-31",
    "worklogs": f"/worklogs/{OCTOBER}",
    "worklogs that nobody has": f"/worklogs/{OCTOBER}&q=nothing+says+this",
    "worklogs in groups": f"/worklogs/{OCTOBER}&group=team&group=person",
    "worklogs under conditions": f"/worklogs/{OCTOBER}&team=payments&weekday=1&weekday=2&billable=yes&at-least=0:15",
    "conditions of worklogs": f"/worklogs/filter/{OCTOBER}",
    "worklog": "/worklogs/{worklog}/",
    "reports": "/reports/",
    "report as a table": f"/reports/{OCTOBER}&rows=person&columns=day",
    "report as bars": f"/reports/{OCTOBER}&rows=epic&columns=instance&as=bar",
    "report as lines": f"/reports/{OCTOBER}&rows=team&columns=week&as=line",
    "report as a heatmap": f"/reports/{OCTOBER}&rows=person&columns=weekday&as=heatmap",
    "report of nothing": f"/reports/{OCTOBER}&rows=person&q=nothing+says+this",
    "conditions of a report": f"/reports/filter/{OCTOBER}&rows=person",
    "saved report": "/reports/{saved}/",
    "settings of a saved report": "/reports/{saved}/edit/",
    "saved report to be deleted": "/reports/{saved}/delete/",
    "new schedule": "/reports/{saved}/schedules/add/",
    "schedule": "/reports/schedules/{schedule}/",
    "teams": f"/teams/{OCTOBER}",
    "team": f"/teams/payments/{OCTOBER}",
    "team of an empty month": "/teams/payments/?from=2020-01-01&to=2020-01-31",
    "people": f"/people/{OCTOBER}",
    "people that nobody is": f"/people/{OCTOBER}&name=nobody",
    "person": f"/people/{{person}}/{OCTOBER}",
    "person today": "/people/{person}/?period=today",
    "people with missing days": f"/people/{OCTOBER}&missing=yes&sort=-missing&under=120",
    "person in a year": "/people/{person}/?from=2026-01-01&to=2026-12-31",
    "day": "/people/{person}/days/2026-10-06/",
    "epics": f"/epics/{OCTOBER}",
    "epics that nobody worked on": f"/epics/{OCTOBER}&find=nothing+is+called+this",
    "epic": f"/epics/P0-1/{OCTOBER}&instance=helvia",
    "epic before it began": "/epics/P0-1/?from=2020-01-01&to=2020-01-31&instance=helvia",
    "issues": f"/issues/{OCTOBER}",
    "issue": f"/issues/P0-2/{OCTOBER}&instance=helvia",
    "issue, one of two": f"/issues/P0-1/{OCTOBER}&instance=helvia",
    "search": "/search/?q=a",
    "search that finds nothing": "/search/?q=nothing+is+called+this",
    "account": "/account/",
    "sync": "/sync/",
    "sync run": "/sync/runs/{run}/",
    "not found": "/nothing-here/",
}
DESK: ViewportSize = {"width": 1440, "height": 1000}
PHONE: ViewportSize = {"width": 360, "height": 780}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def addresses(alborada: Cast, kept: ReportSchedule, running: SyncRun) -> dict[str, str]:
    """Of every page, by its name."""
    with company_scope(alborada.company):
        long = worklog("long", 9 * 3600, day=date(2026, 10, 7), account_id="Ana")  # the darkest of the calendar's days
        now = worklog("now", 11 * 3600, day=timezone.localdate(), account_id="Ana")  # as dark, and marked
        book(JiraInstance.objects.get(slug="helvia")).upsert([now, long])
        latest = Worklog.objects.latest("id")
        ids = {"worklog": latest.pk, "person": latest.person_id, "run": SyncRun.objects.get(status="failed").pk}
    ids |= {"saved": kept.report_id, "schedule": kept.pk}
    return {name: path.format(**ids) for name, path in PAGES.items()}


def problems(visit: Visit) -> list[str]:
    found = [line for line in visit.said if "status of 404" not in line]  # Chromium tells a 404 page of itself
    if not visit.fits():
        found.append("has to be scrolled sideways")
    for violation in Axe().run(visit.page).response["violations"]:
        where = [node["target"] for node in violation["nodes"][:4]]
        found.append(f"{violation['id']}: {violation['help']} at {where}")
    return found


def in_every_look(visit: Visit) -> dict[str, list[str]]:
    """What is wrong with the open page on a desk and on a phone, in either theme: styles alone tell them apart."""
    found = {}
    for size in (DESK, PHONE):
        visit.page.set_viewport_size(size)
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme)
            found[f"{size['width']} {scheme}"] = problems(visit)
    return {look: wrong for look, wrong in found.items() if wrong}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_and_is_accessible_and_its_console_is_silent(
    browse: Open, addresses: dict[str, str], name: str
) -> None:
    visit = browse(user=None if name == "sign-in" else "admin", reduced_motion="reduce")
    visit.open(addresses[name])
    assert in_every_look(visit) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_on_the_worklogs_page_is_accessible_too(browse: Open, month: JiraInstance, scheme: str) -> None:
    visit = browse(color_scheme=scheme, reduced_motion="reduce")
    page = visit.open(f"/worklogs/{OCTOBER}")
    page.click(".row-link")
    page.wait_for_selector("#panel-title")
    page.click("#add-filter")
    assert problems(visit) == []


def test_a_user_finds_the_own_pages_as_accessible(browse: Open, linked: Person) -> None:
    visit = browse(user="user", reduced_motion="reduce")
    own = {"person": linked.pk}
    for name in ("worklogs", "person", "day", "epics", "epic", "issues", "issue", "teams", "team", "reports"):
        page = visit.open(PAGES[name].format(**own))
        assert page.get_by_text("Company", exact=True).count() == 0, name
        assert in_every_look(visit) == {}, name


def test_a_company_without_an_instance_finds_every_page(browse: Open) -> None:
    visit = browse(reduced_motion="reduce")
    assert "No Jira connected yet" in visit.open("/").inner_text("main")
    for path in ("/", "/worklogs/", "/teams/", "/people/", "/epics/", "/issues/", "/reports/", "/reports/?rows=person"):
        visit.open(path)
        assert in_every_look(visit) == {}, path


@pytest.mark.parametrize("width", [720, 820, 1024, 1180])
def test_every_page_fits_a_tablet_and_a_desk_at_200_per_cent(
    browse: Open, addresses: dict[str, str], width: int
) -> None:
    """1440 pixels at 200 per cent are 720."""
    visit = browse(viewport={"width": width, "height": 800}, device_scale_factor=2 if width == 720 else 1)
    too_wide = []
    for name, path in addresses.items():
        visit.open(path)
        if not visit.fits():
            too_wide.append(name)
    assert too_wide == []


def test_the_bar_of_a_phone_cuts_no_name_short(browse: Open, linked: Person) -> None:
    for user in ("admin", "manager", "user"):
        page = browse(user=user, viewport=PHONE).open(f"/worklogs/{OCTOBER}")
        names = page.locator(".side li.m span, .more > summary span")
        assert names.count() == 5
        assert names.evaluate_all("all => all.filter((name) => name.scrollWidth > name.clientWidth).length") == 0
