"""The founder's three steps, and the pages of what went wrong, in a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Role, User
from accounts.tenancy import company_scope
from integrations.models import SyncRun
from integrations.runs import queue_run
from tests.browser.conftest import Open
from tests.browser.test_every_page import DESK, PHONE, problems
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import JiraInstance

STATES = ["no instance", "waiting", "reading", "failed", "read"]


def set_up(state: str) -> str:
    """The page that shows it."""
    if state == "no instance":
        return "/instances/add/"
    instance = InstanceFactory.create(name="A Jira with a name that is rather long")
    run = queue_run(instance)
    runs = SyncRun.objects.filter(pk=run.pk)
    if state == "waiting":
        runs.update(queued_at=timezone.now() - timedelta(minutes=1))
    if state == "reading":
        runs.update(status="running", phase="worklogs", started_at=timezone.now(), done=3, total=12, read=300)
    if state == "failed":
        runs.update(status="failed", errors=["Jira rejected the token (401)."])
    if state == "read":
        runs.update(status="succeeded", read=12_345)
        JiraInstance.objects.update(synced_at=timezone.now())
    return "/welcome/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_being_set_up_fits_and_is_accessible(
    browse: Open, in_alborada: Cast, state: str, size: dict[str, int], scheme: str
) -> None:
    visit = browse(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    visit.open(set_up(state))
    assert problems(visit) == []


def test_the_page_goes_on_by_itself_when_the_reading_has_ended(browse: Open, in_alborada: Cast) -> None:
    page = browse().open(set_up("reading"))
    page.get_by_role("heading", name="Syncing your hours").wait_for()
    SyncRun.objects.update(status="succeeded")
    JiraInstance.objects.update(synced_at=timezone.now())
    page.get_by_role("heading", name="Your hours are ready").wait_for()
    page.get_by_role("link", name="Go to Dashboard").click()
    page.get_by_role("heading", name="Needs attention").wait_for()


def test_a_founder_is_offered_the_zone_of_the_browser(browse: Open, settings) -> None:
    settings.FOUNDING = "open"
    visit = browse(user=User.objects.create_user("founder@mail.example"), timezone_id="America/Bogota")
    page = visit.open("/found/")
    assert page.get_by_label("Time zone").input_value() == "America/Bogota"
    assert problems(visit) == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_link_of_another_company_is_opened_there(
    browse: Open, alborada: Cast, meridiana: Cast, size: dict[str, int]
) -> None:
    with company_scope(meridiana.company):
        Membership.objects.create(user=alborada.admin, role=Role.MANAGER)
        run = queue_run(InstanceFactory.create(name="Theirs"))
    visit = browse(viewport=size)
    page = visit.open(f"/sync/runs/{run.pk}/")
    assert problems(visit) == []
    page.get_by_role("button", name="Open in Meridiana").click()
    page.get_by_role("heading", name="Theirs", level=1).wait_for()
