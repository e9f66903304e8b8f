import pytest
import requests

from integrations.simulator.faults import FaultPlan, FaultSyntaxError, parse
from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import Reader, jira, tempo_of

MYSELF = "/rest/api/3/myself"


def statuses(site: Reader, times: int, path: str = MYSELF) -> list[int]:
    return [site.get(path).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("500:every=3", [200, 200, 500, 200, 200, 500, 200]),
        ("503:after=2,times=2", [200, 200, 503, 503, 200, 200, 200]),
        ("500:every=2,times=1", [200, 500, 200, 200, 200, 200, 200]),
        ("500:match=/myself,instance=alborada,times=1;503:every=3", [500, 200, 503, 200, 200, 503, 200]),
        ("500:match=/field", [200] * 7),
        ("500:instance=norte", [200] * 7),
    ],
)
def test_faults_strike_as_specified(sim: Simulator, specification: str, expected: list[int]) -> None:
    sim.faults.replace(specification)
    assert statuses(jira(sim, "alborada"), 7) == expected


def test_too_many_requests_with_and_without_retry_after(sim: Simulator) -> None:
    sim.faults.replace("429:retry_after=1")
    answer = jira(sim, "alborada").get(MYSELF)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    sim.faults.replace("429")
    assert "Retry-After" not in jira(sim, "alborada").get(MYSELF).headers
    on_the_clients_server = jira(sim, "helvia").get("/rest/api/2/myself")
    assert on_the_clients_server.status_code == 429
    assert on_the_clients_server.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_refusals_have_the_vendors_form(sim: Simulator, kind: str) -> None:
    sim.faults.replace(kind)
    from_jira, from_tempo = jira(sim, "alborada").get(MYSELF), tempo_of(sim).get("/4/worklogs")
    assert from_jira.status_code == from_tempo.status_code == int(kind)
    assert isinstance(from_jira.json(), dict)
    assert from_tempo.headers["Content-Type"].startswith("text/html" if kind != "404" else "application/json")


def test_a_reset_closes_the_connection_without_an_answer(sim: Simulator) -> None:
    sim.faults.replace("reset:times=1")
    with pytest.raises(requests.ConnectionError):
        jira(sim, "alborada").get(MYSELF)
    assert jira(sim, "alborada").get(MYSELF).status_code == 200


def test_a_truncated_answer_is_shorter_than_announced(sim: Simulator) -> None:
    sim.faults.replace("truncated:times=1")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        jira(sim, "alborada").get(MYSELF)


def test_a_slow_answer_outlasts_an_impatient_reader(sim: Simulator) -> None:
    sim.faults.replace("slow:seconds=1,times=1")
    site = jira(sim, "alborada")
    with pytest.raises(requests.ReadTimeout):
        site.session.get(site.url + MYSELF, timeout=0.1)


def test_html_in_place_of_json_comes_with_success(sim: Simulator) -> None:
    sim.faults.replace("html")
    answer = jira(sim, "alborada").get(MYSELF)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "collection"),
    [("/rest/api/3/search/jql?jql=project=PLAT", "issues"), ("/rest/api/3/worklog/updated", "values")],
)
def test_an_empty_answer_looks_like_a_last_page(sim: Simulator, path: str, collection: str) -> None:
    assert jira(sim, "alborada").get(path).json()[collection]
    sim.faults.replace("empty")
    page = jira(sim, "alborada").get(path).json()
    assert page[collection] == []
    assert page.get("isLast", page.get("lastPage")) is True
    assert "nextPageToken" not in page
    assert tempo_of(sim).get("/4/worklogs").json()["results"] == []


def test_parts_of_a_specification_are_read(still: Simulator) -> None:
    faults = parse("429:every=20,retry_after=1; 500:every=50;reset:match=/worklog/,times=3;slow:seconds=0.5")
    assert [fault.kind for fault in faults] == ["429", "500", "reset", "slow"]
    assert (faults[0].every, faults[0].retry_after) == (20, 1)
    assert (faults[2].match, faults[2].times) == ("/worklog/", 3)
    assert faults[3].seconds == 0.5
    assert parse("") == ()


@pytest.mark.parametrize(
    ("specification", "complaint"),
    [
        ("418", "'418' is not a fault"),
        ("429:evry=2", "'evry=2' is not an option"),
        ("429:every", "'every' is not an option"),
        ("429:every=often", "a number was expected"),
        ("429:every=0", "too small"),
        ("slow:seconds=-1", "too small"),
    ],
)
def test_a_specification_that_makes_no_sense_says_what_is_wrong(specification: str, complaint: str) -> None:
    with pytest.raises(FaultSyntaxError, match=complaint):
        FaultPlan(specification)
