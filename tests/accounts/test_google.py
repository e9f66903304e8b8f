"""Whose Google account opens what: allauth as it is, before an OpenID provider on loopback."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.invitations import InvitationRefused, accept, invite
from accounts.links import issue_link
from accounts.models import AuditEntry, Company, Invitation, Membership, Role, User
from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.conftest import Cast
from tests.google import account, sign_in

# The provider's library is not ours to mend.
pytestmark = [pytest.mark.usefixtures("google", "db"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]

ADMIN = "admin@alborada.example"


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def refused(client: Client, answer: Any) -> str:
    """Why: what the sign-in page says."""
    assert (answer.status_code, answer["Location"], user_of(client)) == (302, "/sign-in/", None)
    page = client.get("/sign-in/")
    assert page.status_code == 403
    return str(page.context["error"])


def restrict(cast: Cast, domains: str) -> None:
    Company.objects.filter(pk=cast.company.pk).update(allowed_domains=domains)


def told(action: str, company: Company | None = None) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action, company=company).order_by("pk"))


# `sub` is the key


def test_the_first_google_account_with_a_users_address_is_that_users(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    sign_in(client, "1")
    assert user_of(client) == str(alborada.admin.pk)
    assert [entry.user for entry in told("Google account connected", alborada.company)] == [alborada.admin]
    again = Client()
    sign_in(again, "1")
    assert user_of(again) == str(alborada.admin.pk)
    assert SocialAccount.objects.count() == 1


def test_another_account_with_the_same_address_is_refused(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    account("99", ADMIN)
    sign_in(client, "1")
    stranger = Client()
    assert "a different Google account" in refused(stranger, sign_in(stranger, "99"))
    assert list(SocialAccount.objects.values_list("uid", flat=True)) == ["1"]
    assert [entry.detail["email"] for entry in told("sign-in refused", alborada.company)] == [ADMIN]


def test_the_operator_lets_another_google_account_take_the_place(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    account("99", ADMIN)
    sign_in(client, "1")
    call_command("forget_google_account", ADMIN, stdout=StringIO())
    assert client.get("/account/")["Location"].startswith("/sign-in/")
    newcomer = Client()
    sign_in(newcomer, "99")
    assert user_of(newcomer) == str(alborada.admin.pk)
    assert told("Google account unlinked", alborada.company)
    assert "a different Google account" in refused(client, sign_in(client, "1"))


@pytest.mark.parametrize("email", ["nobody@mail.example", "user@alborada.example"])
def test_forgetting_an_account_that_is_not_there_fails(alborada: Cast, email: str) -> None:
    with pytest.raises(CommandError) as failed:
        call_command("forget_google_account", email)
    assert failed.value.returncode == 2


def test_a_deactivated_user_gets_no_google_account(client: Client, alborada: Cast) -> None:
    call_command("deactivate_user", ADMIN, stdout=StringIO())
    account("1", ADMIN)
    assert "operator" in refused(client, sign_in(client, "1"))
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "claims", [{"email": None}, {"email": ""}, {"email": "no address"}, {"email_verified": "true"}], ids=str
)
def test_an_account_without_a_verified_address_is_refused(client: Client, settings: Any, claims: Any) -> None:
    settings.FOUNDING = "open"
    account("1", **{"email": "new@mail.example"} | claims)
    assert "not verified" in refused(client, sign_in(client, "1"))
    assert not User.objects.exists()


def test_no_address_is_ever_typed_in(client: Client, settings: Any) -> None:
    settings.FOUNDING = "open"
    account("1", "")
    sign_in(client, "1")
    answer = client.post("/accounts/3rdparty/signup/", {"email": "victim@mail.example"})
    assert answer.status_code in (302, 405)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ana María Beltrán"}, "Ana María Beltrán"),
        ({"name": "Someone", "given_name": "Ana", "family_name": "Beltrán"}, "Ana Beltrán"),
        ({"name": None}, ""),
    ],
    ids=str,
)
def test_a_new_user_is_called_as_google_says(client: Client, settings: Any, claims: dict[str, str], name: str) -> None:
    settings.FOUNDING = "open"
    account("1", "new@mail.example", **claims)
    sign_in(client, "1")
    assert User.objects.get().name == name


# The address follows


def test_an_address_that_changed_at_google_is_changed_here(client: Client, alborada: Cast, settings: Any) -> None:
    settings.FOUNDING = "open"
    account("7", "old@mail.example")
    sign_in(client, "7")
    with company_scope(alborada.company):
        place = Membership.objects.create(user=User.objects.get(email="old@mail.example"))
        invitation = invite(alborada.company, "old2@mail.example", Role.ADMIN, None)
    account("7", "New@mail.example")
    sign_in(client, "7")
    user = User.objects.get(pk=place.user_id)
    assert user.email == "new@mail.example"
    changed = told("e-mail changed", alborada.company)[0]
    assert changed.detail == {"changes": {"e-mail": ["old@mail.example", "new@mail.example"]}}
    with pytest.raises(InvitationRefused, match="a different e-mail address"):
        accept(invitation, user)


def test_an_old_address_belongs_to_its_next_owner(client: Client, settings: Any) -> None:
    settings.FOUNDING = "open"
    account("7", "old@mail.example")
    sign_in(client, "7")
    first = user_of(client)
    account("7", "new@mail.example")
    account("8", "old@mail.example")
    sign_in(client, "7")
    other = Client()
    sign_in(other, "8")
    assert user_of(other) not in (None, first)
    assert EmailAddress.objects.get(email="old@mail.example").user_id == int(str(user_of(other)))


def test_an_address_that_is_another_users_is_refused(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    sign_in(client, "1")
    account("1", "manager@alborada.example")
    again = Client()
    assert "another user" in refused(again, sign_in(again, "1"))
    assert User.objects.get(pk=alborada.admin.pk).email == ADMIN
    assert [entry.user for entry in told("sign-in refused", alborada.company)] == [alborada.admin]


# Domains, company by company


@pytest.fixture
def private(client: Client, alborada: Cast, meridiana: Cast) -> Client:
    """A private account with an address of Meridiana's domain, which lets in its own accounts only, in Alborada too."""
    restrict(meridiana, "meridiana.example")
    with company_scope(alborada.company):
        Membership.objects.create(user=meridiana.user)
    account("5", meridiana.user.email)
    sign_in(client, "5")
    return client


