"""The commands are a contract: names, options, exit codes and documents."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEntry, Company, Membership, Role
from accounts.tenancy import company_scope
from integrations import runs
from integrations.models import JiraCredential, SyncRun, TempoCredential
from integrations.simulator.build import build_world
from integrations.simulator.server import Simulator, simulator
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from tests.integrations.sync.shop import MANAGE, NAMES, Shop, furnished  # noqa: F401
from tests.integrations.sync.stage import NOW
from worklogs.ingest import IssueBook, IssueRecord, ProjectRecord
from worklogs.models import JiraInstance, Person, Team

FIRST, LAST = "2026-10-01", "2026-10-31"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    return raised.value


# Exit codes, as the shell sees them

DRIVER = """
import contextlib, io, json, shlex, sys
from django.core.management import ManagementUtility
told = []
for line in sys.argv[1:]:
    code, out, err = 0, io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            ManagementUtility(["manage.py", *shlex.split(line)]).execute()
        except SystemExit as stopped:
            code = stopped.code
    told.append([line, code, err.getvalue()])
print(json.dumps(told))
"""
EXITS = {
    "report --company alborada --from 2026-10-01 --to 2026-10-31 --by day": 0,
    "sync --company alborada --instance alborada": 1,  # nobody answers on that port
    "sync --company alborada --instance alborada --json": 1,
    "check_isolation": 0,
    "sync": 2,
    "sync --company alborada --all-companies": 2,
    "sync --company nobody": 2,
    "sync --company alborada --instance nowhere": 2,
    "sync --company alborada --from 2026-10-01": 2,
    "sync --company alborada --from 2026-10-31 --to 2026-10-01": 2,
    "sync --company alborada --from October --to 2026-10-01": 2,
    "sync --company alborada --full --from 2026-10-01 --to 2026-10-31": 2,
    "sync --company alborada --unknown": 2,
    "create_company Alborada": 2,
    "create_company Other --admin nobody": 2,
    "create_company Other --admin a@b.example --timezone Mars/Olympus": 2,
    "create_company Other --admin a@b.example --slug alborada": 2,
    "add_instance --company alborada --name new": 2,
    "add_instance --company alborada --name alborada --url http://x --email a@b --token t --no-check": 2,
    "add_instance --company alborada --name new --url ftp://x --email a@b --token t --no-check": 2,
    "add_instance --company alborada --name new --url http://x --email a@b --token @/no/such/file --no-check": 2,
    "add_instance --company alborada --name new --url http://x --token t --no-check": 2,
    "add_instance --company alborada --name new --url http://127.0.0.1:1 --email a@b --token t": 1,
    "report --company alborada --from 2026-10-01 --to 2026-10-31 --by planet": 2,
    "report --company alborada --from x --to 2026-10-31 --by day": 2,
    "report --company alborada --from 2026-10-01 --to 2026-10-31 --by day --instance nowhere": 2,
    "simulate --faults 418": 2,
    "simulate --people 0": 2,
    "signin_link nobody@nowhere.example": 2,
    "signin_link admin@alborada.example --company nobody": 2,
    "worker --once": 0,
}


def test_exit_codes_tell_success_failure_and_wrong_usage(furnished: Path) -> None:  # noqa: F811
    quick = "import integrations.session as s; s.FIRST_WAIT = 0.001\n"
    prelude = "import django; django.setup()\n" + quick
    done = subprocess.run(
        [sys.executable, "-c", prelude + DRIVER, *EXITS],
        env=Shop(furnished).environment,
        cwd=MANAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert {line: code for line, code, _ in told} == EXITS
    assert all(err for line, code, err in told if code == 2), told
    assert not any("Traceback" in err for _, _, err in told)


# create_company


@pytest.mark.django_db
def test_create_company_prints_the_slug_and_gives_it_an_admin() -> None:
    assert run("create_company", "Ñandú & Söhne", "--admin", "Ann@Example.com") == "nandu-sohne\n"
    company = Company.objects.get(slug="nandu-sohne")
    assert (company.name, company.timezone) == ("Ñandú & Söhne", "UTC")
    with company_scope(company):
        membership = Membership.objects.select_related("user").get()
    assert (membership.user.email, membership.role) == ("ann@example.com", Role.ADMIN)
    assert run("create_company", "Ñandú & Söhne", "--admin", "ann@example.com") == "nandu-sohne-2\n"
    arguments = ["--slug", "n3", "--timezone", "Europe/Madrid", "--admin", "ann@example.com"]
    assert run("create_company", "Third", *arguments) == "n3\n"
    assert Company.objects.get(slug="n3").timezone == "Europe/Madrid"


# add_instance


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """For reading only, less its faults."""
    world = build_world(1, NOW.date(), people=4, worklogs=120, now=NOW)
    with simulator(world) as sim:
        yield sim


@pytest.fixture(autouse=True)
def no_faults(sim: Simulator) -> None:
    sim.faults.replace("")
    sim.server.requests.clear()


def arguments_of(sim: Simulator, name: str) -> list[str]:
    access = sim.access(name)
    given = ["--company", "alborada", "--name", name, "--url", access.url, "--token", access.token]
    given += ["--data-center"] if access.kind == "data_center" else ["--email", access.email]
    tempo = ["--tempo-url", str(access.tempo_url), "--tempo-token", str(access.tempo_token)]
    return given + (tempo if access.tempo_token else [])


@pytest.mark.parametrize(
    ("name", "label"), [("alborada", "Cloud, Tempo"), ("norte", "Cloud"), ("helvia", "Data Center")]
)
def test_add_instance_checks_the_connection(in_alborada: Cast, sim: Simulator, name: str, label: str) -> None:
    out = run("add_instance", *arguments_of(sim, name))
    assert "Connected as Worklog Dashboard." in out
    instance = JiraInstance.objects.get()
    assert (instance.name, instance.label) == (name, label)
    assert sim.access(name).token not in out
    assert JiraCredential.objects.get().token == sim.access(name).token
    told = {"name": name, "url": instance.url, "account": instance.jira_credential.email}
    assert AuditEntry.objects.get(action="instance added").detail == told


def test_an_instance_that_does_not_let_us_in_is_not_added(in_alborada: Cast, sim: Simulator) -> None:
    sim.faults.replace("401")
    error = refused("add_instance", *arguments_of(sim, "norte"))
    assert error.returncode == 1
    assert "Create a new API token" in str(error)
    assert not JiraInstance.objects.exists()


def test_a_tempo_that_does_not_let_us_in_is_told(in_alborada: Cast, sim: Simulator) -> None:
    sim.faults.replace("403:match=/tempo/")
    assert "Tempo" in str(refused("add_instance", *arguments_of(sim, "alborada")))
    assert not JiraInstance.objects.exists()


def test_no_check_asks_nobody(in_alborada: Cast, sim: Simulator) -> None:
    run("add_instance", *arguments_of(sim, "alborada"), "--no-check")
    assert JiraInstance.objects.count() == 1
    assert sim.requests == []


def test_tokens_are_read_from_a_file_and_from_standard_input(
    in_alborada: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setattr("sys.stdin", StringIO("from-standard-input\n"))
    where = ["--company", "alborada", "--name", "new", "--url", "http://x.example", "--email", "a@b.example"]
    run("add_instance", *where, "--token", f"@{tmp_path / 'token'}", "--tempo-token", "-", "--no-check")
    assert JiraCredential.objects.get().token == "from-a-file"
    assert TempoCredential.objects.get().token == "from-standard-input"
    assert TempoCredential.objects.get().url == "https://api.tempo.io"


# sync


@pytest.fixture
def connected(in_alborada: Cast, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    """Waits are not slept."""
    monkeypatch.setattr(runs, "time", SimpleNamespace(sleep=lambda seconds: None, monotonic=time.monotonic))
    with time_machine.travel(NOW, tick=False):
        for name in NAMES:
            run("add_instance", *arguments_of(sim, name), "--no-check")
        yield in_alborada


def synced(*arguments: str, fails: bool = False) -> dict[str, Any]:
    out = StringIO()
    with pytest.raises(SystemExit, match="^1$") if fails else nullcontext():
        call_command("sync", "--company", "alborada", "--json", *arguments, stdout=out, stderr=StringIO())
    document = json.loads(out.getvalue())
    assert isinstance(document, dict)
    return document


def test_what_is_no_longer_shown_goes_only_with_a_word(connected: Cast, sim: Simulator) -> None:
    synced("--instance", "norte", "--full")
    site = sim.world.instance("norte")
    hidden = list(site.worklogs)[:3]
    for worklog_id in hidden:
        site.hide_worklog(worklog_id)
    [kept] = synced("--instance", "norte", "--full")["runs"]
    assert (kept["status"], kept["deleted"], kept["no_longer_shown"]) == ("succeeded", 0, 3)
    assert "norte no longer shows 3 worklogs" in kept["warnings"][0]
    [changes] = synced("--instance", "norte")["runs"]
    assert (changes["status"], changes["deleted"], changes["no_longer_shown"]) == ("succeeded", 0, 0)
    [removed] = synced("--instance", "norte", "--confirm-deletions")["runs"]
    assert (removed["deleted"], removed["no_longer_shown"], removed["warnings"]) == (3, 0, [])
    for worklog_id in hidden:  # the world is the whole file's
        site.hide_worklog(worklog_id, hidden=False)


def test_sync_prints_one_document(connected: Cast, sim: Simulator) -> None:
    document = synced()
    assert document.keys() == {"runs"}
    assert [each["instance"] for each in document["runs"]] == list(NAMES)
    for each in document["runs"]:
        keys = ("instance", "status", "read", "created", "updated", "unchanged", "deleted", "requests", "seconds")
        assert tuple(each) == (*keys, "errors", "warnings", "no_longer_shown")
        count = len(sim.world.instance(each["instance"]).worklogs)
        assert (each["status"], each["read"], each["created"], each["errors"]) == ("succeeded", count, count, [])
        assert (each["updated"], each["unchanged"], each["deleted"]) == (0, 0, 0)
        assert each["requests"] > 3
        assert each["seconds"] >= 0


def test_one_instance_that_fails_stops_none_of_the_others(connected: Cast, sim: Simulator) -> None:
    sim.faults.replace("401:instance=alborada")
    failed, succeeded = synced(fails=True)["runs"]
    assert (failed["status"], succeeded["status"]) == ("failed", "succeeded")
    assert "Create a new API token" in failed["errors"][0]


def test_sync_of_chosen_instances_and_days(connected: Cast, sim: Simulator) -> None:
    (told,) = synced("--instance", "norte", "--from", FIRST, "--to", LAST)["runs"]
    expected = [
        each
        for each in sim.world.instance("norte").worklogs.values()
        if date.fromisoformat(FIRST) <= each.day <= date.fromisoformat(LAST)
    ]
    assert (told["instance"], told["created"]) == ("norte", len(expected))
    both = synced("--instance", "norte", "--instance", "alborada", "--full")["runs"]
    assert {each["instance"] for each in both} == set(NAMES)


def test_sync_of_all_companies_takes_an_instance_that_only_one_has(
    connected: Cast, meridiana: Cast, sim: Simulator
) -> None:
    with company_scope(meridiana.company):
        InstanceFactory.create(name="elsewhere")
    call_command("sync", "--all-companies", "--instance", "norte", stdout=StringIO(), stderr=StringIO())
    assert SyncRun.objects.count() == 1
    assert refused("sync", "--all-companies", "--instance", "norte", "--instance", "nowhere").returncode == 2
    assert SyncRun.objects.count() == 1


def test_sync_tells_people_what_it_did(connected: Cast, sim: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync", "--company", "alborada")
    out, err = capsys.readouterr()
    assert out.startswith("alborada: done, ")
    assert len(out.splitlines()) == 2
    assert "\r" not in err  # no terminal, no bar


def test_warnings_do_not_spoil_the_document(connected: Cast, sim: Simulator) -> None:
    sim.faults.replace("empty:match=/issue/bulkfetch")
    err = StringIO()
    call_command("sync", "--company", "alborada", "--json", stdout=(out := StringIO()), stderr=err)
    assert {each["status"] for each in json.loads(out.getvalue())["runs"]} == {"succeeded"}
    assert "worklogs are on issues that the token’s account can’t read" in err.getvalue()


# report


@pytest.fixture
def hours(in_alborada: Cast) -> JiraInstance:
    """Ann's on an epic's issue and on one without, Bob's on one that cannot be read; and some in another month."""
    instance = InstanceFactory.create(name="Main", slug="main")
    project = ProjectRecord("1", "P", "Project, with a comma")
    epic = IssueRecord("9", "P-9", "=Epic", level=1, project=project)
    story, alone = (
        IssueRecord(n, f"P-{n}", "Summary", project=project, parent_id=p) for n, p in (("1", "9"), ("2", ""))
    )
    IssueBook(instance).upsert([epic, story, alone])
    book(instance).upsert(
        [
            worklog(1, 3600, issue_id="1"),
            worklog(2, 1800, issue_id="1", day=date(2026, 10, 6)),
            worklog(3, 900, issue_id="2"),
            worklog(4, 60, issue_id="77", account_id="bob"),
            worklog(5, 999, day=date(2026, 11, 1)),
        ]
    )
    Person.objects.filter(name="ann").update(name="Ann", team=Team.objects.create(name="Red", slug="red"))
    return instance


