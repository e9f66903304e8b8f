"""The page of one's own account: name, companies, sessions."""

from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.links import issue_link
from accounts.models import AuditEntry, Membership, Role, User
from accounts.sessions import browser_in_words
from accounts.tenancy import company_scope
from tests.conftest import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1"


def joined(cast: Cast, user: User, role: Role = Role.USER) -> Membership:
    with company_scope(cast.company):
        return Membership.objects.create(user=user, role=role)


def place_of(cast: Cast, user: User) -> Membership:
    with company_scope(cast.company):
        return Membership.objects.get(user=user)


def signed_in_as(user: User, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(user, backend=BACKEND)
    client.get("/account/")
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def told(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


# Who may see it


@pytest.mark.parametrize("path", ["/account/", "/account/second-step/", "/account/memberships/1/leave/"])
def test_strangers_sign_in_first(client: Client, db: None, path: str) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"


def test_who_belongs_to_no_company_has_an_account_too(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("lone@mail.example"), backend=BACKEND)
    page = client.get("/account/").content.decode()
    assert "You don’t belong to a company yet" in page
    assert "lone@mail.example" in page


def test_every_page_links_to_it(signed_in: Client) -> None:
    assert 'href="/account/"' in signed_in.get("/worklogs/").content.decode()


# Name


def test_the_name_is_changed_and_told(signed_in: Client, alborada: Cast) -> None:
    before = alborada.admin.name
    assert signed_in.post("/account/name/", {"name": "Ana Beltrán"})["Location"] == "/account/"
    alborada.admin.refresh_from_db()
    assert alborada.admin.name == "Ana Beltrán"
    assert told("name changed")[0].detail == {"changes": {"name": [before, "Ana Beltrán"]}}


def test_a_name_that_is_too_long_is_refused_beside_the_field(signed_in: Client, alborada: Cast) -> None:
    response = signed_in.post("/account/name/", {"name": "a" * 201})
    assert response.status_code == 422
    assert "id_name_error" in response.content.decode()
    assert signed_in.get("/account/").context["form"].initial["name"] == alborada.admin.name


def test_nothing_but_the_name_can_be_sent_along(signed_in: Client, alborada: Cast) -> None:
    signed_in.post("/account/name/", {"name": "Ana", "email": "x@y.example", "is_superuser": "on", "is_staff": "on"})
    alborada.admin.refresh_from_db()
    assert (alborada.admin.email, alborada.admin.is_superuser) == ("admin@alborada.example", False)


# Leaving


def test_a_member_leaves_and_lands_in_another_company(client: Client, alborada: Cast, meridiana: Cast) -> None:
    joined(meridiana, alborada.user)
    client.force_login(alborada.user, backend=BACKEND)
    path = f"/account/memberships/{place_of(alborada, alborada.user).pk}/leave/"
    assert "Leave Alborada?" in client.get(path).content.decode()
    assert len(client.get("/account/").context["places"]) == 2
    assert client.post(path)["Location"] == "/account/"
    assert client.get("/worklogs/").context["company"] == meridiana.company
    entry = told("member left")[0]
    assert (entry.company, entry.user, entry.detail) == (alborada.company, alborada.user, {"role": "User"})


def test_who_leaves_the_last_company_is_told_so(client: Client, alborada: Cast) -> None:
    client.force_login(alborada.user, backend=BACKEND)
    path = f"/account/memberships/{place_of(alborada, alborada.user).pk}/leave/"
    assert client.post(path)["Location"] == "/no-company/"
    assert client.get("/worklogs/")["Location"] == "/no-company/"


def test_the_last_admin_stays(signed_in: Client, alborada: Cast) -> None:
    path = f"/account/memberships/{place_of(alborada, alborada.admin).pk}/leave/"
    assert "You’re the last admin" in signed_in.get(path).content.decode()
    assert signed_in.post(path).status_code == 422
    joined(alborada, User.objects.create_user("second@alborada.example"), Role.ADMIN)
    assert signed_in.post(path).status_code == 302


def test_nobody_is_taken_out_by_somebody_else(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    for cast, user in ((alborada, alborada.user), (meridiana, meridiana.user)):
        assert signed_in.post(f"/account/memberships/{place_of(cast, user).pk}/leave/").status_code == 404
        assert place_of(cast, user)


# Sessions


def test_the_sessions_are_listed_this_one_first(alborada: Cast) -> None:
    signed_in_as(alborada.admin, **{"user-agent": PHONE})
    here = signed_in_as(alborada.admin, **{"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    found = here.get("/account/").context["sessions"]
    assert [(each.browser, each.address, each.is_this) for each in found] == [
        ("Firefox on Linux", "127.0.0.1", True),
        ("Safari on iPhone", "127.0.0.1", False),
    ]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_told_in_words(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words


def test_a_session_is_written_down_every_five_minutes_at_most(alborada: Cast, django_assert_num_queries: Any) -> None:
    with time_machine.travel("2026-11-02T09:00Z", tick=False) as clock:
        client = signed_in_as(alborada.admin)
        clock.shift(299)
        client.get("/account/")
        first = UserSession.objects.get().last_seen_at
        clock.shift(2)
        client.get("/account/")
        assert (UserSession.objects.get().last_seen_at - first).total_seconds() == 301


def test_a_session_says_since_when(alborada: Cast) -> None:
    with time_machine.travel("2026-11-02T09:00Z", tick=False):
        assert "since 2 Nov 2026 " in signed_in_as(alborada.admin).get("/account/").content.decode()


def test_one_session_is_ended_from_another(alborada: Cast) -> None:
    there, here = signed_in_as(alborada.admin, **{"user-agent": PHONE}), signed_in_as(alborada.admin)
    ended = next(each for each in here.get("/account/").context["sessions"] if not each.is_this)
    assert here.post(f"/account/sessions/{ended.pk}/end/")["Location"] == "/account/"
    assert (is_signed_in(there), is_signed_in(here)) == (False, True)
    assert told("session ended")[0].detail == {"browser": "Safari on iPhone", "of_address": "127.0.0.1"}


def test_nobody_ends_the_session_of_somebody_else(signed_in: Client, alborada: Cast) -> None:
    other = signed_in_as(alborada.manager)
    assert (
        signed_in.post(f"/account/sessions/{UserSession.objects.get(user=alborada.manager).pk}/end/").status_code == 404
    )
    assert is_signed_in(other)


def test_signing_out_everywhere_else_ends_what_no_list_knows_too(alborada: Cast) -> None:
    there, here, other = (signed_in_as(user) for user in (alborada.admin, alborada.admin, alborada.manager))
    unlisted = signed_in_as(alborada.admin)
    UserSession.objects.filter(session_key=unlisted.session.session_key).delete()
    assert here.post("/account/sessions/end-others/")["Location"] == "/account/"
    assert [is_signed_in(each) for each in (there, unlisted, here, other)] == [False, False, True, True]
    assert [each.is_this for each in here.get("/account/").context["sessions"]] == [True]
    assert told("signed out everywhere else")[0].detail == {"sessions": 1}


def test_a_session_that_was_signed_out_is_no_longer_listed(alborada: Cast) -> None:
    there, here = signed_in_as(alborada.admin), signed_in_as(alborada.admin)
    there.post("/sign-out/")
    assert len(here.get("/account/").context["sessions"]) == 1


@pytest.mark.parametrize("forwarded", ["unknown", "", "198.51.100.7:4711"])
def test_an_address_that_cannot_be_read_keeps_nobody_out(alborada: Cast, settings: Any, forwarded: str) -> None:
    settings.PROXIES = 1
    client = Client(headers={"X-Forwarded-For": forwarded})
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    session = client.get("/account/").context["sessions"][0]
    assert session.address == ("127.0.0.1" if forwarded == "" else "")


def test_too_many_changes_at_once_are_refused(signed_in: Client) -> None:
    answers = [signed_in.post("/account/sessions/end-others/").status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
