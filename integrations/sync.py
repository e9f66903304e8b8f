"""Reads one instance: source -> parse -> ingest, one transaction a page, told in a SyncRun."""

import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.connection import Connection, access_to, connect
from integrations.directory import name_lists
from integrations.hierarchy import IssueReader
from integrations.jira.parse import parse_account
from integrations.limits import OutOfTime, within
from integrations.models import Cursor, Feed, SyncRun
from integrations.runs import AlreadyRunning, LeaseLost, RunCancelled, Telling, audit_end, claim, resumable
from integrations.secrets import UnreadableSecret
from integrations.session import ApiError
from integrations.sources import UNAVAILABLE, FeedStep, Missing, now_in_milliseconds
from integrations.twins import StoredWorklog, with_twin
from worklogs.coverage import EVERY_DAY, with_read
from worklogs.hours import h_mm
from worklogs.ingest import (
    AccountBook,
    IssueBook,
    IssueRecord,
    UnreadableBook,
    UnreadableRecord,
    WorklogBook,
    WorklogRecord,
)
from worklogs.ingest.totals import mark_changed
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.periods import LongPeriod, Period, add_months

logger = logging.getLogger(__name__)

OVERLAP = 5 * 60 * 1000  # ms: Jira's feeds keep back the last minute, and clocks differ
FIRST_MONTHS = 12  # that a first sync reads back, and ahead for time that is planned
BATCH = 1000
LISTED_BAD_ROWS = 20  # that are warned of one by one
ISSUES_READ_AGAIN = 20  # in a sync, by lot
REMEMBERED = {"worklog", "issue", "change", "deletion"}  # kinds of bad rows on which hours hang
Phase, Status, Mode = SyncRun.Phase, SyncRun.Status, SyncRun.Mode

Key = tuple[str, str]  # source and external id of a worklog
KEY = ("source", "external_id")


@dataclass
class Gone:
    """What is stored of the days that were read and was not given: `keys`; how many were `stored`, how many `seen`."""

    keys: list[Key] = field(default_factory=list)
    stored: int = 0
    seen: int = 0


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
    telling = Telling(run)
    in_time: AbstractContextManager[None] = nullcontext() if patience is None else within(patience)
    try:
        with in_time, connect(access_to(run.instance), telling.wait) as connection:
            telling.requests = lambda: connection.requests
            reading = Reading(run, connection, telling)
            reading.read()
        if reading.refused:
            _fail(telling, _deletions_to_confirm(run, reading.refused))
        else:
            _succeed(telling, reading.days_read)
    except RunCancelled:
        telling.end(Status.CANCELLED)
    except OutOfTime:
        telling.postpone()
    except LeaseLost as error:
        logger.warning("sync of %s: %s", run.instance, error)
    except (ApiError, UnreadableSecret) as error:
        _fail(telling, str(error))
    except KeyboardInterrupt:
        telling.end(Status.CANCELLED, ["Interrupted. The next sync continues where this one stopped."])
        raise
    except Exception:
        reference = uuid.uuid4().hex[:8]
        logger.exception("sync of %s failed (%s)", run.instance, reference)
        _fail(
            telling,
            "The sync stopped because of an internal error. "
            f"Try again, and give the operator the reference {reference} if it happens again.",
        )
    run.refresh_from_db()
    return run


def _succeed(telling: Telling, days_read: Period | None) -> None:
    with transaction.atomic():
        if telling.end(Status.SUCCEEDED):
            _tell_instance(telling.run, synced_at=timezone.now(), sync_error="", **_with_days(telling.run, days_read))


def _with_days(run: SyncRun, days_read: Period | None) -> dict[str, object]:
    instance = JiraInstance.objects.get(pk=run.instance_id)
    return {"days_read": with_read(instance, days_read)} if days_read else {}


def _fail(telling: Telling, error: str) -> None:
    with transaction.atomic():
        if telling.end(Status.FAILED, [error]):
            _tell_instance(telling.run, sync_error=error)