def report(by: str, *arguments: str) -> dict[str, Any]:
    out = run(
        "report", "--company", "alborada", "--from", FIRST, "--to", LAST, "--by", by, "--format", "json", *arguments
    )
    document = json.loads(out)
    assert isinstance(document, dict)
    return document


ROWS = {
    "person": [("Ann", 6300, 3), ("bob", 60, 1)],
    "team": [("Red", 6300, 3), ("No team", 60, 1)],
    "project": [("Project, with a comma", 6300, 3), ("No project", 60, 1)],
    "epic": [("=Epic", 5400, 2), ("No epic", 960, 2)],
    "issue": [("Summary", 5400, 2), ("Summary", 900, 1), ("Unreadable issue 77", 60, 1)],
    "instance": [("Main", 6360, 4)],
    "day": [("2026-10-05", 4560, 3), ("2026-10-06", 1800, 1)],
}
KEYS = {
    "team": ["red", ""],
    "project": ["P", ""],
    "epic": ["P-9", ""],
    "issue": ["P-1", "P-2", "#77"],
    "instance": ["main"],
    "day": ["2026-10-05", "2026-10-06"],
}


@pytest.mark.parametrize("by", ROWS)
def test_the_rows_of_a_report_add_up_to_its_total(hours: JiraInstance, by: str) -> None:
    document = report(by)
    assert tuple(document) == ("total_seconds", "rows", "compared", "coverage")
    assert document["total_seconds"] == 6360 == sum(row["seconds"] for row in document["rows"])
    assert [tuple(row) for row in document["rows"]] == [("key", "label", "seconds", "worklogs")] * len(ROWS[by])
    assert [(row["label"], row["seconds"], row["worklogs"]) for row in document["rows"]] == ROWS[by]
    assert [row["key"] for row in document["rows"]] == KEYS.get(by, [row["key"] for row in document["rows"]])


