"""The network and the vendors at their worst: retried to success, or a failure with advice that spoils nothing."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations.models import JiraCredential, SyncRun
from integrations.runs import queue_run
from integrations.simulator.server import Simulator
from integrations.sync import sync
from tests.integrations.sync.stage import FIRST, KINDS, LAST, NOW, Stage, assert_totals_are_right, busiest, stored
from worklogs.models import Issue, JiraAccount, JiraInstance, Person, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
WHOLE = {"first_day": FIRST, "last_day": LAST}
EACH_MODE = pytest.mark.parametrize("asked", [{}, WHOLE, {"full": True}], ids=["changes", "period", "full"])

PASSING = [
    "429:every=3,retry_after=2",
    "429:every=3",
    "500:every=3",
    "503:every=3,retry_after=1",
    "502:every=3",
    "reset:every=3",
    "truncated:every=3",
    "html:every=3",
    "slow:every=5,seconds=0.01",
]
LASTING = {
    "429": "received too many requests",
    "500": "returned a server error",
    "503": "returned a server error",
    "reset": "couldn’t be reached or closed the connection",
    "truncated": "closed the connection|damaged response",
    "html": "shows a login page instead of the (Jira|Tempo) API",
    "401": "Create a new API token",
    "403": "It needs the (permission “Browse projects” in Jira|scope “View worklogs” in Tempo)",
    "404": "Check the address",
}


@pytest.mark.parametrize(
    ("name", "fault"), [*(("norte", fault) for fault in PASSING), ("alborada", PASSING[0]), ("helvia", PASSING[5])]
)
def test_a_passing_trouble_costs_time_alone(stage: Stage, name: str, fault: str) -> None:
    instance = stage.connect(name)
    stage.sim.faults.replace(fault)
    run = stage.sync(instance)
    assert stored(instance) == stage.told(name, tempo=name == "alborada")
    assert run.requests == len(stage.sim.requests)
    assert_totals_are_right()


@pytest.mark.parametrize(
    ("name", "fault", "asked"),
    [
        *(("helvia", fault, WHOLE) for fault in LASTING),
        *(("alborada", fault, WHOLE) for fault in ("401", "truncated")),
        *((name, "403", {"full": True}) for name in KINDS),
        *((name, "500", {}) for name in KINDS),
    ],
)
def test_a_lasting_trouble_fails_with_advice_and_spoils_nothing(
    stage: Stage, name: str, fault: str, asked: dict[str, Any]
) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    before = list(Worklog.objects.values_list().order_by("id"))
    stage.later()
    where = "match=/4/worklogs,after=1" if name == "alborada" else "match=orklog,after=1"
    stage.sim.faults.replace(f"{fault}:{where}" if asked else fault)
    run = stage.attempt(instance, **asked)
    assert run.status == SyncRun.Status.FAILED
    assert len(run.errors) == 1
    assert re.search(LASTING[fault], run.errors[0])
    assert list(Worklog.objects.values_list().order_by("id")) == before
    assert_totals_are_right()
    instance.refresh_from_db()
    assert instance.sync_error == run.errors[0]
    stage.sim.faults.replace("")
    stage.sync(instance, **asked)
    instance.refresh_from_db()
    assert instance.sync_error == ""


@EACH_KIND
@pytest.mark.parametrize("fault", ["401", "truncated", "404"])
def test_a_first_reading_that_breaks_off_leaves_whole_pages_and_is_then_finished(
    stage: Stage, name: str, fault: str
) -> None:
    instance = stage.connect(name)
    where = "match=/4/worklogs,after=9" if name == "alborada" else "match=orklog,after=9"
    stage.sim.faults.replace(f"{fault}:{where}")
    assert stage.attempt(instance).status == SyncRun.Status.FAILED
    assert_totals_are_right()
    stage.sim.faults.replace("")
    stage.sync(instance)
    assert stored(instance) == stage.told(name, tempo=name == "alborada")
    assert_totals_are_right()


def test_the_advice_never_shows_a_token(stage: Stage) -> None:
    instance = stage.connect("alborada")
    access = stage.sim.access("alborada")
    for fault in LASTING:
        stage.sim.faults.replace(fault)
        run = stage.attempt(instance)
        told = json.dumps([run.errors, run.warnings])
        assert access.token not in told
        assert str(access.tempo_token) not in told


def test_a_wait_that_the_server_asks_for_is_kept_and_shows_life(stage: Stage) -> None:
    instance = stage.connect("norte")
    stage.sim.faults.replace("429:times=1,retry_after=40")
    stage.sync(instance)
    assert sum(stage.slept) >= 40
    assert max(stage.slept) <= 1


def test_a_wrong_token_is_told_as_such(stage: Stage) -> None:
    instance = stage.connect("norte")
    credential = JiraCredential.objects.get(instance=instance)
    credential.token = "not-the-token"
    credential.save()
    run = stage.attempt(instance)
    assert "Create a new API token" in run.errors[0]
    assert len(stage.sim.requests) == 1


def test_an_instance_without_a_token_says_so(stage: Stage) -> None:
    instance = stage.connect("norte")
    JiraCredential.objects.all().delete()
    assert "has no Jira token" in stage.attempt(instance).errors[0]


def test_a_token_of_another_key_says_so(stage: Stage, settings: Any) -> None:
    instance = stage.connect("norte")
    settings.CREDENTIALS_KEYS = ["another-key"]
    assert "CREDENTIALS_KEY" in stage.attempt(instance).errors[0]


def test_an_address_that_must_not_be_asked_says_so(stage: Stage, settings: Any) -> None:
    instance = stage.connect("norte")
    settings.ALLOW_PRIVATE_HOSTS = False
    assert "https" in stage.attempt(instance).errors[0]
    assert stage.sim.requests == []


def test_what_nobody_expected_is_a_failure_with_a_reference_into_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    instance = stage.connect("norte")
    JiraInstance.objects.update(connections=0)
    instance.refresh_from_db()
    run = stage.attempt(instance)
    assert run.status == SyncRun.Status.FAILED
    reference = re.search(r"the reference (\w+) if", run.errors[0])
    assert reference
    assert reference[1] in caplog.text


def test_an_issue_that_vanishes_between_the_search_and_its_worklogs_stops_nothing(stage: Stage) -> None:
    instance = stage.connect("norte")
    stage.sync(instance)
    issue = busiest(stage.sim, "norte")
    stage.later()
    # Its worklogs answer 404, and by the time of the second look the issue is gone as well.
    stage.sim.faults.replace(f"404:match=/issue/{issue.id}/worklog")
    stage.sim.world.instance("norte").project(issue.project.key).hidden = False
    run = stage.attempt(instance, **WHOLE)
    assert run.status == SyncRun.Status.FAILED  # it is there: this is an outage
    assert run.deleted == 0


# Feeds without end


class Circles(BaseHTTPRequestHandler):
    """A Jira that leads round in circles, or on for ever."""

    protocol_version = "HTTP/1.1"
    server: "Carousel"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        self.respond(self.server.answer(self.path.partition("?")[0].rpartition("/")[2]))

    do_POST = do_GET

    def respond(self, payload: object) -> None:
        body = json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Carousel(ThreadingHTTPServer):
    daemon_threads = True
    asked = 0

    def answer(self, path: str) -> object:
        if path in ("updated", "deleted"):
            return {"values": [], "since": 0, "until": 5, "lastPage": False, "nextPage": "round"}
        if path in ("jql", "search"):
            return {"issues": [], "nextPageToken": "again", "isLast": False}
        if path == "worklogs":
            following = f"http://127.0.0.1:{self.server_port}/4/worklogs?offset=0"
            return {"results": [], "metadata": {"count": 0, "next": following}}
        return [] if path == "field" else {"accountId": "me", "displayName": "Me"}


@pytest.fixture
def carousel() -> Iterator[Carousel]:
    server = Carousel(("127.0.0.1", 0), Circles)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@EACH_MODE
@pytest.mark.parametrize("name", ["alborada", "norte"])
def test_a_feed_that_leads_back_to_where_it_was_is_an_error(
    stage: Stage, carousel: Carousel, name: str, asked: dict[str, Any]
) -> None:
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    before = stored(instance)
    url = f"http://127.0.0.1:{carousel.server_port}"
    JiraInstance.objects.update(url=url)
    if name == "alborada":
        instance.tempo_credential.url = url
        instance.tempo_credential.save()
    instance.refresh_from_db()
    stage.later()
    run = stage.attempt(instance, **asked)
    assert run.status == SyncRun.Status.FAILED
    assert "returned the same page twice" in run.errors[0]
    assert carousel.asked < 20
    assert stored(instance) == before


# What nobody knows


def test_hours_of_unknown_authors_count(stage: Stage) -> None:
    site = stage.sim.world.instance("alborada")
    worklog = next(iter(site.worklogs.values()))
    ghost = site.users.pop(worklog.author.key)
    instance = stage.connect("alborada")
    stage.sync(instance, full=True)
    account = JiraAccount.objects.get(account_id=ghost.key)
    assert account.person.name == ghost.key  # Jira knows no name either
    assert sum(each.seconds for each in stored(instance).values()) == site.seconds(FIRST, LAST)
    site.users[ghost.key] = ghost
    stage.later()
    stage.sync(instance)
    assert Person.objects.get(accounts=account).name == ghost.display_name


def test_hours_on_issues_that_jira_hides_count_and_are_told(stage: Stage) -> None:
    instance = stage.connect("alborada")
    stage.sim.faults.replace("empty:match=/issue/bulkfetch")
    run = stage.sync(instance)
    assert sum(each.seconds for each in stored(instance).values()) == stage.sim.world.instance("alborada").seconds(
        FIRST, LAST
    )
    assert f"{run.read} worklogs are on issues that the token’s account can’t read" in run.warnings[0]
    assert not Issue.objects.exclude(key="").exists()
    stage.sim.faults.replace("")
    stage.later()
    run = stage.sync(instance)
    assert stored(instance) == stage.told("alborada", tempo=True)
    assert run.warnings == []


@pytest.mark.parametrize("fault", ["403:match=/user/bulk", "empty:match=/user/bulk"])
def test_names_that_cannot_be_read_stop_nothing(stage: Stage, fault: str) -> None:
    instance = stage.connect("alborada")
    stage.sim.faults.replace(fault)
    stage.sync(instance)
    assert {each.seconds for each in stored(instance).values()}
    stage.sim.faults.replace("")
    stage.later()
    stage.sync(instance)
    assert stored(instance) == stage.told("alborada", tempo=True)


STRANGE = {
    "NUL": "before\x00after",
    "emoji": "🧑🏽‍💻 naïve 日本語 \u202eevil",
    "long": "ñ" * 32_767,
    "markup": "<script>alert(1)</script> =HYPERLINK('x')",
}


@EACH_KIND
@pytest.mark.parametrize("text", STRANGE)
def test_comments_are_stored_as_they_came(stage: Stage, name: str, text: str) -> None:
    site = stage.sim.world.instance(name)
    worklog = next(iter(site.worklogs.values()))
    site.edit_worklog(worklog.id, text=STRANGE[text])
    stage.later()
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    external_id = str(worklog.tempo_id or worklog.id)
    stored_text = Worklog.objects.get(instance=instance, external_id=external_id).comment
    assert stored_text == STRANGE[text].replace("\x00", "\ufffd")
    stage.later()
    assert stage.sync(instance, full=True).updated == 0


@EACH_KIND
def test_strange_names_are_stored(stage: Stage, name: str) -> None:
    site = stage.sim.world.instance(name)
    worklog = next(iter(site.worklogs.values()))
    worklog.issue.summary = "NUL \x00, 🧑🏽‍💻 and " + "long " * 500
    worklog.author.display_name = "Zoë \x00 🦊"
    worklog.issue.project.name = "日本語\x00"
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    row = Worklog.objects.select_related("issue", "account", "project").get(
        instance=instance, external_id=str(worklog.tempo_id or worklog.id)
    )
    assert row.issue.summary.startswith("NUL \ufffd, 🧑🏽‍💻 and long")
    assert row.account.name == "Zoë \ufffd 🦊"
    assert row.project is not None
    assert row.project.name == "日本語\ufffd"
    stage.later()
    assert stage.sync(instance, full=True).updated == 0


def test_one_instance_that_fails_stops_none_of_the_others(stage: Stage, sim: Simulator) -> None:
    instances = [stage.connect(name) for name in KINDS]
    sim.faults.replace("401:instance=alborada;500:instance=norte")
    runs = [sync(queue_run(instance)) for instance in instances]
    assert [run.status for run in runs] == ["failed", "failed", "succeeded"]
    assert runs[2].finished_at == NOW
