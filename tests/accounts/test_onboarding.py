"""The three steps of a founder: the company, its first instance, its first reading."""

import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Company, User
from accounts.tenancy import company_scope
from integrations import typed_tokens
from integrations.connection import access_to
from integrations.models import SyncRun
from integrations.runs import queue_run
from integrations.simulator.server import Simulator
from tests.conftest import Cast
from tests.factories import InstanceFactory
from tests.integrations.sync.conftest import pickled_world, sim, world  # noqa: F401
from tests.integrations.test_limits import SLOW, RawServer, in_time
from worklogs.models import JiraInstance, Worklog

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DASHBOARD = 'id="to-dashboard"'
Status = SyncRun.Status


def form_of(sim: Simulator, name: str) -> dict[str, str]:  # noqa: F811
    access = sim.access(name)
    return {
        "name": name,
        "url": access.url,
        "email": access.email,
        "token": access.token,
        "tempo_token": str(access.tempo_token or ""),
        "tempo_url": str(access.tempo_url or "https://api.tempo.io"),
    }


@pytest.mark.django_db(transaction=True)
def test_a_founder_comes_from_the_company_to_its_numbers(client: Client, sim: Simulator, settings) -> None:  # noqa: F811
    settings.FOUNDING = "open"
    client.force_login(User.objects.create_user("founder@mail.example"), backend=BACKEND)
    assert "Step 1 of 3" in client.get("/found/").content.decode()
    assert client.post("/found/", {"name": "Quercia", "timezone": "Europe/Rome"})["Location"] == "/instances/add/"
    assert "Step 2 of 3" in client.get("/instances/add/").content.decode()
    assert client.post("/instances/add/", form_of(sim, "norte"))["Location"] == "/welcome/"
    page = client.get("/welcome/").content.decode()
    assert "Step 3 of 3" in page
    assert "waiting for the worker" in page
    assert DASHBOARD not in page
    call_command("worker", once=True, stdout=io.StringIO())
    page = client.get("/welcome/").content.decode()
    assert "All three steps done" in page
    assert DASHBOARD in page
    with company_scope(Company.objects.get(name="Quercia")):
        assert SyncRun.objects.get().status == Status.SUCCEEDED
        assert Worklog.objects.exists()