def _tell_instance(run: SyncRun, **told: object) -> None:
    """A run of one issue says nothing of how old, or how well, its instance is read."""
    if run.mode != Mode.ISSUE:
        JiraInstance.objects.filter(pk=run.instance_id).update(**told)
    mark_changed()


def _not_shown(run: SyncRun, missing: Sequence[Missing]) -> str:
    return (
        f"{run.instance} no longer shows {len(missing)} worklogs ({h_mm(sum(each.seconds for each in missing))} hours) "
        "and doesn’t report them as deleted. They may just be hidden from the token’s account. They were kept and "
        "still count. If they no longer exist, confirm their deletion on the sync’s page or with --confirm-deletions."
    )


def _deletions_to_confirm(run: SyncRun, count: int) -> str:
    return (
        f"{run.instance} no longer shows {count} worklogs, more than half of those stored. "
        "They were kept. If they no longer exist, run the sync again with --confirm-deletions."
    )


class Reading:
    """One run's work, between its claim and its end."""

    def __init__(self, run: SyncRun, connection: Connection, telling: Telling) -> None:
        self.run, self.connection, self.telling = run, connection, telling
        self.source = connection.source
        self.accounts = AccountBook(run.instance)
        self.issues = IssueBook(run.instance)
        self.worklogs = WorklogBook(run.instance, self.accounts, self.issues)
        self.unreadable = UnreadableBook(run.instance)
        self.reader = IssueReader(connection.jira, self.issues)
        self.started = now_in_milliseconds()
        self.today = timezone.now().astimezone(connection.zone).date()
        self.noted = 0  # of the connection's bad rows
        self.warned: set[str] = set()  # digests of those without an id
        self.refused = 0  # worklogs that are missing, too many to be believed
        self.saw_nothing = False  # of what is stored: such a source is read afresh the next time
        self.days_read: Period | None = None  # every worklog of these days; what only changed says nothing of them

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
                if not (self.refused or self.saw_nothing):
                    self._follow_from(self.started)
                self.unreadable.settle_unseen()
            case Mode.INCREMENTAL if self._follows_feeds():
                self._read_changes()
            case Mode.INCREMENTAL:
                self._read_first_time()
        if self.run.mode not in (Mode.FULL, Mode.ISSUE):
            self._look_for_rows_without_id()
        self.telling.phase(Phase.ISSUES)
        if self.run.mode == Mode.ISSUE:
            self._name_accounts(self.accounts.nameless)
        else:
            self._read_names()
            self._name_accounts(self.accounts.known)
            self._warn_of_unread_issues()
        self._note_bad_rows()
        if len(self.unreadable.seen) > LISTED_BAD_ROWS:
            self.telling.warn(f"{len(self.unreadable.seen)} invalid rows in total. The dashboard lists them.")

    # One issue

    def _read_one(self, issue: Issue) -> None:
        """Its fields and all its worklogs."""
        records = self.reader.read([issue.external_id])
        self._note_bad_rows()
        is_shown = ("jira", "issue", issue.external_id) in self.unreadable.seen
        if not is_shown and issue.external_id not in {record.external_id for record in records}:
            text = f"{issue} was deleted in Jira or is hidden from the token’s account. Its hours were kept."
            raise ApiError(text, permanent=True)
        with self.telling.writing():
            self._write_issues(records)
        before = list(Worklog.objects.filter(issue=issue).values_list(*KEY))
        ids = self._ids_of_twins(before)
        seen = self._stored_keys(self.source.read_issue(issue.external_id))
        self.unreadable.settle_unseen_without_id(self.source.name, issue.external_id)
        gone = Gone()
        self._compare(gone, before, ids, seen, self._of(self.source.name).filter(issue=issue))
        self._reconcile(gone)

    # A period, everything

    def _read_period(self, period: Period) -> None:
        """Chunk by chunk; what was not given by a complete reading is reconciled at the end."""
        done = resumable(self.run, self.source.name)
        self.telling.checkpoint(done)  # at once: should this run die before its first chunk, the next one has it too
        self.started = done.get("started", self.started)
        gone = Gone([(source, external_id) for source, external_id in done.get("keys", [])], *done.get("counts", []))
        for chunk in self.source.chunks(period):
            if done.get("through", "") >= chunk.last.isoformat():
                continue
            before = self._stored(chunk)
            ids = self._ids_of_twins(before)
            seen = self._read_chunk(chunk, period)
            days = (chunk.first, chunk.last)
            self._compare(gone, before, ids, seen, self._of(self.source.name).filter(day__range=days))
            self.telling.checkpoint(
                {
                    "source": self.source.name,
                    "started": self.started,
                    "through": chunk.last.isoformat(),
                    "keys": gone.keys,
                    "counts": [gone.stored, gone.seen],
                }
            )
        if done:
            self._catch_up()
        self._reconcile(gone)
        self.days_read = period

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

        seen = self._stored_keys(self.source.read(chunk, progress))
        progress(1)
        return seen

    def _read_everything(self) -> None:
        before: list[Key] = self._stored(None)
        ids = self._ids_of_twins(before)
        pages = self.source.read_all(lambda part: self.telling.progress(round(part * 100), 100))
        seen = self._stored_keys(pages)
        gone = Gone()
        self._compare(gone, before, ids, seen, self._of(self.source.name))
        self._reconcile(gone)
        self.days_read = EVERY_DAY

    def _stored_keys(self, pages: Iterable[Sequence[WorklogRecord]]) -> set[Key]:
        """Of all that these pages show. What is shown and cannot be read is there all the same."""
        shown: set[Key] = set()
        for records in pages:
            self._store(records)
            shown |= {(record.source, record.external_id) for record in records}
        return shown | self._shown_unreadable()

    def _shown_unreadable(self) -> set[Key]:
        return {(source, key) for source, kind, key in self.unreadable.seen if kind == "worklog"}

    def _look_for_rows_without_id(self) -> None:
        """Nothing else tells that such a row is right by now, or gone: what their issues show is read again."""
        for issue_id in self.unreadable.issues_without_ids(self.source.name)[:ISSUES_READ_AGAIN]:
            try:
                self._stored_keys(self.source.read_issue(issue_id))
            except ApiError as error:
                if error.status not in UNAVAILABLE:
                    raise
            else:
                self._note_bad_rows()
                self.unreadable.settle_unseen_without_id(self.source.name, issue_id)

    # Feeds

    def _follows_feeds(self) -> bool:
        """Whether an earlier run came to its end, and of this source: a Tempo that is new here is read afresh."""
        has_cursor = Cursor.objects.filter(instance=self.run.instance, source=self.source.name).exists()
        return has_cursor and not self._of_other_source().exists()

    def _of_other_source(self) -> "QuerySet[Worklog]":
        """Less what this one is known not to show."""
        found = Worklog.objects.filter(instance=self.run.instance, missing_since=None)
        return found.exclude(source=self.source.name)

    def _read_first_time(self) -> None:
        period = Period(add_months(self.today, -FIRST_MONTHS), add_months(self.today, FIRST_MONTHS))
        if self._of_other_source().exclude(day__range=(period.first, period.last)).exists():
            self._read_everything()
        else:
            self._read_period(period)
            # Whatever is logged farther ahead comes with the feeds, and days that pass are in it.
            self.days_read = LongPeriod(period.first, EVERY_DAY.last)
        if not (self.refused or self.saw_nothing):
            self._follow_from(self.started)

    def _read_changes(self) -> None:
        cursors = dict(
            Cursor.objects.filter(instance=self.run.instance, source=self.source.name).values_list("feed", "position")
        )
        since = cursors.get(Feed.WORKLOGS, self.started)
        self._read_changed_issues(cursors.get(Feed.ISSUES, since))
        for step in self.source.changes(since - OVERLAP):
            self._store(step.records, (Feed.WORKLOGS, step.position))
        self.telling.phase(Phase.DELETIONS)
        for step in self._deletions(cursors.get(Feed.DELETIONS, since) - OVERLAP):
            self._remove_deleted(step)
        self._look_again()

    def _look_again(self) -> None:
        """No feed tells that a worklog is shown again: some of those that were missing are asked for, by lot, and all
        of them before they are removed."""
        marked = self._of(self.source.name).filter(missing_since__isnull=False).order_by("?")
        missing = [Missing(*row) for row in marked.values_list(*Missing._fields)]
        if not self.run.confirm_deletions:
            missing = missing[: self.source.found_at_once]
        lost = self._lost(missing)
        if self.run.confirm_deletions:
            self._remove([(self.source.name, each.external_id) for each in lost])
        others = Worklog.objects.filter(instance=self.run.instance, missing_since__isnull=False)
        others = others.exclude(source=self.source.name).order_by("?")
        self._remove(self._known_twins(list(others.values_list(*KEY)[:BATCH])))

    def _deletions(self, since: int) -> Iterator[FeedStep]:
        """Ends with a warning where the token may not read them."""
        try:
            yield from self.source.deletions(since)
        except ApiError as error:
            if error.status not in UNAVAILABLE:
                raise
            self.telling.warn(
                f"Deleted worklogs can’t be detected: {error} Until this is fixed, sync the affected days to find them."
            )

    def _follow_from(self, position: int) -> None:
        """What changed or was deleted before it comes with no feed: of issues without time, and of rows that were never
        stored, it is looked up now."""
        known = self.issues.known()
        for start in range(0, len(known), BATCH):
            self._read_issues(known[start : start + BATCH])
        clocks_differ = timedelta(milliseconds=OVERLAP)
        unseen = self.unreadable.unseen_worklogs(self.source.name)
        gone = self._gone([Missing(key, 0, seen_at - clocks_differ) for key, seen_at in unseen])
        self.unreadable.settle(self.source.name, "worklog", gone)
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
            self._note_bad_rows()
            self._take_out(self.source.name, step.deleted)
            self._move_cursor(Feed.DELETIONS, step.position)

    def _read_changed_issues(self, since: int) -> None:
        """Issues that changed, be time logged on them or not: their names, epics and projects."""
        minutes = max(now_in_milliseconds() - since, 0) // 60_000 + 10
        try:
            for page in self.connection.jira.search(f"updated >= -{minutes}m"):
                for start in range(0, len(page), BATCH):
                    changed = [str(issue.id) for issue in page[start : start + BATCH]]
                    self._read_issues(self.issues.known(changed))
        except ApiError as error:
            if error.status in (401, 429) or not error.permanent:
                raise
            self.telling.warn(f"Names of issues may be out of date: {error}")
            return
        with self.telling.writing():
            self._move_cursor(Feed.ISSUES, self.started)

    # Pages into rows

    def _store(self, records: Sequence[WorklogRecord], cursor: tuple[str, int] | None = None) -> None:
        """One page: issues are read first, then everything is written in one transaction, or nothing."""
        issues = self.reader.read({record.issue_id for record in records})
        with self.telling.writing():
            self._note_bad_rows()
            self._write_issues(issues)
            for start in range(0, len(records), BATCH):
                self.telling.count(self.worklogs.upsert(records[start : start + BATCH]))
            self.unreadable.settle(self.source.name, "worklog", [record.external_id for record in records])
            if cursor:
                self._move_cursor(*cursor)

    def _read_issues(self, external_ids: Iterable[str]) -> None:
        issues = self.reader.read(external_ids)
        with self.telling.writing():
            self._note_bad_rows()
            self._write_issues(issues)

    def _write_issues(self, issues: Sequence[IssueRecord]) -> None:
        self.issues.upsert(issues)
        self.unreadable.settle("jira", "issue", [issue.external_id for issue in issues])

    def _note_bad_rows(self) -> None:
        """What could not be read since the last time is warned of, and remembered where hours hang on it."""
        new = self.connection.bad_rows[self.noted :]
        self.noted += len(new)
        for row in new[: max(LISTED_BAD_ROWS - len(self.unreadable.seen), 0)]:
            is_another = row.kind in REMEMBERED and row.digest not in {"", *self.warned}
            self.warned.add(row.digest)
            text = f"{row}. Fix it there. The last valid version is kept here."
            self.telling.warn(text, is_another=is_another)
        self.unreadable.note(
            UnreadableRecord(row.source, row.kind, row.external_id, row.field, row.reason, row.issue_id, row.digest)
            for row in new
            if row.kind in REMEMBERED
        )

    def _stored(self, period: Period | None) -> list[Key]:
        found = Worklog.objects.filter(instance=self.run.instance)
        if period:
            found = found.filter(day__gte=period.first, day__lte=period.last)
        return list(found.values_list(*KEY))

    # What a complete reading did not give

    def _compare(
        self,
        gone: Gone,
        before: Sequence[Key],
        ids: Mapping[str, str],
        seen: Collection[Key],
        told: "QuerySet[Worklog]",
    ) -> None:
        """Adds what was stored `before` and is not `seen`. `told` is what this source has told of the same days, `ids`
        what it knew of twins: asked before anything is stored, so that no failure lets hours stand twice."""
        missing = [key for key in before if key not in seen]
        others = [key for key in missing if key[0] != self.source.name]
        superseded = set(others)
        if others and not self.run.confirm_deletions:
            superseded = self._told_too(others, before, ids, told)
        self._remove(list(superseded))
        gone.keys += [key for key in missing if key not in superseded]
        gone.stored += len(before)
        gone.seen += len(seen)

    def _reconcile(self, gone: Gone) -> None:
        """Removes what the source tells as deleted. What else is missing is kept until a yes: it may only be hidden.
        More than half of what is stored, all at once, is rather an outage, and the run fails."""
        self.telling.phase(Phase.DELETIONS)
        mine = self.source.name
        lost = self._lost(self._missing(mine, gone.keys))
        removed = self._gone(lost)
        self._note_bad_rows()
        self._remove([(mine, each.external_id) for each in lost if each.external_id in removed])
        kept = [each for each in lost if each.external_id not in removed]
        new = [each for each in kept if each.missing_since is None]
        self._keep(mine, kept, is_outage=not gone.seen or len(new) * 2 > gone.stored)
        self._remove(self._known_twins([key for key in gone.keys if key[0] != mine]))
        for source in Worklog.Source:
            if source != mine:
                self._keep(source, self._missing(source, gone.keys), is_outage=not gone.seen)
        self.saw_nothing = not gone.seen and self.run.unconfirmed_deletions > 0

    def _keep(self, source: str, missing: Sequence[Missing], *, is_outage: bool) -> None:
        with self.telling.writing():
            self.worklogs.mark_missing(source, [each.external_id for each in missing])
        self.run.unconfirmed_deletions += len(missing)
        # What an earlier sync has missed already is no outage of today.
        warned = [each for each in missing if each.missing_since] if is_outage else missing
        self.refused += len(missing) - len(warned)
        if warned:
            self.telling.warn(_not_shown(self.run, warned))

    def _gone(self, lost: Sequence[Missing]) -> set[str]:
        """Ids of those whose deletion is told by the source, or by whoever has asked for this run."""
        if self.run.confirm_deletions:
            return {each.external_id for each in lost}
        return self.source.told_deleted(lost)

    def _lost(self, missing: Sequence[Missing]) -> list[Missing]:
        """Looks each of them up: those that are shown elsewhere are stored, the others returned."""
        lost: list[Missing] = []
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            found = self.source.find(batch)
            self._store(found)
            shown = {record.external_id for record in found} | {key for _, key in self._shown_unreadable()}
            lost += [each for each in batch if each.external_id not in shown]
        return lost

    def _missing(self, source: str, keys: Sequence[Key]) -> list[Missing]:
        return [Missing(*row) for row in self._rows([key for key in keys if key[0] == source], Missing._fields)]

    def _rows(self, keys: Sequence[Key], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Of stored worklogs, in batches."""
        for source in Worklog.Source:
            ids = [external_id for of_source, external_id in keys if of_source == source]
            for start in range(0, len(ids), BATCH):
                yield from self._of(source).filter(external_id__in=ids[start : start + BATCH]).values_list(*columns)

    def _of(self, source: str) -> "QuerySet[Worklog]":
        return Worklog.objects.filter(instance=self.run.instance, source=source)

    def _told_too(
        self, keys: Sequence[Key], before: Sequence[Key], ids: Mapping[str, str], told: "QuerySet[Worklog]"
    ) -> set[Key]:
        """Those of the other source that have a twin in `told`, so that nothing counts twice. The others may only be
        hidden here."""
        old = [StoredWorklog(*row) for row in self._rows(keys, StoredWorklog._fields)]
        new = [StoredWorklog(*row) for row in told.filter(missing_since=None).values_list(*StoredWorklog._fields)]
        told_before = {external_id for source, external_id in before if source == self.source.name}
        newly_told = {each.external_id for each in new} - told_before
        found = with_twin(old, new, ids=ids, newly_told=newly_told)
        return {key for key in keys if key[1] in found}

    def _ids_of_twins(self, keys: Sequence[Key]) -> dict[str, str]:
        """Of those of the other source."""
        return self.source.ids_of_twins([external_id for source, external_id in keys if source != self.source.name])

    def _known_twins(self, keys: Sequence[Key]) -> list[Key]:
        """Those of the other source whose twin the vendor knows, and this one tells on whichever day."""
        ids = self._ids_of_twins(keys)
        twins = self._rows([(self.source.name, twin) for twin in ids.values()], ("external_id", "missing_since"))
        shown = {external_id for external_id, missing_since in twins if missing_since is None}
        return [key for key in keys if ids.get(key[1]) in shown]

    def _remove(self, keys: Sequence[Key]) -> None:
        for source in Worklog.Source:
            external_ids = [external_id for of_source, external_id in keys if of_source == source]
            for start in range(0, len(external_ids), BATCH):
                with self.telling.writing():
                    self._take_out(source, external_ids[start : start + BATCH])

    def _take_out(self, source: str, external_ids: Sequence[str]) -> None:
        self.telling.count(self.worklogs.remove(source, external_ids))
        self.unreadable.settle(source, "worklog", external_ids)

    # Names

    def _read_names(self) -> None:
        """What an administrator renamed, for the rows that nobody touched. A list that is refused stops nothing."""
        for names in name_lists(self.connection.jira, self.issues):
            try:
                records = names.read()
            except ApiError as error:
                self.telling.warn(f"Names of {names.what} may be out of date: {error}")
                continue
            with self.telling.writing():
                names.write(records)

    def _name_accounts(self, account_ids: Sequence[str]) -> None:
        """Tempo tells ids alone; Jira knows the names. A Jira that does not tell them stops nothing."""
        if not account_ids:
            return
        try:
            for users in self.connection.jira.known_users(account_ids):
                with self.telling.writing():
                    self.accounts.refresh(map(parse_account, users))
        except ApiError as error:
            self.telling.warn(f"Names of {len(account_ids)} people could not be read: {error}")

    def _warn_of_unread_issues(self) -> None:
        self._read_issues(self.issues.unread(BATCH))
        unreadable = Worklog.objects.filter(instance=self.run.instance, issue__key="")
        if count := unreadable.count():
            self.telling.warn(
                f"{count} worklogs are on issues that the token’s account can’t read. They count without an issue key "
                "or epic. Give the account the “Browse projects” permission for those projects."
            )
