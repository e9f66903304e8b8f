"""What a reading of a period, or of everything, removes: only what is gone, and never by accident."""

from datetime import date, timedelta

import pytest

from integrations.models import Cursor, Feed, SyncRun
from integrations.simulator.entities import SimWorklog
from tests.integrations.sync.stage import (
    FIRST,
    KINDS,
    LAST,
    Stage,
    assert_totals_are_right,
    busiest,
    seconds_by_day,
    stored,
)
from worklogs.models import JiraInstance, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
EACH_SOURCE = pytest.mark.parametrize("name", ["alborada", "norte"])
WHOLE = {"first_day": FIRST, "last_day": LAST}
MONTH = {"first_day": date(2026, 9, 1), "last_day": date(2026, 9, 30)}


@pytest.fixture
def instance(stage: Stage, name: str) -> JiraInstance:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    stage.later()
    return instance


def is_equal(stage: Stage, instance: JiraInstance) -> bool:
    assert_totals_are_right()
    return stored(instance) == stage.told(instance.name, tempo=instance.name == "alborada")


def in_month(stage: Stage, name: str) -> list[SimWorklog]:
    worklogs = stage.sim.world.instance(name).worklogs.values()
    return [each for each in worklogs if MONTH["first_day"] <= each.day <= MONTH["last_day"]]


def outside_month(stage: Stage, name: str) -> list[SimWorklog]:
    worklogs = stage.sim.world.instance(name).worklogs.values()
    return [each for each in worklogs if each.day < MONTH["first_day"]]


