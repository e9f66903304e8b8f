from collections import Counter
from typing import Any

import pytest

from integrations.simulator.exchange import RefusedError
from integrations.simulator.jql import parse
from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import Reader, jira

OCTOBER = 'worklogDate >= "2026-10-01" AND worklogDate <= "2026-10-31"'


def search(site: Reader, jql: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages."""
    issues, token = [], ""
    while True:
        answer = site.get("/rest/api/3/search/jql", jql=jql, nextPageToken=token, **parameters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        issues += page["issues"]
        assert page["isLast"] == ("nextPageToken" not in page)
        if page["isLast"]:
            return issues
        token = page["nextPageToken"]


def test_the_pages_of_a_search_give_every_issue_once(still: Simulator) -> None:
    found = [issue["id"] for issue in search(jira(still, "alborada"), "project in (PLAT, PAGO)", maxResults=13)]
    keys = ("PLAT", "PAGO")
    expected = [str(each.id) for each in still.world.instance("alborada").issues.values() if each.project.key in keys]
    assert Counter(found) == Counter(expected)


def test_only_the_id_is_given_unless_fields_are_asked(still: Simulator) -> None:
    issue = search(jira(still, "alborada"), "project = PLAT")[0]
    assert "fields" not in issue
    issue = search(jira(still, "alborada"), "project = PLAT", fields="summary,issuetype")[0]
    assert set(issue["fields"]) == {"summary", "issuetype"}


def test_a_page_with_fields_is_cut_to_a_hundred_issues(still: Simulator) -> None:
    site = jira(still, "alborada")
    with_fields = site.get("/rest/api/3/search/jql", jql="project = PLAT", fields="summary", maxResults=5000).json()
    assert len(with_fields["issues"]) <= 100
    only_ids = site.get("/rest/api/3/search/jql", jql="updated >= -3650d", maxResults=5000).json()
    assert len(only_ids["issues"]) == len(still.world.instance("alborada").issues)


def test_a_search_by_worklog_date_finds_the_issues_worked_on_in_the_callers_days(still: Simulator) -> None:
    instance = still.world.instance("alborada")
    zone = instance.caller.zone
    expected = {
        worklog.issue.key
        for worklog in instance.worklogs.values()
        if worklog.started.astimezone(zone).strftime("%Y-%m") == "2026-10"
    }
    found = search(jira(still, "alborada"), f"{OCTOBER} ORDER BY key", fields="key")
    assert {issue["key"] for issue in found} == expected != set()


@pytest.mark.parametrize("jql", ["", "ORDER BY created", "  order by key"])
def test_an_unbounded_search_is_refused(still: Simulator, jql: str) -> None:
    answer = jira(still, "alborada").get("/rest/api/3/search/jql", jql=jql)
    assert answer.status_code == 400
    assert "Unbounded" in answer.json()["errorMessages"][0]


def test_a_token_of_another_search_is_refused(still: Simulator) -> None:
    site = jira(still, "alborada")
    token = site.get("/rest/api/3/search/jql", jql="project = PLAT", maxResults=2).json()["nextPageToken"]
    assert site.get("/rest/api/3/search/jql", jql="project = PAGO", nextPageToken=token).status_code == 400


@pytest.mark.parametrize(
    "jql",
    [
        "project = NOPE",
        "key in (PLAT-1, NOPE-1)",
        "color = blue",
        "project = PLAT OR project = PAGO",
        "updated >= soon",
    ],
)
def test_a_search_that_makes_no_sense_is_refused(still: Simulator, jql: str) -> None:
    assert jira(still, "alborada").get("/rest/api/3/search/jql", jql=jql).status_code == 400


def test_data_center_leaves_out_unknown_keys_when_told_not_to_validate(still: Simulator) -> None:
    site = jira(still, "helvia")
    asked = {"jql": "key in (ONB-1, NOPE-1)", "fields": ["summary"]}
    assert site.post("/rest/api/2/search", asked).status_code == 400
    found = site.post("/rest/api/2/search", asked | {"validateQuery": False}).json()
    assert [issue["key"] for issue in found["issues"]] == ["ONB-1"]


def test_data_center_pages_by_start_and_total(still: Simulator) -> None:
    site = jira(still, "helvia")
    keys: list[str] = []
    while True:
        page = site.get(
            "/rest/api/2/search", jql="project = ONB", startAt=len(keys), maxResults=17, fields="key"
        ).json()
        keys += [issue["key"] for issue in page["issues"]]
        if len(keys) >= page["total"]:
            break
    assert Counter(keys) == Counter(issue.key for issue in still.world.instance("helvia").issues.values())


def test_the_removed_search_is_gone(still: Simulator) -> None:
    answer = jira(still, "norte").get("/rest/api/3/search", jql="project = APP")
    assert answer.status_code == 410
    assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize(("name", "api"), [("alborada", "/rest/api/3"), ("helvia", "/rest/api/2")])
def test_an_issue_embeds_twenty_worklogs_at_most(still: Simulator, name: str, api: str) -> None:
    instance = still.world.instance(name)
    busiest = max(instance.issues.values(), key=lambda issue: len(instance.worklogs_of(issue)))
    embedded = jira(still, name).get(f"{api}/issue/{busiest.key}").json()["fields"]["worklog"]
    assert embedded["maxResults"] == len(embedded["worklogs"]) == 20
    assert embedded["total"] == len(instance.worklogs_of(busiest)) > 20
    everything = jira(still, name).get(f"{api}/issue/{busiest.key}/worklog").json()
    assert len(everything["worklogs"]) == everything["total"] == embedded["total"]


def test_the_worklogs_of_an_issue_can_be_paged_and_bounded_by_their_start(still: Simulator) -> None:
    instance, site = still.world.instance("alborada"), jira(still, "alborada")
    busiest = max(instance.issues.values(), key=lambda issue: len(instance.worklogs_of(issue)))
    path = f"/rest/api/3/issue/{busiest.id}/worklog"
    pages = [site.get(path, startAt=start, maxResults=9).json() for start in range(0, 200, 9)]
    found = [worklog["id"] for page in pages for worklog in page["worklogs"]]
    assert found == [str(worklog.id) for worklog in instance.worklogs_of(busiest)][:198][: len(found)]
    third = sorted(worklog.started for worklog in instance.worklogs_of(busiest))[2]
    bound = int(third.timestamp() * 1000)
    after = site.get(path, startedAfter=bound).json()["total"]
    before = site.get(path, startedBefore=bound).json()["total"]
    at = sum(worklog.started == third for worklog in instance.worklogs_of(busiest))
    assert after + before + at == len(instance.worklogs_of(busiest))


def test_bulk_fetch_gives_ascending_ids_and_takes_a_hundred(still: Simulator) -> None:
    site = jira(still, "alborada")
    ids = [str(number) for number in sorted(still.world.instance("alborada").issues, reverse=True)[:100]]
    found = site.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ids, "fields": ["summary"]}).json()
    assert [issue["id"] for issue in found["issues"]] == sorted(ids, key=int)
    assert site.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": [*ids, "PLAT-1"]}).status_code == 400


def test_a_moved_issue_keeps_its_id_and_is_found_under_its_old_key(sim: Simulator) -> None:
    moved = sim.world.instance("alborada").move_issue("PLAT-9", "PAGO")
    answer = jira(sim, "alborada").get("/rest/api/3/issue/PLAT-9", fields="project").json()
    assert answer["id"] == str(moved.id)
    assert answer["key"] == moved.key
    assert answer["fields"]["project"]["key"] == "PAGO"


def test_a_query_reads_quotes_lists_and_case(still: Simulator) -> None:
    query = parse("""project IN ("Plataforma Alborada", PAGO) and updated>=-90m ORDER BY updated DESC, key""")
    assert [(clause.field, clause.operator) for clause in query.clauses] == [("project", "in"), ("updated", ">=")]
    assert query.clauses[0].values == ("Plataforma Alborada", "PAGO")
    assert query.order == (("updated", True), ("key", False))
    with pytest.raises(RefusedError):
        parse("project = PLAT project = PAGO")
