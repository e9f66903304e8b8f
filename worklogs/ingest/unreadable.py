"""Rows of an instance that could not be read, remembered until a later reading gives them right."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.tenancy import refuse_other_company
from worklogs.ingest.records import UnreadableRecord
from worklogs.ingest.text import storable
from worklogs.models import JiraInstance, UnreadableRow
from worklogs.models.unreadable import NO_ID

Key = tuple[str, str, str]  # source, kind, external id or what stands in place of it
UNIQUE = ("company", "instance", "source", "kind", "external_id")


class UnreadableBook:
    """Asks the database once: pages without an unreadable row cost nothing. `seen`: those of this reading."""

    def __init__(self, instance: JiraInstance) -> None:
        refuse_other_company(instance)
        self.instance = instance
        self._known = set(self._rows().values_list("source", "kind", "external_id"))
        self.seen: set[Key] = set()

    def note(self, records: Iterable[UnreadableRecord]) -> None:
        latest, now = {_key(record): record for record in records}, timezone.now()
        rows = [
            UnreadableRow(
                instance=self.instance,
                source=record.source,
                kind=record.kind,
                external_id=_id(record),
                field=storable(record.field, 100),
                reason=storable(record.reason, 255),
                issue_id=storable(record.issue_id, 64),
                seen_at=now,
            )
            for record in latest.values()
        ]
        told = ("field", "reason", "issue_id", "seen_at")
        UnreadableRow.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=UNIQUE, update_fields=told, batch_size=500
        )
        self._known |= latest.keys()
        self.seen |= latest.keys()

    def settle(self, source: str, kind: str, external_ids: Iterable[str]) -> None:
        """These have been read, or are deleted."""
        keys = {(source, kind, external_id) for external_id in external_ids} if self._known else set()
        self._forget((keys & self._known) - self.seen)

    def settle_unseen(self) -> None:
        """After everything was read: what did not come again. A worklog with an id stays: it may only be hidden."""
        self._forget({key for key in self._known - self.seen if key[1] != "worklog" or not _has_id(key[2])})

    def settle_unseen_without_id(self, source: str, issue_id: str) -> None:
        """After every worklog of this issue was read."""
        rows = self._without_id(source).filter(issue_id=issue_id) if self._known else ()
        self._forget({(source, "worklog", row.external_id) for row in rows} - self.seen)

    def issues_without_ids(self, source: str) -> list[str]:
        """Of worklogs without an id that this reading has not shown so far, the issues."""
        rows = self._without_id(source).exclude(issue_id="").order_by("?") if self._known else ()
        return list({row.issue_id: None for row in rows if (source, "worklog", row.external_id) not in self.seen})

    def unseen_worklogs(self, source: str) -> list[tuple[str, datetime]]:
        """Ids of those that this reading has not shown so far, and when they were last seen."""
        rows = self._rows().filter(source=source, kind="worklog") if self._known else ()
        return [
            (row.external_id, row.seen_at)
            for row in rows
            if _has_id(row.external_id) and (source, "worklog", row.external_id) not in self.seen
        ]

    def _forget(self, keys: set[Key]) -> None:
        for source, kind, external_id in sorted(keys):
            self._rows().filter(source=source, kind=kind, external_id=external_id).delete()
        self._known -= keys

    def _rows(self) -> "QuerySet[UnreadableRow]":
        return UnreadableRow.objects.filter(instance=self.instance)

    def _without_id(self, source: str) -> "QuerySet[UnreadableRow]":
        has_none = Q(external_id="") | Q(external_id__startswith=NO_ID)
        return self._rows().filter(has_none, source=source, kind="worklog")


def _key(record: UnreadableRecord) -> Key:
    return record.source, record.kind, _id(record)


def _id(record: UnreadableRecord) -> str:
    return storable(record.external_id, 64) or NO_ID + record.digest


def _has_id(external_id: str) -> bool:
    return bool(external_id) and not external_id.startswith(NO_ID)
