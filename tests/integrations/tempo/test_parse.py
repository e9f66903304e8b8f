from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.decoding import BadRow
from integrations.tempo.parse import parse_worklog
from integrations.tempo.records import (
    AuditEvent,
    AuditPagePayload,
    DeletedPagePayload,
    DeletedWorklog,
    PageMetadata,
    TempoWorklogPayload,
    WorklogPagePayload,
)
from worklogs.ingest.records import AccountRecord
from worklogs.models.work import authors_clock

MADRID = ZoneInfo("Europe/Madrid")


def worklog(**changes):
    payload = {"tempoWorklogId": 1, "issue": {"id": 2}, "timeSpentSeconds": 60, "startDate": "2026-03-10"}
    return msgspec.convert(payload | changes, TempoWorklogPayload)


def test_recorded_worklogs(vendor_files):
    body = (vendor_files / "payloads/tempo/worklogs.v4.recorded.json").read_bytes()
    payloads = msgspec.json.decode(body, type=list[TempoWorklogPayload])
    records = [parse_worklog(payload, ZoneInfo("America/Los_Angeles")) for payload in payloads]
    assert len({record.external_id for record in records}) == 24
    assert [record.day.isoformat() for record in records] == [row["startDate"] for row in msgspec.json.decode(body)]
    assert sum(record.seconds for record in records) == sum(
        row["timeSpentSeconds"] for row in msgspec.json.decode(body)
    )
    first = records[0]
    assert (first.source, first.external_id, first.issue_id) == ("tempo", "2", "10000")
    assert (first.day, first.seconds, first.billable_seconds, first.comment) == (date(2021, 1, 24), 600, 600, "Test")
    assert first.started_at == datetime(2021, 1, 24, 16, 0, tzinfo=UTC)
    assert first.created_at == first.updated_at == datetime(2021, 1, 25, 19, 8, 43, tzinfo=UTC)
    assert first.author == AccountRecord("e7db5c02c1516f45a4c66daa")


@pytest.fixture(scope="session")
def schemas(vendor_files: Path):
    text = (vendor_files / "specs/tempo-v4-openapi.yaml").read_text()
    return yaml.load(text, yaml.CSafeLoader)["components"]["schemas"]


@pytest.mark.parametrize(
    ("struct", "names"),
    [
        (TempoWorklogPayload, ["Worklog"]),
        (WorklogPagePayload, ["PageableWorklog"]),
        (AuditPagePayload, ["PageableAuditLogEvent"]),
        (AuditEvent, ["AuditLogEvent"]),
        (DeletedPagePayload, ["DeletedWorklogAuditEventsBean"]),
        (DeletedWorklog, ["DeletedWorklogBean"]),
        (PageMetadata, ["PageableMetadata", "PageableResponseMetadata", "MetadataBean"]),
    ],
)
def test_every_key_that_is_read_is_in_the_specification(schemas, struct, names):
    told = {key for name in names for key in schemas[name]["properties"]}
    assert {field.encode_name for field in msgspec.structs.fields(struct)} <= told


def test_what_is_required_is_required_by_the_specification(schemas):
    ours = {field.encode_name for field in msgspec.structs.fields(TempoWorklogPayload) if field.required}
    assert ours <= set(schemas["Worklog"]["required"])


def test_billable_time_is_the_time_where_it_is_not_told():
    assert parse_worklog(worklog(), MADRID).billable_seconds == 60
    assert parse_worklog(worklog(billableSeconds=None), MADRID).billable_seconds == 60
    assert parse_worklog(worklog(billableSeconds=0), MADRID).billable_seconds == 0


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ({}, datetime(2026, 3, 9, 23, 0, tzinfo=UTC)),
        ({"startTime": "09:30:00"}, datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        ({"startTime": "09:30"}, datetime(2026, 3, 10, 8, 30, tzinfo=UTC)),
        (
            {"startTime": "09:30:00", "startDateTimeUtc": "2026-03-10T14:30:00.000Z"},
            datetime(2026, 3, 10, 14, 30, tzinfo=UTC),
        ),
        ({"startDateTimeUtc": "2026-03-10T14:30:00"}, datetime(2026, 3, 10, 14, 30, tzinfo=UTC)),
    ],
)
def test_the_start_is_told_in_utc_or_follows_from_the_clock(told, moment):
    record = parse_worklog(worklog(**told), MADRID)
    assert record.started_at == record.created_at == record.updated_at == moment
    assert record.day == date(2026, 3, 10)


