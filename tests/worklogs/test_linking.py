from types import SimpleNamespace

from allauth.account.models import EmailAddress
from allauth.account.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts.models import AuditEntry, User
from accounts.tenancy import company_scope
from tests.conftest import Cast
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
