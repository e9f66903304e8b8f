from datetime import UTC, datetime, timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.invitations import (
    InvitationRefused,
    accept,
    invitation_of,
    invitations_for,
    invite,
    reason_against,
    renewed,
    revoke,
    send,
)
from accounts.models import AuditEntry, Company, Invitation, InvitationState, Membership, Role, User
from accounts.tenancy import company_scope
from tests.conftest import Cast

ADDRESS = "new@alborada.example"


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create_user(ADDRESS)


def resend(cast: Cast, invitation: Invitation) -> Invitation:
    again, token = renewed(cast.company, invitation, cast.admin)
    send(cast.company, again, token)
    return again


def token() -> str:
    """Of the last e-mail that was sent."""
    return str(mail.outbox[-1].body).split("/invitations/")[1].split("/")[0]


def join(client: Client, link: str) -> Any:
    """Opens the link and presses the button, whether or not the page has one."""
    client.get(link)
    return client.post("/invitations/open/accept/", {"invitation": client.session["invitation"]})


def test_the_link_is_mailed_and_only_its_hash_is_kept(in_alborada: Cast) -> None:
    invitation = invite(in_alborada.company, f" {ADDRESS.upper()} ", Role.USER, in_alborada.admin)
    assert mail.outbox[0].to == [ADDRESS]
    assert token() not in invitation.token_hash
    assert invitation_of(token()) == invitation


def test_accepting_makes_a_member_once(in_alborada: Cast, newcomer: User) -> None:
    invite(in_alborada.company, ADDRESS, Role.MANAGER, in_alborada.admin)
    found = invitation_of(token())
    assert found is not None
    assert accept(found, newcomer).role == Role.MANAGER
    with pytest.raises(InvitationRefused):
        accept(found, newcomer)
    assert Membership.objects.filter(user=newcomer).count() == 1


def test_a_stolen_link_lets_nobody_else_in(in_alborada: Cast) -> None:
    invite(in_alborada.company, ADDRESS, Role.ADMIN, in_alborada.admin)
    thief = User.objects.create_user("thief@elsewhere.example")
    found = invitation_of(token())
    assert found is not None
    with pytest.raises(InvitationRefused):
        accept(found, thief)
    assert not Membership.objects.filter(user=thief).exists()


def test_it_expires_after_72_hours_and_can_be_sent_again(in_alborada: Cast, newcomer: User) -> None:
    invitation = invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    old = token()
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert "expired" in reason_against(Invitation.objects.get(), newcomer)
        resend(in_alborada, invitation)
        replaced = invitation_of(old)
        assert replaced is not None
        with pytest.raises(InvitationRefused, match="replaced by a newer one"):
            accept(replaced, newcomer)
        found = invitation_of(token())
        assert found is not None
        accept(found, newcomer)
    assert Membership.objects.filter(user=newcomer).exists()


def test_a_revoked_one_is_worth_nothing(in_alborada: Cast, newcomer: User) -> None:
    revoke(invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin))
    found = invitation_of(token())
    assert found is not None
    with pytest.raises(InvitationRefused, match="was revoked"):
        accept(found, newcomer)
    assert invitations_for(ADDRESS) == []


def test_members_and_the_invited_are_not_invited_again(in_alborada: Cast) -> None:
    with pytest.raises(ValidationError, match="is already a member"):
        invite(in_alborada.company, in_alborada.user.email, Role.USER, in_alborada.admin)
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    with pytest.raises(ValidationError, match="has already been invited"):
        invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)


def test_what_speaks_against_inviting_speaks_against_inviting_again(in_alborada: Cast) -> None:
    """Two live links of one address would let in with either role."""
    withdrawn = invite(in_alborada.company, ADDRESS, Role.ADMIN, in_alborada.admin)
    revoke(withdrawn)
    newer = invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    with pytest.raises(InvitationRefused, match="has already been invited"):
        resend(in_alborada, withdrawn)
    Membership.objects.create(user=User.objects.create_user(ADDRESS))
    with pytest.raises(InvitationRefused, match="is already a member"):
        resend(in_alborada, newer)
    Membership.objects.filter(user__email=ADDRESS).delete()
    in_alborada.company.allowed_domains = "norte.example"
    with pytest.raises(InvitationRefused, match="these domains"):
        resend(in_alborada, newer)
    assert Invitation.objects.get(pk=newer.pk).state == InvitationState.PENDING


