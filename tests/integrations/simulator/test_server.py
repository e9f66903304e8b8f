import http.client
import json
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import requests

from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import Reader, jira

CHECKOUT = Path(__file__).resolve().parents[3]


def control(sim: Simulator) -> Reader:
    return Reader(f"{sim.url}/_sim", "none")


@pytest.mark.parametrize("name", ["alborada", "norte", "helvia", "meridiana"])
def test_another_instances_token_is_refused(still: Simulator, name: str) -> None:
    access = still.access(name)
    other = still.access("norte" if name != "norte" else "alborada")
    api = "3" if access.kind == "cloud" else "2"
    authorization = (other.email, other.token) if access.kind == "cloud" else f"Bearer {other.token}"
    assert Reader(access.url, authorization).get(f"/rest/api/{api}/myself").status_code == 401
    assert jira(still, name).get(f"/rest/api/{api}/myself").json()["emailAddress"] == access.email


def test_a_scoped_token_works_only_through_the_cloud_id(still: Simulator) -> None:
    access = still.access("norte")
    assert Reader(str(access.scoped_url), (access.email, str(access.scoped_token))).get("/rest/api/3/myself").ok
    assert not Reader(access.url, (access.email, str(access.scoped_token))).get("/rest/api/3/myself").ok
    assert not Reader(str(access.scoped_url), (access.email, access.token)).get("/rest/api/3/myself").ok


def test_a_hidden_email_and_time_zone_are_absent(still: Simulator) -> None:
    instance = still.world.instance("alborada")
    hidden = next(user for user in instance.users.values() if user.email_hidden)
    told = jira(still, "alborada").get("/rest/api/3/user", accountId=hidden.key).json()
    assert "emailAddress" not in told
    assert "timeZone" not in told
    assert told["displayName"] == hidden.display_name


def test_the_epic_is_the_parent_on_the_cloud_and_a_field_of_its_own_on_data_center(still: Simulator) -> None:
    client = still.world.instance("helvia")
    story = next(issue for issue in client.issues.values() if issue.type.level == 0 and issue.parent)
    site = jira(still, "helvia")
    link = next(field for field in site.get("/rest/api/2/field").json() if field["name"] == "Epic Link")
    assert link["schema"]["custom"] == "com.pyxis.greenhopper.jira:gh-epic-link"
    fields = site.get(f"/rest/api/2/issue/{story.key}").json()["fields"]
    assert story.parent is not None
    assert fields[link["id"]] == story.parent.key
    assert "parent" not in fields
    assert "hierarchyLevel" not in fields["issuetype"]
    ours = still.world.instance("alborada")
    story = next(issue for issue in ours.issues.values() if issue.type.level == 0 and issue.parent)
    fields = jira(still, "alborada").get(f"/rest/api/3/issue/{story.key}").json()["fields"]
    assert fields["parent"]["key"] == story.parent.key  # type: ignore[union-attr]
    assert fields["parent"]["fields"]["issuetype"]["hierarchyLevel"] == 1


def test_another_process_can_change_the_world(sim: Simulator) -> None:
    instance, sure = sim.world.instance("norte"), control(sim)
    worklog = next(iter(instance.worklogs.values()))
    now = (sim.world.clock.now() + timedelta(hours=1)).isoformat()
    edited = sure.post("/edit_worklog", {"instance": "norte", "worklog_id": worklog.id, "seconds": 1234, "now": now})
    assert edited.json()["seconds"] == 1234
    assert worklog.seconds == 1234
    assert worklog.updated.isoformat() == now
    body = {"instance": "norte", "issue": worklog.issue.key, "author": worklog.author.key, "seconds": 60}
    added = sure.post("/add_worklog", body | {"started": now}).json()
    assert instance.worklogs[added["id"]].seconds == 60
    assert (
        sure.post("/rename_issue", {"instance": "norte", "issue": "APP-1", "summary": "New"}).json()["key"] == "APP-1"
    )
    assert sure.post("/delete_worklog", {"instance": "norte", "worklog_id": added["id"]}).ok
    assert added["id"] not in instance.worklogs
    assert sure.post("/hide_project", {"instance": "norte", "key": "WEB"}).ok
    total = sure.get("/seconds", instance="norte", **{"from": "2026-01-01", "to": "2026-12-31"}).json()["seconds"]
    assert total == sum(each.seconds for each in instance.visible_worklogs() if each.day.year == 2026)


