"""A sync run's life: queued, claimed under a lease, told as it goes, ended. Only this module changes its status."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from integrations.limits import hurry
from integrations.models import LEASE, SyncChange, SyncRun
from worklogs.ingest import Change, Changes
from worklogs.models import Issue, JiraInstance, Person

BEAT = 1.0  # seconds between two words of life
KEPT_CHANGES = 500  # of one run; its counts say how many there were
KEPT_WARNINGS = 50

Status = SyncRun.Status


class AlreadyRunning(Exception):
    """Another process is reading this instance."""


class RunCancelled(Exception):
    """Somebody asked to stop, and the run has stopped between two pages."""


class LeaseLost(Exception):
    """This process was silent for too long, and another one has taken the instance over."""


def queue_run(
    instance: JiraInstance,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    full: bool = False,
    issue: Issue | None = None,
    confirm_deletions: bool = False,
    trigger: str = "command",
    user: User | None = None,
) -> SyncRun:
    mode = SyncRun.Mode.FULL if full else SyncRun.Mode.RANGE if first_day else SyncRun.Mode.INCREMENTAL
    if issue:
        mode = SyncRun.Mode.ISSUE
    return SyncRun.objects.create(
        instance=instance,
        mode=mode,
        first_day=first_day,
        last_day=last_day,
        issue=issue,
        confirm_deletions=confirm_deletions,
        trigger=trigger,
        user=user,
    )


def claim(run: SyncRun) -> None:
    """Takes the lease of the run's instance, from a dead run where there is one; AlreadyRunning when it is alive."""
    for other in SyncRun.objects.filter(instance=run.instance, status=Status.RUNNING).exclude(pk=run.pk):
        if not _bury(other):
            raise AlreadyRunning(
                f"{run.instance} is already syncing (since {other.started_at:%H:%M} UTC). "
                "Wait until it finishes, or cancel it on the Sync page."
            )
    now = timezone.now()
    try:
        with transaction.atomic():
            claimed = SyncRun.objects.filter(pk=run.pk, status=Status.QUEUED).update(
                status=Status.RUNNING, started_at=now, heartbeat_at=now, owner=this_process()
            )
    except IntegrityError:
        claimed = 0
    if not claimed:
        raise AlreadyRunning(f"{run.instance} is already syncing.")
    run.refresh_from_db()


def _bury(run: SyncRun) -> bool:
    """Marks a dead run as failed; False when it lives. Its checkpoint stays for the next run to go on from."""
    silent = timezone.now() - LEASE
    alive = SyncRun.objects.filter(pk=run.pk, status=Status.RUNNING)
    if not _owner_is_dead(run.owner):
        alive = alive.filter(heartbeat_at__lt=silent)
    error = "The sync stopped unexpectedly. The next one continues where it left off."
    if not alive.update(status=Status.FAILED, finished_at=timezone.now(), errors=[error]):
        return False
    run.status, run.errors = Status.FAILED, [error]
    audit_end(run)
    return True


def bury_the_dead() -> list[SyncRun]:
    """Ends every run of the company whose process has died, and returns them."""
    return [run for run in SyncRun.objects.filter(status=Status.RUNNING) if _bury(run)]


def resumable(run: SyncRun, source: str) -> dict[str, Any]:
    """The checkpoint of the run before, when that asked the same of the same source and did not come to its end; {}
    after a day."""
    begun = SyncRun.objects.filter(instance=run.instance, pk__lt=run.pk, started_at__isnull=False)
    before = begun.exclude(mode=SyncRun.Mode.ISSUE).order_by("-pk").first()
    if before is None or before.status == Status.SUCCEEDED or before.unconfirmed_deletions or not before.checkpoint:
        return {}
    asked = (before.mode, before.first_day, before.last_day, before.checkpoint.get("source", source))
    same = asked == (run.mode, run.first_day, run.last_day, source)
    # The first of a row of dead runs counts: what it read must not grow old by being handed on.
    age = timezone.now() - datetime.fromtimestamp(before.checkpoint["started"] / 1000, UTC)
    return dict(before.checkpoint) if same and age < timedelta(days=1) else {}


@cache
def this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{_born(os.getpid())}"


