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
from worklogs.linking import link
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


# In doubt nobody is linked


def test_an_address_that_two_people_have_links_neither(alborada: Cast) -> None:
    ana(alborada)
    with company_scope(alborada.company):
        Person.objects.create(name="Bea", email="ANA@mail.example")
    sign_in(alborada.user, vouched("ana@mail.example"))
    assert linked(alborada) == [None, None]


def test_nor_does_one_that_the_account_of_another_person_shows(alborada: Cast) -> None:
    with company_scope(alborada.company):
        records = [AccountRecord("a", "Ana", "ana@mail.example"), AccountRecord("b", "Bea", "ana@mail.example")]
        AccountBook(InstanceFactory.create()).upsert(records)
    sign_in(alborada.user, vouched("ana@mail.example"))
    assert linked(alborada) == [None, None]


def test_a_tag_behind_a_plus_is_another_address(alborada: Cast) -> None:
    ana(alborada)
    sign_in(alborada.user, vouched("ana+jira@mail.example"))
    assert linked(alborada) == [None]


def test_who_takes_the_address_of_somebody_who_left_does_not_get_that_persons_hours(alborada: Cast) -> None:
    ana(alborada, is_active=False)
    sign_in(alborada.user, vouched("ana@mail.example"))
    assert linked(alborada) == [None]


def test_a_user_who_is_somebody_already_becomes_nobody_else_by_an_address(alborada: Cast) -> None:
    with company_scope(alborada.company):
        Person.objects.create(name="Chosen by hand", user=alborada.user)
    ana(alborada)
    sign_in(alborada.user, vouched("ana@mail.example"))
    assert linked(alborada) == [None, alborada.user]  # by name


def test_two_users_who_come_at_once_do_not_take_each_others_person(alborada: Cast, member: User) -> None:
    person = ana(alborada)  # as the second one has read it, before the first one was linked
    with company_scope(alborada.company):
        stale = Person.objects.get(pk=person.pk)
        stale.user = None
        link(stale, Membership.objects.select_related("user", "company").get(user=alborada.user))
    assert linked(alborada) == [member]


def test_no_sign_in_links_again_whom_an_admin_has_unlinked(signed_in: Client, alborada: Cast) -> None:
    person = ana(alborada)
    sign_in(alborada.user, vouched("ana@mail.example"))
    inlines = {"schedules-TOTAL_FORMS": "0", "schedules-INITIAL_FORMS": "0"}
    fields = {"name": "Ana", "email": "ana@mail.example", "is_active": "on", "user": ""} | inlines
    assert signed_in.post(f"/admin/worklogs/person/{person.pk}/change/", fields).status_code == 302
    sign_in(alborada.user, vouched("ana@mail.example"))
    assert linked(alborada) == [None]


def test_who_left_and_comes_back_is_found_again(alborada: Cast, member: User) -> None:
    ana(alborada)
    with company_scope(alborada.company):
        Membership.objects.get(user=member).delete()
        assert linked(alborada) == [None]
        Membership.objects.create(user=member)
    assert linked(alborada) == [member]
