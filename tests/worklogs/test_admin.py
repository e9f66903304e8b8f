import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from integrations.models import SyncSchedule
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.models import JiraAccount, Person, Team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def settled(alborada: Cast) -> Cast:
    with company_scope(alborada.company):
        instance = InstanceFactory.create()
        book(instance).upsert(
            [worklog(1, account_id="ana"), worklog(2, account_id="ben"), worklog(3, account_id="ben")]
        )
        Team.objects.create(name="Core", slug="core")
        SyncSchedule.objects.create()
    return alborada


def names() -> list[str]:
    return [
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in admin.site._registry
        if model._meta.app_label in ("accounts", "worklogs", "integrations")
    ]


def test_every_settings_page_opens_for_an_admin(signed_in: Client, settled: Cast) -> None:
    assert signed_in.get("/admin/").status_code == 200
    for name in names():
        assert signed_in.get(reverse(f"admin:{name}_changelist")).status_code == 200
        with company_scope(settled.company):
            model = next(m for m in admin.site._registry if name.endswith(f"_{m._meta.model_name}"))
            pk = model._default_manager.values_list("pk", flat=True).first()
        assert signed_in.get(reverse(f"admin:{name}_change", args=[pk])).status_code == 200


@pytest.mark.parametrize("role", ["manager", "user"])
def test_settings_are_closed_to_lower_roles(client: Client, settled: Cast, role: str) -> None:
    client.force_login(getattr(settled, role), backend=BACKEND)
    assert client.get("/admin/", follow=True).status_code == 403


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=/admin/")


def test_another_companys_row_is_not_there(signed_in: Client, settled: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        foreign = Person.objects.create(name="Foreign")
    url = reverse("admin:worklogs_person_change", args=[foreign.pk])
    unknown = reverse("admin:worklogs_person_change", args=[987654])
    answers = [signed_in.get(each, follow=True) for each in (url, unknown)]
    assert [answer.redirect_chain for answer in answers] == [[("/admin/", 302)]] * 2
    assert b"Foreign" not in answers[0].content


def test_people_are_merged_and_the_audit_says_so(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        ids = list(Person.objects.values_list("pk", flat=True))
    signed_in.post(reverse("admin:worklogs_person_changelist"), {"action": "merge", "_selected_action": ids})
    with company_scope(settled.company):
        person = Person.objects.get()
        assert person.worklogs.count() == 3
    assert AuditEntry.objects.filter(company=settled.company, action="person changed").exists()


def test_an_account_is_mapped_to_another_person(signed_in: Client, settled: Cast) -> None:
    with company_scope(settled.company):
        someone = Person.objects.create(name="Someone")
        account = JiraAccount.objects.get(account_id="ana")
    url = reverse("admin:worklogs_jiraaccount_change", args=[account.pk])
    response = signed_in.post(url, {"person": someone.pk})
    assert response.status_code == 302
    with company_scope(settled.company):
        assert someone.worklogs.count() == 1
