import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Company, Membership, Role, SigninLink, User
from accounts.tenancy import company_scope
from tests.conftest import Cast

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def link_for(email: str, *words: str) -> str:
    out = io.StringIO()
    call_command("signin_link", email, *words, stdout=out)
    return out.getvalue().strip()


def join(user: User, company: Company, role: Role = Role.USER) -> None:
    with company_scope(company):
        Membership.objects.create(user=user, role=role)


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# One-time links


def test_a_link_signs_in_once(client: Client, alborada: Cast) -> None:
    link = link_for("ADMIN@alborada.example ")
    assert link.startswith("http://testserver/sign-in/link/")
    response = client.get(link)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in_as(client) == str(alborada.admin.pk)
    again = Client().get(link)
    assert again.status_code == 403
    assert "has been used" in again.content.decode()


def test_a_link_lasts_ten_minutes(client: Client, alborada: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        in_time, too_late = link_for(alborada.admin.email), link_for(alborada.user.email)
        clock.shift(timedelta(minutes=9, seconds=59))
        assert client.get(in_time).status_code == 302
        clock.shift(timedelta(seconds=1))
        assert Client().get(too_late).status_code == 403


def test_the_database_keeps_a_hash_of_the_token_alone(alborada: Cast) -> None:
    token = link_for(alborada.admin.email).rsplit("/", 2)[1]
    stored = SigninLink.objects.get()
    assert token not in str(vars(stored))
    assert len(stored.token_hash) == 64
    assert len(token) >= 40


@pytest.mark.parametrize("token", ["wrong", "x" * 20000, "/" + "x" * 20000, "%00", "%ED%A0%80", "' OR 1=1 --", "🙂"])
def test_a_wrong_token_signs_nobody_in(client: Client, alborada: Cast, token: str) -> None:
    link_for(alborada.admin.email)
    response = client.get(f"/sign-in/link/{token}/")
    assert response.status_code in (403, 404)
    assert signed_in_as(client) is None


def test_links_are_audited_from_issue_to_refusal(client: Client, alborada: Cast) -> None:
    link = link_for(alborada.admin.email, "--company", "alborada")
    client.get(link)
    client.get(link)
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "user", "company", "address"))
    company = alborada.company.pk
    assert entries == [
        ("sign-in link issued", alborada.admin.pk, company, None),
        ("sign-in by link", alborada.admin.pk, company, "127.0.0.1"),
        ("sign-in link refused", None, None, "127.0.0.1"),
    ]
    assert link.rsplit("/", 2)[1] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_link_opens_the_company_that_it_names(client: Client, alborada: Cast, meridiana: Cast) -> None:
    join(alborada.admin, meridiana.company, Role.MANAGER)
    client.get(link_for(alborada.admin.email, "--company", "meridiana"))
    assert client.get("/").context["company"] == meridiana.company


def test_a_link_of_someone_who_was_deactivated_since_is_refused(client: Client, alborada: Cast) -> None:
    link = link_for(alborada.admin.email)
    User.objects.filter(pk=alborada.admin.pk).update(is_active=False)
    assert client.get(link).status_code == 403
    assert signed_in_as(client) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody@mail.example"], "No active user"),
        (["admin@alborada.example", "--company", "meridiana"], "isn't a member of meridiana"),
        (["admin@alborada.example", "--company", "none"], "isn't a member of none"),
        (["gone@alborada.example"], "No active user"),
    ],
)
def test_no_link_for_who_may_not_sign_in(alborada: Cast, meridiana: Cast, words: list[str], message: str) -> None:
    User.objects.create_user("gone@alborada.example", is_active=False)
    with pytest.raises(CommandError, match=message) as refused:
        link_for(*words)
    assert refused.value.returncode == 2
    assert not SigninLink.objects.exists()


# The demo


@pytest.fixture
def demo_user(alborada: Cast) -> User:
    user = User.objects.create_user("ana@demo.example", name="Ana of the demo")
    join(user, alborada.company, Role.MANAGER)
    return user


def test_without_the_demo_nobody_is_offered_or_let_in(client: Client, demo_user: User) -> None:
    assert "ana@demo.example" not in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/demo/", {"email": demo_user.email}).status_code == 404
    assert signed_in_as(client) is None


