"""What the pages of the syncs say and offer, for each way in which a sync may have gone."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tenancy import company_scope
from integrations.models import SyncRun
from tests.conftest import Cast, browser_of
from tests.factories import InstanceFactory
from worklogs.models import JiraInstance

ERROR = "Jira rejected the token (401). Create a new API token and put it in the instance’s credentials."
HTMX = {"HX-Request": "true"}
Status = SyncRun.Status


def run_of(status: SyncRun.Status, **fields: Any) -> SyncRun:
    error = ERROR if status == Status.FAILED else ""
    instance = InstanceFactory.create(name="Norte", sync_error=error)
    errors = [error] if error else []
    return SyncRun.objects.create(instance=instance, status=status, errors=errors, started_at=timezone.now(), **fields)


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("page", ["/sync/", "/sync/runs/{}/"])
def test_a_sync_that_failed_says_what_to_do_and_offers_it(in_alborada: Cast, signed_in: Client, page: str) -> None:
    run = run_of(Status.FAILED)
    text = text_of(signed_in, page.format(run.pk))
    assert "Sync of Norte failed" in text
    assert "Create a new API token" in text
    assert "Retry" in text
    assert f'href="/admin/worklogs/jirainstance/{run.instance_id}/change/"' in text


@pytest.mark.parametrize("page", ["/sync/", "/sync/runs/{}/"])
def test_only_who_may_edit_an_instance_is_sent_there(in_alborada: Cast, page: str) -> None:
    run = run_of(Status.FAILED)
    text = text_of(browser_of(in_alborada.manager), page.format(run.pk))
    assert "Retry" in text
    assert "Edit instance" not in text


def test_the_dashboard_leads_to_what_failed(in_alborada: Cast, signed_in: Client) -> None:
    run_of(Status.FAILED)
    assert 'href="/sync/#problems"' in text_of(signed_in, "/")
    assert 'id="problems"' in text_of(signed_in, "/sync/")


def test_what_failed_is_not_offered_again_while_it_runs_or_is_switched_off(
    in_alborada: Cast, signed_in: Client
) -> None:
    run = run_of(Status.FAILED)
    busy = SyncRun.objects.create(instance=run.instance)
    assert 'id="problems"' not in text_of(signed_in, "/sync/")
    busy.delete()
    JiraInstance.objects.update(is_active=False)
    assert 'id="problems"' not in text_of(signed_in, "/sync/")
    assert "Retry" not in text_of(signed_in, f"/sync/runs/{run.pk}/")


@pytest.mark.parametrize("mode", [SyncRun.Mode.INCREMENTAL, SyncRun.Mode.RANGE, SyncRun.Mode.FULL])
def test_a_retry_asks_the_same_again(in_alborada: Cast, signed_in: Client, mode: SyncRun.Mode) -> None:
    days = {"first_day": date(2026, 10, 1), "last_day": date(2026, 10, 31)} if mode == SyncRun.Mode.RANGE else {}
    run = run_of(Status.FAILED, mode=mode, **days)
    page = signed_in.get(f"/sync/runs/{run.pk}/").content.decode()
    form = page.partition('action="/sync/start/"')[2].partition("</form>")[0]
    fields = dict(part.split('" value="')[:2] for part in form.replace('">', '"').split('name="')[2:])
    signed_in.post("/sync/start/", {name: value.partition('"')[0] for name, value in fields.items()})
    again = SyncRun.objects.latest("pk")
    assert again.pk != run.pk
    assert (again.mode, again.first_day, again.last_day) == (run.mode, run.first_day, run.last_day)


@pytest.mark.parametrize(
    ("status", "read", "told"),
    [
        (Status.SUCCEEDED, 12, "All fetched worklogs were already up to date."),
        (Status.SUCCEEDED, 0, "There was nothing new to fetch."),
        (Status.FAILED, 0, "The sync ended before it fetched any worklogs."),
        (Status.CANCELLED, 0, "The sync ended before it fetched any worklogs."),
        (Status.FAILED, 12, "All fetched worklogs were already up to date."),
        (Status.RUNNING, 0, "Changes are listed here as they arrive."),
    ],
)
def test_a_run_without_changes_says_whether_anything_was_fetched(
    in_alborada: Cast, signed_in: Client, status: SyncRun.Status, read: int, told: str
) -> None:
    run = run_of(status, read=read, unchanged=read)
    text = text_of(signed_in, f"/sync/runs/{run.pk}/")
    assert told in text
    assert text.count("were already up to date") == (told == "All fetched worklogs were already up to date.")


def test_a_sync_that_was_interrupted_says_so(in_alborada: Cast, signed_in: Client) -> None:
    run = run_of(Status.CANCELLED)
    SyncRun.objects.update(errors=["Interrupted. The next sync continues where this one stopped."])
    assert "Interrupted." in text_of(signed_in, f"/sync/runs/{run.pk}/")


PAGES = ["/sync/", "/sync/runs/{}/", "/welcome/"]
PARTS = {"/sync/": "/sync/progress/"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_moves_while_a_sync_runs_with_scripts_and_without(
    in_alborada: Cast, signed_in: Client, page: str
) -> None:
    run = run_of(Status.RUNNING, done=1, total=4)
    text = text_of(signed_in, page.format(run.pk))
    assert 'hx-trigger="every 1s"' in text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    assert '<progress value="25" max="100"' in text
    assert f'action="/sync/runs/{run.pk}/cancel/"' in text
    part = signed_in.get(PARTS.get(page, page).format(run.pk), headers=HTMX).content.decode()
    assert "<html" not in part
    assert '<progress value="25" max="100"' in part


@pytest.mark.parametrize("page", PAGES)
def test_when_a_sync_has_finished_the_whole_page_is_told_anew(in_alborada: Cast, signed_in: Client, page: str) -> None:
    """Else its badge would go on saying that nothing was ever synced."""
    run = run_of(Status.SUCCEEDED)
    part = signed_in.get(PARTS.get(page, page).format(run.pk), headers=HTMX)
    assert part["HX-Refresh"] == "true"
    text = text_of(signed_in, page.format(run.pk))
    assert "Sync finished." in text
    assert "http-equiv" not in text
    assert "every 1s" not in text


def test_a_sync_that_failed_is_not_called_finished(in_alborada: Cast, signed_in: Client) -> None:
    run_of(Status.FAILED)
    assert signed_in.get("/sync/progress/", headers=HTMX)["HX-Refresh"] == "true"
    assert "Sync finished" not in text_of(signed_in, "/sync/")


def test_another_companys_failure_is_not_told(signed_in: Client, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        run_of(Status.FAILED)
    assert "Norte" not in text_of(signed_in, "/sync/")


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("0026-11-03", "0026-11-04", "Dates must be between 1900 and 2999."),
        ("2026-11-04", "2026-11-03", "after"),
        ("2026-11-04", "", "Enter both a first and a last day."),
    ],
)
def test_days_that_no_sync_reads_are_told_and_start_nothing(
    in_alborada: Cast, signed_in: Client, first: str, last: str, told: str
) -> None:
    InstanceFactory.create()
    response = signed_in.post("/sync/start/", {"first_day": first, "last_day": last})
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("busy", [True, False], ids=["busy", "inactive"])
def test_deletions_that_cannot_be_confirmed_now_stay_to_be_confirmed(
    in_alborada: Cast, signed_in: Client, busy: bool
) -> None:
    run = run_of(Status.FAILED, unconfirmed_deletions=7)
    if busy:
        SyncRun.objects.create(instance=run.instance)
    else:
        JiraInstance.objects.update(is_active=False)
    text = signed_in.post(f"/sync/runs/{run.pk}/confirm/", follow=True).content.decode()
    assert "already syncing" in text if busy else "can’t be synced" in text
    run.refresh_from_db()
    assert run.unconfirmed_deletions == 7
    assert not SyncRun.objects.filter(confirm_deletions=True).exists()