@pytest.mark.parametrize("start", ["noon", "25:00:00", "-1"])
def test_a_start_that_is_no_time_names_its_worklog(start):
    with pytest.raises(BadRow, match="Tempo worklog 1, startTime: invalid date or time"):
        parse_worklog(worklog(startTime=start), MADRID)


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda clock: clock.replace(microsecond=0)),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
@example(date(2026, 3, 29), time(2, 30), "Europe/Madrid")
@example(date(2011, 12, 30), time(12), "Pacific/Apia")
def test_the_day_is_the_one_tempo_tells_and_the_start_is_near_it(day, clock, zone):
    record = parse_worklog(worklog(startDate=day.isoformat(), startTime=clock.isoformat()), ZoneInfo(zone))
    assert record.day == day
    assert abs(record.started_at - datetime.combine(day, clock, UTC)) <= timedelta(hours=14)
    assert abs(authors_clock(record.started_at, record.utc_offset_minutes) - datetime.combine(day, clock)) < timedelta(
        minutes=1
    )


@pytest.mark.parametrize("author", [None, {}, {"accountId": None}, {"accountId": "unknown"}])
def test_an_author_who_is_gone_is_unknown(author):
    record = parse_worklog(worklog(author=author), MADRID)
    assert (record.account_id, record.author) == ("unknown", AccountRecord("unknown", "Unknown author"))


def test_ids_are_strings_and_texts_hold_no_nul():
    record = parse_worklog(worklog(tempoWorklogId="12", issue={"id": "13"}, description="a\x00b"), MADRID)
    assert (record.external_id, record.issue_id) == ("12", "13")
    assert record.comment == "a\N{REPLACEMENT CHARACTER}b"
    assert parse_worklog(worklog(description=None), MADRID).comment == ""


@pytest.mark.parametrize("missing", ["tempoWorklogId", "issue", "timeSpentSeconds", "startDate"])
def test_a_worklog_is_nothing_without_its_id_issue_seconds_and_day(missing):
    payload = {"tempoWorklogId": 1, "issue": {"id": 2}, "timeSpentSeconds": 60, "startDate": "2026-03-10"}
    del payload[missing]
    with pytest.raises(msgspec.ValidationError, match=missing):
        msgspec.convert(payload, TempoWorklogPayload)


@pytest.mark.parametrize(
    ("fields", "clock"),
    [
        ({"startTime": "09:00:00", "startDateTimeUtc": "2026-10-04T20:00:00Z"}, "09:00"),  # Auckland
        ({"startTime": None, "startDateTimeUtc": "2026-10-05T07:00:00Z"}, "09:00"),  # the zone of the instance
        ({"startTime": "25:00:00", "startDateTimeUtc": "2026-10-05T07:00:00Z"}, "09:00"),
        ({"startTime": "09:00:00", "startDateTimeUtc": "2026-09-01T07:00:00Z"}, "09:00"),
        ({"startTime": "09:00:00", "startDateTimeUtc": None}, "09:00"),
    ],
)
def test_the_clock_is_the_one_tempo_tells(fields, clock):
    record = parse_worklog(worklog(startDate="2026-10-05", **fields), ZoneInfo("Europe/Madrid"))
    assert f"{authors_clock(record.started_at, record.utc_offset_minutes):%H:%M}" == clock
