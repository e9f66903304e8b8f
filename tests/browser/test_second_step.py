"""The second step end to end: Google's stand-in, an app whose codes are computed, a passkey of a virtual device."""

import time
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import AuditEntry, Company, Membership
from accounts.tenancy import company_scope
from tests.browser.conftest import Open, Visit
from tests.browser.test_google import at_the_door, provider, sign_in
from tests.conftest import Cast

__all__ = ["at_the_door", "provider"]
# The provider's library is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 360, "height": 780}


def code_of(secret: str, *, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def add_app(page: Page) -> str:
    """From the page of the account; returns the key that was shown. Ends at the recovery codes."""
    page.get_by_role("link", name="Add app").click()
    page.get_by_text("Enter the key manually").click()
    secret = page.locator("#secret").inner_text().strip()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Add app").click()
    page.wait_for_url("**/recovery-codes/")
    return secret


def plug_in_a_key(page: Page) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    verified = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options | verified})


def sign_out(page: Page) -> None:
    page.get_by_label("user menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in/")


def test_an_app_is_added_and_asked_for_after_google(at_the_door: Page, live_server: Any) -> None:
    page = at_the_door
    sign_in(page, "1")
    page.get_by_label("user menu").click()
    page.get_by_role("link", name="Your account").click()
    secret = add_app(page)
    recovery = page.locator(".recovery li").first.inner_text()
    page.get_by_role("link", name="Done").click()
    sign_out(page)

    sign_in(page, "1")
    assert page.url.endswith("/2fa/authenticate/")
    page.get_by_label("Code").fill("000000" if code_of(secret) != "000000" else "111111")
    page.get_by_role("button", name="Sign in").click()
    assert "Incorrect code" in page.get_by_role("alert").inner_text()
    page.goto(f"{live_server.url}/worklogs/")
    assert "/sign-in/" in page.url  # Google alone is not enough
    sign_in(page, "1")
    page.get_by_label("Code").fill(code_of(secret, steps=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/worklogs/")
    sign_out(page)

    sign_in(page, "1")
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("user menu").wait_for()
    assert (
        AuditEntry.objects.filter(action="two-step verification failed", detail={"kind": "authenticator app"}).count()
        == 1
    )
    assert AuditEntry.objects.filter(action="recovery code used").count() == 1


def test_a_passkey_is_added_asked_for_and_removed(at_the_door: Page, live_server: Any) -> None:
    page = at_the_door
    plug_in_a_key(page)
    sign_in(page, "1")
    page.goto(f"{live_server.url}/account/")
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url("**/recovery-codes/")
    page.get_by_role("link", name="Done").click()
    assert "Blue key" in page.inner_text("main")
    sign_out(page)

    sign_in(page, "1")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("user menu").wait_for()
    page.goto(f"{live_server.url}/account/")
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("link", name="Use a passkey").click()  # in the place of a code
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove it").click()
    page.wait_for_url("**/account/")
    assert "Blue key" not in page.inner_text("main")


def test_a_device_without_the_passkey_is_told_so(at_the_door: Page, live_server: Any, chromium: Any) -> None:
    page = at_the_door
    plug_in_a_key(page)
    sign_in(page, "1")
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url("**/recovery-codes/")
    elsewhere = chromium.new_context().new_page()
    plug_in_a_key(elsewhere)
    elsewhere.goto(f"{live_server.url}/sign-in/")
    sign_in(elsewhere, "1")
    elsewhere.get_by_role("button", name="Use a passkey").click()
    elsewhere.get_by_text("The browser didn’t provide a passkey").wait_for()
    elsewhere.context.close()


def test_a_company_that_requires_it_is_seen_once_it_is_there(
    at_the_door: Page, alborada: Cast, live_server: Any
) -> None:
    Company.objects.filter(pk=alborada.company.pk).update(requires_second_step=True)
    page = at_the_door
    sign_in(page, "1")
    page.goto(f"{live_server.url}/worklogs/?period=last-year")
    assert "Alborada requires two-step verification" in page.inner_text("main")
    page.get_by_role("link", name="Add authenticator app").wait_for()
    page.get_by_role("link", name="Your account").click()
    add_app(page)
    page.get_by_role("link", name="Done").click()
    assert page.url.endswith("/worklogs/?period=last-year")


def test_another_session_is_thrown_out(browse: Open) -> None:
    there, here = browse(), browse()
    there.open("/worklogs/")
    page = here.open("/account/")
    page.get_by_role("button", name="Sign out Chrome on Linux").click()
    assert "signed out." in page.inner_text("main")
    assert "/sign-in/" in there.open("/worklogs/").url
    assert "/sign-in/" not in here.open("/worklogs/").url


def problems(visit: Visit) -> list[str]:
    found = [line for line in visit.said if "status of 4" not in line]
    if not visit.fits():
        found.append("has to be scrolled sideways")
    for violation in Axe().run(visit.page).response["violations"]:
        found.append(f"{violation['id']}: {[node['target'] for node in violation['nodes'][:4]]}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_fit_and_are_accessible_and_their_console_is_silent(
    browse: Open, alborada: Cast, provider: None, size: dict[str, int], scheme: str
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alborada.admin, secret)
    RecoveryCodes.activate(alborada.admin)
    browse().open("/account/")
    visit = browse(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    wrong = {}
    with company_scope(alborada.company):
        place = Membership.objects.get(user=alborada.admin).pk
    for path in ("/account/", "/accounts/2fa/reauthenticate/", f"/account/memberships/{place}/leave/"):
        visit.open(path)
        wrong[path] = problems(visit)
    visit.open("/accounts/2fa/reauthenticate/").get_by_label("Code").fill(code_of(secret))
    visit.page.get_by_role("button", name="Continue").click()
    own = ("totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/")
    for path in [f"/accounts/2fa/{part}" for part in own]:
        visit.open(path)
        wrong[path] = problems(visit)
    door = browse(user=None, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    sign_in(door.open("/sign-in/"), "1")
    door.said.clear()  # what the stand-in's page said
    door.open("/accounts/2fa/authenticate/")
    wrong["authenticate"] = problems(door)
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_setting_it_up_is_accessible(at_the_door: Page, alborada: Cast, live_server: Any, scheme: Any) -> None:
    Company.objects.filter(pk=alborada.company.pk).update(requires_second_step=True)
    at_the_door.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    sign_in(at_the_door, "1")
    visit = Visit(at_the_door, live_server.url)
    for path in ("/account/second-step/", "/accounts/2fa/totp/activate/", "/sign-in/?again=1"):
        visit.open(path)
        assert problems(visit) == []
