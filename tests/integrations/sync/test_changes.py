"""Incremental runs: equal again after whatever happened at the source."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from integrations.models import Cursor, SyncRun
from integrations.simulator.instance import SimInstance
from tests.integrations.sync.stage import KINDS, NOW, Stage, assert_totals_are_right, busiest, stored
from worklogs.models import Issue, JiraInstance, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
EACH_SOURCE = pytest.mark.parametrize("name", ["alborada", "norte"])


@pytest.fixture
def instance(stage: Stage, name: str) -> JiraInstance:
    """Read to its end, a while ago."""
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    stage.later()
    return instance


def catch_up(stage: Stage, instance: JiraInstance) -> SyncRun:
    """A run from a while after the changes on, which must arrive at what the source holds."""
    stage.later()
    run = stage.sync(instance)
    assert stored(instance) == stage.told(instance.name, tempo=instance.name == "alborada")
    assert_totals_are_right()
    return run


def add(site: SimInstance) -> None:
    site.add_worklog(next(iter(site.worklogs.values())).issue.id, "Haruka Tanaka", NOW - timedelta(days=3), 5400)


def edit(site: SimInstance) -> None:
    site.edit_worklog(next(iter(site.worklogs)), seconds=60)


def change_day(site: SimInstance) -> None:
    worklog = next(iter(site.worklogs.values()))
    site.edit_worklog(worklog.id, started=worklog.started - timedelta(days=40))


def delete(site: SimInstance) -> None:
    site.delete_worklog(next(iter(site.worklogs)))


def move(site: SimInstance) -> None:
    worklog = next(iter(site.worklogs.values()))
    other = next(issue for issue in site.issues.values() if issue.epic and issue.epic is not worklog.issue.epic)
    site.move_worklog(worklog.id, other.id)


COUNTS = {
    "add": (add, (1, 0, 0)),
    "edit": (edit, (0, 1, 0)),
    "another day": (change_day, (0, 1, 0)),
    "delete": (delete, (0, 0, 1)),
}


@EACH_KIND
@pytest.mark.parametrize(("change", "counts"), COUNTS.values(), ids=COUNTS.keys())
def test_a_changed_worklog_is_followed(
    stage: Stage,
    name: str,
    instance: JiraInstance,
    change: Callable[[SimInstance], None],
    counts: tuple[int, int, int],
) -> None:
    if name == "helvia" and change is add:
        site = stage.sim.world.instance(name)
        site.add_worklog(next(iter(site.worklogs.values())).issue.id, "Carmen Ruiz", NOW, 5400)
    else:
        change(stage.sim.world.instance(name))
    run = catch_up(stage, instance)
    assert (run.created, run.updated, run.deleted) == counts
    assert run.changes.count() == sum(counts)


@EACH_SOURCE
def test_a_worklog_that_moved_to_another_issue_counts_once(stage: Stage, name: str, instance: JiraInstance) -> None:
    move(stage.sim.world.instance(name))
    run = catch_up(stage, instance)
    tempo_keeps_its_id, jira_gives_another = (0, 1, 0), (1, 0, 1)
    expected = tempo_keeps_its_id if name == "alborada" else jira_gives_another
    assert (run.created, run.updated, run.deleted) == expected


@EACH_SOURCE
def test_a_renamed_issue_gets_its_name_though_no_time_was_logged(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    issue = busiest(stage.sim, name)
    stage.sim.world.instance(name).rename_issue(issue.id, "Wholly renamed")
    run = catch_up(stage, instance)
    assert (run.created, run.updated, run.deleted) == (0, 0, 0)
    assert Worklog.objects.filter(issue__summary="Wholly renamed").exists()


@EACH_KIND
def test_a_renamed_epic_gets_its_name_though_no_time_was_logged(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    epic = busiest(stage.sim, name).epic
    assert epic is not None
    stage.sim.world.instance(name).rename_issue(epic.id, "Wholly renamed")
    catch_up(stage, instance)
    assert Worklog.objects.filter(epic__summary="Wholly renamed").exists()


@EACH_KIND
def test_worklogs_follow_their_issue_to_another_epic(stage: Stage, name: str, instance: JiraInstance) -> None:
    issue = busiest(stage.sim, name)
    site = stage.sim.world.instance(name)
    other = next(each for each in site.issues.values() if each.type.level == 1 and each is not issue.epic)
    site.set_parent(issue.id, other.id)
    catch_up(stage, instance)
    assert Worklog.objects.filter(issue__key=issue.key, epic__key=other.key).count() == len(site.worklogs_of(issue))


@EACH_KIND
def test_worklogs_of_an_issue_without_epic_have_none_any_more(stage: Stage, name: str, instance: JiraInstance) -> None:
    issue = busiest(stage.sim, name)
    stage.sim.world.instance(name).set_parent(issue.id, None)
    catch_up(stage, instance)
    assert not Worklog.objects.filter(issue__key=issue.key, epic__isnull=False).exists()


@EACH_SOURCE
def test_a_subtasks_worklogs_follow_its_story_to_another_epic(stage: Stage, name: str, instance: JiraInstance) -> None:
    site = stage.sim.world.instance(name)
    story = busiest(stage.sim, name, level=-1).parent
    assert story is not None
    other = next(each for each in site.issues.values() if each.type.level == 1 and each is not story.epic)
    site.set_parent(story.id, other.id)
    catch_up(stage, instance)
    assert Worklog.objects.filter(issue__level=-1, epic__key=other.key).exists()


@pytest.mark.parametrize("name", ["alborada"])
def test_an_issue_that_moved_to_another_project_takes_its_worklogs_along(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    site, issue = stage.sim.world.instance(name), busiest(stage.sim, name)
    other = next(project for project in site.projects.values() if project is not issue.project)
    old_key = issue.key
    site.move_issue(issue.id, other.key)
    run = catch_up(stage, instance)
    assert (run.created, run.updated, run.deleted) == (0, 0, 0)
    assert not Issue.objects.filter(key=old_key).exists()


@EACH_SOURCE
def test_a_quiet_while_costs_a_few_requests_and_writes_nothing(stage: Stage, name: str, instance: JiraInstance) -> None:
    catch_up(stage, instance)
    stage.later(6 * 3600)
    before = list(Worklog.objects.values_list().order_by("id"))
    requests = stage.requests_of(lambda: stage.sync(instance))
    assert len(requests) <= 10
    assert list(Worklog.objects.values_list().order_by("id")) == before


@EACH_SOURCE
def test_cursors_never_go_back(stage: Stage, name: str, instance: JiraInstance) -> None:
    positions = []
    for _ in range(3):
        stage.later()
        stage.sync(instance)
        positions.append(dict(Cursor.objects.values_list("feed", "position")))
    for feed in positions[0]:
        told = [position[feed] for position in positions]
        assert told == sorted(told)


@EACH_SOURCE
def test_what_happens_in_the_minute_that_feeds_keep_back_comes_the_next_time(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    site = stage.sim.world.instance(name)
    edit(site)
    site.delete_worklog(list(site.worklogs)[1])
    stage.later(10)
    stage.sync(instance)
    catch_up(stage, instance)


@EACH_SOURCE
def test_nothing_is_missed_between_the_cursor_and_a_run_that_died(
    stage: Stage, name: str, instance: JiraInstance
) -> None:
    """Renamed, then logged on another issue: the run that stores the time dies before it has read the name."""
    site = stage.sim.world.instance(name)
    issue = busiest(stage.sim, name)
    site.rename_issue(issue.id, "Wholly renamed")
    stage.later(3600)
    site.edit_worklog(next(each.id for each in site.worklogs.values() if each.issue is not issue), seconds=60)
    stage.later()
    stage.sim.faults.replace("401:match=deleted;401:match=papertrail;401:match=search")
    assert stage.attempt(instance).status == SyncRun.Status.FAILED
    stage.sim.faults.replace("401:match=deleted;401:match=papertrail")
    assert stage.attempt(instance).status == SyncRun.Status.FAILED
    stage.sim.faults.replace("")
    catch_up(stage, instance)


def test_a_feed_of_several_pages_is_followed_to_its_end(stage: Stage) -> None:
    instance = stage.connect("norte")
    stage.sync(instance, full=True)
    stage.later()
    site = stage.sim.world.instance("norte")
    issue = busiest(stage.sim, "norte")
    for number in range(1100):
        site.add_worklog(
            issue.id, "Haruka Tanaka", NOW, 60, now=stage.sim.world.clock.now() + timedelta(seconds=number)
        )
    stage.later(3600)
    run = catch_up(stage, instance)
    assert run.created == 1100
    now = stage.sim.world.clock.now()
    for number, worklog in enumerate(site.worklogs_of(issue)[-1050:]):
        site.delete_worklog(worklog.id, now=now + timedelta(milliseconds=number))
    assert catch_up(stage, instance).deleted == 1050


def test_tempo_without_the_permission_for_deletions_is_a_warning(stage: Stage) -> None:
    instance = stage.connect("alborada")
    stage.sync(instance, full=True)
    stage.later()
    site = stage.sim.world.instance("alborada")
    add(site)
    delete(site)
    stage.later()
    stage.sim.faults.replace("403:match=papertrail")
    run = stage.sync(instance)
    assert run.created == 1
    assert run.deleted == 0
    assert any("sync the affected days" in warning for warning in run.warnings)
    stage.sim.faults.replace("")
    catch_up(stage, instance)


def test_a_search_that_is_refused_leaves_names_as_they_are_and_says_so(stage: Stage) -> None:
    instance = stage.connect("norte")
    stage.sync(instance, full=True)
    stage.later()
    add(stage.sim.world.instance("norte"))
    stage.later()
    stage.sim.faults.replace("403:match=search")
    run = stage.sync(instance)
    assert run.created == 1
    assert any("Names of issues" in warning for warning in run.warnings)
