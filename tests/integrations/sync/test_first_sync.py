from datetime import timedelta
from typing import Any

import pytest

from accounts.audit import in_words
from accounts.models import AuditEntry, Company, User
from accounts.tenancy import company_scope, current_company_id
from integrations.models import SyncRun
from integrations.runs import queue_run
from integrations.sync import sync
from tests.conftest import Cast
from tests.integrations.sync.stage import (
    FIRST,
    KINDS,
    LAST,
    NOW,
    Stage,
    assert_totals_are_right,
    seconds_by_day,
    stored,
)
from worklogs.models import Issue, JiraAccount, Person, PersonDayTotal, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
EACH_MODE = pytest.mark.parametrize(
    "asked", [{}, {"full": True}, {"first_day": FIRST, "last_day": LAST}], ids=["first", "full", "period"]
)


@EACH_KIND
@EACH_MODE
def test_a_first_reading_arrives_at_what_the_source_holds(stage: Stage, name: str, asked: dict[str, Any]) -> None:
    instance = stage.connect(name)
    run = stage.sync(instance, **asked)
    expected = stage.told(name, tempo=name == "alborada")
    assert stored(instance) == expected
    assert (run.read, run.created, run.updated, run.deleted) == (len(expected), len(expected), 0, 0)
    assert sum(each.seconds for each in expected.values()) == stage.sim.world.instance(name).seconds(FIRST, LAST)
    assert run.warnings == []
    assert_totals_are_right()


def test_a_token_with_scopes_reads_through_the_gateway(stage: Stage) -> None:
    instance = stage.connect("norte", scoped=True)
    stage.sync(instance)
    assert stored(instance) == stage.told("norte")
    assert all(request.split()[1].startswith("/ex/jira/") for request in stage.sim.requests)


def test_jira_alone_gives_the_hours_that_tempo_gives(stage: Stage) -> None:
    """Jira calls the author of what was logged in Tempo an app, whose hours are hours all the same."""
    instance = stage.connect("alborada", tempo=False)
    stage.sync(instance)
    expected = stage.told("alborada")
    assert {key: each.seconds for key, each in stored(instance).items()} == {
        key: each.seconds for key, each in expected.items()
    }


def test_a_subtasks_hours_are_its_storys_epics(stage: Stage) -> None:
    for name in KINDS:
        instance = stage.connect(name)
        stage.sync(instance)
    subtasks = Worklog.objects.filter(issue__level=-1)
    assert subtasks.filter(epic__isnull=False).exists()
    assert not subtasks.filter(epic__isnull=True, issue__parent__epic__isnull=False).exists()
    for worklog in subtasks.select_related("issue__parent"):
        assert worklog.issue.parent is not None
        assert worklog.epic_id == worklog.issue.parent.epic_id


def test_an_account_of_atlassians_cloud_is_one_person_on_every_site(stage: Stage) -> None:
    for name in ("alborada", "norte"):
        stage.sync(stage.connect(name))
    people: dict[str, set[int]] = {}
    for account_id, person in JiraAccount.objects.values_list("account_id", "person"):
        people.setdefault(account_id, set()).add(person)
    assert all(len(each) == 1 for each in people.values())
    assert JiraAccount.objects.count() > len(people) == Person.objects.count()


def test_a_person_of_a_data_center_is_known_by_the_address_that_both_sides_show(stage: Stage) -> None:
    for name in ("norte", "helvia"):
        stage.sync(stage.connect(name))
    cloud, ours = (
        dict(JiraAccount.objects.filter(instance__kind=kind).values_list("person", "email"))
        for kind in ("cloud", "data_center")
    )
    assert {person for person, email in ours.items() if email in cloud.values()} == ours.keys() & cloud.keys() != set()


@pytest.mark.parametrize(
    ("person", "offset"), [("Daniel O'Connor", "America/New_York"), ("Haruka Tanaka", "Asia/Tokyo")]
)
@pytest.mark.parametrize("tempo", [True, False], ids=["Tempo", "Jira"])
def test_the_day_is_that_of_the_author(stage: Stage, person: str, offset: str, tempo: bool) -> None:
    site = stage.sim.world.instance("alborada")
    user = site.user(person)
    assert user.time_zone == offset
    near_midnight = NOW.replace(hour=23, minute=40, tzinfo=user.zone) - timedelta(days=2)
    issue = next(issue for issue in site.issues.values() if issue.type.level == 0)
    site.add_worklog(issue.id, person, near_midnight, 1500)
    site.add_worklog(issue.id, person, near_midnight.replace(hour=0, minute=5), 2100)
    instance = stage.connect("alborada", tempo=tempo)
    stage.later()
    stage.sync(instance)
    day = near_midnight.date()
    of_person = dict(PersonDayTotal.objects.filter(person__name=person).values_list("day", "seconds"))
    if tempo:
        expected = {day: site.seconds(day, day, person) for day in of_person}
        assert of_person == expected
    assert Worklog.objects.filter(person__name=person, day=day, seconds__in=[1500, 2100]).count() >= 2


