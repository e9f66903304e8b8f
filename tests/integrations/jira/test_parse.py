import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from integrations.decoding import BadRow
from integrations.jira.parse import (
    IssueFields,
    fields_to_read,
    find_fields,
    parse_account,
    parse_issue,
    parse_worklog,
)
from integrations.jira.records import (
    ChangedWorklog,
    FeedPayload,
    FieldPayload,
    IssuePayload,
    OffsetPagePayload,
    ProjectPagePayload,
    ProjectPayload,
    TokenPagePayload,
    UserPagePayload,
    UserPayload,
    WorklogPagePayload,
    WorklogPayload,
)
from worklogs.ingest.records import AccountRecord, IssueRecord, ProjectRecord
from worklogs.models.work import authors_clock

MADRID = ZoneInfo("Europe/Madrid")
NO_FIELDS = IssueFields()


def worklog(**changes):
    payload = {"id": 1, "issueId": "2", "timeSpentSeconds": 60, "started": "2026-03-10T09:00:00.000+0000"}
    return msgspec.convert(payload | changes, WorklogPayload)


def issue(fields, issue_fields=NO_FIELDS):
    return parse_issue(IssuePayload("10", "ABC-1", fields), issue_fields)


def test_recorded_worklogs(vendor_files):
    body = (vendor_files / "payloads/jira/worklogs.v3.recorded.json").read_bytes()
    records = [parse_worklog(payload, MADRID) for payload in msgspec.json.decode(body, type=list[WorklogPayload])]
    assert [(record.external_id, record.issue_id, record.seconds) for record in records] == [
        ("11820", "10626", 28800),
        ("11709", "10080", 2220),
        ("11711", "10075", 5280),
        ("11714", "10075", 4980),
    ]
    by_tempo, by_hand = records[0], records[1]
    assert by_tempo.author == AccountRecord(
        "b1c9fda485f2379193df487a", "Tempo Timesheets", timezone="America/Los_Angeles", is_active=True
    )
    assert by_hand.author == AccountRecord(
        "e7db5c02c1516f45a4c66daa", "Farah Birch", "someone@example.com", "America/Los_Angeles", is_active=True
    )
    assert by_hand.source == "jira"
    assert by_hand.day == date(2021, 4, 14)  # in Madrid it is the 15th already
    assert by_hand.started_at == datetime(2021, 4, 15, 1, 48, 52, 747000, UTC)
    assert by_hand.created_at == by_hand.updated_at == datetime(2021, 4, 15, 18, 39, 47, 215000, UTC)
    assert by_hand.billable_seconds == 2220
    assert [record.comment for record in records] == [
        "time-tracking",
        "I did some work here. 1",
        "I did some work here. 0",
        "I did some work here. 3",
    ]
    assert records[1].author is records[2].author


def test_the_vendors_worklog_page_has_no_creation(vendor_files):
    body = (vendor_files / "payloads/jira/worklog-page.v3.vendor-example.json").read_bytes()
    page = msgspec.json.decode(body, type=WorklogPagePayload)
    record = parse_worklog(page.worklogs[0], MADRID)
    assert (page.total, record.external_id, record.comment) == (1, "100028", "I did some work here.")
    assert record.created_at == record.started_at == datetime(2021, 1, 17, 12, 34, tzinfo=UTC)
    assert record.updated_at == datetime(2021, 1, 18, 23, 45, tzinfo=UTC)
    assert record.author == AccountRecord("1622589129969a7cf2e43c66", "Goran Ivy", is_active=False)


def test_the_recorded_epic(vendor_files):
    body = (vendor_files / "payloads/jira/issue-epic.v3.recorded-partial.json").read_bytes()
    fields = IssueFields("customfield_10014", "customfield_10011")
    assert parse_issue(msgspec.json.decode(body, type=IssuePayload), fields) == IssueRecord(
        external_id="10627",
        key="TESTKEY13-1",
        summary="My Summary",
        type="Epic",
        level=1,
        status="To Do",
        project=ProjectRecord("10016", "TESTKEY13", "Test project 13"),
        type_id="10000",
        status_id="10000",
    )


