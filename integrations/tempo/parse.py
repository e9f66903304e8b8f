"""Tempo's payloads to the records that the ingest takes. Pure."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from integrations.jira.adf import plain
from integrations.jira.parse import aware, parse_account
from integrations.session import ApiError
from integrations.tempo.records import TempoWorklogPayload
from worklogs.ingest.records import WorklogRecord


def parse_worklog(payload: TempoWorklogPayload, default_zone: ZoneInfo) -> WorklogRecord:
    """`default_zone` reads the start time of worklogs whose moment Tempo does not tell. Raises ApiError."""
    author = parse_account(payload.author)
    started = started_at(payload, default_zone)
    created = aware(payload.created_at) if payload.created_at else started
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
        updated_at=aware(payload.updated_at) if payload.updated_at else created,
        author=author,
    )


def started_at(payload: TempoWorklogPayload, default_zone: ZoneInfo) -> datetime:
    if payload.start_date_time_utc:
        return aware(payload.start_date_time_utc)
    try:
        clock = time.fromisoformat(payload.start_time or "00:00")
        return datetime.combine(payload.start_date, clock, default_zone).astimezone(UTC)
    except (ValueError, OverflowError):
        text = (
            f"Tempo worklog {payload.tempo_worklog_id} starts at {payload.start_date} {payload.start_time}, "
            "which is no moment. Correct it in Tempo."
        )
        raise ApiError(text, permanent=True) from None
