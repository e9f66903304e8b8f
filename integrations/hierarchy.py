"""Reads issues with all that is above them, so that a sub-task's worklog finds its epic."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from integrations.jira.client import JiraClient
from integrations.jira.parse import parse_issue
from worklogs.ingest import IssueBook, IssueRecord

DEEPEST = 20


class IssueReader:
    """Reads each issue once: what has been read stays read as long as the reader lives, which is one sync."""

    def __init__(self, jira: JiraClient, book: IssueBook) -> None:
        self.jira, self.book = jira, book
        self._asked: set[str] = set()  # ids and keys
        self._id_of: dict[str, str] = {}

    def read(self, external_ids: Iterable[str]) -> list[IssueRecord]:
        """Those not read before that are readable, and every ancestor likewise; parents stand before their children."""
        records = self._records(external_ids)
        level, found = records, list(records)
        for _ in range(DEEPEST):
            level = self._parents(level)
            if not level:
                break
            found = level + found
        return self._resolved(found)

    def _records(self, ids_or_keys: Iterable[str]) -> list[IssueRecord]:
        wanted = sorted(set(ids_or_keys) - self._asked)
        if not wanted:
            return []
        self._asked.update(wanted)
        fields = self.jira.issue_fields
        records = [parse_issue(payload, fields) for page in self.jira.issues(wanted) for payload in page]
        for record in records:
            self._asked |= {record.external_id, record.key}
            self._id_of[record.key] = record.external_id
        return records

    def _parents(self, children: Sequence[IssueRecord]) -> list[IssueRecord]:
        ids = {child.parent_id for child in children if child.parent_id} - self._asked
        epics = {child.parent_key for child in children if child.parent_key and not child.parent_id}
        read = [_as_epic(record) if record.key in epics else record for record in self._records(ids | epics)]
        # A parent that is hidden itself is known by what its children say of it.
        told = {child.parent.external_id: child.parent for child in children if child.parent}
        hidden = ids & told.keys() - {record.external_id for record in read}
        return read + [replace(told[external_id], parent=None) for external_id in sorted(hidden)]

    def _resolved(self, records: list[IssueRecord]) -> list[IssueRecord]:
        """With a parent_id for each Epic Link: of this reading, else of what is stored."""
        linked = {record.parent_key for record in records if record.parent_key and not record.parent_id}
        if unread := linked - self._id_of.keys():
            self._id_of |= self.book.ids_of(unread)
        return [
            replace(record, parent_id=self._id_of.get(record.parent_key, "")) if record.parent_key in linked else record
            for record in records
        ]


def _as_epic(record: IssueRecord) -> IssueRecord:
    """What an Epic Link points at is an epic, whatever else Data Center says of it."""
    return replace(record, level=max(record.level, 1))
