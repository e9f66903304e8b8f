"""Jira's payloads to the records that the ingest takes. Pure."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from integrations.decoding import BadRow, bad_row
from integrations.jira.adf import flatten, plain
from integrations.jira.records import (
    FieldPayload,
    IssuePayload,
    IssueTypePayload,
    KnownFields,
    ProjectPayload,
    StatusPayload,
    UserPayload,
    WorklogPayload,
)
from worklogs.ingest.records import (
    AccountRecord,
    IssueRecord,
    IssueTypeRecord,
    ProjectRecord,
    StatusRecord,
    WorklogRecord,
)

__all__ = [
    "IssueFields",
    "fields_to_read",
    "find_fields",
    "flatten",
    "is_human",
    "parse_all",
    "parse_account",
    "parse_issue",
    "parse_issue_type",
    "parse_project",
    "parse_status",
    "parse_worklog",
    "unreadable_field",
]

Payload = TypeVar("Payload")

EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
EPIC_NAME = "com.pyxis.greenhopper.jira:gh-epic-label"
EARLIEST, LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
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
        name=_text(user.display_name),
        email=_text(user.email_address),
        timezone=_text(user.time_zone),
        is_active=user.active if isinstance(user.active, bool) else None,
    )


def _text(told: object) -> str:
    """Nothing of what is no text."""
    return plain(told) if isinstance(told, str) else ""


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


def parse_status(payload: StatusPayload) -> StatusRecord | None:
    """None for one without an id or a name, as of issue types."""
    return StatusRecord(str(payload.id), plain(payload.name)) if payload.id is not None and payload.name else None


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
        parent_key=plain(epic_key) if isinstance(epic_key, str) and not parent else "",
        parent=parse_issue(parent, fields) if parent and parent.key else None,
        estimate_seconds=known.timeoriginalestimate,
        type_id=identified(known.issuetype),
        status_id=identified(known.status),
    )


def identified(payload: IssueTypePayload | StatusPayload | None) -> str:
    return "" if payload is None or payload.id is None else str(payload.id)


def known_fields(payload: IssuePayload) -> KnownFields:
    """A field in another form than Jira documents is left out: a name less is better than an instance's hours less."""
    try:
        return msgspec.convert(payload.fields, KnownFields)
    except msgspec.ValidationError:
        readable = {name: value for name, value in payload.fields.items() if not _trouble(payload, name, value)}
        return msgspec.convert(readable, KnownFields)


def unreadable_field(payload: IssuePayload) -> BadRow | None:
    """The first field that `known_fields` leaves out."""
    troubles = (_trouble(payload, name, value) for name, value in payload.fields.items())
    return next((trouble for trouble in troubles if trouble), None)


def without_key(payload: IssuePayload) -> BadRow | None:
    """An issue that was asked for tells its key."""
    if payload.key:
        return None
    return BadRow(payload.source, payload.kind, str(payload.id), "key", "missing")


def _trouble(payload: IssuePayload, name: str, value: object) -> BadRow | None:
    try:
        msgspec.convert({name: value}, KnownFields)
    except msgspec.ValidationError as error:
        trouble = bad_row({name: value}, IssuePayload, error)
        trouble.external_id = str(payload.id)
        return trouble
    return None


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


def parse_all(
    payloads: Iterable[Payload], parse: Callable[[Payload, ZoneInfo], WorklogRecord], zone: ZoneInfo, bad: list[BadRow]
) -> list[WorklogRecord]:
    """One by one: what cannot be parsed is added to `bad`."""
    records = []
    for payload in payloads:
        try:
            records.append(parse(payload, zone))
        except BadRow as row:
            bad.append(row)
    return records


def parse_worklog(payload: WorklogPayload, default_zone: ZoneInfo) -> WorklogRecord:
    """The offset of `started` is that of the caller's profile, so the day is told by the author's zone.

    Raises BadRow for a moment at the end of the calendar.
    """
    author = parse_account(payload.author)
    try:
        started = aware(payload.started)
        local = started.astimezone(zone_of(author.timezone) or default_zone)
        created = aware(payload.created) if payload.created else started
        updated = aware(payload.updated) if payload.updated else created
    except OverflowError:
        reason = f"date out of range ({payload.started})"
        raise BadRow("jira", "worklog", str(payload.id), "started", reason, str(payload.issue_id)) from None
    return WorklogRecord(
        source="jira",
        external_id=str(payload.id),
        issue_id=str(payload.issue_id),
        account_id=author.account_id,
        day=local.date(),
        started_at=started,
        seconds=payload.time_spent_seconds,
        billable_seconds=payload.time_spent_seconds,
        comment=flatten(payload.comment) if payload.comment else "",
        created_at=created,
        updated_at=updated,
        author=author,
        utc_offset_minutes=offset_minutes(local),
    )


def offset_minutes(moment: datetime) -> int:
    """How far its clock is ahead of UTC."""
    return round((moment.utcoffset() or timedelta()).total_seconds() / 60)


def aware(moment: datetime) -> datetime:
    """Raises OverflowError for one that is on no calendar in some time zone."""
    if not moment.tzinfo:
        moment = moment.replace(tzinfo=UTC)
    if EARLIEST <= moment <= LATEST:
        return moment
    raise OverflowError
