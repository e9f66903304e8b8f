"""Every endpoint's answer against the vendor's own specification; without the files these tests are skipped by name."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import jira, tempo_of
from tests.integrations.simulator.specifications import Specification

BOUNDED = 'worklogDate >= "2026-10-01" AND worklogDate <= "2026-10-31"'
V3 = "/rest/api/3"
V2 = "/rest/api/2"

CLOUD: list[tuple[str, str, dict[str, Any]]] = [
    ("get", "/myself", {}),
    ("get", "/field", {}),
    ("get", "/issuetype", {}),
    ("get", "/status", {}),
    ("get", "/users/search", {}),
    ("get", "/project/search", {}),
    ("get", "/search/jql", {"jql": BOUNDED, "fields": "*all"}),
    ("post", "/search/jql", {"jql": BOUNDED, "fields": ["summary", "parent"], "maxResults": 7}),
    ("get", "/worklog/updated", {"since": 0}),
    ("get", "/worklog/deleted", {"since": 0}),
]
DATA_CENTER: list[tuple[str, str, dict[str, Any]]] = [
    ("get", "/myself", {}),
    ("get", "/field", {}),
    ("get", "/issuetype", {}),
    ("get", "/status", {}),
    ("get", "/user/search", {"username": "."}),
    ("get", "/project", {}),
    ("get", "/search", {"jql": BOUNDED, "fields": "*all"}),
    ("post", "/search", {"jql": BOUNDED, "fields": ["summary", "parent"], "maxResults": 7}),
    ("get", "/worklog/updated", {"since": 0}),
    ("get", "/worklog/deleted", {"since": 0}),
]


def ask(reader: Any, method: str, path: str, parameters: dict[str, Any]) -> Any:
    response = reader.get(path, **parameters) if method == "get" else reader.post(path, parameters)
    assert response.status_code == 200, response.text
    return response.json()


def assert_valid(specification: Specification, answer: Any, schema: str) -> None:
    for payload in answer if isinstance(answer, list) else [answer]:
        assert specification.complaints(payload, schema) == []


@pytest.mark.parametrize("name", ["alborada", "norte", "meridiana"])
@pytest.mark.parametrize(("method", "path", "parameters"), CLOUD, ids=lambda value: str(value)[:20])
def test_jira_cloud_answers_as_specified(
    still: Simulator, cloud_specification: Specification, name: str, method: str, path: str, parameters: dict[str, Any]
) -> None:
    answer = ask(jira(still, name), method, V3 + path, parameters)
    assert_valid(cloud_specification, answer, cloud_specification.answer_schema(method, V3 + path))


@pytest.mark.parametrize(("method", "path", "parameters"), DATA_CENTER, ids=lambda value: str(value)[:20])
def test_data_center_answers_as_specified(
    still: Simulator, data_center_specification: Specification, method: str, path: str, parameters: dict[str, Any]
) -> None:
    answer = ask(jira(still, "helvia"), method, V2 + path, parameters)
    schema = data_center_specification.answer_schema(method, f"/api/2{path}")
    assert_valid(data_center_specification, answer, schema)


@pytest.mark.parametrize("name", ["alborada", "norte"])
def test_cloud_worklogs_issues_and_users_are_as_specified(
    still: Simulator, cloud_specification: Specification, name: str
) -> None:
    site, instance = jira(still, name), still.world.instance(name)
    listed = ask(site, "post", f"{V3}/worklog/list", {"ids": list(instance.worklogs)[:900]})
    assert_valid(cloud_specification, listed, "Worklog")
    keys = [issue.key for issue in list(instance.issues.values())[:90]]
    bulk = ask(site, "post", f"{V3}/issue/bulkfetch", {"issueIdsOrKeys": [*keys, "NOPE-1"], "fields": ["*all"]})
    assert_valid(cloud_specification, bulk, "BulkIssueResults")
    assert [error["id"] for error in bulk["issueErrors"]] == ["NOPE-1"]
    for issue in bulk["issues"]:
        assert_valid(cloud_specification, issue["fields"]["worklog"], "PageOfWorklogs")
        assert_valid(cloud_specification, issue["fields"]["status"], "StatusDetails")
        assert_valid(cloud_specification, issue["fields"]["issuetype"], "IssueTypeDetails")
        assert_valid(cloud_specification, issue["fields"]["project"], "Project")
    assert_valid(cloud_specification, ask(site, "get", f"{V3}/issue/{keys[0]}", {}), "IssueBean")
    assert_valid(cloud_specification, ask(site, "get", f"{V3}/issue/{keys[0]}/worklog", {}), "PageOfWorklogs")
    accounts = [user.key for user in instance.users.values()]
    assert_valid(cloud_specification, ask(site, "get", f"{V3}/user/bulk", {"accountId": accounts}), "PageBeanUser")
    assert_valid(cloud_specification, ask(site, "get", f"{V3}/user", {"accountId": accounts[1]}), "User")


def test_data_center_worklogs_issues_and_users_are_as_specified(
    still: Simulator, data_center_specification: Specification
) -> None:
    site, instance = jira(still, "helvia"), still.world.instance("helvia")
    listed = ask(site, "post", f"{V2}/worklog/list", {"ids": list(instance.worklogs)[:900]})
    assert_valid(data_center_specification, listed, "worklog")
    key = next(iter(instance.issues.values())).key
    assert_valid(data_center_specification, ask(site, "get", f"{V2}/issue/{key}", {}), "IssueBean")
    page = ask(site, "get", f"{V2}/issue/{key}/worklog", {})
    assert_valid(data_center_specification, page, "WorklogWithPaginationBean")
    user = list(instance.users.values())[1]
    assert_valid(data_center_specification, ask(site, "get", f"{V2}/user", {"key": user.key}), "UserBean")
    assert_valid(data_center_specification, ask(site, "get", f"{V2}/user", {"username": user.name}), "UserBean")


def test_tempo_answers_as_specified(still: Simulator, tempo_specification: Specification) -> None:
    tempo, instance = tempo_of(still), still.world.instance("alborada")
    first = next(iter(instance.worklogs.values()))
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        ("get", "/4/worklogs", {"from": "2026-10-01", "to": "2026-10-31", "limit": 5000}, "PageableWorklog"),
        ("get", f"/4/worklogs/{first.tempo_id}", {}, "Worklog"),
        ("post", "/4/worklogs/search", {"from": "2026-10-01", "to": "2026-10-31"}, "PageableWorklog"),
        ("post", "/4/worklogs/jira-to-tempo", {"jiraWorklogIds": [first.id]}, "PageableWorklogIdMapper"),
        ("post", "/4/worklogs/tempo-to-jira", {"tempoWorklogIds": [first.tempo_id]}, "PageableWorklogIdMapper"),
        ("get", "/4/work-attributes", {}, "PageableWorkAttribute"),
        ("post", "/4/papertrail/search", {"entityType": ["worklog"], "action": ["Deleted"]}, "PageableAuditLogEvent"),
    ]
    for method, path, parameters, schema in asked:
        answer = ask(tempo, method, path, parameters)
        assert answer.get("results") != []
        assert_valid(tempo_specification, answer, schema)
    events = "/papertrail/1/events/deleted/types/worklog"
    answer = ask(tempo, "get", events, {"updatedFrom": "2026-01-01T00:00:00Z"})
    assert_valid(tempo_specification, answer, tempo_specification.answer_schema("get", events))


def test_the_specification_sees_a_wrong_type_and_a_field_too_many(cloud_specification: Specification) -> None:
    assert cloud_specification.complaints({"id": 1}, "Worklog")
    assert cloud_specification.complaints({"accountId": "1", "jiraUserKey": "x"}, "UserDetails")
    assert cloud_specification.complaints({"worklogs": [{"author": {"active": "yes"}}]}, "PageOfWorklogs")


def test_recorded_worklogs_have_the_fields_that_ours_have(still: Simulator, vendor_files: Path) -> None:
    """The specifications allow more than what is really sent: the recorded payloads are the witness for that."""
    recorded = msgspec.json.decode((vendor_files / "payloads/jira/worklogs.v3.recorded.json").read_bytes())
    ids = list(still.world.instance("alborada").worklogs)[:500]
    ours = ask(jira(still, "alborada"), "post", f"{V3}/worklog/list", {"ids": ids})
    everything = {name for worklog in ours for name in worklog}
    assert {name for worklog in recorded for name in worklog} <= everything
    assert {type(worklog["id"]) for worklog in recorded} == {type(worklog["id"]) for worklog in ours}
    recorded = msgspec.json.decode((vendor_files / "payloads/tempo/worklogs.v4.recorded.json").read_bytes())
    worklogs = recorded["results"] if isinstance(recorded, dict) else recorded
    own = ask(tempo_of(still), "get", "/4/worklogs", {})["results"]
    assert {name for worklog in worklogs for name in worklog} <= {name for worklog in own for name in worklog}
