from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Company, Invitation, Membership, Role
from accounts.tenancy import company_scope
from integrations.models import SyncSchedule
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, settings_rows, worklog
from worklogs.models import JiraAccount, Person, PersonSchedule, Team, WorkSchedule

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PEOPLE = "admin:worklogs_person_changelist"


@pytest.fixture
def settled(alborada: Cast) -> Cast:
    with company_scope(alborada.company):
        instance = InstanceFactory.create()
        book(instance).upsert(
            [worklog(1, account_id="ana"), worklog(2, account_id="ben"), worklog(3, account_id="ben")]
        )
        settings_rows(instance, Person.objects.get(name="ben"), "Own")
        Team.objects.create(name="Core", slug="core")
        SyncSchedule.objects.create()
        Invitation.objects.create(email="new@alborada.example", token_hash="1")
    return alborada


def person(cast: Cast, name: str) -> Person:
    with company_scope(cast.company):
        return Person.objects.get(name=name)


def answers(**changed: Any) -> dict[str, Any]:
    """What the form of Ana sends, with changes."""
    same = {"name": "ana", "email": "", "team": "", "user": "", "is_active": "on"}
    return same | {"schedules-TOTAL_FORMS": "0", "schedules-INITIAL_FORMS": "0"} | changed


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


@pytest.mark.parametrize("model", admin.site._registry, ids=str)
def test_every_settings_page_opens_for_an_admin(signed_in: Client, settled: Cast, model: Any) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert signed_in.get("/admin/").status_code == 200
    assert signed_in.get(reverse(f"{name}_changelist"), follow=True).status_code == 200
    assert signed_in.get(reverse(f"{name}_changelist"), {"q": "a"}, follow=True).status_code == 200
    assert signed_in.get(reverse(f"{name}_add")).status_code in (200, 302, 403)
    with company_scope(settled.company):
        pk = model._default_manager.values_list("pk", flat=True).first()
    assert signed_in.get(reverse(f"{name}_change", args=[pk])).status_code == 200
    assert signed_in.get(reverse(f"{name}_delete", args=[pk])).status_code in (200, 403)
    assert signed_in.get(reverse(f"{name}_history", args=[pk]))["Location"].startswith("/audit/?text=")


def test_rows_that_are_of_no_company_are_no_settings() -> None:
    assert {model._meta.app_label for model in admin.site._registry} <= {"accounts", "worklogs", "integrations"}


@pytest.mark.parametrize("role", ["manager", "user"])
def test_settings_are_closed_to_lower_roles(client: Client, settled: Cast, role: str) -> None:
    client.force_login(getattr(settled, role), backend=BACKEND)
    for path in ("/admin/", reverse("admin:worklogs_person_paste"), reverse(PEOPLE)):
        assert client.get(path, follow=True).status_code == 403
        assert client.post(path, follow=True).status_code == 403


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/admin/worklogs/person/", follow=True)
    assert response.redirect_chain[-1][0] == "/sign-in/?next=/admin/worklogs/person/"


def test_nobody_gets_a_password(signed_in: Client) -> None:
    assert signed_in.get("/admin/password_change/").status_code == 404
    assert signed_in.post("/admin/logout/")["Location"] == "/sign-in/"