def test_the_demo_lets_its_users_in_and_says_so(client: Client, demo_user: User, settings) -> None:
    settings.DEMO = True
    page = client.get("/sign-in/").content.decode()
    assert "This is a demo" in page
    assert "ana@demo.example" in page
    response = client.post("/sign-in/demo/", {"email": demo_user.email, "next": "/worklogs/?q=a"})
    assert response["Location"] == "/worklogs/?q=a"
    assert signed_in_as(client) == str(demo_user.pk)
    assert AuditEntry.objects.get().action == "demo sign-in"


@pytest.mark.parametrize(
    "email", ["admin@alborada.example", "x@demo.example", "", "@demo.example", "\x00@demo.example"]
)
def test_the_demo_lets_nobody_else_in(client: Client, demo_user: User, settings, email: str) -> None:
    settings.DEMO = True
    assert "admin@alborada.example" not in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/demo/", {"email": email}).status_code == 404
    assert signed_in_as(client) is None


def test_a_deactivated_demo_user_is_neither_offered_nor_let_in(client: Client, demo_user: User, settings) -> None:
    settings.DEMO = True
    User.objects.filter(pk=demo_user.pk).update(is_active=False)
    assert "ana@demo.example" not in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/demo/", {"email": demo_user.email}).status_code == 404


def test_the_demo_is_signed_into_by_post_alone(client: Client, demo_user: User, settings) -> None:
    settings.DEMO = True
    assert client.get("/sign-in/demo/", {"email": demo_user.email}).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/sign-in/demo/", {"email": demo_user.email}).status_code == 403


# Where sign-in leads


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\thttps://evil.example",
    " //evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "http://[::1",
    "//[::1",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_next_never_leads_to_another_site(signed_in: Client, wanted: str) -> None:
    assert signed_in.get("/sign-in/", {"next": wanted})["Location"] == "/"
    assert signed_in.post("/preferences/", {"next": wanted})["Location"] == "/"


@pytest.mark.parametrize(
    "wanted",
    ["nowhere", "?q=1", "sync", "#part", "worklogs", "a:b", "x" * 20000, "/" + "x" * 20000, "\x00", "/\x00", "/x\ny"],
)
def test_a_next_that_is_no_address_never_fails(signed_in: Client, wanted: str) -> None:
    response = signed_in.get("/sign-in/", {"next": wanted})
    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert "\n" not in response["Location"]


def test_next_leads_to_our_own_pages(signed_in: Client) -> None:
    for wanted in ("/worklogs/?q=a&from=2026-10-01", "/worklogs/?q=你好"):
        assert "/worklogs/" in signed_in.get("/sign-in/", {"next": wanted})["Location"]


