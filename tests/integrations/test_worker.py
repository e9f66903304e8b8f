import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.tenancy import company_scope
from integrations.management.commands.worker import stopping
from integrations.models import LEASE, SyncRun, SyncSchedule
from integrations.runs import claim, queue_run, request_cancel
from integrations.tasks import enqueue, run_sync, tick
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import JiraInstance

pytestmark = pytest.mark.django_db(transaction=True)

Status = SyncRun.Status
NO_SUCH_PROCESS = f"{os.uname().nodename}/{2**22 + 1}/1"


@pytest.fixture
def instance(in_alborada: Cast) -> JiraInstance:
    """Without a token, so that reading it fails at once and asks nobody."""
    return InstanceFactory.create()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Of signals: the command sets its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    stopping.clear()
    for number, handler in before.items():
        signal.signal(number, handler)


def work() -> None:
    call_command("worker", once=True, stdout=StringIO())


def work_all() -> None:
    for _ in range(5):
        work()


def statuses() -> list[str]:
    return list(SyncRun.objects.order_by("id").values_list("status", flat=True))


def test_a_queued_sync_is_run(instance: JiraInstance) -> None:
    enqueue([instance], trigger="page")
    assert statuses() == [Status.QUEUED]
    work_all()
    run = SyncRun.objects.get()
    assert run.status == Status.FAILED
    assert "has no Jira token" in run.errors[0]
    work_all()
    assert SyncRun.objects.count() == 1


def test_an_instance_that_waits_or_is_read_is_not_queued_again(instance: JiraInstance) -> None:
    assert len(enqueue([instance], trigger="page")) == 1
    assert enqueue([instance], trigger="page") == []
    claim(SyncRun.objects.get())
    assert enqueue([instance], trigger="page") == []


def test_the_automatic_sync_is_off_until_it_is_switched_on(instance: JiraInstance) -> None:
    tick(timezone.now())
    SyncSchedule.objects.create()
    tick(timezone.now())
    assert statuses() == []


def test_the_automatic_sync_comes_when_it_is_due(instance: JiraInstance) -> None:
    InstanceFactory(is_active=False)
    SyncSchedule.objects.create(every_minutes=30)
    now = timezone.now()

    def queued_after(when: datetime) -> int:
        tick(when)
        SyncRun.objects.update(status=Status.SUCCEEDED)
        return SyncRun.objects.count()

    assert queued_after(now) == 1
    assert queued_after(now + timedelta(minutes=29)) == 1
    assert queued_after(now + timedelta(minutes=30)) == 2
    assert set(SyncRun.objects.values_list("instance", "trigger")) == {(instance.pk, "schedule")}


def test_each_companys_automatic_sync_is_its_own(instance: JiraInstance, meridiana: Cast) -> None:
    SyncSchedule.objects.create(every_minutes=30)
    with company_scope(meridiana.company):
        InstanceFactory.create()
    tick(timezone.now())
    assert SyncRun.objects.count() == 1
    with company_scope(meridiana.company):
        assert SyncRun.objects.count() == 0


def test_a_dead_run_is_taken_over_once(instance: JiraInstance) -> None:
    day = timezone.now().date()
    queue_run(instance, first_day=day, last_day=day, confirm_deletions=True)
    for expected in ([Status.FAILED, Status.QUEUED], [Status.FAILED, Status.FAILED]):
        claim(SyncRun.objects.latest("id"))
        SyncRun.objects.filter(status=Status.RUNNING).update(owner=NO_SUCH_PROCESS)
        tick(timezone.now())
        tick(timezone.now())
        assert statuses() == expected
    taken_over = SyncRun.objects.latest("id")
    assert (taken_over.trigger, taken_over.mode, taken_over.first_day) == ("takeover", SyncRun.Mode.RANGE, day)
    assert taken_over.confirm_deletions


def test_a_dead_run_that_was_to_be_cancelled_is_not_taken_over(instance: JiraInstance) -> None:
    run = queue_run(instance)
    claim(run)
    request_cancel(run)
    SyncRun.objects.update(owner=NO_SUCH_PROCESS)
    tick(timezone.now())
    assert statuses() == [Status.FAILED]


def test_a_living_run_is_left_alone(instance: JiraInstance) -> None:
    claim(queue_run(instance))
    tick(timezone.now())
    assert statuses() == [Status.RUNNING]


def test_a_cancelled_run_is_not_begun(instance: JiraInstance) -> None:
    (run,) = enqueue([instance], trigger="page")
    request_cancel(run)
    work_all()
    assert statuses() == [Status.CANCELLED]


def test_a_run_whose_task_was_lost_gets_another(instance: JiraInstance) -> None:
    """Its worker had taken the task and died before the run began."""
    enqueue([instance], trigger="page")
    DBTaskResult.objects.update(status="RUNNING")
    work_all()
    assert statuses() == [Status.QUEUED]
    SyncRun.objects.update(queued_at=timezone.now() - LEASE - timedelta(seconds=1))
    work_all()
    assert statuses() == [Status.FAILED]
    assert DBTaskResult.objects.count() == 2


def test_a_run_that_waits_long_behind_others_keeps_its_one_task(instance: JiraInstance) -> None:
    enqueue([instance], trigger="page")
    for _ in range(3):
        tick(timezone.now() + 10 * LEASE)
    assert DBTaskResult.objects.count() == 1


def test_a_sync_that_the_worker_was_stopped_in_is_queued_again(in_alborada: Cast, instance: JiraInstance) -> None:
    def stop(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "integrations_jiracredential"' in sql:
            raise KeyboardInterrupt  # as the signal's handler does, wherever the sync is
        return execute(sql, params, many, context)

    (run,) = enqueue([instance], trigger="page")
    with connection.execute_wrapper(stop), pytest.raises(KeyboardInterrupt):
        run_sync.call(in_alborada.company.pk, run.pk)
    assert statuses() == [Status.CANCELLED, Status.QUEUED]
    assert SyncRun.objects.latest("id").trigger == "takeover"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_stop_the_worker(instance: JiraInstance, number: signal.Signals) -> None:
    work()
    assert signal.getsignal(number) is signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