@EACH_KIND
def test_a_period_removes_what_is_gone_in_it_and_nothing_elsewhere(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    site = stage.sim.world.instance(name)
    inside, outside = in_month(stage, name)[0], outside_month(stage, name)[0]
    site.delete_worklog(inside.id)
    site.delete_worklog(outside.id)
    stage.later()
    run = stage.sync(instance, **MONTH)
    assert (run.created, run.updated, run.deleted) == (0, 0, 1)
    expected = seconds_by_day(stage.told(name))
    expected[outside.day] += outside.seconds
    assert seconds_by_day(stored(instance)) == expected
    assert_totals_are_right()


@EACH_SOURCE
def test_a_worklog_that_left_the_period_is_followed_to_its_new_day(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    worklog = in_month(stage, name)[0]
    stage.sim.world.instance(name).edit_worklog(worklog.id, started=worklog.started - timedelta(days=100))
    stage.later()
    run = stage.sync(instance, **MONTH)
    assert (run.created, run.updated, run.deleted) == (0, 1, 0)
    assert is_equal(stage, instance)


@EACH_SOURCE
def test_the_only_worklog_of_a_day_may_leave_it_without_a_question(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    days = seconds_by_day(stage.told(name))
    of_day = {day: [each for each in in_month(stage, name) if each.day == day] for day in days}
    day = next(day for day, worklogs in of_day.items() if len(worklogs) == 1)
    worklog = of_day[day][0]
    stage.sim.world.instance(name).edit_worklog(worklog.id, started=worklog.started - timedelta(days=100))
    stage.later()
    run = stage.sync(instance, first_day=day, last_day=day)
    assert (run.updated, run.deleted) == (1, 0)
    assert is_equal(stage, instance)


@EACH_SOURCE
def test_a_worklog_that_came_into_the_period_is_moved(stage: Stage, name: str, instance: JiraInstance) -> None:
    worklog = outside_month(stage, name)[0]
    started = worklog.started.replace(month=9, year=2026, day=15)
    stage.sim.world.instance(name).edit_worklog(worklog.id, started=started)
    stage.later()
    run = stage.sync(instance, **MONTH)
    assert (run.created, run.updated, run.deleted) == (0, 1, 0)
    assert is_equal(stage, instance)


@EACH_SOURCE
def test_many_worklogs_that_left_a_period_are_all_followed(stage: Stage, name: str, instance: JiraInstance) -> None:
    site = stage.sim.world.instance(name)
    for worklog in list(site.worklogs.values())[:60]:
        site.edit_worklog(worklog.id, started=worklog.started - timedelta(days=500))
    stage.later()
    run = stage.sync(instance, **WHOLE)
    assert (run.created, run.updated, run.deleted) == (0, 60, 0)
    assert is_equal(stage, instance)


@EACH_SOURCE
@pytest.mark.parametrize("asked", [WHOLE, {"full": True}], ids=["period", "full"])
def test_worklogs_of_an_issue_that_was_deleted_with_notice_go(
    stage: Stage, name: str, instance: JiraInstance, asked: dict[str, date]
) -> None:
    stage.sim.world.instance(name).delete_issue(busiest(stage.sim, name).id, in_feed=True)
    stage.later()
    run = stage.sync(instance, **asked)
    assert run.deleted
    assert run.unconfirmed_deletions == 0
    assert is_equal(stage, instance)


@EACH_KIND
@pytest.mark.parametrize("asked", [WHOLE, {"full": True}], ids=["period", "full"])
def test_worklogs_of_an_issue_that_is_no_longer_there_wait_for_a_word(
    stage: Stage, name: str, instance: JiraInstance, asked: dict[str, date]
) -> None:
    before = stored(instance)
    stage.sim.world.instance(name).delete_issue(busiest(stage.sim, name).id)
    stage.later()
    run = stage.sync(instance, **asked)
    assert run.deleted == 0
    assert run.unconfirmed_deletions == len(before) - len(stage.told(name))
    assert f"{name} no longer shows {run.unconfirmed_deletions} worklogs" in run.warnings[0]
    assert stored(instance) == before
    run = stage.sync(instance, confirm_deletions=True, **asked)
    assert (run.deleted, run.unconfirmed_deletions) == (len(before) - len(stage.told(name)), 0)
    assert is_equal(stage, instance)


@EACH_SOURCE
@pytest.mark.parametrize("asked", [{}, WHOLE, {"full": True}], ids=["changes", "period", "full"])
def test_nothing_of_a_project_that_is_hidden_for_a_while_is_lost(
    stage: Stage, name: str, instance: JiraInstance, asked: dict[str, date]
) -> None:
    site = stage.sim.world.instance(name)
    before = stored(instance)
    keys = [each.project for each in before.values()]
    project = min(set(keys), key=keys.count)
    site.hide_project(project)
    stage.later()
    run = stage.sync(instance, **asked)
    assert run.deleted == 0
    assert stored(instance) == before
    site.hide_project(project, hidden=False)
    stage.later()
    run = stage.sync(instance, **asked)
    assert (run.updated, run.deleted) == (0, 0)
    assert is_equal(stage, instance)


def test_what_is_deleted_on_an_issue_that_is_then_hidden_goes_and_the_rest_stays(stage: Stage) -> None:
    instance = stage.connect("norte")
    stage.sync(instance)
    site = stage.sim.world.instance("norte")
    issue = busiest(stage.sim, "norte")
    stage.later()
    gone, *rest = site.worklogs_of(issue)
    site.delete_worklog(gone.id)
    site.hide_project(issue.project.key)
    stage.later()
    run = stage.attempt(instance, **WHOLE)
    assert str(gone.id) not in stored(instance) or run.status == SyncRun.Status.FAILED
    assert {str(each.id) for each in rest} <= stored(instance).keys()


@EACH_SOURCE
@pytest.mark.parametrize("asked", [WHOLE, {"full": True}], ids=["period", "full"])
def test_more_than_half_that_no_deletion_names_asks(
    stage: Stage, name: str, instance: JiraInstance, asked: dict[str, date]
) -> None:
    site = stage.sim.world.instance(name)
    before = stored(instance)
    for worklog_id in list(site.worklogs)[: len(before) // 2 + 1]:
        site.hide_worklog(worklog_id)
    stage.later()
    run = stage.attempt(instance, **asked)
    assert run.status == SyncRun.Status.FAILED
    assert "--confirm-deletions" in run.errors[0]
    assert run.unconfirmed_deletions == len(before) // 2 + 1
    assert stored(instance) == before
    run = stage.sync(instance, confirm_deletions=True, **asked)
    assert run.deleted == len(before) // 2 + 1
    assert is_equal(stage, instance)


@EACH_SOURCE
def test_deletions_that_are_named_need_no_word_however_many(stage: Stage, name: str, instance: JiraInstance) -> None:
    site = stage.sim.world.instance(name)
    for worklog_id in list(site.worklogs)[: len(site.worklogs) - 1]:
        site.delete_worklog(worklog_id)
    stage.later()
    stage.sync(instance, **WHOLE)
    assert is_equal(stage, instance)


@pytest.mark.parametrize("asked", [{}, WHOLE, {"full": True}], ids=["changes", "period", "full"])
@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("alborada", ""),
        ("alborada", ":match=/4/worklogs"),
        ("norte", ""),
        ("norte", ":match=/worklog"),
        ("norte", ":match=search"),
        ("norte", ":match=/worklog/list"),
        ("helvia", ":match=/worklog"),
    ],
)
def test_an_empty_answer_removes_nothing(
    stage: Stage, name: str, instance: JiraInstance, asked: dict[str, date], where: str
) -> None:
    before = stored(instance)
    stage.sim.world.instance(name).edit_worklog(next(iter(stage.sim.world.instance(name).worklogs)), seconds=60)
    stage.later()
    stage.sim.faults.replace(f"empty{where}")
    stage.attempt(instance, **asked)
    assert stored(instance).keys() == before.keys()
    stage.sim.faults.replace("")
    stage.later()
    stage.sync(instance)
    assert is_equal(stage, instance)


def test_the_first_reading_of_what_is_there_already_finds_what_has_gone(stage: Stage) -> None:
    """A period was read once, long before the first incremental run."""
    instance = stage.connect("norte")
    stage.sync(instance, **WHOLE)
    assert not Cursor.objects.exists()
    stage.sim.world.instance("norte").delete_worklog(next(iter(stage.sim.world.instance("norte").worklogs)))
    stage.later()
    assert stage.sync(instance).deleted == 1
    assert is_equal(stage, instance)
    assert Cursor.objects.count() == len(Feed)


def switch(stage: Stage, instance: JiraInstance, *, to_tempo: bool) -> None:
    if to_tempo:
        stage.add_tempo(instance)
    else:
        instance.tempo_credential.delete()
        instance.refresh_from_db()


@pytest.mark.parametrize("asked", [{}, {"full": True}], ids=["changes", "full"])
def test_an_instance_that_turns_to_tempo_and_back_counts_nothing_twice(stage: Stage, asked: dict[str, date]) -> None:
    instance = stage.connect("alborada", tempo=False)
    stage.sync(instance, **asked)
    for to_tempo in (True, False):
        stage.later()
        switch(stage, instance, to_tempo=to_tempo)
        stage.sync(instance, **asked)
        assert stored(instance).keys() == stage.told("alborada", tempo=to_tempo).keys()
        assert Worklog.objects.values("source").distinct().count() == 1
        assert_totals_are_right()


def test_what_the_other_source_told_beyond_the_first_twelve_months_goes_too(stage: Stage) -> None:
    site = stage.sim.world.instance("alborada")
    site.edit_worklog(next(iter(site.worklogs)), started=site.clock.now() - timedelta(days=9_000))
    stage.later()
    instance = stage.connect("alborada", tempo=False)
    stage.sync(instance, full=True)
    switch(stage, instance, to_tempo=True)
    stage.later()
    stage.sync(instance)
    assert is_equal(stage, instance)
    stage.later()
    assert stage.sync(instance).read < 10


def test_hours_stand_once_even_when_the_turn_to_tempo_breaks_off(stage: Stage) -> None:
    instance = stage.connect("alborada", tempo=False)
    stage.sync(instance)
    switch(stage, instance, to_tempo=True)
    stage.later()
    stage.sim.faults.replace("401:match=/4/worklogs,after=8")
    assert stage.attempt(instance).status == SyncRun.Status.FAILED
    hours = sum(each.seconds for each in stored(instance).values())
    assert Worklog.objects.values("source").distinct().count() == 2
    assert hours == sum(each.seconds for each in stage.told("alborada").values())
    stage.sim.faults.replace("")
    stage.sync(instance)
    assert is_equal(stage, instance)


def test_a_tempo_that_shows_next_to_nothing_does_not_replace_what_jira_told(stage: Stage) -> None:
    instance = stage.connect("alborada", tempo=False)
    stage.sync(instance)
    before = stored(instance)
    switch(stage, instance, to_tempo=True)
    stage.later()
    stage.sim.faults.replace("empty:match=/4/worklogs")
    run = stage.attempt(instance)
    assert run.status == SyncRun.Status.FAILED
    assert "--confirm-deletions" in run.errors[0]
    assert stored(instance) == before


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refused_removal_is_asked_again_and_not_forgotten(stage: Stage, when: str) -> None:
    instance = stage.connect("norte")
    stage.sync(instance)
    site = stage.sim.world.instance("norte")
    hidden = list(site.worklogs)[: len(site.worklogs) // 2 + 1]
    for worklog_id in hidden:
        site.hide_worklog(worklog_id)
    stage.later()
    for _ in range(2):
        run = stage.attempt(instance, **WHOLE)
        assert run.unconfirmed_deletions == len(hidden)
    if when == "after":
        for worklog_id in hidden:
            site.hide_worklog(worklog_id, hidden=False)
            site.delete_worklog(worklog_id)
        stage.later()
        stage.sync(instance)  # the feed of deletions names them: that needs no word
    else:
        stage.sync(instance, confirm_deletions=True, **WHOLE)
    assert is_equal(stage, instance)
