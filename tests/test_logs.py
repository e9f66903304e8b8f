"""What is logged says whose request it was, and never what would open something."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from django.conf import settings as configured
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils.functional import SimpleLazyObject

from accounts.invitations import invite
from accounts.models import Role, User
from accounts.tenancy import company_scope
from config.logs import current_request, json_lines, masked, text_lines
from integrations.models import JiraCredential
from tests.conftest import Cast
from tests.integrations.sync.conftest import pickled_world, sim, stage, world  # noqa: F401
from tests.integrations.sync.stage import Stage


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that production would log, down to the last detail."""
    handler = logging.StreamHandler(written := io.StringIO())
    handler.setFormatter(json_lines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_sync_logs_no_token(stage: Stage, log: io.StringIO) -> None:  # noqa: F811
    instance = stage.connect("alborada")
    stage.sync(instance)
    tokens = [stage.sim.access("alborada").token, str(stage.sim.access("alborada").tempo_token)]
    credential = JiraCredential.objects.get(instance=instance)
    credential.token = "a-wrong-token-0123456789"
    credential.save()
    stage.attempt(instance)
    assert log.getvalue()
    for secret in (*tokens, credential.token, credential.encrypted_token):
        assert secret not in log.getvalue()


def test_a_sign_in_link_is_not_in_the_log(client: Client, alborada: Cast, log: io.StringIO) -> None:
    call_command("signin_link", alborada.admin.email, stdout=(out := io.StringIO()))
    token = out.getvalue().strip("/\n").rsplit("/", 1)[1]
    assert [client.get(f"/sign-in/link/{token}/").status_code for _ in range(2)] == [302, 403]
    client.post(f"/sign-in/link/{token}/")
    assert "/sign-in/link/…" in log.getvalue()
    assert token not in log.getvalue()


def test_an_invitation_is_not_in_the_log(client: Client, alborada: Cast, log: io.StringIO) -> None:
    with company_scope(alborada.company):
        invite(alborada.company, "new@alborada.example", Role.USER, alborada.admin)
    token = str(mail.outbox[-1].body).split("/invitations/")[1].split("/")[0]
    client.force_login(alborada.admin, backend=configured.AUTHENTICATION_BACKENDS[0])
    assert client.get(f"/invitations/{token}/").status_code == 403
    assert "/invitations/…" in log.getvalue()
    assert token not in log.getvalue()


def test_a_line_says_whose_request_it_was(signed_in: Client, alborada: Cast, log: io.StringIO) -> None:
    answer = signed_in.get("/nothing-here/")
    line = next(each for each in lines(log) if each["logger"] == "django.request")
    assert line["request"] == answer["X-Request-ID"]
    assert (line["company"], line["user"], line["status"]) == ("alborada", alborada.admin.pk, 404)


def test_a_form_is_not_in_the_log(signed_in: Client, log: io.StringIO) -> None:
    signed_in.post("/instances/add/", {"name": "Mine", "token": "a-token-of-the-form", "url": "nonsense"})
    assert "a-token-of-the-form" not in log.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /callback?code=4%2Fabc&state=xyz&x=1", "GET /callback?code=…&state=…&x=1"),
        ("Authorization: Basic dXNlcjp3b3Jk", "Authorization: Basic …"),
        ("Authorization: Bearer ey.J0.eXA-_", "Authorization: Bearer …"),
        ("tempo_token=abcdef", "tempo_token=…"),
        ("{'tempo_token': 'ab cd', 'x': 'y'}", "{'tempo_token': '…', 'x': 'y'}"),
        ('{"password":"ab\'cd"}', '{"password":"…"}'),
        ("GET /worklogs/?q=refund", "GET /worklogs/?q=refund"),
    ],
)
def test_what_would_open_something_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def raised() -> logging.LogRecord:
    """An error whose message, and a local variable beside it, would open something."""
    token = "of-the-local-variable"  # noqa: F841
    try:
        raise ValueError("Bearer abcdefgh")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    return logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, caught)


