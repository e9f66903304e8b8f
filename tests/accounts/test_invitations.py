from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.invitations import (
    InvitationRefused,
    accept,
    invitation_of,
    invitations_for,
    invite,
    reason_against,
    resend,
    revoke,
)
from accounts.models import Company, Invitation, Membership, Role, User
from accounts.tenancy import company_scope
from tests.conftest import Cast

ADDRESS = "new@alborada.example"


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create_user(ADDRESS)


def token() -> str:
    """Of the last e-mail that was sent."""
    return str(mail.outbox[-1].body).split("/invitations/")[1].split("/")[0]


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
        resend(in_alborada.company, invitation)
        assert invitation_of(old) is None
        found = invitation_of(token())
        assert found is not None
        accept(found, newcomer)
    assert Membership.objects.filter(user=newcomer).exists()


def test_a_revoked_one_is_worth_nothing(in_alborada: Cast, newcomer: User) -> None:
    revoke(invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin))
    found = invitation_of(token())
    assert found is not None
    with pytest.raises(InvitationRefused, match="withdrawn"):
        accept(found, newcomer)
    assert invitations_for(ADDRESS) == []


def test_members_and_the_invited_are_not_invited_again(in_alborada: Cast) -> None:
    with pytest.raises(ValidationError, match="member already"):
        invite(in_alborada.company, in_alborada.user.email, Role.USER, in_alborada.admin)
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    with pytest.raises(ValidationError, match="invited already"):
        invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)


def test_a_company_lets_in_its_own_domains_only(in_alborada: Cast) -> None:
    in_alborada.company.allowed_domains = "alborada.example norte.example"
    with pytest.raises(ValidationError, match="these domains"):
        invite(in_alborada.company, "who@elsewhere.example", Role.USER, in_alborada.admin)
    assert invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin).pk


def test_a_line_break_in_a_companys_name_is_no_header(in_alborada: Cast) -> None:
    in_alborada.company.name = "Alborada\nBcc: victim@elsewhere.example"
    invite(in_alborada.company, ADDRESS, Role.USER, in_alborada.admin)
    assert mail.outbox[0].subject == "Invitation to Alborada Bcc: victim@elsewhere.example"


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
    client.post(f"/invitations/{token()}/accept/")
    assert not Membership.objects.filter(user=meridiana.admin).exists()


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