def test_a_report_of_one_instance_and_of_none(hours: JiraInstance) -> None:
    InstanceFactory.create(name="Other", slug="other")
    assert report("day", "--instance", "Main")["total_seconds"] == 6360
    other = report("day", "--instance", "Other")
    assert (other["total_seconds"], other["rows"], other["coverage"]["covered"]) == (0, [], 0)


def test_a_report_as_csv_can_be_read_again_and_runs_no_formula(hours: JiraInstance) -> None:
    out = run("report", "--company", "alborada", "--from", FIRST, "--to", LAST, "--by", "epic", "--format", "csv")
    rows = list(csv.DictReader(StringIO(out)))
    assert [(row["key"], row["seconds"], row["worklogs"]) for row in rows] == [("P-9", "5400", "2"), ("", "960", "2")]
    assert rows[0]["label"].lstrip("'\t") == "=Epic" != rows[0]["label"]


@pytest.mark.parametrize("sign", ["\r", "\n", "\t", "=", "+", "-", "@", "Ana\r=", "Ana\n@"])
def test_no_name_begins_a_row_or_a_formula_of_a_report_as_csv(hours: JiraInstance, sign: str) -> None:
    name = f"{sign}cmd|'/c calc'!A0"
    Person.objects.update(name=name)
    out = run("report", "--company", "alborada", "--from", FIRST, "--to", LAST, "--by", "person", "--format", "csv")
    assert "\r\n" not in out
    rows = list(csv.reader(StringIO(out, newline="")))
    assert {len(row) for row in rows} == {4}
    told = name if sign.startswith("Ana") else f"'{name}"
    assert all(row[1].startswith(f"{told} (") for row in rows[1:])  # what follows tells the namesakes apart
    assert len(rows) == 1 + 2


