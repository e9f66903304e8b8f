"""What an administrator renames at the source, without touching the issues that bear the name.

By the vendor's ids, so that two that swap their names swap them here too.
"""

from collections.abc import Iterable

from worklogs.ingest.hierarchy import settle
from worklogs.ingest.records import IssueTypeRecord, StatusRecord
from worklogs.ingest.text import composed, storable
from worklogs.ingest.totals import mark_changed
from worklogs.models import Issue, JiraInstance


def rename_statuses(instance: JiraInstance, records: Iterable[StatusRecord]) -> None:
    names = {storable(record.external_id, 64): composed(record.name, 255) for record in records}
    issues = Issue.objects.filter(instance=instance).order_by()
    for external_id, name in issues.values_list("status_external_id", "status").distinct():
        if names.get(external_id, name) != name:
            issues.filter(status_external_id=external_id, status=name).update(status=names[external_id])
            mark_changed()


def rename_types(instance: JiraInstance, records: Iterable[IssueTypeRecord]) -> None:
    """Their levels as well. Where the vendor tells none, an issue that is no sub-task keeps its own."""
    told = {storable(record.external_id, 64): record for record in records}
    issues = Issue.objects.filter(instance=instance).order_by()
    moved: set[int] = set()
    for external_id, name, level in issues.values_list("type_external_id", "type", "own_level").distinct():
        if (record := told.get(external_id)) is None:
            continue
        new_name, new_level = composed(record.name, 255), max(level, 0) if record.level is None else record.level
        if (new_name, new_level) == (name, level):
            continue
        bearers = issues.filter(type_external_id=external_id, type=name, own_level=level)
        if new_level != level:
            moved |= set(bearers.values_list("id", flat=True))
        bearers.update(type=new_name, own_level=new_level)
        mark_changed()
    settle(moved)
