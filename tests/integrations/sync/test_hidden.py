"""Absence is not deletion: worklogs that the token may no longer see, while their issue is there, are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client

from accounts.tenancy import current_company_id
from integrations import tasks
from integrations.models import Cursor, Feed, SyncRun, TempoCredential
from integrations.simulator.entities import SimIssue, SimWorklog
from tests.integrations.sync.stage import FIRST, KINDS, LAST, Stage, assert_totals_are_right, busiest, stored
from worklogs.models import Issue, JiraInstance, PersonDayTotal, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
PERIOD = {"first_day": FIRST, "last_day": LAST}
COMPLETE = pytest.mark.parametrize("asked", [PERIOD, {"full": True}], ids=["period", "full"])
START = datetime(2026, 11, 3, 9, tzinfo=UTC)
DELETIONS = {"alborada": "403:match=papertrail", "norte": "403:match=/worklog/deleted", "helvia": "403:match=/deleted"}


@pytest.fixture
def issue(stage: Stage, name: str) -> SimIssue:
    return busiest(stage.sim, name)


@pytest.fixture
def ten(stage: Stage, name: str, issue: SimIssue) -> list[SimWorklog]:
    """Ten worklogs of an hour on one issue, 36,000 seconds."""
    site = stage.sim.world.instance(name)
    author = next(user.key for user in site.users.values() if not user.is_app)
    ten = [site.add_worklog(issue.key, author, START, 3600, "One of ten") for _ in range(10)]
    stage.later()
    return ten


@pytest.fixture
def instance(stage: Stage, name: str, ten: list[SimWorklog]) -> JiraInstance:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    stage.later()
    return instance


def hide(stage: Stage, name: str, worklogs: list[SimWorklog], *, hidden: bool = True) -> None:
    for worklog in worklogs:
        stage.sim.world.instance(name).hide_worklog(worklog.id, hidden=hidden)
    stage.later()


def seconds() -> int:
    assert_totals_are_right()
    return int(Worklog.objects.filter(comment="One of ten").aggregate(s=Sum("seconds"))["s"])


def marked() -> int:
    return Worklog.objects.filter(missing_since__isnull=False).count()


@EACH_KIND
@COMPLETE
def test_hidden_worklogs_are_kept_counted_marked_and_whole_again_when_they_are_shown(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog], asked: dict[str, Any]
) -> None:
    counted = PersonDayTotal.objects.aggregate(s=Sum("seconds"))
    hide(stage, name, ten[:3])
    run = stage.sync(instance, **asked)
    assert (seconds(), marked(), run.deleted, run.unconfirmed_deletions) == (36_000, 3, 0, 3)
    assert PersonDayTotal.objects.aggregate(s=Sum("seconds")) == counted
    assert f"{name} no longer shows 3 worklogs (3:00 hours)" in run.warnings[0]
    assert "--confirm-deletions" in run.warnings[0]
    since = Worklog.objects.filter(missing_since__isnull=False).values_list("missing_since").distinct()
    first_marked = list(since)
    stage.later()
    stage.sync(instance, **asked)
    assert list(since) == first_marked
    hide(stage, name, ten[:3], hidden=False)
    run = stage.sync(instance, **asked)
    assert (seconds(), marked(), run.updated, run.warnings) == (36_000, 0, 0, [])


@EACH_KIND
@COMPLETE
def test_only_a_word_removes_what_no_deletion_names(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog], asked: dict[str, Any]
) -> None:
    hide(stage, name, ten[:3])
    stage.sync(instance, **asked)
    run = stage.sync(instance, confirm_deletions=True, **asked)
    assert (seconds(), marked(), run.deleted, run.unconfirmed_deletions) == (25_200, 0, 3, 0)


@EACH_KIND
@pytest.mark.parametrize("asked", [{}, PERIOD, {"full": True}], ids=["changes", "period", "full"])
def test_of_hidden_and_deleted_worklogs_the_deleted_go(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog], asked: dict[str, Any]
) -> None:
    hide(stage, name, ten[:3])
    stage.sim.world.instance(name).delete_worklog(ten[3].id)
    stage.later()
    run = stage.sync(instance, **asked)
    assert (seconds(), run.deleted) == (32_400, 1)
    assert marked() == (3 if asked else 0)


@EACH_KIND
@COMPLETE
def test_where_no_list_of_deletions_can_be_read_nothing_goes_without_a_word(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog], asked: dict[str, Any]
) -> None:
    stage.sim.world.instance(name).delete_worklog(ten[0].id)
    hide(stage, name, ten[1:3])
    stage.sim.faults.replace(DELETIONS[name])
    run = stage.sync(instance, **asked)
    assert (seconds(), marked(), run.deleted, run.unconfirmed_deletions) == (36_000, 3, 0, 3)
    stage.sim.faults.replace("")
    run = stage.sync(instance, **asked)
    assert (seconds(), marked(), run.deleted, run.unconfirmed_deletions) == (32_400, 2, 1, 2)


@EACH_KIND
def test_reading_one_issue_keeps_what_it_no_longer_shows(
    stage: Stage, name: str, instance: JiraInstance, issue: SimIssue, ten: list[SimWorklog]
) -> None:
    row = Issue.objects.get(instance=instance, external_id=str(issue.id))
    hide(stage, name, ten[:3])
    run = stage.sync(instance, issue=row)
    assert (seconds(), marked(), run.unconfirmed_deletions) == (36_000, 3, 3)
    hide(stage, name, ten[:2], hidden=False)
    run = stage.sync(instance, issue=row)
    assert (seconds(), marked(), run.updated, run.unconfirmed_deletions) == (36_000, 1, 0, 1)
    run = stage.sync(instance, issue=row, confirm_deletions=True)
    assert (seconds(), marked(), run.deleted) == (32_400, 0, 1)


@EACH_KIND
def test_a_first_sync_keeps_what_a_period_had_read(stage: Stage, name: str, ten: list[SimWorklog]) -> None:
    instance = stage.connect(name)
    stage.sync(instance, **PERIOD)
    hide(stage, name, ten[:3])
    assert stage.sync(instance).unconfirmed_deletions == 3
    assert (seconds(), marked()) == (36_000, 3)
    stage.later()
    assert stage.sync(instance).read < 10  # from now on by the feeds


@EACH_KIND
def test_the_feeds_find_what_is_shown_again_and_take_what_is_deleted(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog]
) -> None:
    hide(stage, name, ten[:3])
    stage.sync(instance, **PERIOD)
    hide(stage, name, ten[:1], hidden=False)
    stage.sync(instance)
    assert (seconds(), marked()) == (36_000, 2)
    hide(stage, name, ten[1:2], hidden=False)
    stage.sim.world.instance(name).delete_worklog(ten[1].id)
    stage.later()
    stage.sync(instance)
    assert (seconds(), marked()) == (32_400, 1)
    run = stage.sync(instance, confirm_deletions=True)
    assert (seconds(), marked(), run.deleted) == (28_800, 0, 1)


@pytest.mark.parametrize("name", ["alborada"])
def test_a_turn_to_tempo_leaves_no_mark_and_counts_nothing_twice(
    stage: Stage, name: str, ten: list[SimWorklog]
) -> None:
    instance = stage.connect(name, tempo=False)
    stage.sync(instance, full=True)
    hide(stage, name, ten[:3])
    stage.sync(instance, full=True)
    assert (seconds(), marked()) == (36_000, 3)
    hide(stage, name, ten[:3], hidden=False)
    stage.add_tempo(instance)
    stage.sync(instance)
    assert (seconds(), marked()) == (36_000, 0)


@pytest.mark.parametrize("name", ["alborada"])
def test_a_tempo_that_shows_half_costs_none_of_the_others(stage: Stage, name: str, ten: list[SimWorklog]) -> None:
    instance = stage.connect(name, tempo=False)
    stage.sync(instance, full=True)
    hide(stage, name, ten[:5])
    stage.add_tempo(instance)
    run = stage.sync(instance)
    assert (seconds(), marked(), run.unconfirmed_deletions) == (36_000, 5, 5)
    stage.later()
    assert stage.sync(instance).read < 5  # it follows the feeds from now on
    hide(stage, name, ten[:5], hidden=False)
    stage.sync(instance, full=True)
    assert (seconds(), marked()) == (36_000, 0)


def other_source(stage: Stage, instance: JiraInstance) -> None:
    """From Jira to Tempo, or back."""
    if TempoCredential.objects.filter(instance=instance).exists():
        TempoCredential.objects.all().delete()
    else:
        stage.add_tempo(instance)
    instance.refresh_from_db()


EACH_TURN = pytest.mark.parametrize(
    ("name", "tempo", "fault"),
    [("alborada", False, ""), ("alborada", False, "404:match=jira-to-tempo"), ("alborada", True, "")],
    ids=["to Tempo", "to a Tempo that knows no ids of Jira", "to Jira"],
)


@EACH_TURN
@pytest.mark.parametrize("asked", [{}, {"full": True}], ids=["changes", "full"])
def test_a_new_worklog_is_no_twin_of_one_that_is_hidden(
    stage: Stage, name: str, tempo: bool, fault: str, issue: SimIssue, ten: list[SimWorklog], asked: dict[str, Any]
) -> None:
    instance = stage.connect(name, tempo=tempo)
    stage.sync(instance, full=True)
    hide(stage, name, ten[:1])
    stage.sim.world.instance(name).add_worklog(issue.key, ten[0].author.key, START + timedelta(days=7), 1800, "New")
    stage.later()
    other_source(stage, instance)
    stage.sim.faults.replace(fault)
    for _ in range(2):
        stage.sync(instance, **asked)
        assert (seconds(), marked()) == (36_000, 1)
        stage.later()
    assert "no longer shows 1 worklogs" in stage.sync(instance, **PERIOD).warnings[0]
    assert (seconds(), marked()) == (36_000, 1)
    hide(stage, name, ten[:1], hidden=False)
    stage.sync(instance, full=True)
    assert (seconds(), marked(), len(stored(instance))) == (36_000, 0, len(stage.told(name)))


@pytest.mark.parametrize("name", ["alborada"])
def test_a_new_worklog_as_long_on_the_same_day_is_no_twin_of_one_that_is_hidden(
    stage: Stage, name: str, issue: SimIssue, ten: list[SimWorklog]
) -> None:
    instance = stage.connect(name, tempo=False)
    stage.sync(instance, full=True)
    hide(stage, name, ten[:1])
    stage.sim.world.instance(name).add_worklog(issue.key, ten[0].author.key, START, 3600, "New")
    stage.later()
    other_source(stage, instance)
    stage.sync(instance)
    assert (seconds(), marked()) == (36_000, 1)


@EACH_TURN
@pytest.mark.parametrize("in_tempo", [False, True], ids=["logged in Jira", "logged in Tempo"])
def test_what_was_edited_between_the_two_readings_counts_once(
    stage: Stage, name: str, tempo: bool, fault: str, issue: SimIssue, in_tempo: bool
) -> None:
    """In Jira an app is the author of what was logged in Tempo."""
    site = stage.sim.world.instance(name)
    author = next(user.key for user in site.users.values() if not user.is_app)
    worklog = site.add_worklog(issue.key, author, START, 3600, "Edited", in_tempo=in_tempo)
    stage.later()
    instance = stage.connect(name, tempo=tempo)
    stage.sync(instance, full=True)
    site.edit_worklog(worklog.id, seconds=7200, started=START + timedelta(days=1))
    stage.later()
    other_source(stage, instance)
    stage.sim.faults.replace(fault)
    assert stage.sync(instance).warnings == []
    assert [each.seconds for each in Worklog.objects.filter(comment="Edited")] == [7200]
    assert stored(instance).keys() == stage.told(name, tempo=not tempo).keys()
    assert_totals_are_right()


@pytest.mark.parametrize("name", ["alborada"])
def test_what_tempo_tells_on_a_day_of_another_year_counts_once(
    stage: Stage, name: str, issue: SimIssue, ten: list[SimWorklog]
) -> None:
    instance = stage.connect(name, tempo=False)
    stage.sync(instance)
    site = stage.sim.world.instance(name)
    site.edit_worklog(ten[0].id, started=START - timedelta(days=200))
    hide(stage, name, ten[1:2])
    other_source(stage, instance)
    stage.sync(instance)
    assert (seconds(), marked()) == (36_000, 1)
    hide(stage, name, ten[1:2], hidden=False)
    site.edit_worklog(ten[1].id, text="One of ten")  # so that the feed tells it
    stage.later()
    stage.sync(instance)
    assert (seconds(), marked()) == (36_000, 0)


@EACH_KIND
def test_what_is_known_as_hidden_fails_no_later_sync(stage: Stage, name: str, ten: list[SimWorklog]) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    hide(stage, name, ten[:4])
    stage.sync(instance, full=True)
    hide(stage, name, ten[:6])
    stage.sync(instance, full=True)
    assert (seconds(), marked()) == (36_000, 6)


@EACH_KIND
def test_a_day_of_which_all_is_hidden_fails_once(stage: Stage, name: str) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    site = stage.sim.world.instance(name)
    day = sorted(each.day for each in site.visible_worklogs())[40]
    of_day = [each for each in site.visible_worklogs() if each.day == day]
    before = stored(instance)
    hide(stage, name, of_day)
    run = stage.attempt(instance, first_day=day, last_day=day)
    assert (run.status, run.warnings) == (SyncRun.Status.FAILED, [])
    assert f"no longer shows {len(of_day)} worklogs, more than half" in run.errors[0]
    for _ in range(2):
        stage.later()
        run = stage.sync(instance, first_day=day, last_day=day)
        assert f"no longer shows {len(of_day)} worklogs" in run.warnings[0]
        assert (run.deleted, run.unconfirmed_deletions, marked()) == (0, len(of_day), len(of_day))
    instance.refresh_from_db()
    assert (instance.sync_error, stored(instance)) == ("", before)


@EACH_KIND
def test_a_day_whose_hidden_worklogs_were_noticed_in_a_larger_period_fails_never(stage: Stage, name: str) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    site = stage.sim.world.instance(name)
    day = sorted(each.day for each in site.visible_worklogs())[40]
    hide(stage, name, [each for each in site.visible_worklogs() if each.day == day])
    stage.sync(instance, full=True)
    stage.sync(instance, first_day=day, last_day=day)
    assert_totals_are_right()


@pytest.mark.parametrize("name", ["alborada"])
def test_a_tempo_that_shows_nothing_is_read_afresh_until_it_does(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    other_source(stage, instance)
    stage.sync(instance)
    before = stored(instance)
    other_source(stage, instance)
    Cursor.objects.filter(source="tempo").delete()
    stage.sim.faults.replace("empty:match=/4/worklogs")
    assert stage.attempt(instance).status == SyncRun.Status.FAILED
    stage.later()
    run = stage.sync(instance)
    assert (stored(instance), marked(), len(run.warnings)) == (before, len(before), 1)
    stage.sim.faults.replace("")
    stage.later()
    stage.sync(instance)
    assert (stored(instance), marked()) == (stage.told(name, tempo=True), 0)
    assert (seconds(), Cursor.objects.filter(source="tempo").count()) == (36_000, len(Feed))


@EACH_KIND
def test_an_issue_of_which_nothing_is_shown_fails_and_is_marked(stage: Stage, name: str) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    issue = busiest(stage.sim, name)
    worklogs = stage.sim.world.instance(name).worklogs_of(issue)
    hide(stage, name, worklogs)
    run = stage.attempt(instance, issue=Issue.objects.get(instance=instance, external_id=str(issue.id)))
    assert (run.status, run.unconfirmed_deletions, marked()) == (SyncRun.Status.FAILED, len(worklogs), len(worklogs))
    assert "more than half" in run.errors[0]


@pytest.mark.parametrize("name", ["norte"])
def test_the_button_on_the_page_of_the_run_is_the_word(
    stage: Stage, name: str, instance: JiraInstance, ten: list[SimWorklog], signed_in: Client
) -> None:
    hide(stage, name, ten[:3])
    run = stage.sync(instance, full=True)
    page = signed_in.get(f"/sync/runs/{run.pk}/").content.decode()
    assert "3 worklogs are no longer shown by Jira. They were kept here." in page
    signed_in.post(f"/sync/runs/{run.pk}/confirm/")
    queued = SyncRun.objects.get(status=SyncRun.Status.QUEUED)
    tasks.run_sync.call(current_company_id(), queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.deleted, seconds()) == ("succeeded", 3, 25_200)
