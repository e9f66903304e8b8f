"""What is logged says whose request it was, and never what would open something."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.invitations import invite
from accounts.models import Role
from accounts.tenancy import company_scope
from config.logs import JsonLines, masked
from integrations.models import JiraCredential
from tests.conftest import Cast
from tests.integrations.sync.conftest import pickled_world, sim, stage, world  # noqa: F401
from tests.integrations.sync.stage import Stage


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that production would log, down to the last detail."""
    handler = logging.StreamHandler(written := io.StringIO())
    handler.setFormatter(JsonLines())
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
        ("GET /worklogs/?q=refund", "GET /worklogs/?q=refund"),
    ],
)
def test_what_would_open_something_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_trace_is_masked_too() -> None:
    try:
        raise ValueError("Bearer abcdefgh")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, (ValueError, error, error.__traceback__))
    line = json.loads(JsonLines().format(record))
    assert "ValueError: Bearer …" in line["trace"]
