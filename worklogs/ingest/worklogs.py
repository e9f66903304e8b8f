"""Worklogs of one instance: written when new or different, marked when missing, removed when gone, always counted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.tenancy import current_company_id
from worklogs.folding import fold
from worklogs.ingest.issues import IssueBook, IssuePlace
from worklogs.ingest.people import AccountBook
from worklogs.ingest.records import AccountRecord, WorklogRecord
from worklogs.ingest.text import storable
from worklogs.ingest.totals import Deltas, cell_of, mark_changed
from worklogs.models import JiraInstance, Worklog

TABLE = Worklog._meta.db_table
KEY = ("company_id", "instance_id", "source", "external_id")
COLUMNS = (
    "account_id",
    "person_id",
    "issue_id",
    "epic_id",
    "project_id",
    "day",
    "started_at",
    "seconds",
    "billable_seconds",
    "comment",
    "folded",
    "created_at",
    "updated_at",
    "utc_offset_minutes",
    "missing_since",  # last: what is shown has None there, so that the mark of one that was missing goes
)
PERSON, ISSUE, EPIC, PROJECT, DAY = map(COLUMNS.index, ("person_id", "issue_id", "epic_id", "project_id", "day"))
SECONDS, BILLABLE = COLUMNS.index("seconds"), COLUMNS.index("billable_seconds")
STARTED, UPDATED, OFFSET = map(COLUMNS.index, ("started_at", "updated_at", "utc_offset_minutes"))
BATCH = 1000  # keys in one IN list
LONGEST_COMMENT = 100_000  # characters: Jira's own limit is a third of it
LISTED = 500  # changes told one by one

Row = tuple[Any, ...]  # the values of COLUMNS, as the database takes them and gives them back


@dataclass(frozen=True)
class Change:
    """One worklog that a sync wrote or removed; the seconds before are None for a new one, after for a removed one."""

    external_id: str
    issue_id: int
    person_id: int
    day: date
    before: int | None
    after: int | None


@dataclass
class Changes:
    """What one call did. `listed` tells the updated, removed and created worklogs, in this order, up to LISTED."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    listed: list[Change] = field(default_factory=list)


