"""A lease, not luck, keeps two readings of one instance apart."""

import socket
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from integrations import runs
from integrations.models import LEASE, Cursor, SyncRun
from integrations.runs import claim, queue_run, request_cancel
from integrations.sync import sync
from tests.integrations.sync.stage import FIRST, LAST, Stage, assert_totals_are_right, stored
from worklogs.models import JiraInstance, Worklog

Status = SyncRun.Status
WHOLE = {"first_day": FIRST, "last_day": LAST}
OF_ANOTHER_MACHINE = "elsewhere/1/1"
OF_A_DEAD_PROCESS = f"{socket.gethostname()}/{2**22 + 1}/1"  # beyond the largest number of a process


def running(instance: JiraInstance, owner: str, **asked: object) -> SyncRun:
    run = queue_run(instance, **asked)  # type: ignore[arg-type]
    claim(run)
    SyncRun.objects.filter(pk=run.pk).update(owner=owner)
    run.refresh_from_db()
    return run


def test_a_second_reading_of_an_instance_is_refused_with_an_error(stage: Stage) -> None:
    instance = stage.connect("norte")
    first = running(instance, OF_ANOTHER_MACHINE)
    refused = stage.attempt(instance)
    assert refused.status == Status.FAILED
    assert "is already syncing" in refused.errors[0]
    assert stage.sim.requests == []
    assert not Worklog.objects.exists()
    first.refresh_from_db()
    assert first.status == Status.RUNNING
    instance.refresh_from_db()
    assert instance.sync_error == ""


def test_another_instance_is_read_at_the_same_time(stage: Stage) -> None:
    running(stage.connect("norte"), OF_ANOTHER_MACHINE)
    stage.sync(stage.connect("helvia"))


def test_the_run_of_a_process_that_is_gone_is_taken_over_at_once(stage: Stage) -> None:
    instance = stage.connect("norte")
    dead = running(instance, OF_A_DEAD_PROCESS)
    stage.sync(instance)
    dead.refresh_from_db()
    assert dead.status == Status.FAILED
    assert "stopped unexpectedly" in dead.errors[0]


@pytest.mark.parametrize(("silence", "expected"), [(LEASE, "failed"), (LEASE + timedelta(seconds=1), "succeeded")])
def test_the_run_of_another_machine_is_taken_over_after_its_lease(
    stage: Stage, silence: timedelta, expected: str
) -> None:
    instance = stage.connect("norte")
    running(instance, OF_ANOTHER_MACHINE)
    stage.later(silence.total_seconds())
    assert stage.attempt(instance).status == expected


class Sleeper:
    """Stops the process, as it were, before one of its statements; another one takes the instance over meanwhile."""

    def __init__(self, run: SyncRun, word: str) -> None:
        self.run, self.word, self.slept = run, word, False

    def __call__(self, execute, sql, params, many, context):
        if self.word in sql and not self.slept:
            self.slept = True
            SyncRun.objects.filter(pk=self.run.pk).update(status=Status.FAILED, finished_at=timezone.now())
        return execute(sql, params, many, context)


@pytest.mark.parametrize(
    "word",
    [
        "SELECT external_id",
        'INSERT INTO "worklogs_issue"',
        "INSERT INTO worklogs_worklog",
        'INSERT INTO "integrations_cursor"',
        'INSERT INTO "worklogs_jiraaccount"',
    ],
)
def test_a_process_that_wakes_up_without_its_lease_writes_nothing(stage: Stage, word: str) -> None:
    instance = stage.connect("alborada")
    run = queue_run(instance)
    sleeper = Sleeper(run, word)
    with connection.execute_wrapper(sleeper):
        sync(run)
    assert sleeper.slept
    assert run.read == Worklog.objects.count()  # what it counts, it wrote while it had the lease
    assert not Cursor.objects.exists()
    instance.refresh_from_db()
    assert instance.synced_at is None
    assert_totals_are_right()
    run.delete()  # the one connection of a test undid the takeover as well
    stage.sync(instance, full=True)
    assert stored(instance) == stage.told("alborada", tempo=True)


