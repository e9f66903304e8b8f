"""Issue types and accounts as an admin fetches them, from a simulated Jira."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from integrations.connection import Access
from integrations.instances import add_instance
from integrations.simulator.build import build_world
from integrations.simulator.entities import SimIssueType, SimUser
from integrations.simulator.instance import SimInstance
from integrations.simulator.server import Simulator, simulator
from tests.conftest import Cast
from worklogs.models import IssueType, JiraAccount, JiraInstance, Person

LIST = "admin:worklogs_jirainstance_changelist"
BY_THE_WORKER = pytest.mark.django_db(transaction=True)  # it closes its connection between tasks


@pytest.fixture
def sim(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr("integrations.limits.PAGE_SECONDS", 2.0)
    now = timezone.now()
    with simulator(build_world(1, now.date(), people=6, worklogs=60, now=now)) as running:
        yield running


def connected(cast: Cast, sim: Simulator, name: str) -> JiraInstance:
    told = sim.access(name)
    access = Access(kind=told.kind, url=told.url, email=told.email, token=told.token)
    with company_scope(cast.company):
        return add_instance(name, access)


def fetch(client: Client, what: str, *instances: JiraInstance) -> str:
    asked = {"action": f"fetch_{what}", "_selected_action": [each.pk for each in instances]}
    response = client.post(reverse(LIST), asked)
    return "\n".join(f"{each.level_tag}: {each}" for each in get_messages(response.wsgi_request))


def humans(site: SimInstance) -> dict[str, SimUser]:
    return {user.key: user for user in site.users.values() if not user.is_app and user.active}


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


# Issue types


@pytest.mark.parametrize("name", ["alborada", "helvia"])
def test_issue_types_are_those_of_the_instance(signed_in: Client, alborada: Cast, sim: Simulator, name: str) -> None:
    instance, site = connected(alborada, sim, name), sim.world.instance(name)
    assert f"{name}: issue types fetched. New: 6," in fetch(signed_in, "issue_types", instance)
    with company_scope(alborada.company):
        stored = {each.external_id: each for each in IssueType.objects.filter(instance=instance)}
    assert {key: each.name for key, each in stored.items()} == {
        str(key): each.name for key, each in site.issue_types.items()
    }
    levels = {each.level for each in stored.values()}
    assert levels == ({-1, 0, 1, 2} if name == "alborada" else {-1, None})  # Data Center tells none
    assert {each.name for each in stored.values() if each.is_subtask} == {site.issue_types[10_000].name}
    assert last_entry(alborada).detail["new"] == 6


def test_types_that_vanish_are_switched_off_and_come_back_under_another_name(
    signed_in: Client, alborada: Cast, sim: Simulator
) -> None:
    instance, site = connected(alborada, sim, "norte"), sim.world.instance("norte")
    fetch(signed_in, "issue_types", instance)
    bug = site.issue_types.pop(10_005)
    assert "deactivated because they no longer exist: 1." in fetch(signed_in, "issue_types", instance)
    with company_scope(alborada.company):
        assert not IssueType.objects.get(name=bug.name).is_active
    site.issue_types[10_005] = SimIssueType(10_005, "Defect", 0)
    assert "New: 0, changed: 1, unchanged: 5, deactivated because they no longer exist: 0." in fetch(
        signed_in, "issue_types", instance
    )
    with company_scope(alborada.company):
        assert IssueType.objects.get(external_id="10005").is_active
        assert set(IssueType.objects.values_list("external_id", flat=True)) == set(map(str, site.issue_types))


@pytest.mark.parametrize("name", [5, ""])
def test_a_type_that_cannot_be_read_stays_as_it_is(
    signed_in: Client, alborada: Cast, sim: Simulator, name: Any
) -> None:
    instance, site = connected(alborada, sim, "norte"), sim.world.instance("norte")
    fetch(signed_in, "issue_types", instance)
    site.issue_types[10_005] = SimIssueType(10_005, name, 0)
    assert "New: 0, changed: 0, unchanged: 5, deactivated because they no longer exist: 0." in fetch(
        signed_in, "issue_types", instance
    )


def test_a_user_who_cannot_be_read_stops_no_other(signed_in: Client, alborada: Cast, sim: Simulator) -> None:
    instance, site = connected(alborada, sim, "norte"), sim.world.instance("norte")
    expected = len(humans(site))
    next(user for user in humans(site).values() if user is not site.caller).spoiled = {"displayName": {}}
    assert f"New accounts: {expected - 1}," in fetch(signed_in, "accounts", instance)


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        (
            "403:match=issuetype",
            "isn’t allowed to read rest/api/3/issuetype (403). Forbidden. "
            "It needs the permission “Browse projects” in Jira",
        ),
        ("empty:match=issuetype", "returned no issue types"),
        ("html:match=issuetype", "error: norte: "),
        ("429:match=issuetype,retry_after=300", "received too many requests"),
    ],
)
def test_a_reading_that_fails_changes_nothing_and_says_why(
    signed_in: Client, alborada: Cast, sim: Simulator, faults: str, told: str
) -> None:
    instance = connected(alborada, sim, "norte")
    fetch(signed_in, "issue_types", instance)
    sim.faults.replace(faults)
    assert told in fetch(signed_in, "issue_types", instance)
    with company_scope(alborada.company):
        assert IssueType.objects.filter(is_active=True).count() == 6
    assert last_entry(alborada).action == "instance unreachable"


def test_one_instance_that_fails_does_not_keep_the_others_from_being_read(
    signed_in: Client, alborada: Cast, sim: Simulator
) -> None:
    instances = [connected(alborada, sim, name) for name in ("norte", "helvia")]
    sim.faults.replace("403:instance=norte")
    fetch(signed_in, "issue_types", *instances)
    with company_scope(alborada.company):
        assert set(IssueType.objects.values_list("instance__name", flat=True)) == {"helvia"}


# Accounts


@pytest.mark.parametrize("name", ["alborada", "helvia"])
def test_accounts_are_opened_for_people_and_for_nothing_else(
    signed_in: Client, alborada: Cast, sim: Simulator, name: str
) -> None:
    instance, site = connected(alborada, sim, name), sim.world.instance(name)
    expected = humans(site)
    page = fetch(signed_in, "accounts", instance)
    left_out = len(site.users) - len(expected)
    assert f"New accounts: {len(expected)}, new people: {len(expected)}, already known: 0," in page
    assert f"skipped apps, customers and inactive users: {left_out}." in page
    with company_scope(alborada.company):
        assert set(JiraAccount.objects.values_list("account_id", flat=True)) == expected.keys()
        assert not JiraAccount.objects.filter(name="Tempo Timesheets").exists()


def test_accounts_go_to_the_people_of_the_same_address_and_nobody_comes_twice(
    signed_in: Client, alborada: Cast, sim: Simulator
) -> None:
    instance, site = connected(alborada, sim, "norte"), sim.world.instance("norte")
    shown = next(user for user in humans(site).values() if not user.email_hidden and user is not site.caller)
    with company_scope(alborada.company):
        known = Person.objects.create(name="Written by hand", email=shown.email.upper())
    total = len(humans(site))
    assert f"New accounts: {total}, new people: {total - 1}," in fetch(signed_in, "accounts", instance)
    assert f"New accounts: 0, new people: 0, already known: {total}," in fetch(signed_in, "accounts", instance)
    with company_scope(alborada.company):
        assert JiraAccount.objects.get(account_id=shown.key).person == known
        assert Person.objects.count() == total
    assert last_entry(alborada).action == "accounts fetched"


def test_who_left_is_told_of_where_there_is_an_account_and_not_added_where_there_is_none(
    signed_in: Client, alborada: Cast, sim: Simulator
) -> None:
    instance, site = connected(alborada, sim, "helvia"), sim.world.instance("helvia")
    first, second = [user for user in humans(site).values() if user is not site.caller][:2]
    second.active = False
    fetch(signed_in, "accounts", instance)
    first.active = False
    fetch(signed_in, "accounts", instance)
    with company_scope(alborada.company):
        assert not JiraAccount.objects.get(account_id=first.key).is_active
        assert not JiraAccount.objects.filter(account_id=second.key).exists()


@pytest.mark.parametrize("faults", ["403:match=users/search", "empty:match=users/search", "401", "503:match=users"])
def test_accounts_that_cannot_be_read_leave_everything_as_it_was(
    signed_in: Client, alborada: Cast, sim: Simulator, faults: str
) -> None:
    instance = connected(alborada, sim, "norte")
    sim.faults.replace(faults)
    assert fetch(signed_in, "accounts", instance).startswith("error: norte: ")
    with company_scope(alborada.company):
        assert not JiraAccount.objects.exists()
        assert not Person.objects.exists()


def test_another_companys_instance_is_not_asked(
    signed_in: Client, alborada: Cast, meridiana: Cast, sim: Simulator
) -> None:
    theirs = connected(meridiana, sim, "meridiana")
    for what in ("accounts", "issue_types"):
        fetch(signed_in, what, theirs)
    assert sim.requests == []


@BY_THE_WORKER
@pytest.mark.parametrize("what", ["accounts", "issue_types"])
def test_what_takes_longer_than_a_page_waits_is_fetched_by_the_worker(
    signed_in: Client, alborada: Cast, sim: Simulator, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("integrations.limits.PAGE_SECONDS", 0)
    instance = connected(alborada, sim, "norte")
    assert "Fetching continues in the background" in fetch(signed_in, what, instance)
    call_command("worker", once=True, stdout=io.StringIO())
    entry = last_entry(alborada)
    assert entry.action == f"{what.replace('_', ' ')} fetched"
    assert (entry.user, entry.detail["row"]) == (alborada.admin, "norte")
    assert entry.detail["new"] > 0


@BY_THE_WORKER
def test_a_fetch_by_the_worker_that_fails_is_audited(
    signed_in: Client, alborada: Cast, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.limits.PAGE_SECONDS", 0)
    fetch(signed_in, "accounts", connected(alborada, sim, "norte"))
    sim.faults.replace("401")
    call_command("worker", once=True, stdout=io.StringIO())
    assert last_entry(alborada).action == "instance unreachable"
    assert "rejected the token" in last_entry(alborada).detail["reason"]