def test_a_company_lets_in_its_own_domains_only(in_alborada: Cast) -> None:
    in_alborada.company.allowed_domains = "alborada.example norte.example"
    with pytest.raises(ValidationError, match="these domains"):
        invite(in_alborada.company, "who@elsewhere.example", Role.USER, in_alborada.admin)
    assert invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin).pk


def test_a_line_break_in_a_companys_name_is_no_header(in_alborada: Cast) -> None:
    in_alborada.company.name = "Alborada\nBcc: victim@elsewhere.example"
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    assert mail.outbox[0].subject == "Join Alborada Bcc: victim@elsewhere.example on Worklog Dashboard"


def test_the_page_tells_a_stranger_nothing_of_the_company(client: Client, in_alborada: Cast) -> None:
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    answer = client.get(f"/invitations/{token()}/")
    assert answer.status_code == 200
    assert b"Alborada" not in answer.content
    assert ADDRESS.encode() not in answer.content
    assert client.get("/invitations/unknown/").status_code == 404


def test_someone_of_another_company_learns_nothing_either(client: Client, in_alborada: Cast, meridiana: Cast) -> None:
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    client.force_login(meridiana.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(f"/invitations/{token()}/")
    assert answer.status_code == 403
    assert b"Alborada" not in answer.content
    join(client, f"/invitations/{token()}/")
    assert not Membership.objects.filter(user=meridiana.admin).exists()


def test_only_a_hash_of_the_token_is_kept_while_a_stranger_signs_in(client: Client, in_alborada: Cast) -> None:
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    page = client.get(f"/invitations/{token()}/").content.decode()
    assert 'href="/sign-in/?next=/invitations/open/"' in page
    client.post("/accounts/google/login/", {"next": "/invitations/open/"})
    kept = [each.get_decoded() for each in Session.objects.all()]
    assert any("/invitations/open/" in str(each) for each in kept)
    assert token() not in page + str(kept)
    assert client.get("/invitations/open/").content.decode().count("Sign in") == page.count("Sign in")


def test_what_is_shown_is_the_invitation_whose_link_was_opened(
    client: Client, in_alborada: Cast, meridiana: Cast, newcomer: User
) -> None:
    client.force_login(newcomer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/invitations/open/").status_code == 404
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    client.get(f"/invitations/{token()}/")
    shown_first = client.session["invitation"]
    with company_scope(meridiana.company):
        invite(meridiana.company, ADDRESS, Role.USER, meridiana.admin)
    client.get(f"/invitations/{token()}/")
    assert b"Join Meridiana" in client.get("/invitations/open/").content
    answer = client.post("/invitations/open/accept/", {"invitation": shown_first})
    assert answer["Location"] == "/invitations/open/"
    assert not Membership.objects.filter(user=newcomer).exists()
    revoke(Invitation.objects.get(pk=shown_first))
    join(client, f"/invitations/{token()}/")
    with company_scope(meridiana.company):
        assert Membership.objects.filter(user=newcomer).exists()


def refusals(company: Company) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="invitation refused", company=company).order_by("pk"))


