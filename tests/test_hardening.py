"""What the site answers to those who try it: too often, without a token, from elsewhere, into the private network."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.core.cache import cache
from django.core.mail import send_mail
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client, RequestFactory

from accounts.limits import address_of
from accounts.mail import NoMailServer, mail_server
from accounts.models import AuditEntry, User
from accounts.row_security import CompanyTeller
from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.isolation.routes import routes
from worklogs.models import JiraInstance
from worklogs.views import pages

ROOT = Path(__file__).resolve().parent.parent
LONG = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-one",
    "CREDENTIALS_KEY": "0123456789abcdefghijklmnopqrst-two",
}
PRODUCTION = {
    "DEBUG": "0",
    "DEMO": "0",
    "SITE_URL": "https://hours.example",
    "DATABASE_URL": "sqlite://:memory:",
    **LONG,
}


def started(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The settings, read by a process of its own."""
    return run(f"import config.settings as s; print({', '.join(f's.{name}' for name in names)})", **environment)


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, env=inherited | PRODUCTION | environment, capture_output=True, text=True)


def read(*names: str, **environment: str) -> str:
    return started(*names, **environment).stdout


# Settings


def test_production_starts_with_good_secrets_and_keeps_to_https() -> None:
    assert read("SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE") == "31536000 True True\n"


