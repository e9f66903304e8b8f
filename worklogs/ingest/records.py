"""What may come in: the shapes every integration translates its vendor's payloads into."""

from datetime import date, datetime

from msgspec import Struct


class AccountRecord(Struct, frozen=True, gc=False):
    """Someone on an instance. Empty text and None mean that the vendor did not tell."""

    account_id: str
    name: str = ""
    email: str = ""
    timezone: str = ""
    is_active: bool | None = None


class ProjectRecord(Struct, frozen=True, gc=False):
    external_id: str
    key: str
    name: str = ""


class IssueRecord(Struct, frozen=True, gc=False):
    """An issue of any level: -1 sub-task, 0 issue, 1 epic, 2 and more above epics.

    `parent_id` is empty where there is none, or where only its key is known (`parent_key`: Data Center's Epic Link).
    `parent` repeats what the issue's payload told of its parent, for parents that cannot be read themselves: such a
    record is partial, and tells of no project, parent or estimate.
    """

    external_id: str
    key: str
    summary: str = ""
    type: str = ""
    level: int = 0
    status: str = ""
    project: ProjectRecord | None = None
    parent_id: str = ""
    parent_key: str = ""
    parent: "IssueRecord | None" = None
    estimate_seconds: int | None = None
    type_id: str = ""
    status_id: str = ""
    is_partial: bool = False


class IssueTypeRecord(Struct, frozen=True, gc=False):
    """`level` as of an issue; None where the vendor did not tell."""

    external_id: str
    name: str
    level: int | None = None
    is_subtask: bool = False


class StatusRecord(Struct, frozen=True, gc=False):
    external_id: str
    name: str


class WorklogRecord(Struct, frozen=True, gc=False):
    """One worklog. `day` is the author's own calendar day; `author` what the payload told of `account_id`."""

    source: str  # Worklog.Source
    external_id: str
    issue_id: str
    account_id: str
    day: date
    started_at: datetime
    seconds: int
    billable_seconds: int
    comment: str
    created_at: datetime
    updated_at: datetime
    author: AccountRecord | None = None
    utc_offset_minutes: int = 0  # of the author's clock when it started


class UnreadableRecord(Struct, frozen=True, gc=False):
    """A row that the vendor shows and that cannot be used: which one, the field, and why."""

    source: str
    kind: str  # worklog, issue, change, deletion
    external_id: str  # empty where the row has none
    field: str
    reason: str
    issue_id: str = ""  # of a worklog, where it is told
    digest: str = ""  # of a row without an id: what tells it from others