def test_a_run_goes_on_where_the_one_before_it_died(stage: Stage) -> None:
    instance = stage.connect("alborada")
    whole = len(stage.requests_of(lambda: stage.sync(instance, **WHOLE)))
    Worklog.objects.all().delete()
    stage.later()
    stage.sim.faults.replace("401:match=/4/worklogs,after=9")
    assert stage.attempt(instance, **WHOLE).status == Status.FAILED
    stage.sim.faults.replace("401:match=/4/worklogs,after=1")  # and again, before its first chunk
    assert stage.attempt(instance, **WHOLE).status == Status.FAILED
    running(instance, OF_ANOTHER_MACHINE)
    stage.attempt(instance, **WHOLE)  # and one is refused
    SyncRun.objects.filter(status=Status.RUNNING).delete()
    stage.sim.faults.replace("")
    rest = len(stage.requests_of(lambda: stage.sync(instance, **WHOLE)))
    assert rest < whole - 5
    assert Worklog.objects.count() == len(stage.told("alborada"))


@pytest.mark.parametrize("name", ["alborada", "norte"])
def test_what_changed_since_in_the_part_that_was_read_is_not_missed(stage: Stage, name: str) -> None:
    instance = stage.connect(name)
    stage.sim.faults.replace("401:match=orklog,after=25" if name == "norte" else "401:match=/4/worklogs,after=9")
    assert stage.attempt(instance, **WHOLE).status == Status.FAILED
    stage.sim.faults.replace("")
    site = stage.sim.world.instance(name)
    gone, edited = list(site.worklogs)[:2]
    source = "tempo" if name == "alborada" else "jira"
    assert runs.resumable(queue_run(instance, **WHOLE), source) != {}  # type: ignore[arg-type]
    site.delete_worklog(gone)
    site.edit_worklog(edited, seconds=60)
    stage.later()
    stage.sync(instance, **WHOLE)
    assert stored(instance) == stage.told(name, tempo=name == "alborada")


@pytest.mark.parametrize("asked", [{}, {"full": True}, {"first_day": FIRST, "last_day": FIRST}], ids=str)
def test_another_question_starts_afresh(stage: Stage, asked: dict[str, object]) -> None:
    instance = stage.connect("alborada")
    stage.sim.faults.replace("401:match=/4/worklogs,after=9")
    stage.attempt(instance, **WHOLE)
    assert runs.resumable(queue_run(instance, **WHOLE), "tempo") != {}  # type: ignore[arg-type]
    assert runs.resumable(queue_run(instance, **WHOLE), "jira") == {}  # type: ignore[arg-type]
    assert runs.resumable(queue_run(instance, **asked), "tempo") == {}  # type: ignore[arg-type]


def test_what_was_read_more_than_a_day_ago_is_read_again(stage: Stage) -> None:
    instance = stage.connect("alborada")
    stage.sim.faults.replace("401:match=/4/worklogs,after=9")
    stage.attempt(instance, **WHOLE)
    for _ in range(3):
        stage.later(9 * 3600)
        stage.sim.faults.replace("401:match=/4/worklogs,after=1")
        stage.attempt(instance, **WHOLE)
    assert runs.resumable(queue_run(instance, **WHOLE), "jira") == {}  # type: ignore[arg-type]


def test_a_run_that_waits_is_cancelled_at_once(stage: Stage) -> None:
    run = queue_run(stage.connect("norte"))
    request_cancel(run)
    sync(run)
    assert run.status == Status.CANCELLED
    assert stage.sim.requests == []


def test_a_run_that_reads_is_cancelled_at_its_next_page(stage: Stage) -> None:
    instance = stage.connect("alborada")
    run = queue_run(instance)
    calls = []

    def cancel(execute, sql, params, many, context):
        if "INSERT INTO worklogs_worklog" in sql:
            calls.append(sql)
            if len(calls) == 3:
                request_cancel(SyncRun.objects.get(pk=run.pk))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(cancel):
        sync(run)
    assert run.status == Status.CANCELLED
    assert run.errors == []
    assert len(calls) == 3
    assert_totals_are_right()
    stage.sync(instance)
    assert stored(instance) == stage.told("alborada", tempo=True)