def _born(pid: int) -> str:
    """When the process started, where the system tells: a number may be given to another process later."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _owner_is_dead(owner: str) -> bool:
    """True when that process ran on this machine and is gone; of another machine nobody here can tell."""
    host, _, rest = owner.partition("/")
    pid, _, born = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _born(int(pid)) != born


class Telling:
    """Tells in its SyncRun what a running sync does, and learns there that it shall stop."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.stop = threading.Event()
        self.requests: Callable[[], int] = lambda: 0
        self._thread = threading.get_ident()
        self._beaten = time.monotonic()
        self._kept = 0

    def wait(self, seconds: float) -> None:
        """Sleeps, showing life; from a client's worker thread only sleeps."""
        if self.stop.is_set():
            raise RunCancelled
        if threading.get_ident() == self._thread and time.monotonic() - self._beaten >= BEAT:
            self.beat()
        if seconds > 0:
            time.sleep(seconds)

    def beat(self) -> None:
        """Writes progress and renews the lease; raises RunCancelled, OutOfTime or LeaseLost."""
        hurry()
        self._beaten = time.monotonic()
        self.run.heartbeat_at = timezone.now()
        self.run.requests = self.requests()
        told = ("phase", "done", "total", "requests", "warnings", "heartbeat_at")
        mine = self._mine()
        if not mine.update(**{name: getattr(self.run, name) for name in told}):
            self.stop.set()
            raise LeaseLost("Another process has taken this instance over.")
        if mine.filter(cancel_requested=True).exists():
            self.stop.set()
            raise RunCancelled

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that is undone when the lease is lost: a process that slept through it writes nothing."""
        with transaction.atomic():
            yield
            self.beat()

    def phase(self, phase: SyncRun.Phase) -> None:
        self.run.phase = phase
        self.beat()

    def progress(self, done: int, total: int | None) -> None:
        self.run.done, self.run.total = done, total

    def checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """From where the next run goes on when this one dies."""
        self.run.checkpoint = checkpoint
        self._mine().update(checkpoint=checkpoint)

    def warn(self, warning: str, *, is_another: bool = False) -> None:
        """Once, but for what `is_another` thing that is told in the same words."""
        if (is_another or warning not in self.run.warnings) and len(self.run.warnings) < KEPT_WARNINGS:
            self.run.warnings = [*self.run.warnings, warning]

    def count(self, changes: Changes) -> None:
        """Adds what a page did, in the page's transaction."""
        counts = {
            "read": changes.created + changes.updated + changes.unchanged,
            "created": changes.created,
            "updated": changes.updated,
            "unchanged": changes.unchanged,
            "deleted": changes.deleted,
        }
        for name, count in counts.items():
            setattr(self.run, name, getattr(self.run, name) + count)
        SyncRun.objects.filter(pk=self.run.pk).update(**{name: F(name) + count for name, count in counts.items()})
        self._keep(changes.listed)

    def _keep(self, changes: list[Change]) -> None:
        kept = changes[: KEPT_CHANGES - self._kept]
        if not kept:
            return
        self._kept += len(kept)
        people = _names(Person, {change.person_id for change in kept})
        issues = _names(Issue, {change.issue_id for change in kept})
        SyncChange.objects.bulk_create(
            SyncChange(
                run=self.run,
                external_id=change.external_id,
                issue=issues.get(change.issue_id, ""),
                person=people.get(change.person_id, ""),
                day=change.day,
                before=change.before,
                after=change.after,
            )
            for change in kept
        )

    def end(self, status: SyncRun.Status, errors: Iterable[str] = ()) -> bool:
        """The run's last word; False when it has been taken over, and then stays as it was left."""
        self.run.requests = self.requests()
        self.run.status, self.run.finished_at, self.run.errors = status, timezone.now(), list(errors)
        told = ("status", "phase", "done", "total", "requests", "finished_at", "errors", "warnings")
        last = {name: getattr(self.run, name) for name in (*told, "unconfirmed_deletions")}
        if not self._mine().update(**last):
            return False
        audit_end(self.run)
        return True

    def postpone(self) -> None:
        """Back into the queue: what has been written stays, and will be found unchanged and counted again."""
        none_yet = dict.fromkeys(("read", "created", "updated", "unchanged", "deleted"), 0)
        self._mine().update(status=Status.QUEUED, phase=SyncRun.Phase.CONNECT, owner="", started_at=None, **none_yet)

    def _mine(self) -> "QuerySet[SyncRun]":
        return SyncRun.objects.filter(pk=self.run.pk, status=Status.RUNNING, owner=self.run.owner)


def audit_end(run: SyncRun) -> None:
    """Of what runs by itself, day and night, only that it went wrong, and not again for as long as it does."""
    if run.trigger == "schedule":
        before = SyncRun.objects.filter(instance=run.instance, pk__lt=run.pk).order_by("-pk").first()
        if run.status == Status.SUCCEEDED or (before and before.errors == run.errors):
            return
    counts = {"new": run.created, "changed": run.updated, "deleted": run.deleted}
    told = {"instance": run.instance.name, "run": run.pk, "result": str(run.status), **counts}
    audit.record("sync ended", user=run.user, company=run.company, **told, errors=run.errors)


def _names(model: type[Person] | type[Issue], ids: set[int]) -> dict[int, str]:
    return {row.pk: str(row)[:255] for row in model.objects.filter(pk__in=ids)}


def request_cancel(run: SyncRun) -> None:
    """A queued run ends at once, a running one at its next page."""
    ended = SyncRun.objects.filter(pk=run.pk, status=Status.QUEUED)
    if not ended.update(status=Status.CANCELLED, finished_at=timezone.now()):
        SyncRun.objects.filter(pk=run.pk, status=Status.RUNNING).update(cancel_requested=True)