def test_a_refused_token_adds_nothing_and_is_told_beside_the_form(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    answer = signed_in.post("/instances/add/", form_of(sim, "norte") | {"token": "not-the-token"})
    assert answer.status_code == 422
    assert "Jira rejected the token" in answer.content.decode()
    assert "not-the-token" not in answer.content.decode()
    assert not JiraInstance.objects.exists()


@pytest.mark.parametrize(
    ("faults", "field", "told"),
    [
        ("401", "token", "Jira rejected the token (401). Check the token and its account’s e-mail."),
        ("503", "url", "Jira returned a server error (503). Check the address, or try again later."),
        ("401:match=/tempo/", "tempo_token", "Tempo rejected the token (401). Check the token."),
    ],
)
def test_what_went_wrong_is_told_of_an_instance_that_is_not_there_yet(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    faults: str,
    field: str,
    told: str,
) -> None:
    monkeypatch.setattr("integrations.session.wait_before", lambda attempt: 0)
    sim.faults.replace(faults)
    answer = signed_in.post("/instances/add/", form_of(sim, "alborada"))
    assert answer.context["form"].errors[field] == [told]


def test_a_slow_address_is_told_while_somebody_still_waits_for_the_page(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that answers, but a byte at a time, for as long as one cares to listen."""
    monkeypatch.setattr("integrations.limits.PAGE_SECONDS", 1.0)
    server = RawServer()
    server.behaviour = SLOW["a byte of a header"]
    with in_time(5):
        answer = signed_in.post("/instances/add/", form_of(sim, "norte") | {"url": server.url})
    server.close()
    told = "Jira didn’t respond in time (127.0.0.1). Check the address, or try again later."
    assert answer.context["form"].errors["url"] == [told]
    assert not JiraInstance.objects.exists()


def test_tokens_need_not_be_pasted_again_when_the_test_has_failed(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    form = form_of(sim, "alborada")
    answer = signed_in.post("/instances/add/", form | {"tempo_token": "not-the-token-of-tempo"})
    assert list(answer.context["form"].errors) == ["tempo_token"]
    text = answer.content.decode()
    assert "Saved for this form" in text
    stored = json.dumps(dict(signed_in.session))
    for token in (form["token"], "not-the-token-of-tempo"):
        assert token not in text
        assert token not in stored
    answer = signed_in.post("/instances/add/", form | {"token": ""})
    assert answer["Location"] == "/welcome/"
    assert access_to(JiraInstance.objects.get()).token == form["token"]
    assert "typed tokens" not in signed_in.session


def test_a_token_that_was_typed_is_kept_for_some_minutes_of_one_form(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    form = form_of(sim, "norte")
    wrong, right = form | {"url": "nonsense"}, form | {"token": ""}
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        signed_in.post("/instances/add/", wrong)
        traveller.shift(timedelta(minutes=11))
        assert list(signed_in.post("/instances/add/", right).context["form"].errors) == ["token"]
        signed_in.post("/instances/add/", wrong)
        assert "Saved for this form" not in signed_in.get("/instances/add/").content.decode()
        assert list(signed_in.post("/instances/add/", right).context["form"].errors) == ["token"]
    assert not JiraInstance.objects.exists()


def test_a_token_typed_for_one_company_is_not_kept_for_another(
    alborada: Cast,
    meridiana: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    signed_in.post("/instances/add/", form_of(sim, "norte") | {"url": "nonsense"})
    with company_scope(alborada.company):
        assert typed_tokens.kept(signed_in.session) == {"token": sim.access("norte").token}
    with company_scope(meridiana.company):
        assert typed_tokens.kept(signed_in.session) == {}


def test_an_instance_may_be_added_without_the_tempo_whose_token_is_wrong(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    form = form_of(sim, "alborada")
    assert "forget_tempo" in signed_in.post("/instances/add/", form | {"tempo_token": "wrong"}).content.decode()
    answer = signed_in.post("/instances/add/", form | {"token": "", "tempo_token": "", "forget_tempo": "on"})
    assert answer["Location"] == "/welcome/"
    assert not JiraInstance.objects.get().has_tempo


def test_an_address_is_taken_as_it_is_pasted(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    form = form_of(sim, "norte")
    signed_in.post("/instances/add/", form | {"url": f" {form['url']}/browse/ABC-1?focusedId=2 "})
    assert JiraInstance.objects.get().url == form["url"]


@pytest.mark.parametrize(
    ("is_active", "told"),
    [
        (True, "Norte already uses this address. Its hours would count twice."),
        (False, "Norte already uses this address but is inactive. Activate it in Settings instead."),
    ],
)
def test_one_jira_is_not_added_twice_however_it_is_spelled(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
    is_active: bool,
    told: str,
) -> None:
    form = form_of(sim, "norte")
    InstanceFactory.create(name="Norte", url=form["url"], is_active=is_active)
    for url in (form["url"], f"{form['url']}/", form["url"].upper().replace("HTTP", "http")):
        answer = signed_in.post("/instances/add/", form | {"url": url})
        assert answer.status_code == 422, url
        assert told in str(answer.context["form"].errors["url"]), url
    assert JiraInstance.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"),
        ("url", f"https://127.0.0.1/{'x' * 190}"),
        ("tempo_url", f"https://127.0.0.1/{'x' * 190}"),
    ],
)
def test_what_no_row_can_hold_is_told_beside_the_field(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
    field: str,
    value: str,
) -> None:
    answer = signed_in.post("/instances/add/", form_of(sim, "norte") | {field: value})
    assert answer.status_code == 422
    assert "Ensure this value has at most" in str(answer.context["form"].errors[field])


def test_an_instance_that_comes_later_is_read_at_once_too(
    in_alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    InstanceFactory.create(synced_at=timezone.now())
    assert signed_in.post("/instances/add/", form_of(sim, "norte"))["Location"] == "/sync/"
    assert SyncRun.objects.get().instance.name == "norte"


# Who comes back finds the step that is missing


@pytest.mark.parametrize("page", ["/", "/sync/"])
def test_without_an_instance_an_admin_is_led_to_it_and_others_are_told_whom_to_ask(
    client: Client, signed_in: Client, alborada: Cast, page: str
) -> None:
    assert 'href="/instances/add/"' in signed_in.get(page).content.decode()
    assert signed_in.get("/welcome/")["Location"] == "/instances/add/"
    client.force_login(alborada.manager, backend=BACKEND)
    text = client.get(page).content.decode()
    assert "/instances/add/" not in text
    assert "Ask an admin of Alborada" in text
    assert client.get("/welcome/")["Location"] == "/sync/"


def test_an_instance_that_was_never_read_leads_to_the_first_reading(in_alborada: Cast, signed_in: Client) -> None:
    instance = InstanceFactory.create(name="Norte")
    assert 'href="/welcome/"' in signed_in.get("/sync/").content.decode()
    assert "Sync Norte now" in signed_in.get("/welcome/").content.decode()
    asked = {"instances": instance.pk, "next": "/welcome/"}
    assert signed_in.post("/sync/start/", asked)["Location"] == "/welcome/"
    assert SyncRun.objects.get().status == Status.QUEUED
    assert "Sync Norte now" not in signed_in.get("/welcome/").content.decode()
    JiraInstance.objects.update(synced_at=timezone.now())
    assert 'href="/welcome/"' not in signed_in.get("/sync/").content.decode()


def test_a_first_reading_that_failed_says_why_and_is_tried_again(in_alborada: Cast, signed_in: Client) -> None:
    instance = InstanceFactory.create(name="Norte", sync_error="Jira rejected the token (401).")
    SyncRun.objects.create(instance=instance, status=Status.FAILED, errors=["Jira rejected the token (401)."])
    page = signed_in.get("/welcome/").content.decode()
    assert "Sync of Norte failed" in page
    assert "Jira rejected the token (401)." in page
    assert f"/admin/worklogs/jirainstance/{instance.pk}/change/" in page
    assert "Retry" in page
    assert "Sync Norte now" not in page
    assert "All three steps done" not in page


def test_a_cancelled_first_reading_is_started_again(in_alborada: Cast, signed_in: Client) -> None:
    run = queue_run(InstanceFactory.create(name="Norte"))
    asked = {"next": "/welcome/"}
    assert signed_in.post(f"/sync/runs/{run.pk}/cancel/", asked)["Location"] == "/welcome/"
    assert "Sync Norte now" in signed_in.get("/welcome/").content.decode()


@pytest.mark.parametrize("path", ["/sync/start/", "/sync/runs/{}/cancel/"])
def test_the_way_back_is_to_our_own_pages_alone(in_alborada: Cast, signed_in: Client, path: str) -> None:
    run = queue_run(InstanceFactory.create())
    assert signed_in.post(path.format(run.pk), {"next": "//evil.example/"})["Location"] == "/sync/"


# While it is read


def test_the_page_asks_for_itself_until_the_reading_has_ended(in_alborada: Cast, signed_in: Client) -> None:
    run = queue_run(InstanceFactory.create())
    fragment = signed_in.get("/welcome/", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in fragment
    assert "<html" not in fragment
    SyncRun.objects.filter(pk=run.pk).update(status=Status.SUCCEEDED)
    assert signed_in.get("/welcome/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = signed_in.get("/welcome/").content.decode()
    assert "every 1s" not in page
    assert "Sync finished." in page


def test_the_dashboard_is_offered_with_the_first_numbers(in_alborada: Cast, signed_in: Client) -> None:
    run = queue_run(InstanceFactory.create())
    SyncRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=timezone.now())
    assert DASHBOARD not in signed_in.get("/welcome/").content.decode()
    SyncRun.objects.filter(pk=run.pk).update(read=500, created=500)
    assert DASHBOARD in signed_in.get("/welcome/").content.decode()


@pytest.mark.parametrize("page", ["/welcome/", "/sync/"])
def test_without_a_worker_the_page_says_so_and_what_to_do(in_alborada: Cast, signed_in: Client, page: str) -> None:
    run = queue_run(InstanceFactory.create())
    with time_machine.travel(run.queued_at + timedelta(seconds=9), tick=False):
        assert "manage.py worker" not in signed_in.get(page).content.decode()
    with time_machine.travel(run.queued_at + timedelta(seconds=11), tick=False):
        assert "manage.py worker" in signed_in.get(page).content.decode()
    SyncRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=timezone.now())
    with time_machine.travel(run.queued_at + timedelta(hours=1), tick=False):
        assert "manage.py worker" not in signed_in.get(page).content.decode()


def test_adding_an_instance_is_audited_and_its_first_reading_is_the_admins(
    alborada: Cast,
    signed_in: Client,
    sim: Simulator,  # noqa: F811
) -> None:
    access = sim.access("norte")
    signed_in.post("/instances/add/", form_of(sim, "norte"))
    told = AuditEntry.objects.filter(company=alborada.company).order_by("pk").values_list("action", "detail")
    detail = {"name": "norte", "url": access.url, "account": access.email}
    assert list(told)[-1] == ("instance added", detail)
    with company_scope(alborada.company):
        assert SyncRun.objects.get().user == alborada.admin