def test_a_report_as_a_table_ends_with_the_total(hours: JiraInstance) -> None:
    lines = run("report", "--company", "alborada", "--from", FIRST, "--to", LAST, "--by", "person").splitlines()
    assert lines[-1].split() == ["Total", "1:46", "4"]
    assert len(lines) == 3


# signin_link


def test_a_sign_in_link_works_once_and_is_audited(alborada: Cast, client: Client) -> None:
    url = run("signin_link", " ADMIN@alborada.example ").strip()
    assert url.startswith("http://testserver/")
    assert AuditEntry.objects.filter(action="sign-in link issued", user=alborada.admin).count() == 1
    path = url.removeprefix("http://testserver")
    assert client.get("/").status_code == 302
    client.get(path)
    client.post(path)
    assert client.session.get("_auth_user_id") == str(alborada.admin.pk)
    other = Client()
    other.get(path)
    other.post(path)
    assert "_auth_user_id" not in other.session


def test_a_sign_in_link_is_good_for_ten_minutes(alborada: Cast, client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        path = (
            run("signin_link", alborada.admin.email, "--company", "alborada").strip().removeprefix("http://testserver")
        )
        traveller.shift(timedelta(minutes=10, seconds=1))
        client.get(path)
        client.post(path)
    assert "_auth_user_id" not in client.session