@pytest.mark.parametrize("state", ["expired", "revoked", "used"])
def test_the_inviting_company_is_told_of_a_refused_acceptance(
    client: Client, in_alborada: Cast, newcomer: User, state: str
) -> None:
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    client.force_login(newcomer, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/invitations/{token()}/", headers={"Accept-Language": "it"})
    columns = {"expired": "expires_at", "revoked": "revoked_at", "used": "accepted_at"}
    Invitation.objects.update(**{columns[state]: timezone.now() - timedelta(minutes=1)})
    assert (page.status_code, refusals(in_alborada.company)) == (200, [])
    asked = {"invitation": client.session["invitation"]}
    assert client.post("/invitations/open/accept/", asked, headers={"Accept-Language": "it"}).status_code == 403
    (entry,) = refusals(in_alborada.company)
    assert (entry.user, entry.detail["email"], entry.address) == (None, ADDRESS, "127.0.0.1")
    assert state in entry.detail["reason"]
    assert not Membership.objects.filter(user=newcomer).exists()


def test_it_is_told_the_address_that_tried_and_nothing_of_who_that_is(
    client: Client, in_alborada: Cast, meridiana: Cast
) -> None:
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    client.get(f"/invitations/{token()}/")
    assert refusals(in_alborada.company) == []  # nobody has tried yet
    client.force_login(meridiana.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    join(client, f"/invitations/{token()}/")
    entries = refusals(in_alborada.company)
    assert {entry.detail["email"] for entry in entries} == {meridiana.admin.email}
    assert {"a different e-mail address" in entry.detail["reason"] for entry in entries} == {True}
    assert meridiana.admin.name not in str([(entry.user, entry.detail) for entry in entries])
    assert refusals(meridiana.company) == []


def test_founding_is_refused_unless_it_is_open(client: Client, newcomer: User, settings) -> None:
    client.force_login(newcomer, backend="allauth.account.auth_backends.AuthenticationBackend")
    form = {"name": "Quercia", "timezone": "Europe/Rome"}
    assert client.post("/found/", form).status_code == 403
    settings.FOUNDING = "open"
    assert client.post("/found/", form | {"timezone": "Mars"}).status_code == 422
    assert client.post("/found/", form).status_code == 302
    company = Company.objects.get(name="Quercia")
    with company_scope(company):
        assert Membership.objects.get().user == newcomer
    entry = AuditEntry.objects.get(action="company created")
    assert (entry.user, entry.address) == (newcomer, "127.0.0.1")


def test_the_audit_tells_from_where_an_invitation_was_accepted(
    client: Client, in_alborada: Cast, newcomer: User
) -> None:
    invite(in_alborada.company, ADDRESS, Role.MANAGER, in_alborada.admin)
    client.force_login(newcomer, backend="allauth.account.auth_backends.AuthenticationBackend")
    join(client, f"/invitations/{token()}/")
    entry = AuditEntry.objects.get(company=in_alborada.company, action="invitation accepted")
    assert (entry.address, entry.detail["role"]) == ("127.0.0.1", "Manager")


# From the settings, with mail servers as they are


INVITE = "/admin/accounts/invitation/add/"
LIST = "/admin/accounts/invitation/"


class Refusing(EmailBackend):
    """A mail server that answers every message with what the test has put here."""

    answer: Exception = OSError()

    def send_messages(self, email_messages: Any) -> int:
        raise self.answer


@pytest.fixture
def refusing(settings) -> type[Refusing]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    return Refusing


def last_entry(company: Company) -> AuditEntry:
    return AuditEntry.objects.filter(company=company).latest("pk")


def resent(client: Client, *invitations: Invitation) -> str:
    asked = {"action": "resend", "_selected_action": [each.pk for each in invitations]}
    return client.post(LIST, asked, follow=True).content.decode()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (TimeoutError("timed out"), "didn’t respond in time"),
        (ConnectionRefusedError(111, "Connection refused"), "can’t reach the mail server"),
        (SMTPAuthenticationError(535, b"5.7.8 password=letmein of robot"), "refused to send it"),
        (SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}), "rejected this address"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_invitation_whose_mail_fails_stands_and_says_so(
    signed_in: Client, in_alborada: Cast, refusing: type[Refusing], settings, answer: Exception, told: str
) -> None:
    refusing.answer = answer
    page = signed_in.post(INVITE, {"email": ADDRESS, "role": "manager"}, follow=True)
    assert page.status_code == 200
    assert f"The invitation for {ADDRESS} was created, but the e-mail couldn’t be sent" in page.content.decode()
    assert told in page.content.decode()
    assert "letmein" not in page.content.decode()
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.role) == (InvitationState.PENDING, Role.MANAGER)
    entry = last_entry(in_alborada.company)
    assert (entry.action, entry.detail["email"]) == ("invitation e-mail failed", ADDRESS)
    assert told in entry.detail["reason"]
    assert "couldn’t be sent" in resent(signed_in, invitation)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert f"Invitation resent to {ADDRESS}" in resent(signed_in, Invitation.objects.get(revoked_at=None))
    assert last_entry(in_alborada.company).action == "invitation resent"
    again = invitation_of(token())
    assert again is not None
    assert (again.state, again.role) == (InvitationState.PENDING, Role.MANAGER)


