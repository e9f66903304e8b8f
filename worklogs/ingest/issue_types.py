"""What an instance calls its kinds of issues, and with it their issues here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.tenancy import refuse_other_company
from worklogs.filters import type_key
from worklogs.former_names import taken
from worklogs.ingest.names import rename_types
from worklogs.ingest.records import IssueTypeRecord
from worklogs.ingest.text import composed, storable
from worklogs.ingest.totals import mark_changed
from worklogs.ingest.type_names import follow_renamed_types
from worklogs.models import IssueType, JiraInstance

FIELDS = ("name", "level", "is_subtask", "is_active")


@dataclass(frozen=True)
class TypeChanges:
    """`gone` are those that the instance no longer has: they are switched off, since settings may name them."""

    new: int
    changed: int
    unchanged: int
    gone: int


def write_issue_types(
    instance: JiraInstance, records: Iterable[IssueTypeRecord], *, shown: Collection[str] = ()
) -> TypeChanges:
    """`records` are all that the instance has and that can be read. What else it has shown, by id, stays as it is.
    Its issues bear their names."""
    records = list(records)
    refuse_other_company(instance)
    told = {storable(record.external_id, 64): record for record in records}
    stored = {each.external_id: each for each in IssueType.objects.filter(instance=instance)}
    old_names = {key: each.name for key, each in stored.items()}
    new = [_filled(IssueType(instance=instance, external_id=key), told[key]) for key in told.keys() - stored.keys()]
    IssueType.objects.bulk_create(sorted(new, key=lambda each: each.name))
    changed = [row for key, row in stored.items() if key in told and _is_changed(row, told[key])]
    gone = [row for key, row in stored.items() if key not in told and key not in shown and row.is_active]
    for row in changed:
        _filled(row, told[row.external_id]).save(update_fields=FIELDS)
    for row in gone:
        row.is_active = False
        row.save(update_fields=["is_active"])
    rename_types(instance, records)
    new_names = {old_names[row.external_id]: row.name for row in changed}
    follow_renamed_types(instance, new_names, [row.external_id for row in changed])
    for row in (*new, *changed):
        taken("type", type_key(row.name))
    if changed:
        mark_changed()
    return TypeChanges(len(new), len(changed), len(told) - len(new) - len(changed), len(gone))


def _filled(row: IssueType, record: IssueTypeRecord) -> IssueType:
    row.name, row.level, row.is_subtask = composed(record.name, 255), record.level, record.is_subtask
    row.is_active = True
    return row


def _is_changed(row: IssueType, record: IssueTypeRecord) -> bool:
    before = [getattr(row, field) for field in FIELDS]
    return before != [getattr(_filled(row, record), field) for field in FIELDS]