@pytest.fixture(scope="session")
def specifications(vendor_files: Path):
    names = {"cloud": "jira-cloud-v3-openapi.json", "data center": "jira-dc-10.3-openapi.json"}
    return {kind: json.loads((vendor_files / "specs" / name).read_bytes()) for kind, name in names.items()}


@pytest.mark.parametrize(
    ("struct", "cloud", "data_center"),
    [
        (UserPayload, "User", "UserBean"),
        (WorklogPayload, "Worklog", "worklog"),
        (WorklogPagePayload, "PageOfWorklogs", "WorklogWithPaginationBean"),
        (FeedPayload, "ChangedWorklogs", "WorklogChangedSinceBean"),
        (ChangedWorklog, "ChangedWorklog", "WorklogChangeBean"),
        (FieldPayload, "FieldDetails", "FieldBean"),
        (ProjectPayload, "Project", "ProjectBean"),
        (IssuePayload, "IssueBean", "IssueBean"),
        (ProjectPagePayload, "PageBeanProject", None),
        (UserPagePayload, "PageBeanUser", None),
        (TokenPagePayload, "SearchAndReconcileResults", None),
        (OffsetPagePayload, None, "SearchResultsBean"),
    ],
)
def test_every_key_that_is_read_is_in_a_specification(specifications, struct, cloud, data_center):
    told = set()
    for kind, name in (("cloud", cloud), ("data center", data_center)):
        if name:
            told |= set(specifications[kind]["components"]["schemas"][name]["properties"])
    assert {field.encode_name for field in msgspec.structs.fields(struct)} <= told


@pytest.mark.parametrize(
    ("path", "method", "struct"),
    [
        ("/rest/api/3/worklog/updated", "get", FeedPayload),
        ("/rest/api/3/worklog/deleted", "get", FeedPayload),
        ("/rest/api/3/worklog/list", "post", list[WorklogPayload]),
        ("/rest/api/3/user/bulk", "get", UserPagePayload),
        ("/rest/api/3/project/search", "get", ProjectPagePayload),
        ("/rest/api/3/search/jql", "post", TokenPagePayload),
    ],
)
def test_the_examples_of_the_specification_are_read(specifications, path, method, struct):
    content = specifications["cloud"]["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    read = msgspec.json.decode(content["example"], type=struct)
    assert read if isinstance(read, list) else (getattr(read, "values", None) or read.issues)


@pytest.mark.parametrize("author", [None, {}, {"displayName": "Former user"}, {"accountId": "unknown", "active": True}])
def test_an_author_who_is_gone_is_unknown(author):
    record = parse_worklog(worklog(author=author), MADRID)
    assert (record.account_id, record.author) == ("unknown", AccountRecord("unknown", "Unknown author"))


@pytest.mark.parametrize(
    ("user", "account_id"),
    [
        ({"accountId": "5b", "key": "k", "name": "n"}, "5b"),
        ({"key": "JIRAUSER10100", "name": "farah"}, "JIRAUSER10100"),
        ({"accountId": "", "key": None, "name": "farah"}, "farah"),
    ],
)
def test_an_account_is_known_by_what_its_jira_tells(user, account_id):
    assert parse_account(msgspec.convert(user, UserPayload)).account_id == account_id


def test_hidden_fields_of_an_account_are_empty():
    user = msgspec.convert({"accountId": "5b", "emailAddress": None, "displayName": None, "active": None}, UserPayload)
    assert parse_account(user) == AccountRecord("5b")


def test_the_zone_of_the_instance_stands_in_for_one_that_is_not_told_or_not_valid():
    late = "2026-03-10T23:30:00.000+0000"
    for zone in (None, "", "Mars/Olympus", "../etc/passwd", "America", "a\x00b", "/etc/localtime", "x" * 5000):
        payload = worklog(started=late, author={"accountId": "5b", "timeZone": zone})
        assert parse_worklog(payload, MADRID).day == date(2026, 3, 11)
    payload = worklog(started=late, author={"accountId": "5b", "timeZone": "America/New_York"})
    assert parse_worklog(payload, MADRID).day == date(2026, 3, 10)


ZONES = st.sampled_from(
    [
        "Europe/Madrid",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Tokyo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Africa/Casablanca",
        "UTC",
    ]
)


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda clock: clock.replace(microsecond=clock.microsecond // 1000 * 1000)),
    st.integers(0, 1),
    ZONES,
    st.integers(-12 * 4, 14 * 4),
)
@example(date(2026, 3, 29), time(0, 30), 0, "Europe/Madrid", 0)
@example(date(2026, 10, 25), time(2, 30), 1, "Europe/Madrid", -28)
@example(date(2026, 10, 25), time(23, 59, 59), 0, "Europe/Madrid", 56)
def test_the_day_is_that_of_the_authors_clock_in_whatever_offset_jira_tells_the_start(day, clock, fold, zone, quarters):
    local = datetime.combine(day, clock, ZoneInfo(zone)).replace(fold=fold)
    assume(local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None))
    told = local.astimezone(timezone(timedelta(minutes=15 * quarters)))
    started = told.strftime("%Y-%m-%dT%H:%M:%S.") + f"{told.microsecond // 1000:03}" + told.strftime("%z")
    record = parse_worklog(worklog(started=started, author={"accountId": "5b", "timeZone": zone}), MADRID)
    assert record.day == day
    assert record.started_at == local.astimezone(UTC)
    clock = authors_clock(record.started_at, record.utc_offset_minutes)
    assert abs(clock - local.replace(tzinfo=None)) < timedelta(minutes=1)  # before 1900, offsets had seconds


