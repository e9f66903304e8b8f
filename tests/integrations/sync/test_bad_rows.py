"""One row that cannot be read stops no other: it is named, what was stored of it stays, everything else is there."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from integrations.simulator.entities import ABSENT, SimWorklog
from integrations.simulator.instance import SimInstance
from tests.integrations.sync.stage import FIRST, KINDS, LAST, Stage, assert_totals_are_right, busiest, stored
from worklogs.models import Issue, JiraInstance, UnreadableRow, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
PERIOD = {"first_day": FIRST, "last_day": LAST}
EACH_MODE = pytest.mark.parametrize("asked", [{}, PERIOD, {"full": True}], ids=["changes", "period", "full"])
BAD: dict[str, dict[str, Any]] = {
    "a year of five digits": {"started": "12026-11-03T09:00:00.000+0000", "startDate": "12026-11-03"},
    "the year 0": {"started": "0000-11-03T09:00:00.000+0000", "startDate": "0000-11-03"},
    "the end of the calendar": {"started": "9999-12-31T23:59:00.000-1200", "startDateTimeUtc": "9999-12-31T23:59:00Z"},
    "a negative time": {"timeSpentSeconds": -3600},
    "a fractional time": {"timeSpentSeconds": 3600.5},
    "too long a time": {"timeSpentSeconds": 2**63},
    "more than a column holds": {"timeSpentSeconds": 2**31},
    "no time": {"timeSpentSeconds": ABSENT},
    "a wrong type": {"timeSpentSeconds": "3600"},
    "no author but a text": {"author": "Ann"},
    "no issue": {"issueId": ABSENT, "issue": ABSENT},
}
EACH_BAD = pytest.mark.parametrize("bad", BAD)


@pytest.fixture
def site(stage: Stage, name: str) -> SimInstance:
    return stage.sim.world.instance(name)


@pytest.fixture
def bad_one(stage: Stage, name: str, site: SimInstance) -> SimWorklog:
    return site.worklogs_of(busiest(stage.sim, name))[0]


def external_id(worklog: SimWorklog, name: str) -> str:
    return str(worklog.tempo_id if name == "alborada" else worklog.id)


def told(stage: Stage, name: str) -> dict[str, Any]:
    return dict(stage.told(name, tempo=name == "alborada"))


def unreadable() -> list[tuple[str, str]]:
    return list(UnreadableRow.objects.order_by("id").values_list("kind", "external_id"))


@EACH_KIND
@EACH_BAD
def test_everything_else_is_read_and_the_bad_row_is_named(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, bad: str
) -> None:
    site.spoil_worklog(bad_one.id, **BAD[bad])
    stage.later()
    instance = stage.connect(name)
    run = stage.sync(instance)
    own_id = external_id(bad_one, name)
    expected = told(stage, name)
    del expected[own_id]
    assert stored(instance) == expected
    assert_totals_are_right()
    service = "Tempo" if name == "alborada" else "Jira"
    [warning] = run.warnings
    assert warning.startswith(f"{service} worklog {own_id}, ")
    assert unreadable() == [("worklog", own_id)]


@EACH_KIND
@EACH_MODE
def test_a_row_that_turns_bad_keeps_what_was_stored_until_it_is_right_again(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, asked: dict[str, Any]
) -> None:
    instance, own_id = stage.connect(name), external_id(bad_one, name)
    stage.sync(instance, full=True)
    before = stored(instance)
    site.spoil_worklog(bad_one.id, timeSpentSeconds=-1)
    stage.later()
    run = stage.sync(instance, **asked)
    assert (stored(instance), run.deleted, run.unconfirmed_deletions) == (before, 0, 0)
    assert unreadable() == [("worklog", own_id)]
    stage.later()
    assert stage.sync(instance).status == "succeeded"
    assert unreadable() == [("worklog", own_id)]  # the feed has passed it, and it is still known
    site.spoil_worklog(bad_one.id)
    site.edit_worklog(bad_one.id, seconds=7200)
    stage.later()
    run = stage.sync(instance, **asked)
    assert (unreadable(), run.warnings) == ([], [])
    assert Worklog.objects.get(external_id=own_id).seconds == 7200
    assert stored(instance) == told(stage, name)


@EACH_KIND
def test_reading_one_issue_stores_the_others_and_keeps_the_bad_one(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    before = stored(instance)
    other = site.worklogs_of(bad_one.issue)[1]
    site.spoil_worklog(bad_one.id, timeSpentSeconds=2**40)
    site.edit_worklog(other.id, seconds=other.seconds + 60)
    stage.later()
    run = stage.sync(instance, issue=Issue.objects.get(instance=instance, key=bad_one.issue.key))
    assert (run.updated, run.deleted, run.unconfirmed_deletions) == (1, 0, 0)
    assert sum(each.seconds for each in stored(instance).values()) == 60 + sum(each.seconds for each in before.values())
    assert unreadable() == [("worklog", external_id(bad_one, name))]


@EACH_KIND
def test_a_bad_row_is_not_gone_when_it_is_looked_up(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    """It left the period, so the reading does not show it; asked for by itself it cannot be read."""
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    before = stored(instance)
    site.edit_worklog(bad_one.id, started=datetime(2020, 1, 7, 9, tzinfo=UTC))
    site.spoil_worklog(bad_one.id, timeSpentSeconds=-1)
    stage.later()
    run = stage.sync(instance, **PERIOD)
    assert (stored(instance), run.deleted, run.unconfirmed_deletions) == (before, 0, 0)


@EACH_KIND
def test_a_bad_row_that_is_deleted_is_known_no_longer(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    site.spoil_worklog(bad_one.id, timeSpentSeconds=-1)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    assert len(unreadable()) == 1
    site.delete_worklog(bad_one.id)
    stage.later()
    stage.sync(instance)
    assert unreadable() == []


@EACH_KIND
@pytest.mark.parametrize("asked", [{}, PERIOD, {"full": True}], ids=["first", "period", "full"])
def test_a_bad_row_that_is_deleted_before_the_feeds_are_followed_is_known_no_longer(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, asked: dict[str, Any]
) -> None:
    site.spoil_worklog(bad_one.id, timeSpentSeconds=-1)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance, **PERIOD)
    site.delete_worklog(bad_one.id)
    stage.later()
    stage.sync(instance, **asked)
    stage.later()
    stage.sync(instance)
    assert unreadable() == []


@EACH_KIND
def test_a_bad_row_that_is_only_hidden_stays_known(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    site.spoil_worklog(bad_one.id, timeSpentSeconds=-1)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    site.hide_worklog(bad_one.id)
    stage.later()
    stage.sync(instance, full=True)
    assert len(unreadable()) == 1
    stage.sync(instance, full=True, confirm_deletions=True)
    assert unreadable() == []


@EACH_KIND
@pytest.mark.parametrize("own_id", [None, -1, "12\x0034", "x" * 500, True], ids=str)
def test_a_row_without_a_proper_id_is_one_bad_row(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, own_id: object
) -> None:
    site.spoil_worklog(bad_one.id, id=own_id, tempoWorklogId=own_id)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    expected = told(stage, name)
    del expected[external_id(bad_one, name)]
    assert stored(instance) == expected
    assert len(unreadable()) == 1
    site.spoil_worklog(bad_one.id)
    stage.later()
    stage.sync(instance, full=True)
    assert (unreadable(), stored(instance)) == ([], told(stage, name))


def spoil_ids(site: SimInstance, worklogs: list[SimWorklog]) -> None:
    for worklog in worklogs:
        site.spoil_worklog(worklog.id, id=None, tempoWorklogId=None)


@EACH_KIND
def test_two_rows_without_an_id_are_two(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, signed_in: Client
) -> None:
    lost = site.worklogs_of(bad_one.issue)[:2]
    spoil_ids(site, lost)
    stage.later()
    instance = stage.connect(name)
    for _ in range(2):
        run = stage.sync(instance, full=True)
        service = "Tempo" if name == "alborada" else "Jira"
        assert [warning.startswith(f"{service} worklog without an id, ") for warning in run.warnings] == [True, True]
        assert len(stored(instance)) == len(told(stage, name)) - 2
        assert [(str(each), each.issue_id) for each in UnreadableRow.objects.all()] == [
            (f"{service} worklog", str(bad_one.issue.id))
        ] * 2
        stage.later()
    page = signed_in.get("/worklogs/problems/").content.decode()
    assert page.count(f"{service} worklog") == 2
    assert not any(each.external_id in page for each in UnreadableRow.objects.all())


@EACH_KIND
@pytest.mark.parametrize(
    "asked", [{}, PERIOD, {"full": True}, {"issue": True}], ids=["changes", "period", "full", "issue"]
)
def test_a_row_without_an_id_is_known_until_it_is_right_or_gone(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, asked: dict[str, Any]
) -> None:
    lost = site.worklogs_of(bad_one.issue)[:3]
    spoil_ids(site, lost)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    if "issue" in asked:
        asked = {"issue": Issue.objects.get(instance=instance, external_id=str(bad_one.issue.id))}
    site.spoil_worklog(lost[0].id)
    site.edit_worklog(lost[0].id, seconds=7200)
    stage.later()
    stage.sync(instance, **asked)
    assert len(unreadable()) == 2
    assert Worklog.objects.get(external_id=external_id(lost[0], name)).seconds == 7200
    site.delete_worklog(lost[1].id)
    stage.later()
    stage.sync(instance, **asked)
    assert len(unreadable()) == 1
    site.spoil_worklog(lost[2].id)
    stage.later()
    run = stage.sync(instance, **asked)
    assert (unreadable(), run.warnings) == ([], [])
    assert stored(instance) == told(stage, name)


@EACH_KIND
def test_an_id_that_comes_twice_counts_once(stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog) -> None:
    twin = site.worklogs_of(bad_one.issue)[1]
    site.spoil_worklog(twin.id, id=str(bad_one.id), tempoWorklogId=bad_one.tempo_id)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    assert stored(instance).keys() == told(stage, name).keys() - {external_id(twin, name)}
    assert_totals_are_right()


@EACH_KIND
def test_too_long_a_comment_is_cut_and_its_hours_count(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    site.edit_worklog(bad_one.id, text="x" * 500_000)
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance)
    assert len(Worklog.objects.get(external_id=external_id(bad_one, name)).comment) == 100_000
    assert stored(instance) == told(stage, name)


@EACH_KIND
@EACH_MODE
def test_a_day_that_no_period_reaches_is_stored(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, asked: dict[str, Any]
) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    site.edit_worklog(bad_one.id, started=datetime(26, 11, 3, 12, tzinfo=UTC))
    stage.later()
    run = stage.sync(instance, **asked)
    assert (run.deleted, run.unconfirmed_deletions) == (0, 0)
    assert Worklog.objects.get(external_id=external_id(bad_one, name)).day == date(26, 11, 3)
    assert_totals_are_right()
    stage.later()
    assert stage.sync(instance, full=True).updated == 0


# Issues, people, feeds

BAD_ISSUES: dict[str, dict[str, Any]] = {
    "a key that is a number": {"key": 5},
    "fields that are a text": {"fields": "none"},
}


@EACH_KIND
@pytest.mark.parametrize("bad", BAD_ISSUES)
def test_an_issue_that_cannot_be_read_keeps_its_worklogs_without_a_key(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, bad: str
) -> None:
    issue = bad_one.issue
    site.spoil_issue(issue.key, **BAD_ISSUES[bad])
    instance = stage.connect(name)
    run = stage.sync(instance)
    assert {key: each.seconds for key, each in stored(instance).items()} == {
        key: each.seconds for key, each in told(stage, name).items()
    }
    assert Issue.objects.get(external_id=str(issue.id)).key in ("", issue.key)  # which its sub-tasks may tell
    assert any(f"Jira issue {issue.id}, " in warning for warning in run.warnings)
    assert unreadable() == [("issue", str(issue.id))]
    site.spoil_issue(issue.key)
    stage.later()
    stage.sync(instance)
    assert (unreadable(), stored(instance)) == ([], told(stage, name))


@EACH_KIND
@pytest.mark.parametrize("bad", ["key", "parent", "issuetype"])
def test_an_issue_that_turns_bad_stays_as_it_is_stored(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog, bad: str
) -> None:
    instance, issue = stage.connect(name), bad_one.issue
    stage.sync(instance, full=True)
    before = stored(instance)
    spoilt: dict[str, Any] = {"key": {"key": 5}, "parent": {"parent": {"id": -1}}, "issuetype": {"issuetype": [1]}}
    site.spoil_issue(issue.key, **spoilt[bad])
    stage.later()
    for asked in ({}, PERIOD, {"full": True}):
        stage.sync(instance, **asked)
        assert stored(instance) == before
    assert unreadable() == [("issue", str(issue.id))]


@EACH_KIND
def test_a_level_that_no_column_holds_stops_nothing(
    stage: Stage, name: str, site: SimInstance, bad_one: SimWorklog
) -> None:
    site.spoil_issue(bad_one.issue.key, issuetype={"name": "Story", "hierarchyLevel": 10**6})
    instance = stage.connect(name)
    stage.sync(instance)
    assert len(stored(instance)) == len(told(stage, name))


@pytest.mark.parametrize("name", ["alborada"])
def test_a_user_who_cannot_be_read_leaves_the_others_their_names(stage: Stage, name: str, site: SimInstance) -> None:
    user = next(iter(site.worklogs.values())).author
    user.spoiled = {"displayName": 5}
    instance = stage.connect(name)
    run = stage.sync(instance)
    nameless = {each.author for each in stored(instance).values()} - {each.display_name for each in site.users.values()}
    assert nameless == {""}
    assert run.warnings == []
    assert unreadable() == []


def test_an_instance_that_is_read_again_and_again_names_its_bad_rows_once(stage: Stage) -> None:
    site = stage.sim.world.instance("norte")
    for worklog_id in list(site.worklogs)[:30]:
        site.spoil_worklog(worklog_id, timeSpentSeconds=-1)
    stage.later()
    instance: JiraInstance = stage.connect("norte")
    run = stage.sync(instance)
    assert len(run.warnings) == 21
    assert run.warnings[-1].startswith("30 invalid rows in total.")
    stage.later()
    stage.sync(instance, **PERIOD)
    assert UnreadableRow.objects.count() == 30
