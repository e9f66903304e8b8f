"""Reads one instance: source -> parse -> ingest, one transaction a page, told in a SyncRun."""

import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.connection import Connection, access_to, connect
from integrations.hierarchy import IssueReader
from integrations.jira.parse import parse_account
from integrations.models import Cursor, Feed, SyncRun
from integrations.runs import AlreadyRunning, LeaseLost, OutOfTime, RunCancelled, Telling, audit_end, claim, resumable
from integrations.secrets import UnreadableSecret
from integrations.session import ApiError
from integrations.sources import UNAVAILABLE, FeedStep, Missing, now_in_milliseconds
from worklogs.ingest import AccountBook, IssueBook, WorklogBook, WorklogRecord
from worklogs.ingest.totals import mark_changed
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.periods import Period, add_months

logger = logging.getLogger(__name__)

OVERLAP = 5 * 60 * 1000  # ms: Jira's feeds keep back the last minute, and clocks differ
FIRST_MONTHS = 12  # that a first sync reads back, and ahead for time that is planned
BATCH = 1000
Phase, Status, Mode = SyncRun.Phase, SyncRun.Status, SyncRun.Mode

Key = tuple[str, str]  # source and external id of a worklog


@dataclass
class Gone:
    """What is stored of the days that were read and was not given: `keys`; how many were `stored`, how many `seen`."""

    keys: list[Key] = field(default_factory=list)
    stored: int = 0
    seen: int = 0

    def add(self, before: Sequence[Key], seen: Collection[Key]) -> None:
        self.keys += [key for key in before if key not in seen]
        self.stored += len(before)
        self.seen += len(seen)


def sync(run: SyncRun, *, patience: float | None = None) -> SyncRun:
    """Does a queued run to its end; what goes wrong is told in the run and raised to nobody.

    What takes longer than `patience` seconds is left queued, for the worker.
    """
    try:
        claim(run)
    except AlreadyRunning as error:
        SyncRun.objects.filter(pk=run.pk, status=Status.QUEUED).update(
            status=Status.FAILED, finished_at=timezone.now(), errors=[str(error)]
        )
        run.refresh_from_db()
        audit_end(run)
        return run
    telling = Telling(run, patience)
    try:
        with connect(access_to(run.instance), telling.wait) as connection:
            telling.requests = lambda: connection.requests
            reading = Reading(run, connection, telling)
            reading.read()
        if reading.refused:
            _fail(telling, _deletions_to_confirm(run, reading.refused))
        else:
            _succeed(telling)
    except RunCancelled:
        telling.end(Status.CANCELLED)
    except OutOfTime:
        telling.postpone()
    except LeaseLost as error:
        logger.warning("sync of %s: %s", run.instance, error)
    except (ApiError, UnreadableSecret) as error:
        _fail(telling, str(error))
    except KeyboardInterrupt:
        telling.end(Status.CANCELLED, ["Interrupted. The next run goes on where it stopped."])
        raise
    except Exception:
        reference = uuid.uuid4().hex[:8]
        logger.exception("sync of %s failed (%s)", run.instance, reference)
        _fail(telling, f"An error of this product stopped the sync; the log says more under {reference}.")
    run.refresh_from_db()
    return run


def _succeed(telling: Telling) -> None:
    with transaction.atomic():
        if telling.end(Status.SUCCEEDED):
            _tell_instance(telling.run, synced_at=timezone.now(), sync_error="")


def _fail(telling: Telling, error: str) -> None:
    with transaction.atomic():
        if telling.end(Status.FAILED, [error]):
            _tell_instance(telling.run, sync_error=error)


def _tell_instance(run: SyncRun, **told: object) -> None:
    """A run of one issue says nothing of how old, or how well, its instance is read."""
    if run.mode != Mode.ISSUE:
        JiraInstance.objects.filter(pk=run.instance_id).update(**told)
    mark_changed()


def _deletions_to_confirm(run: SyncRun, count: int) -> str:
    return (
        f"{run.instance} no longer shows {count} worklogs, more than half of those stored. "
        "They were kept. If they are really gone, run again with --confirm-deletions."
    )