@pytest.mark.parametrize(
    ("started", "moment"),
    [
        ("2021-01-17T12:34:00.000+0000", datetime(2021, 1, 17, 12, 34, tzinfo=UTC)),
        ("2021-04-14T18:48:52.747-0700", datetime(2021, 4, 15, 1, 48, 52, 747000, UTC)),
        ("2021-01-17T12:34:00.000+0545", datetime(2021, 1, 17, 6, 49, tzinfo=UTC)),
        ("2021-01-17T12:34:00Z", datetime(2021, 1, 17, 12, 34, tzinfo=UTC)),
        ("2021-01-17T12:34:00", datetime(2021, 1, 17, 12, 34, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_every_spelling(started, moment):
    record = parse_worklog(worklog(started=started, created=started, updated=started), MADRID)
    assert record.started_at == record.created_at == record.updated_at == moment


@pytest.mark.parametrize("started", ["0001-01-01T00:00:00.000+1400", "9999-12-31T23:59:00.000-1200"])
def test_a_start_at_the_end_of_the_calendar_names_its_worklog(started):
    with pytest.raises(BadRow, match="Jira worklog 1, started: date out of range"):
        parse_worklog(worklog(started=started), MADRID)


def test_a_comment_of_data_center_is_its_string():
    assert parse_worklog(worklog(comment="Fixed *it*"), MADRID).comment == "Fixed *it*"
    assert parse_worklog(worklog(comment=None), MADRID).comment == ""
    assert parse_worklog(worklog(), MADRID).comment == ""


def test_ids_are_strings_whichever_way_they_are_told():
    record = parse_worklog(worklog(id=103, issueId=10002), MADRID)
    assert (record.external_id, record.issue_id) == ("103", "10002")


def test_the_fields_of_epics_are_found_by_their_schema():
    told = [
        {"id": "summary", "schema": {"type": "string", "system": "summary"}},
        {"id": "thumbnail"},
        {"id": "customfield_10101", "schema": {"custom": "com.pyxis.greenhopper.jira:gh-epic-link", "customId": 10101}},
        {"id": "customfield_10103", "schema": {"custom": "com.pyxis.greenhopper.jira:gh-epic-label"}},
    ]
    fields = find_fields(msgspec.convert(told, list[FieldPayload]))
    assert fields == IssueFields("customfield_10101", "customfield_10103")
    assert fields_to_read(fields)[-2:] == ["customfield_10101", "customfield_10103"]
    told = ["summary", "issuetype", "parent", "project", "status", "timeoriginalestimate"]
    assert fields_to_read(find_fields([])) == told


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"issuetype": {"name": "Subtarea", "subtask": True, "hierarchyLevel": -1}}, -1),
        ({"issuetype": {"name": "Story", "subtask": False, "hierarchyLevel": 0}, "customfield_2": "left over"}, 0),
        ({"issuetype": {"name": "Épica", "hierarchyLevel": 1}}, 1),
        ({"issuetype": {"name": "Initiative", "hierarchyLevel": 2}}, 2),
        ({"issuetype": {"name": "Sub-task", "subtask": True}}, -1),
        ({"issuetype": {"name": "Epic", "subtask": False}, "customfield_2": "Checkout"}, 1),
        ({"issuetype": {"name": "Story", "subtask": False}, "customfield_2": None}, 0),
        ({}, 0),
    ],
)
def test_the_level_of_an_issue_is_told_or_follows_from_sub_task_and_epic_name(fields, level):
    assert issue(fields, IssueFields("customfield_1", "customfield_2")).level == level


