"""Tempo's payloads to the records that the ingest takes. Pure."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from integrations.decoding import BadRow, shown
from integrations.jira.adf import plain
from integrations.jira.parse import aware, offset_minutes, parse_account, zone_of
from integrations.tempo.records import TempoWorklogPayload
from worklogs.ingest.records import WorklogRecord

MINUTES_A_DAY = 24 * 60


def parse_worklog(payload: TempoWorklogPayload, default_zone: ZoneInfo) -> WorklogRecord:
    """`default_zone` reads the start time of worklogs whose moment Tempo does not tell. Raises BadRow."""
    author = parse_account(payload.author)
    try:
        started = aware(payload.start_date_time_utc or started_at(payload, default_zone))
        created = aware(payload.created_at) if payload.created_at else started
        updated = aware(payload.updated_at) if payload.updated_at else created
    except (ValueError, OverflowError):
        reason = f"invalid date or time ({shown(f'{payload.start_date} {payload.start_time}')})"
        own_id, issue_id = str(payload.tempo_worklog_id), str(payload.issue.id)
        raise BadRow("tempo", "worklog", own_id, "startTime", reason, issue_id) from None
    seconds, billable = payload.time_spent_seconds, payload.billable_seconds
    return WorklogRecord(
        source="tempo",
        external_id=str(payload.tempo_worklog_id),
        issue_id=str(payload.issue.id),
        account_id=author.account_id,
        day=payload.start_date,
        started_at=started,
        seconds=seconds,
        billable_seconds=seconds if billable is None else billable,
        comment=plain(payload.description or ""),
        created_at=created,
        updated_at=updated,
        author=author,
        utc_offset_minutes=utc_offset_minutes(payload, started, zone_of(author.timezone) or default_zone),
    )


def utc_offset_minutes(payload: TempoWorklogPayload, started: datetime, zone: ZoneInfo) -> int:
    """Tempo tells the author's own day and clock; `zone` where it tells no clock, or one that is none."""
    try:
        clock = time.fromisoformat(payload.start_time or "")
        minutes = round((datetime.combine(payload.start_date, clock, UTC) - started).total_seconds() / 60)
    except ValueError:
        minutes = MINUTES_A_DAY
    return minutes if abs(minutes) < MINUTES_A_DAY else offset_minutes(started.astimezone(zone))


def started_at(payload: TempoWorklogPayload, default_zone: ZoneInfo) -> datetime:
    """Raises ValueError or OverflowError."""
    clock = time.fromisoformat(payload.start_time or "00:00")
    return datetime.combine(payload.start_date, clock, default_zone).astimezone(UTC)
