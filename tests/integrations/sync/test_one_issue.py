"""Reading one issue again: its fields and its worklogs, and of the rest nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts.models import AuditEntry
from accounts.tenancy import current_company_id
from integrations import tasks
from integrations.models import Cursor, SyncRun
from integrations.runs import resumable
from integrations.simulator.entities import SimIssue
from tests.integrations.sync.stage import FIRST, KINDS, LAST, Stage, assert_totals_are_right, busiest, stored
from worklogs.models import Issue, JiraInstance, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
Status = SyncRun.Status


@pytest.fixture
def instance(stage: Stage, name: str) -> JiraInstance:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    instance.refresh_from_db()
    stage.later()
    return instance


@pytest.fixture
def simulated(stage: Stage, name: str) -> SimIssue:
    return busiest(stage.sim, name)


@pytest.fixture
def issue(instance: JiraInstance, simulated: SimIssue) -> Issue:
    return Issue.objects.get(instance=instance, external_id=str(simulated.id))


def is_equal(stage: Stage, instance: JiraInstance) -> bool:
    assert_totals_are_right()
    return stored(instance) == stage.told(instance.name, tempo=instance.name == "alborada")


@EACH_KIND
def test_what_changed_on_the_issue_is_here_and_nothing_else_is_read(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue
) -> None:
    site = stage.sim.world.instance(name)
    first, second, *_ = site.worklogs_of(simulated)
    site.rename_issue(simulated.key, "Refunds, at last")
    site.edit_worklog(first.id, seconds=first.seconds + 900, started=first.started - timedelta(days=40))
    site.delete_worklog(second.id)
    site.add_worklog(simulated.key, first.author.key, first.started, 7200)
    simulated.estimate_seconds = 36_000
    synced_at, cursors = instance.synced_at, set(Cursor.objects.values_list("feed", "position"))
    stage.later()
    run = stage.sync(instance, issue=issue)
    assert (run.created, run.updated, run.deleted) == (1, 1, 1)
    assert run.read == len(site.worklogs_of(simulated))
    assert is_equal(stage, instance)
    issue.refresh_from_db()
    assert (issue.summary, issue.estimate_seconds) == ("Refunds, at last", 36_000)
    instance.refresh_from_db()
    assert instance.synced_at == synced_at  # of the rest of it nothing was read
    assert set(Cursor.objects.values_list("feed", "position")) == cursors


@EACH_KIND
def test_a_worklog_that_moved_to_another_issue_is_followed(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue
) -> None:
    site = stage.sim.world.instance(name)
    other = next(each for each in site.issues.values() if each is not simulated and site.worklogs_of(each))
    site.move_worklog(site.worklogs_of(simulated)[0].id, other.id)
    stage.later()
    run = stage.sync(instance, issue=issue)
    if name == "alborada":  # Tempo keeps its number, so it is found; Jira makes another of it
        assert (run.updated, run.deleted) == (1, 0)
        assert is_equal(stage, instance)
    else:
        assert (run.updated, run.deleted) == (0, 1)


@EACH_KIND
def test_the_last_worklog_of_an_issue_goes_without_a_question(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue
) -> None:
    site = stage.sim.world.instance(name)
    for worklog in site.worklogs_of(simulated):
        site.delete_worklog(worklog.id)
    stage.later()
    run = stage.sync(instance, issue=issue)
    assert run.deleted > 1
    assert not Worklog.objects.filter(issue=issue).exists()
    assert is_equal(stage, instance)


@pytest.mark.parametrize("name", ["alborada"])
def test_worklogs_that_are_only_hidden_are_kept_and_asked_about(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue
) -> None:
    """A Tempo token that may no longer see the hours of others gets an empty list, and no deletion is told."""
    site, before = stage.sim.world.instance(name), stored(instance)
    for worklog in site.worklogs_of(simulated):
        site.hide_worklog(worklog.id)
    run = stage.attempt(instance, issue=issue)
    assert run.status == Status.FAILED
    assert run.unconfirmed_deletions == Worklog.objects.filter(issue=issue).count()
    assert stored(instance) == before
    confirmed = stage.sync(instance, issue=issue, confirm_deletions=True)
    assert confirmed.deleted == run.unconfirmed_deletions


@EACH_KIND
def test_an_issue_that_can_no_longer_be_seen_keeps_its_hours(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue
) -> None:
    before = stored(instance)
    stage.sim.world.instance(name).hide_project(simulated.project.key)
    run = stage.attempt(instance, issue=issue)
    assert run.status == Status.FAILED
    assert f"{issue} was deleted in Jira or is hidden" in run.errors[0]
    assert stored(instance) == before
    instance.refresh_from_db()
    assert instance.sync_error == ""


@pytest.mark.parametrize("name", ["norte"])
def test_a_period_that_died_goes_on_although_an_issue_was_read_since(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue
) -> None:
    dead = stage.attempt(instance, first_day=FIRST, last_day=LAST)
    SyncRun.objects.filter(pk=dead.pk).update(status=Status.FAILED)
    stage.sync(instance, issue=issue)
    following = SyncRun(pk=10**6, instance=instance, mode="range", first_day=FIRST, last_day=LAST)
    assert resumable(following, "jira")["through"] == LAST.isoformat()


@pytest.mark.parametrize("name", ["norte"])
def test_what_takes_too_long_is_left_to_the_worker(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PATIENCE", 0)
    run = tasks.sync_issue(issue, None)
    assert (run.status, run.owner, run.issue) == (Status.QUEUED, "", issue)
    assert DBTaskResult.objects.ready().count() == 1
    tasks.run_sync.call(current_company_id(), run.pk)
    run.refresh_from_db()
    assert run.status == Status.SUCCEEDED


# Through the browser


@pytest.mark.parametrize("name", ["norte"])
def test_a_click_reads_it_tells_what_came_and_leaves_a_trace(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, simulated: SimIssue, signed_in: Client
) -> None:
    site = stage.sim.world.instance(name)
    site.add_worklog(simulated.key, site.worklogs_of(simulated)[0].author.key, stage.sim.world.clock.now(), 600)
    stage.later()
    response = signed_in.post(f"/issues/{issue.pk}/sync/", {"next": "/worklogs/"}, follow=True)
    assert response.redirect_chain == [("/worklogs/", 302)]
    assert "Sync finished: 1 new, 0 changed, 0 deleted" in response.content.decode()
    entry = AuditEntry.objects.get(action="issue synced")
    assert entry.detail["issue"] == str(issue)


@pytest.mark.parametrize("name", ["norte"])
def test_a_jira_that_refuses_is_told_in_words(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, signed_in: Client
) -> None:
    stage.sim.world.instance(name).token = "another"  # noqa: S105 - the simulator's
    page = signed_in.post(f"/issues/{issue.pk}/sync/", {"next": "/worklogs/"}, follow=True).content.decode()
    assert "rejected the token (401)" in page


@pytest.mark.parametrize("name", ["norte"])
def test_an_instance_that_is_switched_off_is_left_alone(
    stage: Stage, name: str, instance: JiraInstance, issue: Issue, signed_in: Client
) -> None:
    JiraInstance.objects.update(is_active=False)
    page = signed_in.post(f"/issues/{issue.pk}/sync/", {"next": "/worklogs/"}, follow=True).content.decode()
    assert "norte is inactive" in page
    assert not SyncRun.objects.filter(issue=issue).exists()
