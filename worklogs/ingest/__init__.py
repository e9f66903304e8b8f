"""The port: records in, rows out. Nothing else writes worklogs, issues, accounts or totals.

Every function works inside the caller's transaction and company scope, so that a page is there whole or not at all.
"""

from worklogs.ingest.issue_types import TypeChanges, write_issue_types
from worklogs.ingest.issues import IssueBook
from worklogs.ingest.people import AccountBook, map_account, merge_people
from worklogs.ingest.records import AccountRecord, IssueRecord, IssueTypeRecord, ProjectRecord, WorklogRecord
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
    "TypeChanges",
    "WorklogBook",
    "WorklogRecord",
    "map_account",
    "merge_people",
    "write_issue_types",
]