def test_a_parent_is_told_with_its_payload():
    parent = {
        "id": "9",
        "key": "ABC-9",
        "fields": {
            "summary": "Checkout",
            "issuetype": {"name": "Epic", "hierarchyLevel": 1},
            "status": {"name": "Open"},
        },
    }
    record = issue({"parent": parent, "customfield_1": "OLD-1"}, IssueFields("customfield_1"))
    assert (record.parent_id, record.parent_key) == ("9", "")
    assert record.parent == IssueRecord("9", "ABC-9", "Checkout", "Epic", 1, "Open")


def test_an_epic_link_is_the_key_of_the_parent_where_no_parent_is_told():
    fields = IssueFields("customfield_1")
    assert issue({"customfield_1": "ABC-9"}, fields).parent_key == "ABC-9"
    assert issue({"customfield_1": None, "parent": None}, fields).parent_key == ""
    assert issue({"customfield_1": {"odd": 1}}, fields).parent_key == ""
    assert issue({"customfield_1": "ABC-9"}).parent_key == ""


def test_nul_leaves_every_text():
    user = msgspec.convert({"accountId": "5b", "displayName": "a\x00"}, UserPayload)
    assert parse_account(user).name == "a\N{REPLACEMENT CHARACTER}"
    assert issue({"summary": "a\x00"}).summary == "a\N{REPLACEMENT CHARACTER}"


def test_a_field_in_an_odd_form_costs_that_field_alone() -> None:
    fields = {"summary": 7, "status": "open", "issuetype": {"name": "Bug", "hierarchyLevel": 0}, "project": {"id": "1"}}
    record = parse_issue(IssuePayload(id="5", key="A-5", fields=fields), IssueFields())
    assert (record.key, record.summary, record.status, record.type, record.project) == ("A-5", "", "", "Bug", None)


@pytest.mark.parametrize(
    ("told", "seconds"), [(36_000, 36_000), (0, 0), (None, None), (-1, None), (2**40, None), ("2h", None)]
)
def test_an_estimate_is_seconds_that_a_column_can_hold(told: object, seconds: int | None) -> None:
    payload = IssuePayload(id=1, key="CORE-1", fields={"summary": "Refunds", "timeoriginalestimate": told})
    record = parse_issue(payload, IssueFields())
    assert (record.summary, record.estimate_seconds) == ("Refunds", seconds)


def test_what_describes_an_author_costs_no_worklog():
    user = msgspec.json.decode(
        b'{"accountId": "a", "active": "yes", "displayName": 1, "timeZone": false}', type=UserPayload
    )
    assert parse_account(user) == AccountRecord("a")