def test_the_sign_in_page_escapes_next(client: Client, db: None, settings) -> None:
    settings.HAS_GOOGLE = True
    page = client.get("/sign-in/", {"next": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


# Out, other companies, none


def test_signing_out_ends_the_session(signed_in: Client) -> None:
    assert signed_in.get("/sign-out/").status_code == 405
    assert signed_in.post("/sign-out/")["Location"] == "/sign-in/"
    assert signed_in.get("/worklogs/")["Location"].startswith("/sign-in/?next=/worklogs/")


def test_no_link_signs_anybody_out(signed_in: Client) -> None:
    for path in ("/admin/logout/", "/sign-out/"):
        assert signed_in.get(path).status_code == 405
    assert signed_in.get("/worklogs/").status_code == 200


@pytest.mark.parametrize("path", ["/worklogs/", "/account/"])
def test_a_session_that_ended_under_an_open_page_leads_the_browser_to_sign_in(
    client: Client, db: None, path: str
) -> None:
    """A redirect would be followed by htmx, and the sign-in page land in the fragment."""
    shown = {"HX-Request": "true", "HX-Current-URL": "http://testserver/worklogs/?q=a"}
    answer = client.get(f"{path}?page=2", headers=shown)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/?next=/worklogs/%3Fq%3Da")
    elsewhere = client.get(path, headers=shown | {"HX-Current-URL": "https://evil.example/x"})
    assert elsewhere["HX-Redirect"] == "/sign-in/"


def test_a_form_that_was_sent_too_late_leads_to_sign_in_and_not_back_to_its_address(client: Client, db: None) -> None:
    for path in ("/sync/start/", "/company/"):
        assert client.post(path)["Location"] == "/sign-in/"
    sent = client.post("/sync/start/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sync/"})
    assert sent["HX-Redirect"] == "/sign-in/?next=/sync/"


def test_a_membership_that_was_taken_away_under_an_open_page_leads_the_browser_on(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("lone@mail.example"), backend=BACKEND)
    assert client.get("/worklogs/", headers={"HX-Request": "true"})["HX-Redirect"] == "/no-company/"


@pytest.mark.parametrize(
    "path", ["/", "/worklogs/?q=a", "/worklogs/1/", "/worklogs/export.csv", "/sync/", "/sync/runs/1/"]
)
def test_strangers_are_sent_to_sign_in_and_back(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=/")
    assert response["Location"].split("next=")[1].split("%3F")[0] == path.split("?")[0]


@pytest.mark.parametrize("path", ["/", "/worklogs/", "/worklogs/1/", "/worklogs/export.csv", "/sync/"])
def test_who_belongs_to_no_company_is_told_so(client: Client, db: None, path: str) -> None:
    client.force_login(User.objects.create_user("lone@mail.example"), backend=BACKEND)
    response = client.get(path, follow=True)
    assert response.redirect_chain == [("/no-company/", 302)]
    assert "You don’t belong to a company yet" in response.content.decode()


def test_a_deactivated_user_is_out_at_once(signed_in: Client, alborada: Cast) -> None:
    assert signed_in.get("/worklogs/").status_code == 200
    User.objects.filter(pk=alborada.admin.pk).update(is_active=False)
    assert signed_in.get("/worklogs/")["Location"].startswith("/sign-in/")


def test_a_membership_that_is_taken_away_is_gone_at_once(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        Membership.objects.filter(user=alborada.admin).delete()
    assert signed_in.get("/worklogs/")["Location"] == "/no-company/"


def test_companies_are_switched_among_ones_own(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    join(alborada.admin, meridiana.company)
    assert signed_in.get("/worklogs/").context["company"] == alborada.company
    assert signed_in.post("/company/", {"company": "meridiana"})["Location"] == "/"
    page = signed_in.get("/worklogs/")
    assert (page.context["company"], page.context["membership"].role) == (meridiana.company, Role.USER)


@pytest.mark.parametrize("slug", ["meridiana", "nowhere", "", "\x00"])
def test_a_company_of_others_is_not_switched_to(signed_in: Client, meridiana: Cast, slug: str) -> None:
    assert signed_in.post("/company/", {"company": slug}).status_code == 404
    assert signed_in.get("/worklogs/").context["company"].slug == "alborada"


def test_a_company_that_was_left_is_not_remembered(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    join(alborada.admin, meridiana.company)
    signed_in.post("/company/", {"company": "meridiana"})
    with company_scope(meridiana.company):
        Membership.objects.filter(user=alborada.admin).delete()
    assert signed_in.get("/worklogs/").context["company"] == alborada.company


def test_strangers_switch_nothing(client: Client, alborada: Cast) -> None:
    assert client.post("/company/", {"company": "alborada"})["Location"].startswith("/sign-in/")


def test_signing_in_as_someone_else_forgets_the_company(client: Client, alborada: Cast, meridiana: Cast) -> None:
    client.get(link_for(alborada.admin.email, "--company", "alborada"))
    client.get(link_for(meridiana.admin.email))
    assert client.get("/worklogs/").context["company"] == meridiana.company


def test_allauth_offers_no_other_way_in(client: Client, db: None) -> None:
    assert client.get(reverse("account_login"))["Location"] == "/sign-in/"
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/login/code/"):
        assert client.get(path).status_code in (302, 404) or "closed" in client.get(path).content.decode().lower()


def test_there_is_no_password_to_guess(client: Client, alborada: Cast) -> None:
    client.post("/admin/login/", {"username": alborada.admin.email, "password": ""})
    client.post("/accounts/login/", {"login": alborada.admin.email, "password": "x"})
    assert signed_in_as(client) is None