class Reading:
    """One run's work, between its claim and its end."""

    def __init__(self, run: SyncRun, connection: Connection, telling: Telling) -> None:
        self.run, self.connection, self.telling = run, connection, telling
        self.source = connection.source
        self.accounts = AccountBook(run.instance)
        self.issues = IssueBook(run.instance)
        self.worklogs = WorklogBook(run.instance, self.accounts, self.issues)
        self.reader = IssueReader(connection.jira, self.issues)
        self.started = now_in_milliseconds()
        self.today = timezone.now().astimezone(connection.zone).date()
        self.refused = 0  # deletions too many to be believed

    def read(self) -> None:
        self.telling.phase(Phase.CONNECT)
        self.connection.check(self.today)
        self.telling.phase(Phase.WORKLOGS)
        match self.run.mode:
            case Mode.RANGE:
                self._read_period(Period(self.run.first_day, self.run.last_day))  # type: ignore[arg-type]
            case Mode.ISSUE:
                self._read_one(self.run.issue)
            case Mode.FULL:
                self._read_everything()
                if not self.refused:
                    self._follow_from(self.started)
            case Mode.INCREMENTAL if self._follows_feeds():
                self._read_changes()
            case Mode.INCREMENTAL:
                self._read_first_time()
        self.telling.phase(Phase.ISSUES)
        self._name_accounts()
        if self.run.mode != Mode.ISSUE:
            self._warn_of_unread_issues()

    # One issue

    def _read_one(self, issue: Issue) -> None:
        """Its fields and all its worklogs. What a source tells as deleted goes without a question: of an issue with
        one worklog, that one is always more than half."""
        records = self.reader.read([issue.external_id])
        if issue.external_id not in {record.external_id for record in records}:
            text = f"{issue} can no longer be seen: deleted in Jira, or hidden from this account. Its hours were kept."
            raise ApiError(text, permanent=True)
        with self.telling.writing():
            self.issues.upsert(records)
        before = list(Worklog.objects.filter(issue=issue).values_list("source", "external_id"))
        seen: set[Key] = set()
        for page in self.source.read_issue(issue.external_id):
            self._store(page)
            seen |= {(record.source, record.external_id) for record in page}
        gone = Gone()
        gone.add(before, seen)
        gone.keys = self._without_superseded(gone.keys, len(seen))
        told = self._told_deleted(gone.keys)
        self._remove(told)
        gone.keys = [key for key in gone.keys if key not in told]
        self._reconcile(gone)

    def _told_deleted(self, keys: Sequence[Key]) -> list[Key]:
        own = [external_id for source, external_id in keys if source == self.source.name]
        told = self.source.told_deleted(self._missing(own))
        return [(self.source.name, external_id) for external_id in own if external_id in told]

    # A period, everything

    def _read_period(self, period: Period) -> None:
        """Chunk by chunk; what was not given by a complete reading is reconciled at the end."""
        done = resumable(self.run)
        self.telling.checkpoint(done)  # at once: should this run die before its first chunk, the next one has it too
        self.started = done.get("started", self.started)
        gone = Gone([(source, external_id) for source, external_id in done.get("keys", [])], *done.get("counts", []))
        for chunk in self.source.chunks(period):
            if done.get("through", "") >= chunk.last.isoformat():
                continue
            before = self._stored(chunk)
            seen = self._read_chunk(chunk, period)
            gone.add(before, seen)
            gone.keys = self._without_superseded(gone.keys, len(seen))
            self.telling.checkpoint(
                {
                    "started": self.started,
                    "through": chunk.last.isoformat(),
                    "keys": gone.keys,
                    "counts": [gone.stored, gone.seen],
                }
            )
        if done:
            self._catch_up()
        self._reconcile(gone)

    def _catch_up(self) -> None:
        """What has changed since, in the chunks that an earlier run had read."""
        for step in self.source.changes(self.started - OVERLAP):
            self._store(step.records)
        for step in self._deletions(self.started - OVERLAP):
            self._remove([(self.source.name, external_id) for external_id in step.deleted])

    def _read_chunk(self, chunk: Period, period: Period) -> set[Key]:
        days_before = (chunk.first - period.first).days

        def progress(part: float) -> None:
            self.telling.progress(days_before + round(part * chunk.days), period.days)

        seen: set[Key] = set()
        for records in self.source.read(chunk, progress):
            self._store(records)
            seen |= {(record.source, record.external_id) for record in records}
        progress(1)
        return seen

    def _read_everything(self) -> None:
        before: list[Key] = self._stored(None)
        seen: set[Key] = set()
        for records in self.source.read_all(lambda part: self.telling.progress(round(part * 100), 100)):
            self._store(records)
            seen |= {(record.source, record.external_id) for record in records}
        gone = Gone()
        gone.add(before, seen)
        self._reconcile(gone)

    # Feeds

    def _follows_feeds(self) -> bool:
        """Whether an earlier run came to its end, and of this source: a Tempo that is new here is read afresh."""
        has_cursor = Cursor.objects.filter(instance=self.run.instance, source=self.source.name).exists()
        return has_cursor and not self._of_other_source().exists()

    def _of_other_source(self) -> "QuerySet[Worklog]":
        return Worklog.objects.filter(instance=self.run.instance).exclude(source=self.source.name)

    def _read_first_time(self) -> None:
        period = Period(add_months(self.today, -FIRST_MONTHS), add_months(self.today, FIRST_MONTHS))
        if self._of_other_source().exclude(day__range=(period.first, period.last)).exists():
            self._read_everything()
        else:
            self._read_period(period)
        if not self.run.unconfirmed_deletions:
            self._follow_from(self.started)

    def _read_changes(self) -> None:
        cursors = dict(
            Cursor.objects.filter(instance=self.run.instance, source=self.source.name).values_list("feed", "position")
        )
        since = cursors.get(Feed.WORKLOGS, self.started)
        # Before the cursor moves: a run that dies later must not leave renames behind it.
        self._read_renames(since)
        for step in self.source.changes(since - OVERLAP):
            self._store(step.records, (Feed.WORKLOGS, step.position))
        self.telling.phase(Phase.DELETIONS)
        for step in self._deletions(cursors.get(Feed.DELETIONS, since) - OVERLAP):
            self._remove_deleted(step)

    def _deletions(self, since: int) -> Iterator[FeedStep]:
        """Ends with a warning where the token may not read them."""
        try:
            yield from self.source.deletions(since)
        except ApiError as error:
            if error.status not in UNAVAILABLE:
                raise
            self.telling.warn(
                f"Deleted worklogs cannot be told apart: {error} Until then, sync the period of a deletion by its days."
            )

    def _follow_from(self, position: int) -> None:
        with self.telling.writing():
            for feed in Feed:
                self._move_cursor(feed, position)

    def _move_cursor(self, feed: str, position: int) -> None:
        """Forwards: a feed without news ends where its reading began, which the overlap put before the cursor."""
        cursor, _ = Cursor.objects.get_or_create(
            instance=self.run.instance, source=self.source.name, feed=feed, defaults={"position": position}
        )
        if cursor.position < position:
            cursor.position = position
            cursor.save(update_fields=["position"])

    def _remove_deleted(self, step: FeedStep) -> None:
        with self.telling.writing():
            self.telling.count(self.worklogs.remove(self.source.name, step.deleted))
            self._move_cursor(Feed.DELETIONS, step.position)

    def _read_renames(self, since: int) -> None:
        """Issues that changed while no time was logged on them: their names, epics and projects."""
        minutes = max(self.started - since, 0) // 60_000 + 10
        try:
            for page in self.connection.jira.search(f"updated >= -{minutes}m"):
                for start in range(0, len(page), BATCH):
                    changed = [str(issue.id) for issue in page[start : start + BATCH]]
                    known = Issue.objects.filter(instance=self.run.instance, external_id__in=changed)
                    self._read_issues(known.values_list("external_id", flat=True))
        except ApiError as error:
            if error.status in (401, 429) or not error.permanent:
                raise
            self.telling.warn(f"Names of issues may be out of date: {error}")

    # Pages into rows

    def _store(self, records: Sequence[WorklogRecord], cursor: tuple[str, int] | None = None) -> None:
        """One page: issues are read first, then everything is written in one transaction, or nothing."""
        issues = self.reader.read({record.issue_id for record in records})
        with self.telling.writing():
            self.issues.upsert(issues)
            for start in range(0, len(records), BATCH):
                self.telling.count(self.worklogs.upsert(records[start : start + BATCH]))
            if cursor:
                self._move_cursor(*cursor)

    def _read_issues(self, external_ids: Iterable[str]) -> None:
        issues = self.reader.read(external_ids)
        with self.telling.writing():
            self.issues.upsert(issues)

    def _stored(self, period: Period | None) -> list[Key]:
        found = Worklog.objects.filter(instance=self.run.instance)
        if period:
            found = found.filter(day__gte=period.first, day__lte=period.last)
        return list(found.values_list("source", "external_id"))

    # What a complete reading did not give

    def _reconcile(self, gone: Gone) -> None:
        """Removes what is gone at the source. More than half of what is stored waits for a yes."""
        self.telling.phase(Phase.DELETIONS)
        missing = [external_id for source, external_id in gone.keys if source == self.source.name]
        lost: list[str] = []
        doubtful = 0
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            recheck = self.source.recheck(self._missing(batch))
            self._store(recheck.found)
            kept = {record.external_id for record in recheck.found}
            if not self.run.confirm_deletions:
                kept |= set(recheck.hidden)
                doubtful += len(recheck.hidden)
            lost += [external_id for external_id in batch if external_id not in kept]
        if (len(lost) + doubtful) * 2 > gone.stored and not self.run.confirm_deletions:
            self._refuse(len(lost) + doubtful)
        else:
            self._doubt(doubtful)
            self._remove([(self.source.name, external_id) for external_id in lost])
        if rest := [key for key in self._without_superseded(gone.keys, gone.seen) if key[0] != self.source.name]:
            self._refuse(len(rest))

    def _missing(self, external_ids: Sequence[str]) -> list[Missing]:
        rows = Worklog.objects.filter(instance=self.run.instance, source=self.source.name, external_id__in=external_ids)
        return [Missing(*row) for row in rows.values_list("external_id", "issue__external_id", "updated_at")]

    def _refuse(self, count: int) -> None:
        self.refused += count
        self.run.unconfirmed_deletions += count

    def _doubt(self, count: int) -> None:
        self.run.unconfirmed_deletions += count
        if count:
            self.telling.warn(
                f"{count} worklogs are on issues that can no longer be seen: deleted, or hidden from this account. "
                "They were kept. If they are really gone, run again with --confirm-deletions."
            )

    def _without_superseded(self, gone: list[Key], seen: int) -> list[Key]:
        """Once this source has told the same days, removes what the other one had told: none counts a second time."""
        superseded = [key for key in gone if key[0] != self.source.name]
        if len(superseded) > 2 * seen and not self.run.confirm_deletions:
            return gone
        self._remove(superseded)
        return [key for key in gone if key[0] == self.source.name]

    def _remove(self, keys: Sequence[Key]) -> None:
        for source in Worklog.Source:
            external_ids = [external_id for of_source, external_id in keys if of_source == source]
            for start in range(0, len(external_ids), BATCH):
                with self.telling.writing():
                    self.telling.count(self.worklogs.remove(source, external_ids[start : start + BATCH]))

    # Names

    def _name_accounts(self) -> None:
        """Tempo tells ids alone; Jira knows the names. A Jira that does not tell them stops nothing."""
        nameless = self.accounts.nameless
        if not nameless:
            return
        try:
            users = self.connection.jira.users(nameless)
        except ApiError as error:
            self.telling.warn(f"Names of {len(nameless)} people could not be read: {error}")
            return
        with self.telling.writing():
            self.accounts.upsert([parse_account(user) for user in users])
            mark_changed()

    def _warn_of_unread_issues(self) -> None:
        if unread := self.issues.unread():
            self._read_issues(unread[:BATCH])
        unreadable = Worklog.objects.filter(instance=self.run.instance, issue__key="")
        if count := unreadable.count():
            self.telling.warn(
                f"{count} worklogs are on issues that this account cannot read; they are counted without a key or an "
                "epic. Give it “Browse projects” on their projects."
            )
