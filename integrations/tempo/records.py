"""Tempo's payloads, v4: only what is read, and required only what nothing works without."""

from datetime import date, datetime
from typing import ClassVar

import msgspec
from msgspec import Struct

from integrations.jira.records import Id, Seconds, UserPayload


class TempoIssuePayload(Struct, gc=False):
    id: Id


class TempoWorklogPayload(Struct, rename="camel", gc=False):
    """Of the author it tells the account id alone; `start_time` is HH:MM:SS of their clock; the issue has no key."""

    source: ClassVar = "tempo"
    kind: ClassVar = "worklog"
    tempo_worklog_id: Id
    issue: TempoIssuePayload
    time_spent_seconds: Seconds
    start_date: date
    author: UserPayload | None = None
    billable_seconds: Seconds | None = None
    start_time: str | None = None
    start_date_time_utc: datetime | None = None
    description: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class PageMetadata(Struct, rename="camel", gc=False):
    """`next` of lists; `next_page_token` of the audit log; `last_evaluated_key` of its older form."""

    next: str | None = None
    next_page_token: str | None = None
    last_evaluated_key: str | None = None


class WorklogPagePayload(Struct, gc=False):
    results: list[TempoWorklogPayload]
    metadata: PageMetadata


class IdPair(Struct, rename="camel", gc=False):
    source: ClassVar = "tempo"
    kind: ClassVar = "id"
    jira_worklog_id: Id
    tempo_worklog_id: Id


class IdPagePayload(Struct, gc=False):
    results: list[IdPair]
    metadata: PageMetadata


class AuditEvent(Struct, rename="camel", gc=False):
    source: ClassVar = "tempo"
    kind: ClassVar = "deletion"
    entity_id: Id


class AuditPagePayload(Struct, gc=False):
    results: list[AuditEvent]
    metadata: PageMetadata


class DeletedWorklog(Struct, rename="camel", gc=False):
    source: ClassVar = "tempo"
    kind: ClassVar = "deletion"
    tempo_worklog_id: Id


class DeletedPagePayload(Struct, gc=False):
    """Of the audit log's older form, whose metadata the specification lets be absent."""

    results: list[DeletedWorklog]
    metadata: PageMetadata = msgspec.field(default_factory=PageMetadata)