@pytest.mark.parametrize(
    "bad",
    [
        {"SECRET_KEY": ""},
        {"SECRET_KEY": "short"},
        {"SECRET_KEY": "a" * 64},
        {"SECRET_KEY": "insecure-secret_key-for-development-only-0123456789"},
        {"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"},
        {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-CHANGE-ME"},
        {"SECRET_KEY": "changeme0123456789abcdefghijklmnopqrstuvwxyz"},
        {"CREDENTIALS_KEY": "your-secret-key-0123456789abcdefghijklmnop"},
        {"SECRET_KEY": LONG["CREDENTIALS_KEY"]},
        {"SECRET_KEY": f"{LONG['SECRET_KEY']},{LONG['CREDENTIALS_KEY']}"},
        {"SITE_URL": ""},
        {"CREDENTIALS_KEY": ""},
        {"CREDENTIALS_KEY": f"{LONG['CREDENTIALS_KEY']},short"},
        {"DEMO": "1"},
        {"DEBUG": "1"},
        {"DEBUG": "1", "SITE_URL": "http://hours.example"},
        {"DEBUG": "1", "SITE_URL": "http://93.184.216.34:8000"},
        {"DEBUG": "1", "SITE_URL": "http://0.0.0.0:8000"},
        {"DEBUG": "1", "SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost,hours.example"},
        {"DEBUG": "1", "SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "*"},
    ],
    ids=str,
)
def test_production_refuses_to_start_insecurely(bad: dict[str, str]) -> None:
    ended = started(**bad)
    assert ended.returncode != 0
    assert "ImproperlyConfigured" in ended.stderr
    assert not [key for key in LONG.values() if key in ended.stderr]


def test_only_postgresql_is_told_the_company() -> None:
    told = any(isinstance(wrapper, CompanyTeller) for wrapper in connection.execute_wrappers)
    assert told == (configured.ROW_SECURITY and connection.vendor == "postgresql")


def test_production_answers_to_the_name_of_the_site_alone() -> None:
    assert read("ALLOWED_HOSTS") == "['hours.example']\n"
    assert read("ALLOWED_HOSTS", ALLOWED_HOSTS="a.example,b.example") == "['a.example', 'b.example']\n"


@pytest.mark.parametrize("site", ["http://localhost:8000", "http://127.0.0.1:8000", "http://10.1.2.3", "http://laptop"])
def test_while_developing_it_is_reached_from_close_by(site: str) -> None:
    assert started(DEBUG="1", SITE_URL=site).returncode == 0


def test_while_developing_nothing_has_to_be_set() -> None:
    assert read("SITE_URL", DEBUG="1", SITE_URL="", SECRET_KEY="", CREDENTIALS_KEY="") == "http://127.0.0.1:8000\n"


def test_without_a_mail_server_nothing_is_printed_and_the_operator_is_told(settings: Any) -> None:
    assert "accounts.mail.NoServer" in read("EMAIL_BACKEND") == read("EMAIL_BACKEND", EMAIL_URL="")
    assert "smtp" in read("EMAIL_BACKEND", EMAIL_URL="smtp://mail.example:587")
    for backend, count in (("accounts.mail.NoServer", 1), ("django.core.mail.backends.smtp.EmailBackend", 0)):
        settings.EMAIL_BACKEND = backend
        assert [each.id for each in mail_server()] == ["accounts.W001"] * count
    settings.EMAIL_BACKEND = "accounts.mail.NoServer"
    with pytest.raises(NoMailServer):
        send_mail("Subject", "https://hours.example/invitations/token/", None, ["a@b.example"])


@pytest.mark.parametrize(
    "url", ["file:", "file:/", "file://", "post://mail.example", "mail.example:25", "smtp://u:word@h:x"]
)
def test_a_way_to_send_mail_that_cannot_work_is_told_at_the_start(url: str) -> None:
    ended = started(EMAIL_URL=url)
    assert ended.returncode != 0
    assert "ImproperlyConfigured: EMAIL_URL" in ended.stderr
    assert "u:word" not in ended.stderr


def test_mails_go_into_the_folder_that_is_named() -> None:
    assert read("EMAIL_BACKEND", "EMAIL_FILE_PATH", EMAIL_URL="file:/var/mails").endswith("EmailBackend /var/mails\n")
    assert read("EMAIL_FILE_PATH", EMAIL_URL="smtp://mail.example:587") == "None\n"


DEMO = {"DEBUG": "1", "DEMO": "1", "SITE_URL": "http://localhost:8000"}
ASK = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.test import Client
for path in ("/nothing-here/", "/styleguide/", "/static/css/base.css"):
    answer = Client(headers={"Host": "localhost:8000"}).get(path)
    text = b"".join(answer).decode()
    print(answer.status_code, "Content-Security-Policy" in answer.headers, "Using the URLconf" in text)
"""


def test_the_demo_shows_the_products_own_pages_and_is_served_as_while_developing() -> None:
    assert run(ASK, **DEMO).stdout.splitlines() == ["404 True False", "200 True False", "200 False False"]
    assert read("DEBUG", **DEMO) == "False\n"
    for name in ("ALLOWED_HOSTS", "EMAIL_BACKEND", "WHITENOISE_USE_FINDERS", "PROXIES", "LOGGING"):
        assert read(name, **DEMO) == read(name, **DEMO | {"DEMO": "0"}), name


# Headers


def test_every_answer_forbids_what_no_page_needs(client: Client, db: None) -> None:
    for path in ("/sign-in/", "/nothing-here/"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


# Requests of other sites


def test_no_route_takes_a_post_without_a_token(alborada: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alborada.admin, backend=configured.AUTHENTICATION_BACKENDS[0])
    for route in routes():
        if route.name == "unsubscribe":  # RFC 8058: a mail program has no cookie; what is in the link is the token
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.post(route.path(1), headers=headers)
            assert answer.status_code == 403, route
            assert b"This form has expired" in answer.content, route


def sends(line: str) -> bool:
    return any(word in line for word in ("hx-post", "hx-put", "hx-patch", "hx-delete", 'method="post"'))


def test_whatever_sends_in_a_template_has_a_token_with_it() -> None:
    """HTMX sends the fields of the form that it stands in; so the token is in the form, on the line that opens it."""
    for template in (ROOT / "templates").rglob("*.html"):
        lines = template.read_text().splitlines()
        for number, line in enumerate(lines):
            if sends(line):
                near = "".join(lines[number : number + 3])
                assert "csrf_token" in near or "hx-headers" in near, f"{template.name}:{number + 1}"


# Too often


@pytest.fixture
def within_a_minute() -> Iterator[None]:
    """The limits count by the minute, and a slow machine would begin another one."""
    with time_machine.travel(datetime(2026, 11, 2, 9, 15, tzinfo=UTC), tick=False):
        yield


def ended(response: Any) -> Any:
    """A server reads a response to its end and closes it; the tests' browser leaves that to us."""
    list(response)
    request_finished.disconnect(close_old_connections)  # a server's request ends with its connection, a test's does not
    response.close()
    request_finished.connect(close_old_connections)
    return response


def test_too_many_are_told_when_to_come_back(client: Client, db: None) -> None:
    answers = [client.get("/sign-in/link/guessed/") for _ in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {403}
    assert answers[20].status_code == 429
    assert 1 <= int(answers[20]["Retry-After"]) <= 61
    assert b"Wait" in answers[20].content


def test_one_user_is_limited_from_many_addresses(signed_in: Client, settings: Any) -> None:
    settings.PROXIES = 1
    sources = [f"198.51.100.{number}" for number in range(21)]
    answers = [signed_in.post("/sync/start/", headers={"X-Forwarded-For": address}) for address in sources]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]


def test_another_address_is_not_held_to_it(client: Client, db: None, settings: Any) -> None:
    settings.PROXIES = 1
    for _ in range(21):
        client.get("/sign-in/link/guessed/", headers={"X-Forwarded-For": "198.51.100.1"})
    other = client.get("/sign-in/link/guessed/", headers={"X-Forwarded-For": "198.51.100.2"})
    assert other.status_code == 403


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "127.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "made up, 198.51.100.7", "198.51.100.7"),
        (2, "made up, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_taken_from_our_proxies_alone(
    rf: RequestFactory, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXIES = proxies
    assert address_of(rf.get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})) == address


@pytest.mark.usefixtures("within_a_minute")
def test_what_is_expensive_in_the_settings_is_limited(signed_in: Client, alborada: Cast) -> None:
    assert [ended(signed_in.get("/audit/export.csv")).status_code for _ in range(21)] == [200] * 20 + [429]
    paste = [signed_in.post("/admin/worklogs/person/paste/", {"text": "none"}).status_code for _ in range(21)]
    assert paste == [422] * 20 + [429]


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.parametrize("action", ["test_connection", "fetch_issue_types", "fetch_accounts"])
def test_an_instance_is_asked_so_often_and_each_time_is_audited(signed_in: Client, alborada: Cast, action: str) -> None:
    with company_scope(alborada.company):
        key = JiraInstance.objects.create(name="Alpha", slug="alpha", url="https://127.0.0.1").pk
    asked = {"action": action, "_selected_action": [key]}
    pages = [signed_in.post("/admin/worklogs/jirainstance/", asked, follow=True).content.decode() for _ in range(21)]
    assert ["has no Jira token" in page for page in pages] == [True] * 20 + [False]
    assert "Alpha was skipped: too many requests." in pages[20]
    assert AuditEntry.objects.filter(action="instance unreachable").count() == 20


@pytest.mark.usefixtures("within_a_minute")
def test_the_way_to_google_is_limited(client: Client, db: None) -> None:
    answers = [client.post("/accounts/google/login/").status_code for _ in range(61)]
    assert answers[60] == 429
    assert 429 not in answers[:60]


@pytest.mark.usefixtures("within_a_minute")
def test_so_is_the_way_back_which_is_a_get_alone(client: Client, db: None) -> None:
    back = "/accounts/google/login/callback/?code=x&state=y"
    assert [client.post(back).status_code, client.head(back).status_code] == [405, 405]
    assert not AuditEntry.objects.exists()
    assert 429 not in [client.get(back).status_code for _ in range(60)]
    assert client.get(back).status_code == 429


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/audit/export.csv", 20),
        ("/worklogs/export.csv", 20),
        ("/reports/export.csv?rows=team", 20),
        ("/search/?q=a", 120),
        ("/invitations/guessed/", 60),
    ],
)
def test_a_head_counts_as_what_it_asks(signed_in: Client, path: str, most: int) -> None:
    assert 429 not in [ended(signed_in.head(path)).status_code for _ in range(most)]
    assert signed_in.head(path).status_code == 429


