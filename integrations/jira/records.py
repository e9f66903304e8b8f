"""Jira's payloads, Cloud v3 and Data Center v2: only what is read, and required only what nothing works without."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Struct

Id = int | str  # the feeds tell ids as numbers, everything else as strings
Estimate = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]  # seconds, as many as a column holds: 68 years


class UserPayload(Struct, rename="camel", frozen=True, gc=False):
    """Cloud tells account_id, Data Center key and name."""

    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: str | None = None
    email_address: str | None = None
    time_zone: str | None = None
    active: bool | None = None
    account_type: str | None = None


class UserPagePayload(Struct, rename="camel", gc=False):
    values: list[UserPayload]
    is_last: bool | None = None
    total: int | None = None


class FieldSchema(Struct, gc=False):
    custom: str | None = None


class FieldPayload(Struct, gc=False):
    id: str
    schema: FieldSchema | None = None


class ProjectPayload(Struct, gc=False):
    id: Id
    key: str
    name: str | None = None


class ProjectPagePayload(Struct, rename="camel", gc=False):
    values: list[ProjectPayload]
    is_last: bool | None = None
    total: int | None = None


class IssueTypePayload(Struct, rename="camel", gc=False):
    id: Id | None = None
    name: str | None = None
    subtask: bool | None = None
    hierarchy_level: int | None = None


class StatusPayload(Struct, gc=False):
    name: str | None = None


class IssuePayload(Struct, gc=False):
    """`fields` stays a dict, because the ids of custom fields differ from site to site."""

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
    timeoriginalestimate: Estimate | None = None


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

    id: Id
    issue_id: Id
    time_spent_seconds: int
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
        return bool(self.max_results) and len(self.worklogs) >= (self.max_results or 0)


class ChangedWorklog(Struct, rename="camel", gc=False):
    worklog_id: Id
    updated_time: int | None = None


class FeedPayload(Struct, rename="camel", gc=False):
    """Of /worklog/updated and /worklog/deleted. Data Center spells `lastPage` in two ways."""

    values: list[ChangedWorklog]
    until: int | None = None
    last_page: bool | None = None
    is_last_page: bool | None = None
    next_page: str | None = None
