"""The port: records in, rows out. Nothing else writes worklogs, issues, accounts or totals.

Every function works inside the caller's transaction and company scope, so that a page is there whole or not at all.
"""

from worklogs.ingest.identity import map_account, merge_people, separate_account, tell_apart
from worklogs.ingest.issue_types import TypeChanges, write_issue_types
from worklogs.ingest.issues import IssueBook
from worklogs.ingest.names import rename_statuses, rename_types
from worklogs.ingest.people import AccountBook
from worklogs.ingest.records import (
    AccountRecord,
    IssueRecord,
    IssueTypeRecord,
    ProjectRecord,
    StatusRecord,
    UnreadableRecord,
    WorklogRecord,
)
from worklogs.ingest.unreadable import UnreadableBook
from worklogs.ingest.worklogs import Change, Changes, WorklogBook

__all__ = [
    "AccountBook",
    "AccountRecord",
    "Change",
    "Changes",
    "IssueBook",
    "IssueRecord",
    "IssueTypeRecord",
    "ProjectRecord",
    "StatusRecord",
    "TypeChanges",
    "UnreadableBook",
    "UnreadableRecord",
    "WorklogBook",
    "WorklogRecord",
    "map_account",
    "merge_people",
    "rename_statuses",
    "rename_types",
    "separate_account",
    "tell_apart",
    "write_issue_types",
]