def test_another_companys_invitation_opens_no_company(client: Client, alborada: Cast, meridiana: Cast) -> None:
    restrict(meridiana, "meridiana.example")
    account("5", meridiana.user.email)
    assert "only accepts accounts from its own domains" in refused(client, sign_in(client, "5"))
    with company_scope(alborada.company):
        invite(alborada.company, meridiana.user.email, Role.USER, alborada.admin)
    sign_in(client, "5")
    page = client.get("/worklogs/", follow=True)
    assert page.redirect_chain == [("/no-company/", 302)]
    assert "sign in with your work account" in page.content.decode()


def test_a_company_is_open_to_the_accounts_of_its_domain_alone(private: Client, alborada: Cast) -> None:
    assert private.get("/worklogs/").context["company"] == alborada.company
    assert [place.company for place in private.get("/worklogs/").context["memberships"]] == [alborada.company]
    answer = private.post("/company/", {"company": "meridiana"}, follow=True)
    assert "only accepts accounts from its own domains" in answer.content.decode()
    assert private.get("/worklogs/").context["company"] == alborada.company


def test_an_account_of_the_domain_opens_it(client: Client, alborada: Cast, meridiana: Cast) -> None:
    restrict(meridiana, "Meridiana.example")
    account("5", meridiana.user.email, hd="meridiana.EXAMPLE")
    sign_in(client, "5")
    assert client.get("/worklogs/").context["company"] == meridiana.company