def test_where_the_mail_fails_the_link_is_shown_once_to_be_passed_on(
    signed_in: Client, in_alborada: Cast, settings, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    settings.EMAIL_BACKEND = "accounts.mail.NoServer"
    page = signed_in.post(INVITE, {"email": ADDRESS, "role": "manager"}, follow=True).content.decode()
    assert "no mail server is configured" in page
    shown = page.split("http://testserver/invitations/")[1].split("/")[0]
    found = invitation_of(shown)
    assert found is not None
    assert found.email == ADDRESS
    assert shown not in signed_in.get(LIST).content.decode()
    assert shown not in str(last_entry(in_alborada.company).detail) + caplog.text + "".join(capsys.readouterr())


def test_a_mail_server_is_given_ten_seconds() -> None:
    assert SmtpBackend().timeout == 10


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_mail_server_thinks(
    signed_in: Client, in_alborada: Cast, refusing: type[Refusing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would let nobody else write for as long."""
    seen: list[bool] = []
    monkeypatch.setattr(refusing, "send_messages", lambda *_: seen.append(connection.in_atomic_block))
    signed_in.post(INVITE, {"email": ADDRESS, "role": "user"})
    resent(signed_in, Invitation.objects.get())
    assert seen == [False, False]


def test_thirty_invitations_within_an_hour_are_enough(signed_in: Client, in_alborada: Cast) -> None:
    with time_machine.travel(datetime(2026, 11, 2, 9, 15, tzinfo=UTC), tick=False) as clock:
        for number in range(30):
            signed_in.post(INVITE, {"email": f"n{number}@alborada.example", "role": "user"})
        assert len(mail.outbox) == 30
        page = signed_in.post(INVITE, {"email": ADDRESS, "role": "user"})
        assert page.status_code == 200
        assert "Wait 60 minutes" in page.content.decode()
        clock.shift(timedelta(minutes=14))
        assert "Wait 46 minutes" in resent(signed_in, *Invitation.objects.all()[:2])
        assert {each.state for each in Invitation.objects.all()} == {InvitationState.PENDING}
        assert not Invitation.objects.filter(email=ADDRESS).exists()
        assert len(mail.outbox) == 30
        clock.shift(timedelta(minutes=46))
        assert signed_in.post(INVITE, {"email": ADDRESS, "role": "user"}).status_code == 302
        assert mail.outbox[-1].to == [ADDRESS]


def test_what_is_not_sent_does_not_count(signed_in: Client, in_alborada: Cast, meridiana: Cast) -> None:
    for _ in range(31):
        signed_in.post(INVITE, {"email": "no address", "role": "user"})
        signed_in.post(INVITE, {"email": in_alborada.user.email, "role": "user"})
    with company_scope(meridiana.company):  # in the same house, behind the same address
        for number in range(30):
            invite(meridiana.company, f"n{number}@meridiana.example", Role.USER, meridiana.admin)
    assert signed_in.post(INVITE, {"email": ADDRESS, "role": "user"}).status_code == 302


@pytest.mark.parametrize("state", ["expired", "revoked", "used"])
def test_a_link_that_is_worth_nothing_says_so_before_anybody_signs_in(
    client: Client, in_alborada: Cast, newcomer: User, state: str
) -> None:
    invitation, now = invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin), timezone.now()
    columns = {"expired": "expires_at", "revoked": "revoked_at", "used": "accepted_at"}
    Invitation.objects.update(**{columns[state]: now - timedelta(minutes=1)})
    for user in (None, newcomer):
        if user:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(f"/invitations/{token()}/")
        assert answer.status_code == 403
        assert state in answer.content.decode()
        assert "Alborada" not in answer.content.decode()
    if state != "used":
        old = token()
        resend(in_alborada, invitation)
        assert client.get(f"/invitations/{token()}/").status_code == 200
        assert "replaced by a newer one" in client.get(f"/invitations/{old}/").content.decode()
