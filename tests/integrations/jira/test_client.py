import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from integrations.jira.client import FeedPage, JiraClient, JiraCloud, JiraDataCenter, jira_client
from integrations.jira.parse import IssueFields, fields_to_read
from integrations.session import ApiError

SITE = "https://alborada.atlassian.net"
CLOUD = f"{SITE}/rest/api/3"
SERVER = "https://jira.helvia.example/jira"
DATA_CENTER = f"{SERVER}/rest/api/2"

Reply = tuple[int, object]
FIELDS = [{"id": "customfield_1", "schema": {"custom": "com.pyxis.greenhopper.jira:gh-epic-link"}}]


class Jira:
    """Answers by functions of the request's query and body, and keeps what was asked."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.asked: list[tuple[str, dict[str, list[str]], object]] = []
        self.headers: list[dict[str, str]] = []

    def on(self, method: str, url: str, reply: Callable[[dict[str, list[str]], dict[str, object]], Reply]) -> None:
        def called(request: PreparedRequest) -> tuple[int, dict[str, str], str | bytes]:
            parts = urlsplit(request.url or "")
            query, body = parse_qs(parts.query), json.loads(request.body or b"{}")
            self.asked.append((parts.path, query, body))
            self.headers.append(dict(request.headers))
            status, payload = reply(query, body)
            return status, {}, payload if isinstance(payload, bytes) else json.dumps(payload)

        self.mock.add_callback(method, url, called)


@pytest.fixture
def jira() -> Iterator[Jira]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Jira(mock)


@pytest.fixture
def cloud() -> Iterator[JiraCloud]:
    with JiraCloud(SITE, "a@b.example", "token-1", connections=2, on_wait=lambda _: None) as client:
        yield client


@pytest.fixture
def data_center() -> Iterator[JiraDataCenter]:
    with JiraDataCenter(SERVER, "token-2", connections=2, on_wait=lambda _: None) as client:
        yield client


def rows(count: int, first: int = 1) -> list[dict[str, object]]:
    return [{"id": str(number), "key": f"ABC-{number}"} for number in range(first, first + count)]


def worklog(number: int) -> dict[str, object]:
    return {
        "id": str(number),
        "issueId": "9",
        "timeSpentSeconds": 60,
        "started": "2026-03-10T09:00:00.000+0000",
    }


def ids(pages) -> list[str]:
    return [str(row.id) for page in pages for row in page]


def test_cloud_is_asked_with_mail_and_token(jira, cloud):
    jira.on("GET", f"{CLOUD}/myself", lambda query, body: (200, {"accountId": "5b", "timeZone": "Europe/Madrid"}))
    assert cloud.myself().time_zone == "Europe/Madrid"
    assert base64.b64decode(jira.headers[0]["Authorization"].removeprefix("Basic ")) == b"a@b.example:token-1"


def test_data_center_is_asked_with_its_token_under_its_context_path(jira, data_center):
    jira.on("GET", f"{DATA_CENTER}/myself", lambda query, body: (200, {"key": "JIRAUSER1", "name": "farah"}))
    assert data_center.myself().key == "JIRAUSER1"
    assert jira.headers[0]["Authorization"] == "Bearer token-2"


def test_the_client_is_chosen_by_the_kind_of_jira(jira):
    url = "https://api.atlassian.com/ex/jira/1-2"
    jira.on("GET", f"{url}/rest/api/3/field", lambda query, body: (200, FIELDS))
    with jira_client("cloud", url, "a@b.example", " token\n") as client:
        assert client.issue_fields == IssueFields("customfield_1")
    jira.on("GET", f"{DATA_CENTER}/field", lambda query, body: (200, []))
    with jira_client("data_center", f"{SERVER}/", "", "token") as client:
        assert client.issue_fields == IssueFields()
    with pytest.raises(ValueError, match="server"):
        jira_client("server", url, "", "")


def test_projects_of_cloud_come_in_pages(jira, cloud):
    def page(query, body):
        start = int(query["startAt"][0])
        values = [row | {"name": "Bank"} for row in rows(min(100, 230 - start), start)]
        return 200, {"values": values, "isLast": start + 100 >= 230, "total": 230}

    jira.on("GET", f"{CLOUD}/project/search", page)
    assert ids(cloud.projects()) == [str(number) for number in range(230)]
    assert [query["startAt"] for _, query, _ in jira.asked] == [["0"], ["100"], ["200"]]


def test_projects_of_data_center_come_at_once(jira, data_center):
    jira.on("GET", f"{DATA_CENTER}/project", lambda query, body: (200, rows(3)))
    assert ids(data_center.projects()) == ["1", "2", "3"]


def test_a_search_of_cloud_follows_tokens_to_the_last_page(jira, cloud):
    pages = {
        None: {"issues": rows(2), "nextPageToken": "t1", "isLast": False},
        "t1": {"issues": [], "nextPageToken": "t2"},
        "t2": {"issues": rows(1, 3), "nextPageToken": "t3", "isLast": True},
    }
    jira.on("POST", f"{CLOUD}/search/jql", lambda query, body: (200, pages[body.get("nextPageToken")]))
    assert ids(cloud.search("project = ABC")) == ["1", "2", "3"]
    assert jira.asked[0][2]["maxResults"] == 5000
    list(cloud.search("project = ABC", ["id", "summary"]))
    assert jira.asked[3][2] == {"jql": "project = ABC", "fields": ["id", "summary"], "maxResults": 100}


def test_a_search_of_cloud_that_repeats_a_token_is_an_error(jira, cloud):
    jira.on("POST", f"{CLOUD}/search/jql", lambda query, body: (200, {"issues": rows(1), "nextPageToken": "t1"}))
    with pytest.raises(ApiError, match="same page twice"):
        list(cloud.search("project = ABC"))
    assert len(jira.asked) == 2


def test_a_search_without_end_is_an_error(jira, cloud):
    cloud.page_limit = 10
    jira.on(
        "POST",
        f"{CLOUD}/search/jql",
        lambda query, body: (200, {"issues": [], "nextPageToken": str(len(jira.asked))}),
    )
    with pytest.raises(ApiError, match="more results after 10 pages|same rows again"):
        list(cloud.search("project = ABC"))


@pytest.mark.parametrize("answer", [{}, [], {"errorMessages": []}])
def test_a_page_without_its_list_is_an_error_and_not_an_empty_page(jira, cloud, answer):
    jira.on("POST", f"{CLOUD}/search/jql", lambda query, body: (200, answer))
    with pytest.raises(ApiError, match="unexpected response"):
        list(cloud.search("project = ABC"))


def test_a_search_of_data_center_goes_on_by_what_it_was_given(jira, data_center):
    def page(query, body):
        start = body["startAt"]
        return 200, {"issues": rows(min(50, 120 - start), start), "total": 120, "maxResults": 50}

    jira.on("POST", f"{DATA_CENTER}/search", page)
    assert ids(data_center.search("project = ABC")) == [str(number) for number in range(120)]


def test_a_search_of_data_center_that_stands_still_is_an_error(jira, data_center):
    jira.on("POST", f"{DATA_CENTER}/search", lambda query, body: (200, {"issues": [], "total": 5}))
    with pytest.raises(ApiError, match="same page twice"):
        list(data_center.search("project = ABC"))


def test_issues_of_cloud_are_read_a_hundred_at_a_time_with_the_fields_of_the_site(jira, cloud):
    jira.on("GET", f"{CLOUD}/field", lambda query, body: (200, FIELDS))

    def bulk(query, body):
        readable = [row for row in body["issueIdsOrKeys"] if row != "13"]
        return 200, {"issues": [{"id": row, "key": f"ABC-{row}"} for row in readable], "issueErrors": [{"id": "13"}]}

    jira.on("POST", f"{CLOUD}/issue/bulkfetch", bulk)
    wanted = [str(number) for number in range(250)]
    assert ids(cloud.issues(wanted)) == [number for number in wanted if number != "13"]
    bodies = [body for path, _, body in jira.asked if path.endswith("bulkfetch")]
    assert sorted(len(body["issueIdsOrKeys"]) for body in bodies) == [50, 100, 100]
    assert bodies[0]["fields"] == [*fields_to_read(IssueFields()), "customfield_1"]


def test_no_issues_and_no_worklogs_need_no_request(jira, cloud, data_center):
    for client in (cloud, data_center):
        assert (
            list(client.issues([])) == list(client.worklogs([])) == client.users([]) == client.users(["unknown"]) == []
        )
    assert not jira.asked


def test_issues_of_data_center_are_searched_by_ids_and_quoted_keys(jira, data_center):
    jira.on("GET", f"{DATA_CENTER}/field", lambda query, body: (200, FIELDS))
    jira.on("POST", f"{DATA_CENTER}/search", lambda query, body: (200, {"issues": rows(1), "total": 1}))
    assert ids(data_center.issues(["10", "ABC-1", 'A"\\'])) == ["1"]
    body = jira.asked[1][2]
    assert body["jql"] == 'issue in (10, "ABC-1", "A\\"\\\\")'
    assert body["validateQuery"] is False


def test_issues_of_data_center_are_read_singly_where_one_unknown_spoils_the_search(jira, data_center):
    jira.on("GET", f"{DATA_CENTER}/field", lambda query, body: (200, []))
    jira.on("POST", f"{DATA_CENTER}/search", lambda query, body: (400, {"errorMessages": ["No issue 2."]}))
    jira.on("GET", f"{DATA_CENTER}/issue/1", lambda query, body: (200, rows(1)[0]))
    jira.on("GET", f"{DATA_CENTER}/issue/2", lambda query, body: (404, {}))
    assert ids(data_center.issues(["1", "2"])) == ["1"]
    assert jira.asked[2][1] == {"fields": [",".join(fields_to_read(IssueFields()))]}


def test_a_refused_token_does_not_make_issues_absent(jira, data_center):
    jira.on("GET", f"{DATA_CENTER}/field", lambda query, body: (200, []))
    jira.on("POST", f"{DATA_CENTER}/search", lambda query, body: (400, {}))
    jira.on("GET", f"{DATA_CENTER}/issue/1", lambda query, body: (403, {}))
    with pytest.raises(ApiError, match="403"):
        list(data_center.issues(["1", "2"]))


def test_worklogs_of_an_issue_of_cloud_come_in_pages_of_a_window(jira, cloud):
    def page(query, body):
        start = int(query["startAt"][0])
        return 200, {"worklogs": [worklog(number) for number in range(start, min(start + 2, 5))], "total": 5}

    jira.on("GET", f"{CLOUD}/issue/ABC-1/worklog", page)
    after, before = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = cloud.issue_worklogs("ABC-1", started_after=after, started_before=before)
    assert [payload.id for payload in found] == ["0", "1", "2", "3", "4"]
    assert jira.asked[0][1] == {
        "startAt": ["0"],
        "maxResults": ["1000"],
        "startedAfter": ["1767225600000"],
        "startedBefore": ["1769904000000"],
    }


def test_worklogs_of_an_issue_that_do_not_come_are_an_error(jira, cloud, data_center):
    for client, api in ((cloud, CLOUD), (data_center, DATA_CENTER)):
        jira.on("GET", f"{api}/issue/1/worklog", lambda query, body: (200, {"worklogs": [], "total": 3}))
        with pytest.raises(ApiError):
            client.issue_worklogs("1")


def test_worklogs_of_an_issue_of_data_center_come_at_once(jira, data_center):
    answer = {"worklogs": [worklog(1)], "total": 1, "maxResults": 1}
    jira.on("GET", f"{DATA_CENTER}/issue/1/worklog", lambda query, body: (200, answer))
    found = data_center.issue_worklogs("1", started_after=datetime(2026, 1, 1, tzinfo=UTC))
    assert [payload.id for payload in found] == ["1"]
    assert jira.asked[0][1] == {}


def test_too_many_worklogs_of_an_issue_of_data_center_lead_to_a_full_sync(jira, data_center, monkeypatch):
    monkeypatch.setattr("integrations.room.BODY_BYTES", 1_000)
    answer = {"worklogs": [worklog(number) for number in range(100)], "total": 100}
    jira.on("GET", f"{DATA_CENTER}/issue/1/worklog", lambda query, body: (200, answer))
    with pytest.raises(ApiError, match="Run a full sync"):
        data_center.issue_worklogs("1")


def test_an_id_cannot_leave_its_path(jira, cloud):
    jira.on("GET", f"{CLOUD}/issue/..%2F..%2Fx/worklog", lambda query, body: (200, {"worklogs": [], "total": 0}))
    assert cloud.issue_worklogs("../../x") == []


@pytest.mark.parametrize("feed", ["updated", "deleted"])
def test_a_feed_is_followed_to_its_last_page(jira, cloud, feed):
    def page(query, body):
        since = int(query["since"][0])
        last = since >= 3000
        values = [{"worklogId": since + 1, "updatedTime": since + 1}] if not last else []
        return 200, {"values": values, "since": since, "until": since + 1000, "lastPage": last, "nextPage": "x"}

    jira.on("GET", f"{CLOUD}/worklog/{feed}", page)
    assert list(getattr(cloud, feed)(1000)) == [
        FeedPage(["1001"], 2000),
        FeedPage(["2001"], 3000),
        FeedPage([], 4000),
    ]


@pytest.mark.parametrize("until", [1000, 900])
def test_a_feed_that_stands_still_or_goes_back_is_an_error(jira, cloud, until):
    page = {"values": [{"worklogId": 1, "updatedTime": 1000}], "until": until, "lastPage": False}
    jira.on("GET", f"{CLOUD}/worklog/updated", lambda query, body: (200, page))
    with pytest.raises(ApiError, match="same page twice"):
        list(cloud.updated(1000))
    assert len(jira.asked) == 1


def test_a_feed_without_end_is_an_error(jira, cloud):
    cloud.page_limit = 5

    def page(query, body):
        return 200, {"values": [], "until": int(query["since"][0]) + 1, "lastPage": False}

    jira.on("GET", f"{CLOUD}/worklog/updated", page)
    with pytest.raises(ApiError, match="more results after 5 pages|same rows again"):
        list(cloud.updated(0))


def test_data_centers_other_spelling_of_the_last_page_is_understood(jira, data_center):
    pages = {
        0: {"values": [{"worklogId": 1, "updatedTime": 5}], "isLastPage": False, "nextPage": "x"},
        5: {"values": [{"worklogId": 2, "updatedTime": 8}], "isLastPage": True, "nextPage": "x"},
    }
    jira.on("GET", f"{DATA_CENTER}/worklog/updated", lambda query, body: (200, pages[int(query["since"][0])]))
    assert list(data_center.updated(0)) == [FeedPage(["1"], 5), FeedPage(["2"], 8)]


def test_worklogs_are_listed_a_thousand_at_a_time_in_order(jira, cloud):
    jira.on("POST", f"{CLOUD}/worklog/list", lambda query, body: (200, [worklog(n) for n in body["ids"] if n != 5]))
    wanted = [str(number) for number in range(2500)]
    assert ids(cloud.worklogs(wanted)) == [number for number in wanted if number != "5"]
    assert sorted(len(body["ids"]) for _, _, body in jira.asked) == [500, 1000, 1000]


def test_a_worklog_without_its_issue_is_named_and_the_others_are_given(jira, cloud):
    broken = worklog(2)
    del broken["issueId"]
    jira.on("POST", f"{CLOUD}/worklog/list", lambda query, body: (200, [worklog(1), broken]))
    assert ids(cloud.worklogs(["1", "2"])) == ["1"]
    [row] = cloud.session.bad_rows
    assert str(row) == "Jira worklog 2, issueId: missing"


def test_rows_that_cannot_be_read_are_counted_among_those_that_were_given(jira, data_center):
    broken = worklog(2) | {"timeSpentSeconds": -5}
    page = {"worklogs": [worklog(1), broken, worklog(3), None], "total": 4}
    jira.on("GET", f"{DATA_CENTER}/issue/10/worklog", lambda query, body: (200, page))
    assert [each.id for each in data_center.issue_worklogs("10")] == ["1", "3"]
    assert [(row.external_id, row.field, row.reason) for row in data_center.session.bad_rows] == [
        ("2", "timeSpentSeconds", "number out of range (-5)"),
        ("", "", "Expected object, got null (None)"),
    ]


def test_a_page_of_users_nobody_can_read_is_not_the_last(jira, cloud):
    def users(query, body):
        start = int(query["startAt"][0])
        named = {0: [{"accountId": 1}, {"accountId": 2}], 2: [{"accountId": "ann"}]}
        return 200, named.get(start, [])

    jira.on("GET", f"{CLOUD}/users/search", users)
    assert [user.account_id for page in cloud.everybody() for user in page] == ["ann"]


@pytest.mark.parametrize("number", ["1e400", "NaN", "9" * 5000])
def test_a_number_that_is_none_spoils_its_row_alone(jira, cloud, number):
    body = json.dumps([worklog(1), worklog(2)]).replace('"timeSpentSeconds": 60', f'"timeSpentSeconds": {number}', 1)
    jira.on("POST", f"{CLOUD}/worklog/list", lambda query, _: (200, body.encode()))
    assert len(ids(cloud.worklogs(["1", "2"]))) == 1
    assert len(cloud.session.bad_rows) == 1


def test_users_of_cloud_are_read_a_hundred_at_a_time(jira, cloud):
    def bulk(query, body):
        start, size = int(query["startAt"][0]), 60  # a server may give fewer than it is asked for
        values = [{"accountId": account_id} for account_id in query["accountId"]]
        return 200, {"values": values[start : start + size], "total": len(values)}

    jira.on("GET", f"{CLOUD}/user/bulk", bulk)
    wanted = [f"712020:{number}" for number in range(130)]
    assert [user.account_id for user in cloud.users([*wanted, "unknown"])] == wanted
    assert len(jira.asked) == 3


@pytest.mark.parametrize("status", [400, 404, 405, 410])
def test_users_of_cloud_are_read_singly_where_they_cannot_be_read_together(jira, cloud, status):
    jira.on("GET", f"{CLOUD}/user/bulk", lambda query, body: (status, {}))
    known = {"a": (200, {"accountId": "a"}), "b": (404, {}), "c": (400, {}), "d": (200, {"accountId": "d"})}
    jira.on("GET", f"{CLOUD}/user", lambda query, body: known[query["accountId"][0]])
    assert [user.account_id for user in cloud.users(list(known))] == ["a", "d"]


def test_users_of_data_center_are_read_by_key_and_else_by_name(jira, data_center):
    def user(query, body):
        if query == {"key": ["JIRAUSER1"]} or query == {"username": ["farah"]}:
            return 200, {"key": "JIRAUSER1", "name": "farah"}
        return 404, {"errorMessages": ["No such user."]}

    jira.on("GET", f"{DATA_CENTER}/user", user)
    assert [found.name for found in data_center.users(["JIRAUSER1", "gone", "farah"])] == ["farah", "farah"]


def test_an_outage_does_not_make_users_absent(jira, cloud, data_center):
    for client, api in ((cloud, f"{CLOUD}/user/bulk"), (data_center, f"{DATA_CENTER}/user")):
        jira.on("GET", api, lambda query, body: (503, {}))
        with pytest.raises(ApiError) as caught:
            client.users(["a"])
        assert not caught.value.permanent


def test_requests_are_counted(jira, cloud):
    jira.on("GET", f"{CLOUD}/field", lambda query, body: (200, []))
    assert cloud.fields() == []
    assert cloud.session.requests_made == 1
    assert isinstance(cloud, JiraClient)


def test_everybody_is_read_until_a_page_is_empty_for_hidden_users_make_pages_short(
    jira: Jira, cloud: JiraCloud
) -> None:
    users = [{"accountId": str(number)} for number in range(5)]

    def reply(query: dict[str, list[str]], _body: object) -> Reply:
        start = int(query["startAt"][0])
        return 200, [user for user in users[start : start + 2] if user["accountId"] != "1"]

    jira.on("GET", f"{CLOUD}/users/search", reply)
    found = [user.account_id for page in cloud.everybody() for user in page]
    assert set(found) == {"0", "2", "3", "4"}


def test_a_list_of_users_that_brings_nothing_new_has_an_end(jira: Jira, cloud: JiraCloud) -> None:
    jira.on("GET", f"{CLOUD}/users/search", lambda _query, _body: (200, [{"accountId": "1"}]))
    with pytest.raises(ApiError, match="same rows again"):
        list(cloud.everybody())


def test_data_center_is_asked_for_everybody_inactive_users_too(jira: Jira, data_center: JiraDataCenter) -> None:
    jira.on(
        "GET", f"{DATA_CENTER}/user/search", lambda query, _: (200, [] if query["startAt"] != ["0"] else [{"key": "a"}])
    )
    assert [[user.key for user in page] for page in data_center.everybody()] == [["a"]]
    assert jira.asked[0][1] == {
        "startAt": ["0"],
        "maxResults": ["1000"],
        "username": ["."],
        "includeInactive": ["true"],
    }


def test_issue_types_are_told_with_what_each_kind_of_jira_knows(
    jira: Jira, cloud: JiraCloud, data_center: JiraDataCenter
) -> None:
    jira.on("GET", f"{CLOUD}/issuetype", lambda *_: (200, [{"id": "1", "name": "Epic", "hierarchyLevel": 1}]))
    jira.on("GET", f"{DATA_CENTER}/issuetype", lambda *_: (200, [{"id": "2", "name": "Part", "subtask": True}]))
    (epic,), (part,) = cloud.issue_types(), data_center.issue_types()
    assert (epic.id, epic.name, epic.hierarchy_level) == ("1", "Epic", 1)
    assert (part.id, part.subtask, part.hierarchy_level) == ("2", True, None)