def test_narrowing_the_domains_closes_open_sessions(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    sign_in(client, "1")
    assert client.get("/worklogs/").status_code == 200
    restrict(alborada, "alborada.example")
    assert client.get("/worklogs/")["Location"] == "/no-company/"
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_invitation_is_accepted_by_an_account_of_the_domain_alone(
    private: Client, alborada: Cast, meridiana: Cast, mailoutbox: Any
) -> None:
    restrict(meridiana, "")
    with company_scope(meridiana.company):
        Membership.objects.filter(user=meridiana.user).delete()
        invite(meridiana.company, meridiana.user.email, Role.USER, meridiana.admin)
    restrict(meridiana, "meridiana.example")
    path = next(word for word in mailoutbox[-1].body.split() if "/invitations/" in word).removeprefix(
        "http://testserver"
    )
    assert "only accepts accounts from its own domains" in private.get(path).content.decode()
    accept_it = {"invitation": private.session["invitation"]}
    private.post("/invitations/open/accept/", accept_it)
    with company_scope(meridiana.company):
        assert not Membership.objects.filter(user=meridiana.user).exists()
    account("5", meridiana.user.email, hd="meridiana.example")
    sign_in(private, "5")
    private.get(path)
    private.post("/invitations/open/accept/", accept_it)
    with company_scope(meridiana.company):
        assert Membership.objects.filter(user=meridiana.user).exists()


def test_a_stranger_comes_back_from_google_to_the_invitation(client: Client, alborada: Cast, mailoutbox: Any) -> None:
    with company_scope(alborada.company):
        invite(alborada.company, "new@mail.example", Role.USER, alborada.admin)
    client.get(next(word for word in mailoutbox[-1].body.split() if "/invitations/" in word))
    account("6", "new@mail.example")
    back = sign_in(client, "6", next="/invitations/open/")["Location"]
    assert back == "/invitations/open/"
    assert "Join Alborada" in client.get(back).content.decode()


def test_the_operators_link_vouches_for_the_address(client: Client, alborada: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        Membership.objects.create(user=alborada.admin)
    restrict(alborada, "alborada.example")
    restrict(meridiana, "meridiana.example")
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    assert [each.company for each in client.get("/worklogs/").context["memberships"]] == [alborada.company]


@pytest.mark.parametrize(("claims", "is_kept"), [({}, False), ({"hd": "alborada.example"}, True)])
def test_admins_do_not_lock_themselves_out_by_a_domain(
    client: Client, alborada: Cast, claims: dict[str, str], is_kept: bool
) -> None:
    """The address is of the domain in both cases; sign-in goes by what Google vouches for."""
    account("1", ADMIN, **claims)
    sign_in(client, "1")
    path = f"/admin/accounts/company/{alborada.company.pk}/change/"
    fields = client.get(path).context["adminform"].form.initial
    client.post(path, fields | {"working_day": "8", "allowed_domains": "alborada.example"})
    alborada.company.refresh_from_db()
    assert alborada.company.allowed_domains == ("alborada.example" if is_kept else "")
    sign_in(client, "1")
    assert client.get("/admin/").status_code == 200


# Who is told


def test_a_company_that_invites_an_address_learns_nothing_of_its_owner(alborada: Cast, meridiana: Cast) -> None:
    with company_scope(alborada.company):
        invite(alborada.company, meridiana.user.email, Role.USER, alborada.admin)
    account("5", meridiana.user.email)
    client = Client()
    sign_in(client, "5")
    client.post("/account/name/", {"name": "Somebody"})
    client.post("/sign-out/")
    with company_scope(ALL_COMPANIES):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    sign_in(client, "5")
    assert not AuditEntry.objects.filter(company=alborada.company).exists()
    actions = set(AuditEntry.objects.filter(company=meridiana.company).values_list("action", flat=True))
    assert {"sign-in", "sign-out", "name changed"} <= actions


# Where it leads


@pytest.mark.parametrize(
    "wanted", ["http://localhost/x", "http://testserver/x", "https://evil.example/", "//evil.example"]
)
def test_sign_in_leads_to_our_own_paths_alone(client: Client, alborada: Cast, settings: Any, wanted: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    account("1", ADMIN)
    assert sign_in(client, "1", next=wanted)["Location"] == "/"


def test_sign_in_leads_to_the_page_that_was_asked_for(client: Client, alborada: Cast) -> None:
    account("1", ADMIN)
    assert sign_in(client, "1", next="/worklogs/?q=a")["Location"] == "/worklogs/?q=a"


def test_the_way_to_google_begins_on_our_own_page(client: Client) -> None:
    assert client.get("/accounts/google/login/")["Location"] == "/sign-in/"
