"""A company's own row, its members and its invitations, as an ADMIN settles them; and who else may."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import invitation_of, invite
from accounts.links import issue_link
from accounts.memberships import is_last_admin
from accounts.models import AuditEntry, Company, Invitation, InvitationState, Membership, Role, User
from accounts.tenancy import company_scope
from tests.conftest import Cast
from worklogs.models import Team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ADDRESS = "new@alborada.example"
INVITATIONS = "admin:accounts_invitation_changelist"


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def membership(cast: Cast, user: User) -> Membership:
    with company_scope(cast.company):
        return Membership.objects.get(user=user)


def page_of(membership: Membership, page: str = "change") -> str:
    return reverse(f"admin:accounts_membership_{page}", args=[membership.pk])


def answers(**changed: Any) -> dict[str, Any]:
    """What the form of Alborada sends, with changes."""
    same = {"name": "Alborada", "timezone": "Europe/Madrid", "working_day": "8", "week_start": "1"}
    return same | {"allowed_domains": ""} | changed


# The company


def test_the_company_is_changed_and_the_audit_tells_before_and_after(signed_in: Client, alborada: Cast) -> None:
    url = reverse("admin:accounts_company_change", args=[alborada.company.pk])
    assert signed_in.get(reverse("admin:accounts_company_changelist"))["Location"] == url
    data = answers(timezone="Europe/Rome", working_day="7.6", week_start="7")
    assert signed_in.post(url, data).status_code == 302
    company = Company.objects.get(pk=alborada.company.pk)
    assert (company.timezone, company.working_day_seconds, company.week_start) == ("Europe/Rome", 27_360, 7)
    assert company.data_version > alborada.company.data_version
    assert last_entry(alborada).detail["changes"] == {
        "timezone": ["Europe/Madrid", "Europe/Rome"],
        "working_day": ["8.00", "7.6"],
        "week_start": ["Monday", "Sunday"],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars"},
        {"timezone": "localtime"},
        {"working_day": "25"},
        {"working_day": "0"},
        {"week_start": "3"},
    ],
)
def test_a_company_is_not_settled_wrongly(signed_in: Client, alborada: Cast, wrong: dict[str, str]) -> None:
    url = reverse("admin:accounts_company_change", args=[alborada.company.pk])
    assert signed_in.post(url, answers(**wrong)).status_code == 200
    assert vars(Company.objects.get(pk=alborada.company.pk))["timezone"] == "Europe/Madrid"


def test_admins_do_not_lock_themselves_out(client: Client, alborada: Cast) -> None:
    client.get(f"/sign-in/link/{issue_link(alborada.admin, None)}/")
    url = reverse("admin:accounts_company_change", args=[alborada.company.pk])
    page = client.post(url, answers(allowed_domains="elsewhere.example")).content.decode()
    assert "You would lock yourself out: you sign in with the domain alborada.example." in page
    client.post(url, answers(allowed_domains="elsewhere.example alborada.example"))
    assert Company.objects.get(pk=alborada.company.pk).allowed_domains == "elsewhere.example alborada.example"


def test_another_company_is_not_there_and_none_is_added_or_deleted(
    signed_in: Client, alborada: Cast, meridiana: Cast
) -> None:
    url, unknown = (reverse("admin:accounts_company_change", args=[pk]) for pk in (meridiana.company.pk, 987654))
    for each in (url, unknown):
        assert signed_in.get(each).status_code == 404
        assert signed_in.post(each, answers(name="Ours")).status_code == 404
    assert Company.objects.get(pk=meridiana.company.pk).name == "Meridiana"
    assert signed_in.get(reverse("admin:accounts_company_add")).status_code == 403
    own = reverse("admin:accounts_company_delete", args=[alborada.company.pk])
    assert signed_in.post(own, {"post": "yes"}).status_code == 403


# Members


def test_a_role_is_changed_and_told(signed_in: Client, alborada: Cast) -> None:
    member = membership(alborada, alborada.user)
    signed_in.post(page_of(member), {"role": "manager"})
    assert membership(alborada, alborada.user).role == Role.MANAGER
    entry = last_entry(alborada)
    assert (entry.action, entry.detail["changes"]) == ("member changed", {"role": ["User", "Manager"]})


def test_a_member_is_removed_and_gets_in_no_more(signed_in: Client, alborada: Cast) -> None:
    signed_in.post(page_of(membership(alborada, alborada.user), "delete"), {"post": "yes"})
    entry = last_entry(alborada)
    assert (entry.action, entry.detail["email"]) == ("member deleted", alborada.user.email)
    browser = Client()
    browser.force_login(alborada.user, backend=BACKEND)
    assert browser.get("/worklogs/")["Location"] == "/no-company/"


def test_the_last_admin_is_neither_demoted_nor_removed(signed_in: Client, alborada: Cast) -> None:
    own = membership(alborada, alborada.admin)
    assert "This is the last admin" in signed_in.post(page_of(own), {"role": "user"}).content.decode()
    assert "This is the last admin" in signed_in.post(page_of(own, "delete"), {"post": "yes"}).content.decode()
    assert membership(alborada, alborada.admin).role == Role.ADMIN


def test_an_admin_who_cannot_sign_in_does_not_count(signed_in: Client, alborada: Cast) -> None:
    other = membership(alborada, alborada.manager)
    signed_in.post(page_of(other), {"role": "admin"})
    User.objects.filter(pk=alborada.manager.pk).update(is_active=False)
    own = membership(alborada, alborada.admin)
    assert "This is the last admin" in signed_in.post(page_of(own), {"role": "user"}).content.decode()
    User.objects.filter(pk=alborada.manager.pk).update(is_active=True)
    assert signed_in.post(page_of(own), {"role": "user"})["Location"] == "/"
    assert signed_in.get("/admin/").status_code == 403


def test_an_admin_who_removes_himself_is_led_out_of_the_settings(signed_in: Client, alborada: Cast) -> None:
    signed_in.post(page_of(membership(alborada, alborada.manager)), {"role": "admin"})
    own = membership(alborada, alborada.admin)
    assert signed_in.post(page_of(own, "delete"), {"post": "yes"})["Location"] == "/"
    assert signed_in.get("/")["Location"] == "/no-company/"


def test_an_admin_of_another_company_does_not_count(in_alborada: Cast, meridiana: Cast) -> None:
    assert is_last_admin(Membership.objects.get(role=Role.ADMIN))


def test_asking_for_the_last_admin_locks_the_company_where_rows_can_be_locked(in_alborada: Cast) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        is_last_admin(Membership.objects.get(role=Role.ADMIN))
    locks = [query for query in asked.captured_queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert bool(locks) == connection.features.has_select_for_no_key_update


def test_another_companys_member_is_not_there(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    member = membership(meridiana, meridiana.user)
    assert signed_in.post(page_of(member), {"role": "admin"}).status_code == 404
    assert membership(meridiana, meridiana.user).role == Role.USER
    page = signed_in.get(reverse("admin:accounts_membership_changelist")).content.decode()
    assert "meridiana" not in page


# Invitations


def test_an_invitation_is_sent_and_told(signed_in: Client, alborada: Cast) -> None:
    response = signed_in.post(reverse("admin:accounts_invitation_add"), {"email": ADDRESS.upper(), "role": "manager"})
    assert response["Location"] == reverse(INVITATIONS)
    assert mail.outbox[0].to == [ADDRESS]
    entry = last_entry(alborada)
    assert (entry.action, entry.user, entry.detail["role"]) == ("invitation sent", alborada.admin, "Manager")
    assert "Pending" in signed_in.get(reverse(INVITATIONS)).content.decode()


def test_what_cannot_be_invited_says_why(signed_in: Client, alborada: Cast) -> None:
    url = reverse("admin:accounts_invitation_add")
    page = signed_in.post(url, {"email": alborada.user.email, "role": "user"}).content.decode()
    assert f"{alborada.user.email} is already a member." in page
    assert signed_in.post(url, {"email": ADDRESS, "role": "owner"}).status_code == 200
    assert mail.outbox == []


def act(client: Client, action: str, *invitations: Invitation) -> str:
    asked = {"action": action, "_selected_action": [each.pk for each in invitations]}
    return client.post(reverse(INVITATIONS), asked, follow=True).content.decode()


def test_an_invitation_is_sent_again_and_revoked(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        invitation = invite(alborada.company, ADDRESS, Role.USER, alborada.admin)
    assert f"Invitation resent to {ADDRESS}" in act(signed_in, "resend", invitation)
    assert len(mail.outbox) == 2
    assert last_entry(alborada).action == "invitation resent"
    with company_scope(alborada.company):
        again = Invitation.objects.exclude(pk=invitation.pk).get()
    assert "no longer works" in act(signed_in, "revoke", again)
    assert last_entry(alborada).action == "invitation revoked"
    found = invitation_of(str(mail.outbox[1].body).split("/invitations/")[1].split("/")[0])
    assert found is not None
    assert found.state == InvitationState.REVOKED


def test_an_invitation_is_revoked_once(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        invitation = invite(alborada.company, ADDRESS, Role.USER, alborada.admin)
        act(signed_in, "revoke", invitation)
        revoked_at = Invitation.objects.get().revoked_at
        assert "was already revoked" in act(signed_in, "revoke", invitation)
        assert Invitation.objects.get().revoked_at == revoked_at
    assert AuditEntry.objects.filter(action="invitation revoked").count() == 1


def test_an_accepted_invitation_is_neither_sent_again_nor_revoked(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        invitation = Invitation.objects.create(email=ADDRESS, token_hash="1", accepted_at=timezone.now())
    assert "has already been accepted" in act(signed_in, "resend", invitation)
    assert "has already accepted" in act(signed_in, "revoke", invitation)
    assert not AuditEntry.objects.filter(action__startswith="invitation").exists()


def test_an_invitation_is_not_rewritten(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        invitation = invite(alborada.company, ADDRESS, Role.USER, alborada.admin)
    url = reverse("admin:accounts_invitation_change", args=[invitation.pk])
    assert invitation.token_hash not in signed_in.get(url).content.decode()
    assert signed_in.post(url, {"email": "thief@elsewhere.example", "role": "admin"}).status_code == 403


def test_another_companys_invitation_is_out_of_reach(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        invitation = invite(meridiana.company, "who@meridiana.example", Role.USER, meridiana.admin)
    for action in ("resend", "revoke"):
        assert "meridiana" not in act(signed_in, action, invitation)
    assert len(mail.outbox) == 1
    with company_scope(meridiana.company):
        assert Invitation.objects.get().state == InvitationState.PENDING


@pytest.mark.parametrize(("language", "shown"), [("en", "26 Nov 2026 15:43"), ("it", "26/11/2026 15:43")])
def test_dates_are_written_as_on_the_pages(signed_in: Client, alborada: Cast, language: str, shown: str) -> None:
    with company_scope(alborada.company):
        invite(alborada.company, ADDRESS, Role.USER, alborada.admin)
        Invitation.objects.update(created_at=datetime(2026, 11, 26, 14, 43, tzinfo=UTC))
    page = signed_in.get(reverse(INVITATIONS), headers={"Accept-Language": language}).content.decode()
    assert f">{shown}<" in page


HUGE = "9" * 20


@pytest.mark.parametrize(
    "path",
    [
        f"worklogs/person/?team={HUGE}",
        f"worklogs/person/?team__id__exact={HUGE}",
        f"worklogs/jiraaccount/?person={HUGE}",
        f"worklogs/issuetype/?instance={HUGE}",
        f"worklogs/holiday/?day__year={HUGE}",
        f"accounts/membership/?user={HUGE}",
    ],
)
def test_a_lookup_that_no_column_can_hold_is_none(signed_in: Client, path: str) -> None:
    response = signed_in.get(f"/admin/{path}")
    assert response.status_code == 200 or response["Location"].endswith("?e=1")


def test_no_row_is_looked_up_by_its_content_type(signed_in: Client) -> None:
    for key in ("1", "0b9d1f0e-57a4-4a63-9a43-0d6a1f0f8a5c"):
        for content_type in ContentType.objects.all():
            assert signed_in.get(f"/admin/r/{content_type.pk}/{key}/").status_code == 404


# The platform's superuser


@pytest.fixture
def superuser(client: Client, db: None) -> Client:
    user = User.objects.create_user("root@platform.example", is_superuser=True, is_staff=True)
    client.force_login(user, backend=BACKEND)
    return client


def test_a_superuser_chooses_a_company_first(superuser: Client, alborada: Cast, meridiana: Cast) -> None:
    response = superuser.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/act-for/"
    assert "Meridiana" in response.content.decode()
    assert superuser.post("/act-for/", {"company": "nowhere"}).status_code == 404
    assert superuser.post("/act-for/", {"company": "alborada"})["Location"] == "/admin/"
    entry = last_entry(alborada)
    assert (entry.action, str(entry.user)) == ("superuser acts for the company", "root@platform.example")
    with company_scope(meridiana.company):
        Team.objects.create(name="Theirs", slug="theirs")
    page = superuser.get(reverse("admin:worklogs_team_changelist")).content.decode()
    assert "Theirs" not in page
    superuser.post(reverse("admin:worklogs_team_add"), {"name": "Core", "slug": "core"})
    assert (last_entry(alborada).action, str(last_entry(alborada).user)) == ("team added", "root@platform.example")
    assert superuser.get("/").status_code == 200


def test_who_is_no_superuser_acts_for_nobody(client: Client, alborada: Cast, meridiana: Cast) -> None:
    for user in (alborada.admin, User.objects.create_user("lonely@elsewhere.example", is_staff=True)):
        client.force_login(user, backend=BACKEND)
        assert client.get("/act-for/").status_code == 404
        assert client.post("/act-for/", {"company": "meridiana"}).status_code == 404


def test_who_is_no_superuser_any_more_acts_for_nobody(superuser: Client, alborada: Cast) -> None:
    superuser.post("/act-for/", {"company": "alborada"})
    User.objects.filter(is_superuser=True).update(is_superuser=False)
    assert superuser.get("/admin/", follow=True).status_code == 403
    assert superuser.get("/")["Location"] == "/no-company/"