class WorklogBook:
    """Writes the worklogs of one instance; `accounts` and `issues` resolve what they refer to."""

    def __init__(self, instance: JiraInstance, accounts: AccountBook, issues: IssueBook) -> None:
        self.instance, self.accounts, self.issues = instance, accounts, issues
        self._knows_zones = connection.features.supports_timezones

    def upsert(self, records: Sequence[WorklogRecord]) -> Changes:
        """Writes what is new or different. A worklog that comes twice counts once, as it came last."""
        latest = {(record.source, record.external_id): record for record in records}
        self._open_accounts(latest.values())
        places = self.issues.places({record.issue_id for record in latest.values()})
        wanted = {key: self._row(record, places) for key, record in latest.items()}
        stored = dict(self._stored(latest))
        wanted |= {key: _on_its_day(wanted[key], row) for key, row in stored.items()}
        new = {key: row for key, row in wanted.items() if key not in stored}
        different = {key: row for key, row in wanted.items() if key in stored and row != stored[key]}
        if new:
            self._insert(new)
        if different:
            self._update(different)
        # One that was missing and is as it was has not changed.
        changed = [key for key, row in different.items() if row[:-1] != stored[key][:-1]]
        deltas = Deltas()
        for key in different:
            self._count(deltas, stored[key], sign=-1)
        for row in (*new.values(), *different.values()):
            self._count(deltas, row, sign=1)
        deltas.write()
        if different:  # a comment or a start is no sum, and yet on a page
            mark_changed()
        listed = [_change(key, stored[key], different[key]) for key in changed[:LISTED]]
        listed += [_change(key, None, row) for key, row in islice(new.items(), LISTED - len(listed))]
        return Changes(len(new), len(changed), len(wanted) - len(new) - len(changed), 0, listed)

    def remove(self, source: str, external_ids: Iterable[str]) -> Changes:
        """Removes these worklogs; ids that are not stored are none of its business."""
        gone = dict(self._stored([(source, external_id) for external_id in external_ids]))
        deltas = Deltas()
        for row in gone.values():
            self._count(deltas, row, sign=-1)
        with connection.cursor() as cursor:
            for batch in _batches([external_id for _, external_id in gone]):
                cursor.execute(
                    f"DELETE FROM {TABLE} WHERE {self._where(len(batch))}",  # noqa: S608
                    [*self._scope(source), *batch],
                )
        deltas.write()
        return Changes(deleted=len(gone), listed=[_change(key, row, None) for key, row in islice(gone.items(), LISTED)])

    def mark_missing(self, source: str, external_ids: Sequence[str]) -> None:
        """They stay and count; that their source no longer shows them is told from now on, until it does again."""
        shown = Worklog.objects.filter(instance=self.instance, source=source, missing_since=None)
        marked = sum(
            shown.filter(external_id__in=batch).update(missing_since=timezone.now()) for batch in _batches(external_ids)
        )
        if marked:
            mark_changed()

    def _open_accounts(self, records: Iterable[WorklogRecord]) -> None:
        told: dict[str, AccountRecord] = {}
        for record in records:
            if record.author is not None:
                told[record.account_id] = record.author
            else:
                told.setdefault(record.account_id, AccountRecord(record.account_id))
        self.accounts.upsert(told.values())

    def _row(self, record: WorklogRecord, places: dict[str, IssuePlace]) -> Row:
        account = self.accounts.find(record.account_id)
        if account is None:
            raise LookupError(f"No account for {record.account_id}")
        place, comment = places[record.issue_id], storable(record.comment, LONGEST_COMMENT)
        return (
            account.pk,
            account.person_id,
            place.issue_id,
            place.epic_id,
            place.project_id,
            record.day,
            self._moment(record.started_at),
            record.seconds,
            record.billable_seconds,
            comment,
            fold(comment),
            self._moment(record.created_at),
            self._moment(record.updated_at),
            record.utc_offset_minutes,
            None,
        )

    def _moment(self, moment: datetime) -> datetime:
        """As the database gives it back, so that rows compare: SQLite knows no time zones."""
        utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        return utc if self._knows_zones else utc.replace(tzinfo=None)

    def _scope(self, source: str) -> tuple[int, int, str]:
        return current_company_id(), self.instance.pk, source

    @staticmethod
    def _where(count: int) -> str:
        return f"company_id = %s AND instance_id = %s AND source = %s AND external_id IN ({_marks(count)})"

    def _stored(self, keys: Iterable[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], Row]]:
        by_source: dict[str, list[str]] = {}
        for source, external_id in keys:
            by_source.setdefault(source, []).append(external_id)
        columns = ", ".join(COLUMNS)
        with connection.cursor() as cursor:
            for source, external_ids in by_source.items():
                for batch in _batches(external_ids):
                    cursor.execute(
                        f"SELECT external_id, {columns} FROM {TABLE} WHERE {self._where(len(batch))}",  # noqa: S608
                        [*self._scope(source), *batch],
                    )
                    for external_id, *row in cursor:
                        yield (source, external_id), tuple(row)

    def _insert(self, rows: dict[tuple[str, str], Row]) -> None:
        names = ", ".join((*KEY, *COLUMNS))
        values = [(*self._scope(source), external_id, *row) for (source, external_id), row in rows.items()]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE} ({names}) VALUES ({_marks(len(KEY) + len(COLUMNS))})",  # noqa: S608
                values,
            )

    def _update(self, rows: dict[tuple[str, str], Row]) -> None:
        assignments = ", ".join(f"{name} = %s" for name in COLUMNS)
        values = [(*row, *self._scope(source), external_id) for (source, external_id), row in rows.items()]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {TABLE} SET {assignments} WHERE {self._where(1)}", values)  # noqa: S608

    def _count(self, deltas: Deltas, row: Row, *, sign: int) -> None:
        cell = cell_of(row[DAY], row[PERSON], row[EPIC], row[PROJECT], row[ISSUE], self.instance.pk)
        deltas.add(cell, sign * row[SECONDS], sign * row[BILLABLE], sign)


def _on_its_day(row: Row, stored: Row) -> Row:
    """What nobody has edited keeps its day and its clock, though its author may have moved to another time zone: a
    reading of what changed tells nothing of it, whichever source it is."""
    if (row[STARTED], row[UPDATED]) != (stored[STARTED], stored[UPDATED]):
        return row
    return tuple(
        before if column in (DAY, OFFSET) else now for column, (now, before) in enumerate(zip(row, stored, strict=True))
    )


def _change(key: tuple[str, str], before: Row | None, after: Row | None) -> Change:
    row = after or before or ()
    return Change(
        external_id=key[1],
        issue_id=row[ISSUE],
        person_id=row[PERSON],
        day=row[DAY],
        before=before[SECONDS] if before else None,
        after=after[SECONDS] if after else None,
    )


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
