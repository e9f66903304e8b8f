import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from integrations.session import ApiError
from integrations.tempo.client import TempoClient

BASE = "https://api.tempo.io/base"
WORKLOGS = f"{BASE}/4/worklogs"
AUDIT_LOG = f"{BASE}/4/papertrail/search"
IDS = f"{BASE}/4/worklogs/jira-to-tempo"
OLD_AUDIT_LOG = f"{BASE}/papertrail/1/events/deleted/types/worklog"
SINCE = datetime(2026, 3, 10, 10, 30, 5, 999, tzinfo=timezone(timedelta(hours=1)))

Query = dict[str, list[str]]


class Tempo:
    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.asked: list[tuple[str, Query, object]] = []

    def on(self, method: str, url: str, reply: Callable[[Query], tuple[int, object]]) -> None:
        def called(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
            assert request.headers["Authorization"] == "Bearer token-3"
            parts = urlsplit(request.url or "")
            self.asked.append((parts.path, parse_qs(parts.query), json.loads(request.body or b"{}")))
            status, payload = reply(parse_qs(parts.query))
            return status, {}, payload if isinstance(payload, str) else json.dumps(payload)

        self.mock.add_callback(method, url, called)


@pytest.fixture
def tempo() -> Iterator[Tempo]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Tempo(mock)


@pytest.fixture
def client() -> Iterator[TempoClient]:
    with TempoClient(f"{BASE}/", "token-3\n", on_wait=lambda _: None) as client:
        yield client


def row(number: int) -> dict[str, object]:
    return {"tempoWorklogId": number, "issue": {"id": 9}, "timeSpentSeconds": 60, "startDate": "2026-03-10"}


def page(first: int, count: int, following: str | None = None) -> tuple[int, object]:
    metadata = {"count": count, "offset": first, "limit": 5000} | ({"next": following} if following else {})
    return 200, {"metadata": metadata, "results": [row(number) for number in range(first, first + count)]}


def ids(pages) -> list[object]:
    return [payload.tempo_worklog_id for results in pages for payload in results]


def test_the_next_page_is_asked_of_our_own_host_whatever_host_the_link_names(tempo, client):
    def reply(query: Query) -> tuple[int, object]:
        offset = int(query.get("offset", ["0"])[0])
        link = f"https://evil.example/4/worklogs?from=2026-03-01&to=2026-03-31&type=x&limit=2&offset={offset + 2}"
        return page(offset, 2, link) if offset < 4 else page(4, 1)

    tempo.on("GET", WORKLOGS, reply)
    assert ids(client.worklogs(date(2026, 3, 1), date(2026, 3, 31))) == [0, 1, 2, 3, 4]
    assert tempo.asked[0][1] == {"from": ["2026-03-01"], "to": ["2026-03-31"], "limit": ["5000"]}
    assert tempo.asked[1][1] == {
        "from": ["2026-03-01"],
        "to": ["2026-03-31"],
        "type": ["x"],
        "limit": ["2"],
        "offset": ["2"],
    }


def test_smaller_pages_are_asked_where_large_ones_are_refused(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: (400, {}) if query["limit"] == ["5000"] else page(0, 1))
    assert ids(client.worklogs(date(2026, 3, 1), date(2026, 3, 31))) == [0]
    assert [query["limit"] for _, query, _ in tempo.asked] == [["5000"], ["1000"]]


def test_a_page_that_is_too_large_comes_in_smaller_ones(tempo, client, monkeypatch):
    def reply(query: Query) -> tuple[int, object]:
        first, size = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
        last = min(first + size, 2_000)
        link = f"{WORKLOGS}?limit={size}&offset={last}" if last < 2_000 else None
        return page(first, last - first, link)

    monkeypatch.setattr("integrations.room.BODY_BYTES", 50_000)
    tempo.on("GET", WORKLOGS, reply)
    assert ids(client.updated(SINCE)) == list(range(2_000))
    assert [query["limit"] for _, query, _ in tempo.asked[:4]] == [["5000"], ["1000"], ["100"], ["100"]]


def test_what_small_pages_do_not_cure_is_an_error(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: (400, {"errors": [{"message": "from is after to"}]}))
    with pytest.raises(ApiError, match="from is after to"):
        list(client.worklogs(date(2026, 3, 1), date(2026, 3, 31)))


def test_a_refused_token_is_not_tried_again_with_smaller_pages(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: (401, "<html>Unauthorized</html>"))
    with pytest.raises(ApiError, match="rejected the token"):
        list(client.updated(SINCE))
    assert len(tempo.asked) == 1


def test_a_repeated_link_is_an_error(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: page(0, 1, f"{WORKLOGS}?offset=0"))
    with pytest.raises(ApiError, match="same page twice"):
        list(client.updated(SINCE))
    assert len(tempo.asked) == 2


def test_a_list_without_end_is_an_error(tempo, client):
    client.page_limit = 5
    tempo.on("GET", WORKLOGS, lambda query: page(0, 0, f"{WORKLOGS}?offset={len(tempo.asked)}"))
    with pytest.raises(ApiError, match="more results after 5 pages|same rows again"):
        list(client.updated(SINCE))


@pytest.mark.parametrize("answer", [{}, {"results": []}, {"metadata": {}}, []])
def test_a_page_without_its_parts_is_an_error_and_not_an_empty_page(tempo, client, answer):
    tempo.on("GET", WORKLOGS, lambda query: (200, answer))
    with pytest.raises(ApiError, match="unexpected response"):
        list(client.updated(SINCE))


def test_changes_are_asked_by_their_moment_alone(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: page(0, 1))
    assert ids(client.updated(SINCE)) == [0]
    assert tempo.asked[0][1] == {"updatedFrom": ["2026-03-10T09:30:05Z"], "limit": ["5000"]}


def test_deletions_are_searched_in_the_audit_log_page_by_page(tempo, client):
    def reply(query: Query) -> tuple[int, object]:
        if query.get("nextPageToken") == ["t1"]:
            return 200, {"metadata": {"limit": 1000}, "results": [{"entityId": "13", "entityType": "worklog"}]}
        return 200, {"metadata": {"limit": 1000, "nextPageToken": "t1"}, "results": [{"entityId": "12"}]}

    tempo.on("POST", AUDIT_LOG, reply)
    assert list(client.deleted(SINCE)) == [["12"], ["13"]]
    body = {"entityType": ["worklog"], "action": ["Deleted"], "from": "2026-03-10T09:30:05Z"}
    assert tempo.asked == [
        ("/base/4/papertrail/search", {"limit": ["1000"]}, body),
        ("/base/4/papertrail/search", {"limit": ["1000"], "nextPageToken": ["t1"]}, body),
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_deletions_are_read_the_old_way_where_the_audit_log_is_closed(tempo, client, status):
    def reply(query: Query) -> tuple[int, object]:
        if query.get("lastEvaluatedKey") == ["k1"]:
            return 200, {"results": [{"tempoWorklogId": 13}]}
        return 200, {
            "metadata": {"lastEvaluatedKey": "k1"},
            "results": [{"tempoWorklogId": "12", "jiraWorklogId": "1"}],
        }

    tempo.on("POST", AUDIT_LOG, lambda query: (status, "<html>No</html>"))
    tempo.on("GET", OLD_AUDIT_LOG, reply)
    assert list(client.deleted(SINCE)) == [["12"], ["13"]]
    assert tempo.asked[1][1] == {"updatedFrom": ["2026-03-10T09:30:05Z"], "limit": ["1000"]}


def test_deletions_that_cannot_be_read_at_all_are_a_permanent_error(tempo, client):
    tempo.on("POST", AUDIT_LOG, lambda query: (403, "<html>No</html>"))
    tempo.on("GET", OLD_AUDIT_LOG, lambda query: (403, "<html>No</html>"))
    with pytest.raises(ApiError) as caught:
        list(client.deleted(SINCE))
    assert caught.value.permanent


@pytest.mark.parametrize("status", [400, 401])
def test_other_refusals_of_the_audit_log_are_told(tempo, client, status):
    tempo.on("POST", AUDIT_LOG, lambda query: (status, {}))
    with pytest.raises(ApiError, match=str(status)):
        list(client.deleted(SINCE))


@pytest.mark.parametrize(("method", "url"), [("POST", AUDIT_LOG), ("GET", OLD_AUDIT_LOG)])
def test_a_list_of_deletions_that_turns_in_a_circle_is_an_error(tempo, client, method, url):
    metadata = {"limit": 1000, "nextPageToken": "t", "lastEvaluatedKey": "t"}
    tempo.on("POST", AUDIT_LOG, lambda query: (404, {}))
    tempo.mock.remove(method, url)
    tempo.on(
        method,
        url,
        lambda query: (200, {"metadata": metadata, "results": [{"entityId": "1", "tempoWorklogId": "1"}]}),
    )
    with pytest.raises(ApiError, match="same page twice"):
        list(client.deleted(SINCE))


@pytest.mark.parametrize("status", [403, 404])
def test_a_single_worklog_that_is_hidden_is_none(tempo, client, status):
    tempo.on("GET", f"{WORKLOGS}/7", lambda query: (status, "<html>Forbidden</html>"))
    assert client.worklog("7") is None


def test_a_single_worklog_that_cannot_be_read_is_none_and_named(tempo, client):
    tempo.on("GET", f"{WORKLOGS}/7", lambda query: (200, row(7) | {"timeSpentSeconds": -5}))
    tempo.on("GET", f"{WORKLOGS}/8", lambda query: (200, {}))
    assert client.worklog("7") is None
    assert [str(each) for each in client.session.bad_rows] == [
        "Tempo worklog 7, timeSpentSeconds: number out of range (-5)"
    ]
    with pytest.raises(ApiError, match="unexpected response"):  # an answer without an id is none
        client.worklog("8")


def test_a_single_worklog_is_none_when_it_is_not_there(tempo, client):
    tempo.on("GET", f"{WORKLOGS}/7", lambda query: (200, row(7)))
    tempo.on("GET", f"{WORKLOGS}/8", lambda query: (404, {"errors": [{"message": "gone"}]}))
    tempo.on("GET", f"{WORKLOGS}/9", lambda query: (401, "<html>Unauthorized</html>"))
    found = client.worklog("7")
    assert found
    assert found.tempo_worklog_id == 7
    assert client.worklog("8") is None
    with pytest.raises(ApiError, match="Tempo rejected the token"):
        client.worklog("9")


def test_requests_keep_their_distance(tempo, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    waits: list[float] = []
    tempo.on("GET", f"{WORKLOGS}/7", lambda query: (200, row(7)))
    with TempoClient(BASE, "token-3", per_second=4, on_wait=waits.append) as client:
        for _ in range(3):
            client.worklog("7")
    assert waits == pytest.approx([0.25, 0.5])


def test_naive_clocks_play_no_part(tempo, client):
    tempo.on("GET", WORKLOGS, lambda query: page(0, 0))
    list(client.updated(datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC)))
    assert tempo.asked[0][1]["updatedFrom"] == ["2026-03-10T23:59:59Z"]


def test_ids_of_jira_are_asked_in_parts_and_pages(tempo, client):
    def reply(query: Query) -> tuple[int, object]:
        offset = int(query["offset"][0])
        results = [{"jiraWorklogId": 10 + offset, "tempoWorklogId": 20 + offset}]
        metadata = {"count": 1, "offset": offset, "limit": 1} | ({"next": IDS} if offset == 0 else {})
        return 200, {"metadata": metadata, "results": results}

    tempo.on("POST", IDS, reply)
    assert list(client.ids_of(["10", "11", "12"])) == [("10", "20"), ("11", "21")]
    assert [body for _, _, body in tempo.asked] == [{"jiraWorklogIds": [10, 11, 12]}] * 2
    assert list(client.ids_of([])) == []
    tempo.asked.clear()
    list(client.ids_of([str(number) for number in range(1001)]))
    assert [len(body["jiraWorklogIds"]) for _, _, body in tempo.asked] == [1000, 1000, 1, 1]
