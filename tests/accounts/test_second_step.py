"""Who needs a second step, who is asked for it, and what is told of it."""

import json
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts import second_step
from accounts.links import issue_link
from accounts.models import AuditEntry, Company, Membership, Role, User
from accounts.second_step_forms import PasskeyForm
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.isolation.routes import routes

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ACTIVATE = "/accounts/2fa/totp/activate/"
CONFIRM = "/accounts/2fa/reauthenticate/"


def code_of(secret: str, *, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def app_of(user: User) -> str:
    """Gives the user an authenticator app; returns its key."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def require(company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(requires_second_step=True)


def told(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


@pytest.fixture
def fresh(client: Client, alborada: Cast) -> Client:
    """The admin of Alborada, signed in a moment ago."""
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    return client


def add_app(client: Client, **headers: str) -> Any:
    page = client.get(ACTIVATE)
    return client.post(ACTIVATE, {"code": code_of(page.context["form"].secret)}, **headers)  # type: ignore[arg-type]


# Setting it up


def test_an_app_is_added_and_shows_recovery_codes_without_asking_again(
    fresh: Client, alborada: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = add_app(fresh)
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    assert second_step.has_second_step(alborada.admin)
    assert len(fresh.get("/accounts/2fa/recovery-codes/").context["unused_codes"]) == 10
    assert [entry.detail["kind"] for entry in told("two-step verification added")] == [
        "authenticator app",
        "recovery codes",
    ]
    assert {entry.company for entry in told("two-step verification added")} == {alborada.company}


def test_a_wrong_code_adds_nothing_and_says_so_beside_the_field(fresh: Client, alborada: Cast) -> None:
    fresh.get(ACTIVATE)
    response = fresh.post(ACTIVATE, {"code": "12345"})
    assert response.status_code == 422
    assert "id_code_error" in response.content.decode()
    assert not second_step.has_second_step(alborada.admin)


@pytest.mark.parametrize("path", [ACTIVATE, "/accounts/2fa/webauthn/add/"])
def test_a_session_left_open_adds_no_first_factor(fresh: Client, path: str) -> None:
    session = fresh.session
    session[AUTHENTICATION_METHODS_SESSION_KEY][0]["at"] -= 15 * 60
    session.save()
    response = fresh.get(path)
    assert response["Location"].startswith("/sign-in/?again=1&next=%2Faccounts%2F2fa")
    page = fresh.get(response["Location"])
    assert page.status_code == 200
    assert "Sign in again" in page.content.decode()


def test_who_has_a_factor_is_asked_for_it_before_it_changes(client: Client, alborada: Cast) -> None:
    secret = app_of(alborada.admin)
    client.force_login(alborada.admin, backend=BACKEND)
    for path in ("/accounts/2fa/totp/deactivate/", "/accounts/2fa/webauthn/add/"):
        assert client.get(path)["Location"].startswith(CONFIRM)
    wrong = client.post(f"{CONFIRM}?next=/account/", {"code": "12345"})
    assert wrong.status_code == 422
    right = client.post(f"{CONFIRM}?next=/accounts/2fa/totp/deactivate/", {"code": code_of(secret)})
    assert right["Location"] == "/accounts/2fa/totp/deactivate/"
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.exists()
    assert told("two-step verification removed")[0].detail == {"kind": "authenticator app"}


def test_next_leads_to_our_own_pages_after_a_factor_too(client: Client, alborada: Cast) -> None:
    secret = app_of(alborada.admin)
    client.force_login(alborada.admin, backend=BACKEND)
    response = client.post(CONFIRM, {"code": code_of(secret), "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_next_of_the_way_to_google_is_our_own(client: Client, db: None) -> None:
    client.post("/accounts/google/login/", {"next": "https://evil.example/"})
    assert "evil" not in json.dumps(client.session["socialaccount_states"])


def test_the_operators_link_rescues_who_lost_the_factor(client: Client, alborada: Cast) -> None:
    require(alborada.company)
    app_of(alborada.admin)
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    assert client.get("/worklogs/").status_code == 200
    client.post("/accounts/2fa/totp/deactivate/")
    assert not second_step.has_second_step(alborada.admin)
    assert client.get(ACTIVATE).status_code == 200


# Codes


def test_a_code_works_once_for_as_long_as_it_is_let_in(client: Client, alborada: Cast) -> None:
    secret = app_of(alborada.admin)
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False) as clock:
        client.force_login(alborada.admin, backend=BACKEND)
        code = code_of(secret, steps=1)
        assert client.post(CONFIRM, {"code": code}).status_code == 302
        clock.shift(timedelta(seconds=45))
        assert client.post(CONFIRM, {"code": code}).status_code == 422
        assert client.post(CONFIRM, {"code": code_of(secret)[::-1]}).status_code == 422
        assert client.post(CONFIRM, {"code": code_of(secret, steps=1)}).status_code == 302


def test_a_recovery_code_works_once_and_is_told(client: Client, alborada: Cast) -> None:
    app_of(alborada.admin)
    codes = RecoveryCodes.activate(alborada.admin).get_unused_codes()
    client.force_login(alborada.admin, backend=BACKEND)
    assert client.post(CONFIRM, {"code": f"{codes[0][:4]} {codes[0][4:]}"}).status_code == 302
    assert client.post(CONFIRM, {"code": codes[0]}).status_code == 422
    assert len(told("recovery code used")) == 1
    assert [entry.detail for entry in told("two-step verification failed")] == [{"kind": "authenticator app"}]
    assert codes[0] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_guessing_ends_after_five_codes(client: Client, alborada: Cast) -> None:
    secret = app_of(alborada.admin)
    client.force_login(alborada.admin, backend=BACKEND)
    for _ in range(5):
        client.post(CONFIRM, {"code": "12345"})
    right = client.post(CONFIRM, {"code": code_of(secret)})
    assert right.status_code == 422
    assert "Too many" in right.content.decode()
    app, locked = {"kind": "authenticator app"}, {"reason": "too many codes"}
    assert [entry.detail for entry in told("two-step verification failed")] == [app] * 5 + [locked]


def test_asking_too_often_is_told_when_to_come_back(client: Client, alborada: Cast) -> None:
    app_of(alborada.admin)
    client.force_login(alborada.admin, backend=BACKEND)
    answers = [client.post(CONFIRM, {"code": "12345"}) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"


NO_PASSKEYS = ["", "x", "{}", "[]", "5", "null", '"x"', '{"id": 1}', '{"id": "a", "rawId": "a", "response": {}}']


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_what_is_no_passkey_is_not_added(fresh: Client, alborada: Cast, credential: str) -> None:
    fresh.get("/accounts/2fa/webauthn/add/")
    assert fresh.post("/accounts/2fa/webauthn/add/", {"credential": credential, "name": "x"}).status_code == 422
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", NO_PASSKEYS[1:])
def test_what_is_no_passkey_lets_nobody_in(rf: RequestFactory, alborada: Cast, credential: str) -> None:
    request = rf.post("/")
    request.session = SessionStore()
    with request_context(request):
        assert not PasskeyForm(user=alborada.admin, data={"credential": credential}).is_valid()


def test_a_passkey_that_fails_is_told(rf: RequestFactory, alborada: Cast) -> None:
    request = rf.post("/")
    request.session = SessionStore()
    with request_context(request):
        assert not PasskeyForm(user=alborada.admin, data={"credential": '"x"'}).is_valid()
    assert told("two-step verification failed")[0].detail == {"kind": "passkey"}


# At rest


def test_the_secrets_are_encrypted_and_move_to_a_new_key(alborada: Cast, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = ["first"]
    secret = app_of(alborada.admin)
    codes = RecoveryCodes.activate(alborada.admin).get_unused_codes()
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    settings.CREDENTIALS_KEYS = ["second", "first"]
    call_command("rotate_credentials", stdout=StringIO())
    settings.CREDENTIALS_KEYS = ["second"]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes
    settings.CREDENTIALS_KEYS = ["third"]
    with pytest.raises(second_step.UnreadableSecret):
        Authenticator.objects.get(type="totp").wrap().validate_code("1")


def test_who_has_a_secret_under_a_lost_key_is_rescued_by_a_link(client: Client, alborada: Cast, settings: Any) -> None:
    app_of(alborada.admin)
    RecoveryCodes.activate(alborada.admin)
    settings.CREDENTIALS_KEYS = ["another"]
    client.force_login(alborada.admin, backend=BACKEND)
    assert client.post(CONFIRM, {"code": "123456"}).status_code == 422
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    assert client.get("/account/").status_code == 200
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()


# A company that requires it


@pytest.mark.parametrize(
    "path", ["/", "/worklogs/", "/worklogs/1/", "/worklogs/export.csv", "/sync/", "/audit/", "/admin/"]
)
def test_without_one_nothing_of_the_company_is_seen(signed_in: Client, alborada: Cast, path: str) -> None:
    require(alborada.company)
    response = signed_in.get(path)
    assert response["Location"].startswith("/account/second-step/?next=")
    fragment = signed_in.get(path, headers={"HX-Request": "true"})
    assert (fragment.headers["HX-Redirect"], fragment.content) == ("/account/second-step/", b"")
    assert signed_in.post(path)["Location"] == "/account/second-step/"


def test_every_page_of_the_company_waits_for_it(signed_in: Client, alborada: Cast) -> None:
    """Whatever the map will hold: only what declares to be of no company is open."""
    require(alborada.company)
    wrong = []
    for route in routes():
        if getattr(route.view, "required_role", "undeclared") is None or route.link:
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = signed_in.get(route.path(1), headers=headers)
            place = answer.headers.get("HX-Redirect" if headers else "Location", "")
            if not place.startswith("/account/second-step/"):
                wrong.append(str(route))
    assert wrong == []


def test_what_is_of_no_company_stays_open(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    require(alborada.company)
    with company_scope(meridiana.company):
        Membership.objects.create(user=alborada.admin, role=Role.USER)
    assert signed_in.get("/account/").status_code == 200
    page = signed_in.get("/account/second-step/").content.decode()
    assert "Alborada requires two-step verification" in page
    assert 'value="meridiana"' in page
    signed_in.post("/company/", {"company": "meridiana"})
    assert signed_in.get("/worklogs/").context["company"] == meridiana.company
    assert signed_in.post("/sign-out/")["Location"] == "/sign-in/"


def test_once_it_is_set_up_the_page_asked_for_opens(fresh: Client, alborada: Cast) -> None:
    require(alborada.company)
    fresh.get(fresh.get("/worklogs/?q=a")["Location"])
    add_app(fresh)
    assert fresh.get("/account/second-step/")["Location"] == "/worklogs/?q=a"
    assert fresh.get("/worklogs/?q=a").status_code == 200


def test_recovery_codes_alone_are_no_second_step(signed_in: Client, alborada: Cast) -> None:
    require(alborada.company)
    RecoveryCodes.activate(alborada.admin)
    assert signed_in.get("/worklogs/").status_code == 302


def test_a_superuser_who_acts_for_the_company_needs_one_too(client: Client, alborada: Cast) -> None:
    require(alborada.company)
    root = User.objects.create_user("root@operator.example", is_superuser=True, is_staff=True)
    client.force_login(root, backend=BACKEND)
    client.post("/act-for/", {"company": "alborada"})
    assert client.get("/admin/")["Location"].startswith("/account/second-step/")
    app_of(root)
    assert client.get("/admin/").status_code == 200


def settings_form(client: Client, company: Company) -> dict[str, Any]:
    page = client.get(f"/admin/accounts/company/{company.pk}/change/")
    initial: dict[str, Any] = page.context["adminform"].form.initial
    return initial


@pytest.mark.parametrize("has_one", [False, True])
def test_an_admin_who_requires_it_has_one_himself(signed_in: Client, alborada: Cast, has_one: bool) -> None:
    if has_one:
        app_of(alborada.admin)
    path = f"/admin/accounts/company/{alborada.company.pk}/change/"
    response = signed_in.post(path, settings_form(signed_in, alborada.company) | {"requires_second_step": "on"})
    alborada.company.refresh_from_db()
    assert alborada.company.requires_second_step == has_one
    if not has_one:
        assert "Set up two-step verification for your own account first" in response.content.decode()
    else:
        changes = told("company changed")[0].detail["changes"]
        assert changes == {"requires_second_step": [False, True]}


# What of allauth is there


def test_nothing_of_allauth_is_reachable_but_what_is_used(client: Client, db: None) -> None:
    for name in ("google_login_by_token", "account_logout", "account_signup", "socialaccount_connections"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    for path in ("google/login/token/", "3rdparty/", "password/reset/", "signup/", "sessions/", "2fa/webauthn/login/"):
        assert client.post(f"/accounts/{path}").status_code == 404


# What is told


def test_a_sign_in_that_google_refuses_is_told_with_its_code(client: Client, db: None) -> None:
    client.post("/accounts/google/login/")
    state = next(iter(client.session["socialaccount_states"]))
    answer = client.get("/accounts/google/login/callback/", {"state": state, "error": "server_error", "code": "secret"})
    assert answer.status_code == 401
    entry = told("sign-in failed")[0]
    assert (entry.detail, entry.address) == ({"provider": "google", "error": "server_error"}, "127.0.0.1")


def test_a_made_up_error_is_not_repeated(client: Client, db: None) -> None:
    client.get("/accounts/google/login/callback/", {"error": "<script>alert(1)</script>"})
    assert told("sign-in failed")[0].detail["error"] == "unknown"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("made up, 198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", None),
        ("198.51.100.7:4711", None),
        ("fe80::1%eth0", None),
    ],
)
def test_the_audit_tells_the_clients_address(
    client: Client, alborada: Cast, settings: Any, forwarded: str, address: str | None
) -> None:
    settings.PROXIES = 1
    client.get("/sign-in/link/wrong/", headers={"X-Forwarded-For": forwarded})
    assert told("sign-in link refused")[0].address == address
