import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.companies import found_company
from accounts.models import AuditEntry, Company, Membership, Role, User
from accounts.tenancy import company_scope

pytestmark = pytest.mark.django_db


def create(*words: str) -> str:
    out = io.StringIO()
    call_command("create_company", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_slug_and_nothing_else() -> None:
    assert create("Alborada S.L.", "--admin", "ana@mail.example", "--timezone", "Europe/Madrid") == "alborada-sl\n"
    company = Company.objects.get(slug="alborada-sl")
    assert (company.name, company.timezone) == ("Alborada S.L.", "Europe/Madrid")


def test_the_first_admin_is_a_member_without_a_password() -> None:
    company = found_company("Alborada", admin=" Ana@Mail.Example ")
    with company_scope(company):
        membership = Membership.objects.get()
    assert (membership.role, membership.user.email) == (Role.ADMIN, "ana@mail.example")
    assert not membership.user.has_usable_password()


def test_founding_is_audited() -> None:
    company = found_company("Alborada", admin="ana@mail.example")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.company, entry.detail) == ("company created", company, {"name": "Alborada"})


def test_the_same_name_twice_gets_another_slug() -> None:
    assert [create("Alborada", "--admin", "a@mail.example").strip() for _ in range(3)] == [
        "alborada",
        "alborada-2",
        "alborada-3",
    ]
    assert User.objects.count() == 1


def test_of_several_who_found_a_company_of_one_name_at_once_each_gets_a_slug() -> None:
    """The others come in between the look for a free slug and the row that takes it."""
    rivals = ["alborada", "alborada-2"]

    def come_first(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "accounts_company"') and rivals:
            slug = rivals.pop(0)
            Company.objects.create(name="Rival", slug=slug)
        return execute(sql, *rest)

    with connection.execute_wrapper(come_first):
        company = found_company("Alborada", admin="ana@mail.example")
    assert company.slug.startswith("alborada")
    with company_scope(company):
        assert Membership.objects.get().role == Role.ADMIN


def test_a_name_without_letters_that_slugs_know_has_a_slug_too() -> None:
    assert create("株式会社", "--admin", "a@mail.example") == "company\n"


def test_a_slug_may_be_given() -> None:
    assert create("Alborada", "--slug", "alba", "--admin", "a@mail.example") == "alba\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--admin", "a@mail.example", "--slug", "al"], "already exists"),
        (["--admin", "a@mail.example", "--slug", "no slug"], "slug"),
        (["--admin", "a@mail.example", "--timezone", "Mars/Base"], "Unknown time zone “Mars/Base”"),
        (["--admin", "no address"], "email"),
        (["--admin", ""], "blank"),
    ],
)
def test_bad_values_are_told_and_found_nothing(words: list[str], message: str) -> None:
    found_company("Al", admin="first@mail.example")
    with pytest.raises(CommandError, match=message) as refused:
        create("Alborada", *words)
    assert refused.value.returncode == 2
    assert Company.objects.count() == 1
    assert User.objects.count() == 1


def test_a_name_that_is_too_long_or_empty_is_refused() -> None:
    for name in ("", "x" * 201):
        with pytest.raises(ValidationError):
            found_company(name, admin="a@mail.example")
    assert not User.objects.exists()