def test_hours_that_lie_ahead_are_read_too(stage: Stage) -> None:
    site = stage.sim.world.instance("norte")
    planned = site.add_worklog(
        next(iter(site.worklogs.values())).issue.id, "Haruka Tanaka", NOW + timedelta(days=60), 3600
    )
    instance = stage.connect("norte")
    stage.sync(instance)
    assert str(planned.id) in stored(instance)


def test_what_is_older_than_twelve_months_is_read_when_everything_is(stage: Stage) -> None:
    site = stage.sim.world.instance("norte")
    issue = next(iter(site.worklogs.values())).issue.id
    old = site.add_worklog(issue, "Haruka Tanaka", NOW - timedelta(days=900), 3600)
    instance = stage.connect("norte")
    stage.sync(instance)
    assert str(old.id) not in stored(instance)
    stage.later()
    stage.sync(instance, full=True)
    assert stored(instance) == stage.told("norte")


@pytest.mark.parametrize("name", ["alborada", "norte"])
@EACH_MODE
def test_a_second_reading_writes_nothing(stage: Stage, name: str, asked: dict[str, Any]) -> None:
    instance = stage.connect(name)
    stage.sync(instance, **asked)
    rows = list(Worklog.objects.values_list().order_by("id"))
    stage.later()
    run = stage.sync(instance, **asked)
    assert (run.created, run.updated, run.deleted, run.unchanged) == (0, 0, 0, run.read)
    assert list(Worklog.objects.values_list().order_by("id")) == rows
    assert not run.changes.exists()


def test_issues_bear_the_names_of_the_source(stage: Stage) -> None:
    instance = stage.connect("helvia")
    stage.sync(instance)
    site = stage.sim.world.instance("helvia")
    for issue in Issue.objects.filter(instance=instance).select_related("project", "epic"):
        original = site.issues[int(issue.external_id)]
        assert (issue.key, issue.summary, issue.type) == (original.key, original.summary, original.type.name)
        assert issue.project is not None
        assert (issue.project.key, issue.project.name) == (original.project.key, original.project.name)


def test_two_companies_read_the_same_instance_apart(stage: Stage, meridiana: Cast) -> None:
    ours = stage.connect("norte")
    stage.sync(ours)
    here = current_company_id()
    with company_scope(meridiana.company):
        theirs = stage.connect("norte")
        stage.sync(theirs)
        assert stored(theirs) == stage.told("norte")
        assert Worklog.objects.count() == len(stage.told("norte"))
        assert_totals_are_right()
    assert Company.objects.get(pk=here).pk == ours.company_id
    assert Worklog.objects.count() == len(stage.told("norte"))
    assert SyncRun.objects.count() == 1
    assert_totals_are_right()


def test_the_run_tells_what_it_did(stage: Stage) -> None:
    instance = stage.connect("norte")
    requests = stage.requests_of(lambda: stage.sync(instance))
    run = SyncRun.objects.get()
    assert run.requests == len(requests)
    assert (run.done, run.total) == (run.total, run.done)
    assert run.total
    assert seconds_by_day(stored(instance))
    instance.refresh_from_db()
    assert (instance.synced_at, instance.sync_error) == (NOW, "")


# The audit


def ended(stage: Stage) -> list[tuple[str, object, str]]:
    told = AuditEntry.objects.filter(action="sync ended").order_by("pk")
    return [(each.detail["result"], each.user, in_words(each.detail)) for each in told]


def test_how_a_sync_ended_is_audited_with_what_it_did(stage: Stage) -> None:
    instance = stage.connect("norte")
    user = User.objects.create_user("ana@alborada.example")
    run = sync(queue_run(instance, user=user))
    stage.sim.faults.replace("401")
    sync(queue_run(instance, user=user))
    (first, who, words), (second, _, error) = ended(stage)
    assert (first, second, who) == ("succeeded", "failed", user)
    told = {f"instance: {instance}", f"run: {run.pk}", f"new: {run.created}", "changed: 0", "deleted: 0"}
    assert told <= set(words.split("; "))  # PostgreSQL orders what it is told
    assert "Create a new API token" in error


def test_of_automatic_syncs_the_audit_tells_a_failure_once(stage: Stage) -> None:
    instance = stage.connect("norte")
    sync(queue_run(instance, trigger="schedule"))
    assert ended(stage) == []
    stage.sim.faults.replace("401")
    for _ in range(3):
        sync(queue_run(instance, trigger="schedule"))
    assert [result for result, *_ in ended(stage)] == ["failed"]


@EACH_KIND
def test_a_sync_says_which_days_it_read(stage: Stage, name: str) -> None:
    """A first one from a year ago on, the feeds go on from there; a period is its days; everything is everything."""
    instance = stage.connect(name)

    def days_read() -> list[list[str]]:
        instance.refresh_from_db()
        return list(instance.days_read)

    stage.sync(instance, first_day=FIRST, last_day=LAST)
    assert days_read() == [[FIRST.isoformat(), LAST.isoformat()]]
    stage.sync(instance)
    year_ago = NOW.date().replace(year=NOW.year - 1, day=1)
    assert days_read() == [[min(FIRST, year_ago).isoformat(), "2999-12-31"]]
    stage.sync(instance)
    assert len(days_read()) == 1
    stage.sync(instance, full=True)
    assert days_read() == [["1900-01-01", "2999-12-31"]]
