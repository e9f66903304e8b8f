"""Jira's payloads to the records that the ingest takes. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from integrations.jira.adf import flatten, plain
from integrations.jira.records import (
    FieldPayload,
    IssuePayload,
    IssueTypePayload,
    KnownFields,
    ProjectPayload,
    UserPayload,
    WorklogPayload,
)
from integrations.session import ApiError
from worklogs.ingest.records import AccountRecord, IssueRecord, IssueTypeRecord, ProjectRecord, WorklogRecord

__all__ = [
    "IssueFields",
    "fields_to_read",
    "find_fields",
    "flatten",
    "is_human",
    "parse_account",
    "parse_issue",
    "parse_issue_type",
    "parse_worklog",
]

EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
EPIC_NAME = "com.pyxis.greenhopper.jira:gh-epic-label"
UNKNOWN = AccountRecord("unknown", name="Unknown author")  # Jira's own word for an account that is gone


class IssueFields(Struct, frozen=True):
    """The ids of the custom fields that tie issues to epics, which differ from site to site."""

    epic_link: str | None = None
    epic_name: str | None = None


def find_fields(fields: Iterable[FieldPayload]) -> IssueFields:
    by_schema = {field.schema.custom: field.id for field in fields if field.schema}
    return IssueFields(by_schema.get(EPIC_LINK), by_schema.get(EPIC_NAME))


def fields_to_read(fields: IssueFields) -> list[str]:
    custom = [field for field in (fields.epic_link, fields.epic_name) if field]
    return ["summary", "issuetype", "parent", "project", "status", "timeoriginalestimate", *custom]


@lru_cache(maxsize=10_000)  # most worklogs are of few authors, who share one record
def parse_account(user: UserPayload | None) -> AccountRecord:
    if user is None:
        return UNKNOWN
    account_id = user.account_id or user.key or user.name
    if not account_id or account_id == UNKNOWN.account_id:
        return UNKNOWN
    return AccountRecord(
        account_id=plain(account_id),
        name=plain(user.display_name or ""),
        email=plain(user.email_address or ""),
        timezone=plain(user.time_zone or ""),
        is_active=user.active,
    )


def is_human(user: UserPayload) -> bool:
    """Neither an app nor a customer of a help desk; Data Center tells no type, for there everybody is one."""
    return user.account_type in (None, "atlassian")


def parse_issue_type(payload: IssueTypePayload) -> IssueTypeRecord | None:
    """None for one without an id or a name, which nothing could refer to."""
    if payload.id is None or not payload.name:
        return None
    is_subtask = bool(payload.subtask)
    told = payload.hierarchy_level
    return IssueTypeRecord(
        str(payload.id), plain(payload.name), -1 if is_subtask and told is None else told, is_subtask
    )


def parse_project(project: ProjectPayload) -> ProjectRecord:
    return ProjectRecord(str(project.id), project.key, plain(project.name or ""))


def parse_issue(payload: IssuePayload, fields: IssueFields) -> IssueRecord:
    known = known_fields(payload)
    epic_key = payload.fields.get(fields.epic_link or "")
    parent = known.parent
    return IssueRecord(
        external_id=str(payload.id),
        key=payload.key,
        summary=plain(known.summary or ""),
        type=plain(known.issuetype and known.issuetype.name or ""),
        level=level(known.issuetype, is_epic=payload.fields.get(fields.epic_name or "") is not None),
        status=plain(known.status and known.status.name or ""),
        project=parse_project(known.project) if known.project else None,
        parent_id=str(parent.id) if parent else "",
        parent_key=epic_key if isinstance(epic_key, str) and not parent else "",
        parent=parse_issue(parent, fields) if parent else None,
        estimate_seconds=known.timeoriginalestimate,
    )


def known_fields(payload: IssuePayload) -> KnownFields:
    """A field in another form than Jira documents is left out: a name less is better than an instance's hours less."""
    try:
        return msgspec.convert(payload.fields, KnownFields)
    except msgspec.ValidationError:
        return msgspec.convert(dict(filter(is_readable, payload.fields.items())), KnownFields)


def is_readable(named: tuple[str, object]) -> bool:
    try:
        msgspec.convert(dict([named]), KnownFields)
    except msgspec.ValidationError:
        return False
    return True


def level(kind: IssueTypePayload | None, *, is_epic: bool) -> int:
    """Data Center tells no level: there an issue with an Epic Name is an epic."""
    if kind and kind.hierarchy_level is not None:
        return kind.hierarchy_level
    if kind and kind.subtask:
        return -1
    return 1 if is_epic else 0


@lru_cache(maxsize=1_000)
def zone_of(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):
        return None


def parse_worklog(payload: WorklogPayload, default_zone: ZoneInfo) -> WorklogRecord:
    """The offset of `started` is that of the caller's profile, so the day is told by the author's zone.

    Raises ApiError for a moment at the end of the calendar.
    """
    author = parse_account(payload.author)
    started = aware(payload.started)
    try:
        day = started.astimezone(zone_of(author.timezone) or default_zone).date()
    except OverflowError:
        text = f"Worklog {payload.id} of issue {payload.issue_id} starts at {started}. Correct its date in Jira."
        raise ApiError(text, permanent=True) from None
    created = aware(payload.created) if payload.created else started
    return WorklogRecord(
        source="jira",
        external_id=str(payload.id),
        issue_id=str(payload.issue_id),
        account_id=author.account_id,
        day=day,
        started_at=started,
        seconds=payload.time_spent_seconds,
        billable_seconds=payload.time_spent_seconds,
        comment=flatten(payload.comment) if payload.comment else "",
        created_at=created,
        updated_at=aware(payload.updated) if payload.updated else created,
        author=author,
    )


def aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
