"""What an instance calls its kinds of issues."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.tenancy import refuse_other_company
from worklogs.ingest.records import IssueTypeRecord
from worklogs.ingest.text import storable
from worklogs.models import IssueType, JiraInstance

FIELDS = ("name", "level", "is_subtask", "is_active")


@dataclass(frozen=True)
class TypeChanges:
    """`gone` are those that the instance no longer has: they are switched off, since settings may name them."""

    new: int
    changed: int
    unchanged: int
    gone: int


def write_issue_types(instance: JiraInstance, records: Iterable[IssueTypeRecord]) -> TypeChanges:
    """`records` are all that the instance has."""
    refuse_other_company(instance)
    told = {storable(record.external_id, 64): record for record in records}
    stored = {each.external_id: each for each in IssueType.objects.filter(instance=instance)}
    new = [_filled(IssueType(instance=instance, external_id=key), told[key]) for key in told.keys() - stored.keys()]
    IssueType.objects.bulk_create(sorted(new, key=lambda each: each.name))
    changed = [row for key, row in stored.items() if key in told and _is_changed(row, told[key])]
    gone = [row for key, row in stored.items() if key not in told and row.is_active]
    for row in changed:
        _filled(row, told[row.external_id]).save(update_fields=FIELDS)
    for row in gone:
        row.is_active = False
        row.save(update_fields=["is_active"])
    return TypeChanges(len(new), len(changed), len(told) - len(new) - len(changed), len(gone))


def _filled(row: IssueType, record: IssueTypeRecord) -> IssueType:
    row.name, row.level, row.is_subtask = storable(record.name, 255), record.level, record.is_subtask
    row.is_active = True
    return row


def _is_changed(row: IssueType, record: IssueTypeRecord) -> bool:
    before = [getattr(row, field) for field in FIELDS]
    return before != [getattr(_filled(row, record), field) for field in FIELDS]
