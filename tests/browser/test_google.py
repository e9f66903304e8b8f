"""Sign-in end to end: a real browser, allauth as it is, and an OpenID provider on loopback in Google's place."""

from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Page

from accounts.invitations import invite, revoke
from accounts.models import AuditEntry, Company, Invitation, Membership, Role, User
from accounts.tenancy import company_scope
from tests.browser.conftest import Open
from tests.conftest import Cast
from tests.google import account

# The provider's library is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def provider(google: None) -> None:
    account("1", "admin@alborada.example")
    account("2", "new@alborada.example")
    account("3", "unverified@alborada.example", email_verified=False)
    account("4", "admin@alborada.example.evil.example")
    account("5", "own@alborada.example", hd="alborada.example")


def sign_in(page: Page, sub: str) -> None:
    page.get_by_role("button", name="Continue with Google").click()
    page.wait_for_url("**/oauth2/authorize**")
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_load_state()


@pytest.fixture
def at_the_door(browse: Open, provider: None, settings: Any, live_server: Any) -> Page:
    settings.SITE_URL = live_server.url
    return browse(user=None).open("/sign-in/")


def test_a_member_gets_in_with_pkce_and_lands_on_the_page_asked_for(browse: Open, provider: None) -> None:
    page = browse(user=None).open("/worklogs/?period=last-year")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, "1")
    assert page.url.endswith("/worklogs/?period=last-year")
    authorize = next(url for url in asked if "/oauth2/authorize" in url)
    assert "code_challenge_method=S256" in authorize
    assert all(word in authorize for word in ("openid", "profile", "email"))


@pytest.mark.parametrize(
    ("sub", "reason"), [("3", "not verified"), ("2", "hasn’t been invited"), ("4", "hasn’t been invited")]
)
def test_who_is_unverified_or_uninvited_is_refused(at_the_door: Page, sub: str, reason: str) -> None:
    sign_in(at_the_door, sub)
    assert reason in at_the_door.get_by_role("alert").inner_text()
    assert User.objects.count() == 3
    assert AuditEntry.objects.filter(action="sign-in refused").exists()


def test_a_deactivated_user_is_refused(at_the_door: Page, alborada: Cast) -> None:
    User.objects.filter(pk=alborada.admin.pk).update(is_active=False)
    sign_in(at_the_door, "1")
    assert "deactivated" in at_the_door.get_by_role("alert").inner_text()


def test_an_account_outside_the_companys_domain_is_refused(at_the_door: Page, alborada: Cast) -> None:
    Company.objects.filter(pk=alborada.company.pk).update(allowed_domains="alborada.example")
    sign_in(at_the_door, "1")  # the address is of the domain, but Google does not vouch for it
    assert "only accepts accounts from its own domains" in at_the_door.get_by_role("alert").inner_text()


def invited(alborada: Cast, email: str) -> str:
    with company_scope(alborada.company):
        invite(alborada.company, email, Role.MANAGER, alborada.admin)
    return next(word for word in str(mail.outbox[-1].body).split() if "/invitations/" in word)


def test_an_invitation_lets_its_address_in_once(at_the_door: Page, alborada: Cast) -> None:
    at_the_door.goto(invited(alborada, "new@alborada.example"))
    at_the_door.get_by_role("link", name="Sign in").click()
    sign_in(at_the_door, "2")
    at_the_door.get_by_role("button", name="Join").click()
    at_the_door.wait_for_load_state()
    with company_scope(alborada.company):
        assert Membership.objects.get(user__email="new@alborada.example").role == Role.MANAGER
    at_the_door.goto(next(word for word in str(mail.outbox[-1].body).split() if "/invitations/" in word))
    assert "has already been used" in at_the_door.get_by_role("alert").inner_text()


def test_an_invitation_is_worth_nothing_to_another_address(
    browse: Open, provider: None, alborada: Cast, settings: Any, live_server: Any
) -> None:
    settings.SITE_URL = live_server.url
    link = invited(alborada, "new@alborada.example")
    page = browse(user="user").open("/")
    page.goto(link)
    assert "a different e-mail address" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="Join").count() == 0


def test_a_revoked_invitation_says_so(at_the_door: Page, alborada: Cast) -> None:
    link = invited(alborada, "new@alborada.example")
    at_the_door.goto(link)
    at_the_door.get_by_role("link", name="Sign in").click()
    sign_in(at_the_door, "2")
    with company_scope(alborada.company):
        revoke(Invitation.objects.get())
    at_the_door.goto(link)
    assert "was revoked" in at_the_door.get_by_role("alert").inner_text()


def test_a_stranger_founds_a_company_where_founding_is_open(at_the_door: Page, settings: Any) -> None:
    settings.FOUNDING = "open"
    sign_in(at_the_door, "5")
    at_the_door.get_by_role("link", name="Create a company").click()
    at_the_door.get_by_label("Company name").fill("Quercia")
    at_the_door.get_by_label("Time zone").select_option("Europe/Rome")
    at_the_door.get_by_role("button", name="Create company").click()
    at_the_door.wait_for_url("**/instances/add/")
    company = Company.objects.get(name="Quercia")
    with company_scope(company):
        assert Membership.objects.get().role == Role.ADMIN
