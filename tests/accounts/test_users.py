"""What the operator does about users: superusers, and who can no longer sign in."""

from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.links import issue_link
from accounts.models import AuditEntry, Membership, Role, User
from accounts.tenancy import company_scope
from tests.conftest import Cast


def ran(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def root(client: Client, alborada: Cast) -> Client:
    """A superuser who is a USER of Alborada."""
    ran("create_superuser", " USER@alborada.example")
    client.get(f"/sign-in/link/{issue_link(alborada.user, None)}/")
    return client


# Superusers


def test_a_superuser_is_made_of_a_new_address_or_of_a_user(alborada: Cast) -> None:
    assert "root@platform.example" in ran("create_superuser", "Root@platform.example")
    ran("create_superuser", alborada.user.email)
    made = User.objects.filter(is_superuser=True)
    assert {user.email for user in made} == {"root@platform.example", "user@alborada.example"}
    assert not any(user.has_usable_password() for user in made)
    assert AuditEntry.objects.get(action="superuser created", company=alborada.company).user == alborada.user


@pytest.mark.parametrize("email", ["", "no address", "x" * 250 + "@mail.example"])
def test_what_is_no_address_is_no_superuser(db: None, email: str) -> None:
    with pytest.raises(CommandError) as failed:
        ran("create_superuser", email)
    assert failed.value.returncode == 2
    assert not User.objects.exists()


def test_djangos_own_command_works_without_a_password(db: None) -> None:
    ran("createsuperuser", "--noinput", "--email", "root@platform.example")
    assert not User.objects.get(is_superuser=True).has_usable_password()


def test_a_member_acts_for_the_company_that_he_chooses_as_a_superuser(root: Client, meridiana: Cast) -> None:
    assert root.get("/worklogs/").context["membership"].role == Role.USER
    refused = root.get("/admin/")
    assert refused.status_code == 403
    assert "/act-for/?next=%2Fadmin%2F" in refused.content.decode()
    root.post("/act-for/", {"company": "meridiana"})
    page = root.get("/worklogs/")
    assert (page.context["company"], page.context["membership"].role) == (meridiana.company, Role.ADMIN)
    assert root.get("/admin/").status_code == 200


def test_switching_to_a_company_of_his_own_ends_it(root: Client, alborada: Cast, meridiana: Cast) -> None:
    root.post("/act-for/", {"company": "meridiana"})
    assert [each.company for each in root.get("/worklogs/").context["memberships"]] == [
        meridiana.company,
        alborada.company,
    ]
    root.post("/company/", {"company": "alborada"})
    page = root.get("/worklogs/")
    assert (page.context["company"], page.context["membership"].role) == (alborada.company, Role.USER)


def test_joining_a_company_takes_nothing_from_a_superuser(root: Client, meridiana: Cast) -> None:
    root.post("/act-for/", {"company": "meridiana"})
    with company_scope(meridiana.company):
        Membership.objects.create(user=User.objects.get(is_superuser=True), role=Role.USER)
    assert root.get("/worklogs/").context["membership"].role == Role.ADMIN


def test_acting_for_companies_is_for_superusers_alone(signed_in: Client, meridiana: Cast) -> None:
    assert signed_in.get("/act-for/").status_code == 404
    assert signed_in.post("/act-for/", {"company": "meridiana"}).status_code == 404


# Deactivated


def test_a_deactivated_user_is_signed_out_for_good(alborada: Cast) -> None:
    browser = Client()
    browser.get(f"/sign-in/link/{issue_link(alborada.manager, None)}/")
    assert browser.get("/account/").status_code == 200
    assert "can no longer sign in" in ran("deactivate_user", "MANAGER@alborada.example")
    assert browser.get("/account/")["Location"].startswith("/sign-in/")
    assert not UserSession.objects.filter(user=alborada.manager).exists()
    ran("deactivate_user", alborada.manager.email, "--undo")
    assert browser.get("/account/")["Location"].startswith("/sign-in/")
    assert User.objects.get(pk=alborada.manager.pk).is_active
    told = AuditEntry.objects.filter(company=alborada.company, user=alborada.manager).order_by("-pk")
    assert [entry.action for entry in told[:2]] == ["user reactivated", "user deactivated"]


def test_it_says_which_company_nobody_can_run_any_more(alborada: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        Membership.objects.create(user=alborada.admin, role=Role.ADMIN)
    said = ran("deactivate_user", alborada.admin.email)
    assert "Alborada has no admin left" in said
    assert "Meridiana" not in said


def test_nobody_is_deactivated_by_mistake(alborada: Cast) -> None:
    with pytest.raises(CommandError, match="No user") as failed:
        ran("deactivate_user", "admin@meridiana.example")
    assert failed.value.returncode == 2