DOWNLOADS = ["/audit/export.csv", "/worklogs/export.csv", "/worklogs/export.xlsx", "/reports/export.csv?rows=team"]


@pytest.mark.parametrize("path", DOWNLOADS)
def test_a_user_has_one_download_at_a_time(signed_in: Client, alborada: Cast, path: str) -> None:
    running = signed_in.get(path)
    for other in (*DOWNLOADS, "/reports/export.json?rows=team"):
        answer = signed_in.get(other)
        assert answer.status_code == 429
        assert "Another download is still running" in answer.content.decode()
    assert browser_of(alborada.manager).get("/worklogs/export.csv").status_code == 200
    ended(running)
    assert ended(signed_in.get(path)).status_code == ended(signed_in.head(path)).status_code == 200


def test_a_download_that_broke_off_holds_up_no_other(signed_in: Client) -> None:
    ended(signed_in.get("/worklogs/export.csv"))
    assert signed_in.get("/reports/export.pdf").status_code == 404
    dead = signed_in.get("/worklogs/export.csv")
    cache.clear()  # its time is over
    following = signed_in.get("/worklogs/export.csv")
    ended(dead)
    assert [following.status_code, signed_in.get("/worklogs/export.csv").status_code] == [200, 429]


# Failures


@pytest.mark.parametrize("path", ["/admin/accounts/invitation/?role__exact=%00", "/admin/worklogs/person/?q=a%00b"])
def test_a_character_that_no_text_holds_is_no_failure(signed_in: Client, path: str) -> None:
    assert signed_in.get(path).status_code < 500