def test_another_companys_row_is_not_there(signed_in: Client, settled: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        foreign = Person.objects.create(name="Foreign")
    for page in ("change", "delete", "history"):
        url, unknown = (reverse(f"admin:worklogs_person_{page}", args=[pk]) for pk in (foreign.pk, 987654))
        first, second = signed_in.get(url, follow=True), signed_in.get(unknown, follow=True)
        assert first.redirect_chain == second.redirect_chain
        assert b"Foreign" not in first.content
    signed_in.post(reverse("admin:worklogs_person_delete", args=[foreign.pk]), {"post": "yes"})
    assert person(meridiana, "Foreign").is_active


def test_keys_of_another_company_are_refused(signed_in: Client, settled: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        team = Team.objects.create(name="Theirs", slug="theirs")
    url = reverse("admin:worklogs_person_change", args=[person(settled, "ana").pk])
    page = signed_in.get(url).content.decode()
    assert "Theirs" not in page
    assert "meridiana" not in page.lower()
    for foreign in ({"team": team.pk}, {"user": meridiana.user.pk}):
        response = signed_in.post(url, answers(**foreign))
        assert "Select a valid choice" in response.content.decode()
    paste = signed_in.post(reverse("admin:worklogs_person_paste"), {"text": "x@y.example", "team": team.pk})
    assert paste.status_code == 422


def test_a_change_is_told_with_before_and_after(signed_in: Client, settled: Cast) -> None:
    ana = person(settled, "ana")
    with company_scope(settled.company):
        team = Team.objects.get()
    data = answers(name="Ana", team=team.pk, user=settled.user.pk)
    signed_in.post(reverse("admin:worklogs_person_change", args=[ana.pk]), data)
    entry = last_entry(settled)
    assert (entry.action, entry.user, entry.address) == ("person changed", settled.admin, "127.0.0.1")
    assert entry.detail["changes"] == {
        "name": ["ana", "Ana"],
        "team": [None, "Core"],
        "user": [None, str(settled.user)],
    }
    assert person(settled, "Ana").user == settled.user


def test_saving_without_a_change_is_not_told(signed_in: Client, settled: Cast) -> None:
    url = reverse("admin:worklogs_person_change", args=[person(settled, "ana").pk])
    assert signed_in.post(url, answers()).status_code == 302
    assert not AuditEntry.objects.exists()


def test_a_change_counts_the_data_version_up(signed_in: Client, settled: Cast) -> None:
    version = settled.company.data_version
    signed_in.post(reverse("admin:worklogs_team_add"), {"name": "Web", "slug": "web"})
    settled.company.refresh_from_db()
    assert settled.company.data_version > version


def test_a_person_with_hours_is_deactivated_and_the_page_says_why(signed_in: Client, settled: Cast) -> None:
    url = reverse("admin:worklogs_person_delete", args=[person(settled, "ana").pk])
    assert "deactivated instead" in signed_in.get(url).content.decode()
    page = signed_in.post(url, {"post": "yes"}, follow=True).content.decode()
    assert "this person has accounts and worklogs, which are kept." in page
    assert not person(settled, "ana").is_active
    assert last_entry(settled).action == "person deactivated"


@pytest.mark.parametrize("pk", ["987654", "abc", str(2**63)])
def test_what_is_not_there_has_no_history(signed_in: Client, pk: str) -> None:
    assert signed_in.get(reverse("admin:worklogs_person_history", args=[pk])).status_code == 404


def test_a_person_without_history_is_deleted(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        nobody = Person.objects.create(name="Nobody")
    signed_in.post(reverse("admin:worklogs_person_delete", args=[nobody.pk]), {"post": "yes"})
    with company_scope(settled.company):
        assert not Person.objects.filter(name="Nobody").exists()
    assert (last_entry(settled).action, last_entry(settled).detail["row"]) == ("person deleted", "Nobody")


def test_a_team_with_people_stays(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        team = Team.objects.get()
        Person.objects.filter(name="ana").update(team=team)
    url = reverse("admin:worklogs_team_delete", args=[team.pk])
    assert "1 person belongs to this team." in signed_in.post(url, {"post": "yes"}).content.decode()
    with company_scope(settled.company):
        assert Team.objects.exists()
        Person.objects.update(team=None)
    signed_in.post(url, {"post": "yes"})
    with company_scope(settled.company):
        assert not Team.objects.exists()


def test_people_are_merged_after_a_page_that_shows_what_moves(signed_in: Client, settled: Cast) -> None:
    ana, ben = person(settled, "ana"), person(settled, "ben")
    with company_scope(settled.company):
        Person.objects.filter(pk=ben.pk).update(user=settled.user)
    asked = {"action": "merge", "_selected_action": [ana.pk, ben.pk]}
    page = signed_in.post(reverse(PEOPLE), asked).content.decode()
    assert "2:00" in page
    assert page.index(f'value="{ben.pk}" checked') < page.index(f'name="into" value="{ana.pk}"')
    with company_scope(settled.company):
        assert Person.objects.count() == 2
    signed_in.post(reverse(PEOPLE), asked | {"into": ana.pk})
    with company_scope(settled.company):
        merged = Person.objects.get()
        assert (merged, merged.user, merged.worklogs.count()) == (ana, settled.user, 3)
    entry = last_entry(settled)
    assert (entry.action, entry.detail["merged"]) == ("people merged", ["ben (2:00)"])


def test_a_merge_tells_before_and_after_what_is_lost_with_who_goes(signed_in: Client, settled: Cast) -> None:
    ana, ben = person(settled, "ana"), person(settled, "ben")
    with company_scope(settled.company):
        Person.objects.filter(pk=ana.pk).update(email="ana@alborada.example")
        Person.objects.filter(pk=ben.pk).update(email="ben@alborada.example")
        schedule = WorkSchedule.objects.get()
        PersonSchedule.objects.create(person=ana, schedule=schedule, first_day=date(2026, 2, 1))
    asked = {"action": "merge", "_selected_action": [ana.pk, ben.pk]}
    page = signed_in.post(reverse(PEOPLE), asked).content.decode()
    assert "The others’ accounts and hours move there." in page
    assert "Own schedule from 2026-01-01" in page
    page = signed_in.post(reverse(PEOPLE), asked | {"into": ana.pk}, follow=True).content.decode()
    assert "Not kept, because" in page
    assert last_entry(settled).detail["lost"] == ["ben: ben@alborada.example", "ben: Own schedule from 2026-01-01"]


def test_two_users_are_not_merged_into_one_person(signed_in: Client, settled: Cast) -> None:
    ana, ben = person(settled, "ana"), person(settled, "ben")
    with company_scope(settled.company):
        Person.objects.filter(pk=ana.pk).update(user=settled.manager)
        Person.objects.filter(pk=ben.pk).update(user=settled.user)
    asked = {"action": "merge", "_selected_action": [ana.pk, ben.pk], "into": ana.pk}
    page = signed_in.post(reverse(PEOPLE), asked, follow=True).content.decode()
    assert "manager@alborada.example, user@alborada.example" in page
    with company_scope(settled.company):
        assert Person.objects.count() == 2


def test_nobody_is_merged_into_someone_who_was_not_chosen(signed_in: Client, settled: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        foreign = Person.objects.create(name="Foreign")
    ids = [person(settled, "ana").pk, person(settled, "ben").pk]
    signed_in.post(reverse(PEOPLE), {"action": "merge", "_selected_action": [*ids, foreign.pk], "into": foreign.pk})
    with company_scope(settled.company):
        assert Person.objects.count() == 2
    assert person(meridiana, "Foreign").pk == foreign.pk


def test_people_are_added_from_pasted_addresses(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        team = Team.objects.get()
        Person.objects.create(name="Eva", email="Eva@alborada.example", team=team)
        Person.objects.create(name="Luz", email="luz@alborada.example")
        for name in ("Two", "Two again"):
            Person.objects.create(name=name, email="two@alborada.example")
    text = """To: "Ana Beltrán" <ana@alborada.example>, eva@alborada.example; user@ALBORADA.example,
    luz@alborada.example, two@alborada.example,
    mailto:jo.van-dam@x.example. ana@alborada.example not@an @address, "Ñandú" <ñandu@españa.example>; not@an"""
    response = signed_in.post(reverse("admin:worklogs_person_paste"), {"text": text, "team": team.pk}, follow=True)
    page = response.content.decode()
    assert "Added: ana@alborada.example, user@alborada.example, jo.van-dam@x.example." in page
    assert "Assigned to Core: Luz." in page
    assert "Already existed: Eva@alborada.example." in page
    assert "Not assigned: two@alborada.example." in page
    assert "Skipped: not@an, @address, ñandu@españa.example. These aren’t valid e-mail addresses." in page
    with company_scope(settled.company):
        added = {each.email: each for each in Person.objects.filter(team=team)}
    assert {each.name for each in added.values()} == {"Ana Beltrán", "User", "Jo Van Dam", "Eva", "Luz"}
    assert added["user@alborada.example"].user == settled.user
    assert added["ana@alborada.example"].user is None
    assert AuditEntry.objects.filter(company=settled.company, action="person added").count() == 3
    entry = last_entry(settled)
    assert (entry.action, entry.detail["row"], entry.detail["changes"]) == (
        "person changed",
        "Luz",
        {"team": ["", "Core"]},
    )


def test_a_paste_without_a_team_leaves_who_is_there_as_they_are(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        Person.objects.create(name="Eva", email="eva@alborada.example", team=Team.objects.get())
    response = signed_in.post(reverse("admin:worklogs_person_paste"), {"text": "eva@alborada.example"}, follow=True)
    assert "Already existed: eva@alborada.example." in response.content.decode()
    assert person(settled, "Eva").team_id


def test_a_team_is_given_to_many_people_at_once(signed_in: Client, settled: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        foreign = Team.objects.create(name="Foreign", slug="foreign")
    with company_scope(settled.company):
        team, eva = Team.objects.get(), Person.objects.create(name="Eva", team=Team.objects.get())
        chosen = [person.pk for person in Person.objects.filter(name__in=["ana", "ben"])] + [eva.pk]
        version = Company.objects.get(pk=settled.company.pk).data_version
    asked = {"action": "assign_team", "_selected_action": chosen}
    for wrong, told in (
        ("", "Choose a team next to the action."),
        ("x", "No action selected"),
        (foreign.pk, "No action selected"),
    ):
        assert told in signed_in.post(reverse(PEOPLE), asked | {"team": wrong}, follow=True).content.decode()
        assert person(settled, "ana").team_id is None
    page = signed_in.post(reverse(PEOPLE), asked | {"team": team.pk}, follow=True).content.decode()
    assert "Assigned to Core: ana, ben." in page
    assert "1 person was already in it." in page
    assert {person(settled, name).team_id for name in ("ana", "ben", "Eva")} == {team.pk}
    assert AuditEntry.objects.filter(company=settled.company, action="person changed").count() == 2
    assert Company.objects.get(pk=settled.company.pk).data_version > version


def test_a_text_without_addresses_is_an_error(signed_in: Client) -> None:
    response = signed_in.post(reverse("admin:worklogs_person_paste"), {"text": "nobody"})
    assert response.status_code == 422
    assert "No e-mail addresses found in this text." in response.content.decode()
    response = signed_in.post(reverse("admin:worklogs_person_paste"), {"text": "nobody, ñandu@españa.example"})
    assert response.status_code == 422
    assert "Skipped: ñandu@españa.example." in response.content.decode()


def test_an_account_is_mapped_to_another_person(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        someone = Person.objects.create(name="Someone")
        account = JiraAccount.objects.get(account_id="ana")
    url = reverse("admin:worklogs_jiraaccount_change", args=[account.pk])
    response = signed_in.post(url, {"person": someone.pk})
    assert response.status_code == 302
    with company_scope(settled.company):
        assert someone.worklogs.count() == 1
    assert last_entry(settled).detail["changes"] == {"person": ["ana", "Someone"]}


def test_an_account_is_not_given_to_a_person_of_another_company(
    signed_in: Client, settled: Cast, meridiana: Cast
) -> None:
    with company_scope(meridiana.company):
        foreign = Person.objects.create(name="Foreign")
    with company_scope(settled.company):
        account = JiraAccount.objects.get(account_id="ana")
    response = signed_in.post(reverse("admin:worklogs_jiraaccount_change", args=[account.pk]), {"person": foreign.pk})
    assert "Select a valid choice" in response.content.decode()
    assert b"Foreign" not in response.content


def test_a_new_member_becomes_the_person_of_the_same_address(settled: Cast, meridiana: Cast) -> None:
    with company_scope(settled.company):
        Person.objects.filter(name="ana").update(email="USER@meridiana.example")
        Membership.objects.create(user=meridiana.user, role=Role.USER)
    assert person(settled, "ana").user == meridiana.user
    assert last_entry(settled).action == "person linked"


def test_an_account_is_separated_from_its_page_and_the_audit_tells_what_went(signed_in: Client, settled: Cast) -> None:
    ana, ben = person(settled, "ana"), person(settled, "ben")
    signed_in.post(reverse(PEOPLE), {"action": "merge", "_selected_action": [ana.pk, ben.pk], "into": ana.pk})
    assert last_entry(settled).detail["accounts"][0].startswith("ben: ben on Jira")
    with company_scope(settled.company):
        account = JiraAccount.objects.get(account_id="ben")
    url = reverse("admin:worklogs_jiraaccount_change", args=[account.pk])
    assert url in signed_in.get(reverse("admin:worklogs_person_change", args=[ana.pk])).content.decode()
    page = signed_in.post(url, {"person": ana.pk, "is_separate": "on"}, follow=True).content.decode()
    assert "Its hours now belong to ben." in page
    assert person(settled, "ben").pk != ben.pk
    with company_scope(settled.company):
        assert (ana.worklogs.count(), Person.objects.get(name="ben").worklogs.count()) == (1, 2)
        assert str(PersonSchedule.objects.get().person) == "ben"
    entry = last_entry(settled)
    assert (entry.action, entry.detail["hours"]) == ("account separated", "2:00")
    assert entry.detail["changes"] == {"person": ["ana", "ben"]}


def test_an_account_is_not_given_away_and_separated_at_once(signed_in: Client, settled: Cast) -> None:
    ben = person(settled, "ben")
    with company_scope(settled.company):
        account = JiraAccount.objects.get(account_id="ana")
    url = reverse("admin:worklogs_jiraaccount_change", args=[account.pk])
    page = signed_in.post(url, {"person": ben.pk, "is_separate": "on"}).content.decode()
    assert "not both" in page


def test_accounts_are_separated_from_their_list(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        accounts = list(JiraAccount.objects.values_list("pk", flat=True))
        JiraAccount.objects.update(name="")
    asked = {"action": "separate", "_selected_action": accounts}
    assert signed_in.post(reverse("admin:worklogs_jiraaccount_changelist"), asked).status_code == 302
    assert AuditEntry.objects.filter(company=settled.company, action="account separated").count() == 2


def test_suggested_people_are_merged_or_told_apart(signed_in: Client, settled: Cast) -> None:
    ana, ben = person(settled, "ana"), person(settled, "ben")
    with company_scope(settled.company):
        Person.objects.update(email="same@alborada.example")
    url = reverse("admin:worklogs_person_suggestions")
    page = signed_in.get(url).content.decode()
    assert "same e-mail" in page
    assert "Suggested merges (1)" in signed_in.get(reverse(PEOPLE)).content.decode()
    assert f'name="_selected_action" value="{ben.pk}"' in page
    assert signed_in.post(url, {"first": ana.pk, "second": "none"}).status_code == 422
    page = signed_in.post(url, {"first": ana.pk, "second": ben.pk}, follow=True).content.decode()
    assert "No suggestions" in page
    assert last_entry(settled).detail["people"] == ["ana", "ben"]
