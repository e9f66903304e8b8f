"""What the worker does: queued syncs, and each company's automatic one."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from accounts import audit
from accounts.models import Company, User
from accounts.tenancy import company_scope, current_company_id
from integrations.connection import access_to, connect
from integrations.directory import FETCHES
from integrations.models import LEASE, SyncRun, SyncSchedule
from integrations.runs import bury_the_dead, queue_run
from integrations.secrets import UnreadableSecret
from integrations.session import ApiError
from integrations.sync import sync
from worklogs.models import Issue, JiraInstance
from worklogs.schedules import send_due

PATIENCE = 6.0  # seconds that a person waits for a page


@task()
def run_sync(company_id: int, run_id: int) -> None:
    with company_scope(company_id):
        run = SyncRun.objects.get(pk=run_id)
        if run.status != SyncRun.Status.QUEUED:
            return
        try:
            sync(run)
        except KeyboardInterrupt:  # the worker is being stopped: the next one goes on with it
            take_over(run)
            raise


def enqueue(
    instances: Sequence[JiraInstance],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    full: bool = False,
    issue: Issue | None = None,
    confirm_deletions: bool = False,
    trigger: str,
    user: User | None = None,
) -> list[SyncRun]:
    """Queues a run for each instance that has none waiting or running."""
    runs = []
    for instance in instances:
        busy = SyncRun.objects.filter(instance=instance, status__in=[SyncRun.Status.QUEUED, SyncRun.Status.RUNNING])
        if busy.exists():
            continue
        with transaction.atomic():
            run = queue_run(
                instance,
                first_day=first_day,
                last_day=last_day,
                full=full,
                issue=issue,
                confirm_deletions=confirm_deletions,
                trigger=trigger,
                user=user,
            )
            run_sync.enqueue(current_company_id(), run.pk)
        runs.append(run)
    return runs


def sync_issue(issue: Issue, user: User | None) -> SyncRun:
    """At once; what takes longer than PATIENCE is left to the worker, and the run is then still queued."""
    run = sync(queue_run(issue.instance, issue=issue, trigger="page", user=user), patience=PATIENCE)
    if run.status == SyncRun.Status.QUEUED:
        run_sync.enqueue(current_company_id(), run.pk)
    return run


@task()
def fetch(company_id: int, user_id: int, instance_id: int, what: str) -> None:
    """What took longer than a page can wait; the audit log tells how it ended."""
    with company_scope(company_id):
        instance, user = JiraInstance.objects.get(pk=instance_id), User.objects.get(pk=user_id)
        told: dict[str, Any] = {"row": instance.name, "id": instance.pk}
        try:
            with connect(access_to(instance), time.sleep) as connection:
                action, told = f"{what} fetched", told | asdict(FETCHES[what](instance, connection.jira))
        except (ApiError, UnreadableSecret) as error:
            action, told = "instance unreachable", told | {"reason": str(error)}
        audit.record(action, user=user, company=Company.objects.get(pk=company_id), **told)


def tick(now: datetime) -> None:
    """Takes over what a dead process left, queues the automatic syncs that are due, and sends the reports that are."""
    for company in Company.objects.all():
        with company_scope(company):
            for dead in bury_the_dead():
                take_over(dead)
            give_tasks(now)
            for schedule in SyncSchedule.objects.all():
                if schedule.is_due(now):
                    schedule.last_queued_at = now
                    schedule.save(update_fields=["last_queued_at"])
                    enqueue(list(JiraInstance.objects.filter(is_active=True)), trigger="schedule")
    send_due(now)


def give_tasks(now: datetime) -> None:
    """To each run that waits without one: its command died before it began, or the worker that had taken its task."""
    waiting = {tuple(task["args"]) for task in DBTaskResult.objects.ready().values_list("args_kwargs", flat=True)}
    for run in SyncRun.objects.filter(status=SyncRun.Status.QUEUED, queued_at__lt=now - LEASE):
        if (current_company_id(), run.pk) not in waiting:
            run_sync.enqueue(current_company_id(), run.pk)


def take_over(dead: SyncRun) -> None:
    """Queues the dead run's work again, once: a run that kills its worker must not do so for ever."""
    if dead.trigger != "takeover" and not dead.cancel_requested:
        enqueue(
            [dead.instance],
            first_day=dead.first_day,
            last_day=dead.last_day,
            full=dead.mode == SyncRun.Mode.FULL,
            issue=dead.issue,
            confirm_deletions=dead.confirm_deletions,
            trigger="takeover",
            user=dead.user,
        )
