from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory

from accounts.models import AuditEntry, Membership, User
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.ingest import AccountBook, AccountRecord
from worklogs.models import Person


def sign_in(user: User, sociallogin: object = None) -> None:
    """What allauth tells when somebody has signed in."""
    request = RequestFactory().get("/")
    request.user, request.session = user, SessionStore()
    request.session.create()
    user_logged_in.send(sender=User, request=request, user=user, sociallogin=sociallogin)


def vouched(email: str, *, verified: bool = True) -> SimpleNamespace:
    """What allauth knows of a sign-in."""
    return SimpleNamespace(email_addresses=[EmailAddress(email=email, verified=verified)])


def ana(cast: Cast, **fields: object) -> Person:
    with company_scope(cast.company):
        return Person.objects.create(name="Ana", email="Ana@mail.example", **fields)


def test_a_verified_address_makes_the_user_that_person(alborada: Cast) -> None:
    person = ana(alborada)
    sign_in(alborada.user, vouched("ana@mail.example"))
    with company_scope(alborada.company):
        assert Person.objects.get(pk=person.pk).user == alborada.user
    told = AuditEntry.objects.filter(company=alborada.company, user=alborada.user)
    assert set(told.values_list("action", flat=True)) == {"sign-in", "person linked"}


def test_an_address_that_is_not_verified_is_nobody(alborada: Cast) -> None:
    person = ana(alborada)
    sign_in(alborada.user, vouched("ana@mail.example", verified=False))
    sign_in(alborada.user)
    with company_scope(alborada.company):
        assert Person.objects.get(pk=person.pk).user is None


def test_a_person_who_is_someone_already_stays_so(alborada: Cast) -> None:
    person = ana(alborada, user=alborada.manager)
    sign_in(alborada.user, vouched("ana@mail.example"))
    with company_scope(alborada.company):
        assert Person.objects.get(pk=person.pk).user == alborada.manager


def test_another_companys_person_is_not_theirs(alborada: Cast, meridiana: Cast) -> None:
    person = ana(meridiana)
    sign_in(alborada.user, vouched("ana@mail.example"))
    with company_scope(meridiana.company):
        assert Person.objects.get(pk=person.pk).user is None


# A person who comes after the member


def linked(cast: Cast) -> list[User | None]:
    with company_scope(cast.company):
        return [person.user for person in Person.objects.select_related("user")]


@pytest.fixture
def member(alborada: Cast) -> User:
    user = User.objects.create_user("ana@mail.example")
    with company_scope(alborada.company):
        Membership.objects.create(user=user)
    return user


def test_a_person_with_a_members_address_is_that_member_at_once(alborada: Cast, member: User) -> None:
    ana(alborada)
    assert linked(alborada) == [member]
    assert AuditEntry.objects.get(action="person linked").company == alborada.company


def test_an_account_that_a_jira_tells_of_is_a_member_at_once(alborada: Cast, member: User) -> None:
    with company_scope(alborada.company):
        AccountBook(InstanceFactory.create()).upsert([AccountRecord("ann", "Ana", "Ana@mail.example")])
    assert linked(alborada) == [member]


def test_an_address_that_a_jira_tells_later_makes_the_person_a_member(alborada: Cast, member: User) -> None:
    with company_scope(alborada.company):
        accounts = AccountBook(InstanceFactory.create())
        accounts.upsert([AccountRecord("ann", "Ana", "")])
        assert linked(alborada) == [None]
        accounts.upsert([AccountRecord("ann", "Ana", "ana@mail.example")])
    assert linked(alborada) == [member]


def test_a_person_whom_an_admin_adds_in_the_settings_is_a_member_at_once(
    signed_in: Client, alborada: Cast, member: User
) -> None:
    inlines = {"schedules-TOTAL_FORMS": "0", "schedules-INITIAL_FORMS": "0"}
    fields = {"name": "Ana", "email": "ana@mail.example", "is_active": "on"} | inlines
    assert signed_in.post("/admin/worklogs/person/add/", fields).status_code == 302
    assert linked(alborada) == [member]


def test_whom_an_admin_unlinks_stays_nobodys(alborada: Cast, member: User) -> None:
    person = ana(alborada)
    with company_scope(alborada.company):
        person.user = None
        person.save(update_fields=["user"])
    assert linked(alborada) == [None]


def test_a_member_of_another_company_is_nobody_here(meridiana: Cast, member: User) -> None:
    ana(meridiana)
    assert linked(meridiana) == [None]