def test_another_process_can_set_faults_and_the_clock(sim: Simulator) -> None:
    sure = control(sim)
    assert sure.post("/faults", {"spec": "500:times=1"}).json() == {"faults": 1}
    assert jira(sim, "norte").get("/rest/api/3/myself").status_code == 500
    assert sure.post("/faults", {"spec": "nonsense"}).status_code == 400
    before = sim.world.clock.now()
    sure.post("/clock", {"advance_seconds": 90})
    assert sim.world.clock.now() - before == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/edit_worklog", {"instance": "nowhere", "worklog_id": 1}, 404),
        ("/edit_worklog", {"instance": "norte", "worklog_id": 1}, 404),
        ("/edit_worklog", {"instance": "norte", "color": "blue"}, 400),
        ("/clock", {"now": "2026-01-01T10:00:00"}, 400),
        ("/nothing", {}, 404),
    ],
)
def test_the_control_says_what_is_wrong(sim: Simulator, path: str, body: dict[str, object], status: int) -> None:
    answer = control(sim).post(path, body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_roster_tells_who_is_in_which_team(still: Simulator) -> None:
    first, second = control(still).get("/roster").json()
    assert first["name"] == "Alborada Software"
    assert sum(map(len, first["teams"].values())) == len(first["people"]) == 8
    assert second["time_zone"] == "Europe/Rome"


def test_one_connection_serves_many_requests_and_many_connections_serve_at_once(still: Simulator) -> None:
    site = jira(still, "norte")
    found: list[int] = []
    connection = http.client.HTTPConnection("127.0.0.1", still.server.server_port)
    prepared = site.session.prepare_request(requests.Request("GET", f"{site.url}/rest/api/3/myself"))
    for _ in range(50):
        connection.request("GET", "/norte/rest/api/3/myself", headers=dict(prepared.headers))
        assert connection.getresponse().read()
    connection.close()

    def read() -> None:
        reader = jira(still, "norte")
        found.extend(reader.get("/rest/api/3/worklog/updated").status_code for _ in range(5))
        reader.session.close()

    threads = [Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 60


def test_unknown_paths_and_methods_are_refused(still: Simulator) -> None:
    site = jira(still, "norte")
    assert site.get("/rest/api/3/nothing").status_code == 404
    assert site.post("/rest/api/3/myself", {}).status_code == 405
    assert Reader(f"{still.url}/elsewhere", "none").get("/rest/api/3/myself").status_code == 404
    assert site.session.post(f"{site.url}/rest/api/3/worklog/list", data="{", timeout=10).status_code == 400


def test_requests_are_counted_without_those_of_the_control(sim: Simulator) -> None:
    jira(sim, "norte").get("/rest/api/3/myself")
    control(sim).get("/roster")
    assert sim.requests == ["GET /norte/rest/api/3/myself"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_stop_and_leaves_no_trace(ending: signal.Signals) -> None:
    command = [sys.executable, "manage.py", "simulate", "--port", "0", "--worklogs", "300", "--people", "3", "--json"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        accesses = {access["name"]: access for access in json.loads(process.stdout.readline())}
        helvia = accesses["helvia"]
        assert Reader(helvia["url"], f"Bearer {helvia['token']}").get("/rest/api/2/myself").ok
        process.send_signal(ending)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")


def test_the_command_explains_a_wrong_fault_and_prints_what_can_be_typed() -> None:
    command = [sys.executable, "manage.py", "simulate", "--port", "0", "--faults", "418"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert re.search("'418' is not a fault", done.stderr)