def test_nor_is_one_in_a_form(client: Client, alborada: Cast) -> None:
    root = User.objects.create_user("root@platform.example", is_superuser=True)
    client.force_login(root, backend=configured.AUTHENTICATION_BACKENDS[0])
    assert client.post("/act-for/", {"company": "a\0b"}).status_code in (400, 404)


def test_a_failure_shows_a_number_and_no_trace(alborada: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(pages, "filter_total", fail)
    client = Client(raise_request_exception=False)
    client.force_login(alborada.admin, backend=configured.AUTHENTICATION_BACKENDS[0])
    answer = client.get("/worklogs/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in page
    assert "secret of the inside" not in page
    assert "Traceback" not in page
    assert [record.request.id for record in caplog.records if hasattr(record, "request")] == [answer["X-Request-ID"]]


def test_what_cannot_be_read_is_answered_with_a_number(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["hours.example"]
    answer = Client().get("/sign-in/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


# Addresses that lead elsewhere

PRIVATE = [
    "https://127.0.0.1",
    "https://localhost",
    "https://10.0.0.1",
    "https://192.168.1.1",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://2130706433",
    "https://0x7f.1",
    "https://0",
    "http://93.184.216.34",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "https://user:word@93.184.216.34",
]


@pytest.mark.parametrize("field", ["url", "tempo_url"])
@pytest.mark.parametrize("url", PRIVATE)
def test_no_instance_is_added_on_the_private_network(
    signed_in: Client, alborada: Cast, settings: Any, url: str, field: str
) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    form = {
        "name": "Mine",
        "url": "https://93.184.216.34",
        "tempo_url": "https://93.184.216.34",
        "email": "a@b.example",
    }
    form |= {"token": "word", "tempo_token": "word", field: url}
    answer = signed_in.post("/instances/add/", form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    with company_scope(alborada.company):
        assert not JiraInstance.objects.exists()


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\t//evil.example",
    "javascript:alert(1)",
    "///evil.example",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_next_leads_elsewhere(signed_in: Client, wanted: str) -> None:
    for answer in (
        signed_in.get("/sign-in/", {"next": wanted}),
        signed_in.post("/preferences/", {"hours": "decimal", "next": wanted}),
        signed_in.post("/sign-out/", {"next": wanted}),
        signed_in.get("/admin/login/", {"next": wanted}),
    ):
        assert "evil" not in answer.get("Location", "").partition("?")[0]
        assert not answer.get("Location", "").startswith("javascript")
