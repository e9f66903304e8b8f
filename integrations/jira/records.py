"""Jira's payloads, Cloud v3 and Data Center v2: only what is read, and required only what nothing works without."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Struct

from integrations.decoding import given

# The feeds tell ids as numbers, everything else as strings.
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Id = Number | Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")]
WorklogId = Number | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}\Z")]  # which Jira takes as a number alone
Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]  # as many as a column holds: 68 years
END_OF_CALENDAR = 253_402_300_799_999  # ms since 1970
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=END_OF_CALENDAR)]
Scalar = str | int | float | bool | None
Level = Annotated[int, msgspec.Meta(ge=-100, le=100)]


class UserPayload(Struct, rename="camel", frozen=True, gc=False):
    """Cloud tells account_id, Data Center key and name. What else describes them costs no worklog."""

    source: ClassVar = "jira"
    kind: ClassVar = "user"
    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: Scalar = None
    email_address: Scalar = None
    time_zone: Scalar = None
    active: Scalar = None
    account_type: Scalar = None


class UserPagePayload(Struct, rename="camel", gc=False):
    values: list[UserPayload]
    is_last: bool | None = None
    total: int | None = None


class FieldSchema(Struct, gc=False):
    custom: str | None = None


class FieldPayload(Struct, gc=False):
    source: ClassVar = "jira"
    kind: ClassVar = "field"
    id: str
    schema: FieldSchema | None = None


class ProjectPayload(Struct, gc=False):
    source: ClassVar = "jira"
    kind: ClassVar = "project"
    id: Id
    key: str
    name: str | None = None


class ProjectPagePayload(Struct, rename="camel", gc=False):
    values: list[ProjectPayload]
    is_last: bool | None = None
    total: int | None = None


class IssueTypePayload(Struct, rename="camel", gc=False):
    source: ClassVar = "jira"
    kind: ClassVar = "issue type"
    id: Id | None = None
    name: str | None = None
    subtask: bool | None = None
    hierarchy_level: Level | None = None


class StatusPayload(Struct, gc=False):
    source: ClassVar = "jira"
    kind: ClassVar = "status"
    id: Id | None = None
    name: str | None = None


class IssuePayload(Struct, gc=False):
    """`fields` stays a dict, because the ids of custom fields differ from site to site."""

    source: ClassVar = "jira"
    kind: ClassVar = "issue"
    id: Id
    key: str = ""  # a search for ids alone tells no more
    fields: dict[str, object] = msgspec.field(default_factory=dict)


class KnownFields(Struct, gc=False):
    """What `IssuePayload.fields` holds on every site."""

    summary: str | None = None
    issuetype: IssueTypePayload | None = None
    status: StatusPayload | None = None
    project: ProjectPayload | None = None
    parent: IssuePayload | None = None
    timeoriginalestimate: Seconds | None = None


class BulkIssuesPayload(Struct, gc=False):
    issues: list[IssuePayload]


class TokenPagePayload(Struct, rename="camel", gc=False):
    """Cloud's search: no total, a token that leads to the next page."""

    issues: list[IssuePayload]
    next_page_token: str | None = None
    is_last: bool | None = None


class OffsetPagePayload(Struct, rename="camel", gc=False):
    """Data Center's search."""

    issues: list[IssuePayload]
    total: int


class WorklogPayload(Struct, rename="camel", gc=False):
    """`comment` is an ADF document on Cloud and a string on Data Center; without a comment it is absent."""

    source: ClassVar = "jira"
    kind: ClassVar = "worklog"
    id: WorklogId
    issue_id: Id
    time_spent_seconds: Seconds
    started: datetime
    author: UserPayload | None = None
    comment: object = None
    created: datetime | None = None
    updated: datetime | None = None


class WorklogPagePayload(Struct, rename="camel", gc=False):
    """`total` is of all worklogs; the specification's text says "on the page", so a full page is not yet the last."""

    worklogs: list[WorklogPayload]
    total: int
    max_results: int | None = None

    @property
    def is_full(self) -> bool:
        return bool(self.max_results) and given(self.worklogs) >= (self.max_results or 0)


class ChangedWorklog(Struct, rename="camel", gc=False):
    """Its id is what counts: a time that is none costs no worklog."""

    source: ClassVar = "jira"
    kind: ClassVar = "change"
    worklog_id: WorklogId
    updated_time: object = None

    @property
    def moment(self) -> int | None:
        """In ms since 1970."""
        told = self.updated_time
        return told if isinstance(told, int) and 0 <= told <= END_OF_CALENDAR else None


class FeedPayload(Struct, rename="camel", gc=False):
    """Of /worklog/updated and /worklog/deleted. Data Center spells `lastPage` in two ways."""

    values: list[ChangedWorklog]
    until: Milliseconds | None = None
    last_page: bool | None = None
    is_last_page: bool | None = None
    next_page: str | None = None
