"""Reads issues with all that is above them, so that a sub-task's worklog finds its epic."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from integrations.jira.client import JiraClient
from integrations.jira.parse import parse_issue, unreadable_field, without_key
from integrations.jira.records import IssuePayload
from worklogs.ingest import IssueBook, IssueRecord

DEEPEST = 20  # more levels than any Jira has: what is above is opened unread, and read at the end of the sync


class IssueReader:
    """Reads each issue once: what has been read stays read as long as the reader lives, which is one sync."""

    def __init__(self, jira: JiraClient, book: IssueBook) -> None:
        self.jira, self.book = jira, book
        self._asked: set[str] = set()  # ids and keys
        self._found: set[str] = set()  # ids
        self._kept: set[str] = set()  # cannot be read now, and stay as they are stored

    def read(self, external_ids: Iterable[str]) -> list[IssueRecord]:
        """Those not read before that are readable, and every ancestor likewise; parents stand before their children."""
        records = self._records(external_ids)
        level, found = records, list(records)
        for _ in range(DEEPEST):
            level = self._parents(level)
            if not level:
                break
            found = level + found
        return found

    def _records(self, ids_or_keys: Iterable[str]) -> list[IssueRecord]:
        wanted = sorted(set(ids_or_keys) - self._asked)
        if not wanted:
            return []
        fields = self.jira.issue_fields
        payloads = [payload for page in self.jira.issues(wanted) for payload in page]
        records = [parse_issue(payload, fields) for payload in payloads if self._is_readable(payload)]
        bad = {row.external_id for row in self.jira.session.bad_rows if row.kind == "issue"}
        self._kept |= {external_id for external_id in bad - self._kept if self.book.has_read(external_id)}
        self._asked.update(wanted)
        for record in records:
            self._asked |= {record.external_id, record.key}
            self._found.add(record.external_id)
        return records

    def _is_readable(self, payload: IssuePayload) -> bool:
        """Of an issue with a field that cannot be read nothing is taken when it is stored: a bad `parent` must not cost
        it its epic."""
        if bad_field := unreadable_field(payload) or without_key(payload):
            self.jira.session.bad_rows.append(bad_field)
        return bad_field is None or not self.book.has_read(str(payload.id))

    def _parents(self, children: Sequence[IssueRecord]) -> list[IssueRecord]:
        ids = {child.parent_id for child in children if child.parent_id}
        epics = {child.parent_key for child in children if child.parent_key and not child.parent_id}
        read = self._records(ids | epics)
        # A parent that is hidden itself is known by what its children say of it.
        told = {child.parent.external_id: child.parent for child in children if child.parent}
        hidden = ids & told.keys() - self._found - self._kept
        return read + [replace(told[external_id], parent=None, is_partial=True) for external_id in sorted(hidden)]