def test_a_trace_is_masked_and_shows_no_variables() -> None:
    line = json.loads(json_lines().format(raised()))
    assert "ValueError: Bearer …" in line["trace"]
    for text in (json_lines().format(raised()), text_lines().format(raised())):
        assert "Bearer …" in text
        assert "abcdefgh" not in text
        assert "of-the-local-variable" not in text.replace('token = "of-the-local-variable"', "")


def test_what_is_bound_is_masked_however_deep(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(run=7, where={"jira_token": "deep", "url": ["/x?token=deep"]}):
        structlog.get_logger("x").warning("read", tempo_token="deep", error=ValueError("Bearer deepdeep"))
        logging.getLogger("y").warning("read too")
    own, foreign = (next(line for line in lines(log) if line["logger"] == name) for name in "xy")
    assert "deep" not in log.getvalue()
    assert (own["text"], own["level"], own["tempo_token"], own["error"]) == ("read", "WARNING", "…", "Bearer …")
    assert own["run"] == foreign["run"] == 7
    assert foreign["where"] == {"jira_token": "…", "url": ["/x?token=…"]}


def test_no_line_asks_the_database(client: Client, alborada: Cast, django_assert_num_queries: Any) -> None:
    request = client.get("/sign-in/").wsgi_request  # nobody has asked who its user is
    request.user = SimpleLazyObject(User.objects.get)  # type: ignore[assignment]
    before = current_request.set(request)
    with django_assert_num_queries(0):
        for formatter in (json_lines(), text_lines()):
            record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": {"event": "shown"}})
            record.msg = {"event": "shown", "users": User.objects.all(), "who": request.user}
            record._logger, record._name = None, "info"
            assert "shown" in formatter.format(record)
    current_request.reset(before)


def test_times_are_utc_and_in_iso(log: io.StringIO) -> None:
    logging.getLogger("x").warning("now")
    at = datetime.fromisoformat(lines(log)[-1]["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_while_developing_a_line_tells_the_same_as_text(signed_in: Client, alborada: Cast) -> None:
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": "GET /?token=%s", "args": ("secret",)})
    record.request = signed_in.get("/sync/").wsgi_request
    text = text_lines().format(record)
    assert "INFO x GET /?token=… " in text
    assert f"company=alborada user={alborada.admin.pk}" in text


@pytest.mark.parametrize("path", ["/nothing-here/", "/people/987654/", "/reports/987654/", "/audit/export.csv?after=x"])
def test_what_is_not_there_is_one_line(signed_in: Client, log: io.StringIO, path: str) -> None:
    assert signed_in.get(path).status_code == 404
    assert_one_line(log, 404)


def test_what_a_role_may_not_is_one_line(client: Client, alborada: Cast, log: io.StringIO) -> None:
    client.force_login(alborada.user, backend=configured.AUTHENTICATION_BACKENDS[0])
    for path in ("/admin/", "/audit/"):
        emptied(log)
        assert client.get(path).status_code == 403
        assert_one_line(log, 403)


def test_a_host_that_is_not_ours_is_one_line(client: Client, db: None, log: io.StringIO, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["hours.example"]
    assert client.get("/sign-in/", headers={"Host": "evil.example"}).status_code == 400
    assert_one_line(log, 400)


def test_too_many_fields_are_one_line(signed_in: Client, log: io.StringIO, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    fields = {f"field-{number}": "x" for number in range(9)}
    assert signed_in.post("/admin/worklogs/person/", fields).status_code == 400
    assert_one_line(log, 400)


def test_a_form_that_cannot_be_read_is_one_line(signed_in: Client, log: io.StringIO) -> None:
    kind = "multipart/form-data; boundary="
    assert signed_in.post("/admin/worklogs/person/", b"x", content_type=kind).status_code == 400
    assert_one_line(log, 400)


def test_too_often_is_one_line(client: Client, db: None, log: io.StringIO) -> None:
    while client.get("/sign-in/link/guessed/").status_code != 429:
        emptied(log)
    assert_one_line(log, 429)


def assert_one_line(log: io.StringIO, status: int) -> None:
    told = [line for line in lines(log) if line["level"] in ("WARNING", "ERROR")]
    assert [line["status"] for line in told] == [status]
    assert "trace" not in told[0]


def emptied(log: io.StringIO) -> None:
    log.seek(0)
    log.truncate()
