from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.simulator.clock import milliseconds
from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import Reader, jira

BOTH = pytest.mark.parametrize(("name", "api"), [("norte", "/rest/api/3"), ("helvia", "/rest/api/2")])


def feed(site: Reader, path: str, since: int = 0) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = []
    while True:
        page = site.get(path, since=since).json()
        assert len(page["values"]) <= 1000
        values += page["values"]
        if page["lastPage"]:
            return values
        assert page["nextPage"] == f"{site.url}{path}?since={page['until']}"
        since = page["until"]


def ids(values: list[dict[str, Any]]) -> list[int]:
    return [value["worklogId"] for value in values]


def test_the_pages_of_the_feed_give_every_worklog_once_and_the_oldest_first(still: Simulator) -> None:
    instance = still.world.instance("meridiana")
    values = feed(jira(still, "meridiana"), "/rest/api/3/worklog/updated")
    assert len(values) > 1000
    assert sorted(ids(values)) == sorted(instance.worklogs)
    times = [value["updatedTime"] for value in values]
    assert times == sorted(times)


def test_a_page_does_not_end_between_two_changes_of_the_same_millisecond(sim: Simulator) -> None:
    instance = sim.world.instance("norte")
    moment = sim.world.clock.now() + timedelta(minutes=1)
    issue = next(issue for issue in instance.issues.values() if issue.type.level == 0)
    for number in range(1005):
        at = moment + timedelta(milliseconds=min(number, 997))
        instance.add_worklog(issue.id, "Worklog Dashboard", at, 900, now=at)
    sim.world.clock.advance(300)
    values = feed(jira(sim, "norte"), "/rest/api/3/worklog/updated", milliseconds(moment) - 1)
    assert len(set(ids(values))) == 1005


@BOTH
def test_the_last_minute_is_not_in_the_feeds(sim: Simulator, name: str, api: str) -> None:
    instance, site = sim.world.instance(name), jira(sim, name)
    edited, deleted = list(instance.worklogs)[:2]
    since = milliseconds(sim.world.clock.now()) - 1
    instance.edit_worklog(edited, seconds=60)
    instance.delete_worklog(deleted)
    sim.world.clock.advance(59)
    assert feed(site, f"{api}/worklog/updated", since) == []
    assert feed(site, f"{api}/worklog/deleted", since) == []
    sim.world.clock.advance(1)
    assert ids(feed(site, f"{api}/worklog/updated", since)) == [edited]
    assert ids(feed(site, f"{api}/worklog/deleted", since)) == [deleted]


@BOTH
def test_a_deleted_worklog_leaves_the_feed_of_updates(sim: Simulator, name: str, api: str) -> None:
    instance, site = sim.world.instance(name), jira(sim, name)
    worklog_id = next(iter(instance.worklogs))
    instance.edit_worklog(worklog_id, seconds=60)
    instance.delete_worklog(worklog_id)
    sim.world.clock.advance(120)
    assert worklog_id not in ids(feed(site, f"{api}/worklog/updated"))
    assert worklog_id in ids(feed(site, f"{api}/worklog/deleted"))


def test_an_edited_worklog_is_told_once_at_its_new_time(sim: Simulator) -> None:
    instance = sim.world.instance("norte")
    worklog_id = next(iter(instance.worklogs))
    instance.edit_worklog(worklog_id, seconds=60)
    sim.world.clock.advance(120)
    values = feed(jira(sim, "norte"), "/rest/api/3/worklog/updated")
    assert ids(values).count(worklog_id) == 1
    assert values[-1]["worklogId"] == worklog_id


def test_worklogs_of_a_hidden_project_leave_the_feed_and_the_list(sim: Simulator) -> None:
    instance, site = sim.world.instance("norte"), jira(sim, "norte")
    hidden = [worklog.id for worklog in instance.worklogs.values() if worklog.issue.project.key == "WEB"]
    instance.hide_project("WEB")
    assert not set(hidden) & set(ids(feed(site, "/rest/api/3/worklog/updated")))
    assert site.post("/rest/api/3/worklog/list", {"ids": hidden[:10]}).json() == []
    assert site.get(f"/rest/api/3/issue/{instance.worklogs[hidden[0]].issue.key}").status_code == 404


@BOTH
def test_a_list_of_more_than_a_thousand_ids_or_of_none_is_refused(still: Simulator, name: str, api: str) -> None:
    site = jira(still, name)
    assert site.post(f"{api}/worklog/list", {"ids": list(range(1, 1002))}).status_code == 400
    assert site.post(f"{api}/worklog/list", {"ids": []}).status_code == 400
    known = next(iter(still.world.instance(name).worklogs))
    assert [each["id"] for each in site.post(f"{api}/worklog/list", {"ids": [known, 1]}).json()] == [str(known)]


def test_started_is_told_in_the_callers_time_zone_with_an_offset_without_colon(sim: Simulator) -> None:
    instance = sim.world.instance("alborada")
    worklog_id = next(iter(instance.worklogs))
    instance.edit_worklog(worklog_id, started=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    site = jira(sim, "alborada")
    listed = site.post("/rest/api/3/worklog/list", {"ids": [worklog_id]}).json()
    assert listed[0]["started"] == "2026-07-02T00:30:00.000+0200"
