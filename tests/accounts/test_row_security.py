"""Companies are held apart by PostgreSQL itself: asked in plain SQL, as the role that the product connects as."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.row_security import CompanyTeller, policy_statements, tell_companies, tenant_tables
from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.accounts.conftest import Rows
from worklogs.models import Person

ROLE, PASSWORD = "worklogs_product", "only-for-tests"
PEOPLE = "SELECT name FROM worklogs_person ORDER BY name"


@pytest.fixture
def installed(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.ROW_SECURITY = True
    call_command("install_row_security", role=ROLE, stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
    yield
    with connection.cursor() as cursor:
        for table in tenant_tables():
            cursor.execute(f"DROP POLICY own_company ON {table}")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


def connected(pool: bool) -> Iterator[Any]:
    options = {"pool": {"min_size": 1, "max_size": 1}} if pool else {}
    as_product = {"USER": ROLE, "PASSWORD": PASSWORD, "OPTIONS": options}
    connections.settings["product"] = connection.settings_dict | as_product
    try:
        yield connections["product"]
    finally:
        connections["product"].close()
        if pool:
            connections["product"].close_pool()
        del connections["product"], connections.settings["product"]


@pytest.fixture
def product(ours: Rows, theirs: Rows, installed: None) -> Iterator[Any]:
    """A connection of the product's own; the tests' other one is a superuser's."""
    yield from connected(pool=False)


@pytest.fixture
def pooled(ours: Rows, theirs: Rows, installed: None) -> Iterator[Any]:
    yield from connected(pool=True)


def people(product: Any) -> list[str]:
    with product.cursor() as cursor:
        cursor.execute(PEOPLE)
        return [name for (name,) in cursor.fetchall()]


def test_one_company_sees_its_own_rows(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert people(product) == ["Ana"]
    with company_scope(theirs.cast.company):
        assert people(product) == ["Bea"]


def test_without_a_company_there_are_no_rows(product: Any) -> None:
    assert people(product) == []


def test_acting_for_all_companies_sees_all(product: Any) -> None:
    with company_scope(ALL_COMPANIES):
        assert people(product) == ["Ana", "Bea"]


def test_scopes_nest(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        with company_scope(theirs.cast.company):
            assert people(product) == ["Bea"]
        assert people(product) == ["Ana"]
    assert people(product) == []


def test_a_row_of_another_company_is_not_written(product: Any, ours: Rows, theirs: Rows) -> None:
    insert = "INSERT INTO worklogs_team (company_id, name, slug) VALUES (%s, 'New', 'new')"
    with company_scope(ours.cast.company), product.cursor() as cursor:
        cursor.execute(insert, [ours.cast.company.pk])
        with pytest.raises(DatabaseError, match="row-level security"):
            cursor.execute(insert, [theirs.cast.company.pk])
        with pytest.raises(DatabaseError, match="row-level security"):
            cursor.execute("UPDATE worklogs_team SET company_id = %s", [theirs.cast.company.pk])
        cursor.execute("UPDATE worklogs_team SET name = 'Taken' WHERE company_id = %s", [theirs.cast.company.pk])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM worklogs_team WHERE company_id = %s", [theirs.cast.company.pk])
        assert cursor.rowcount == 0


@pytest.mark.parametrize("ends", ["commit", "rollback", "savepoint"])
def test_what_a_transaction_ends_with_is_told_anew(product: Any, ours: Rows, theirs: Rows, ends: str) -> None:
    def work() -> None:
        with transaction.atomic(using="product"):
            assert people(product) == ["Ana"]
            with company_scope(theirs.cast.company):
                assert people(product) == ["Bea"]
                if ends == "rollback":
                    raise KeyError
            if ends == "savepoint":
                with pytest.raises(KeyError), transaction.atomic(using="product"):
                    assert people(product) == ["Ana"]
                    with company_scope(theirs.cast.company):
                        assert people(product) == ["Bea"]
                        raise KeyError
            assert people(product) == ["Ana"]

    with company_scope(ours.cast.company):
        if ends == "rollback":
            with pytest.raises(KeyError):
                work()
        else:
            work()
        assert people(product) == ["Ana"]
    assert people(product) == []


def test_a_failed_statement_can_be_rolled_back_to_its_savepoint(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company), transaction.atomic(using="product"):
        with pytest.raises(DatabaseError, match="nothing_here"), transaction.atomic(using="product"):
            with company_scope(theirs.cast.company), product.cursor() as cursor:
                cursor.execute("SELECT * FROM nothing_here")
        assert people(product) == ["Ana"]


def test_a_pooled_connection_brings_nothing_along(pooled: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert people(pooled) == ["Ana"]
        first = pooled.connection
        pooled.close()
    assert people(pooled) == []
    assert pooled.connection is first
    with company_scope(theirs.cast.company):
        assert people(pooled) == ["Bea"]
        pooled.close()
    with company_scope(ours.cast.company):
        assert people(pooled) == ["Ana"]


def test_rows_that_are_read_in_pieces_are_of_the_company_that_asked(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        Person.objects.bulk_create([Person(name=f"Ana {n}") for n in range(50)])
        rows = Person.objects.using("product").order_by("id").iterator(chunk_size=10)
        assert next(rows).name == "Ana"
        with company_scope(theirs.cast.company):
            assert people(product) == ["Bea"]
        assert len(list(rows)) == 50


def test_installing_again_changes_nothing(product: Any, ours: Rows) -> None:
    call_command("install_row_security", role=ROLE, stdout=io.StringIO())
    with company_scope(ours.cast.company):
        assert people(product) == ["Ana"]


def test_a_role_that_no_policy_binds_is_refused(installed: None) -> None:
    with pytest.raises(CommandError, match="no policy binds it"):
        call_command("install_row_security", role=connection.settings_dict["USER"] or "postgres")


def test_the_check_names_what_is_missing(installed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE worklogs_person NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(CommandError) as refusal:
        call_command("install_row_security", check=True)
    assert "worklogs_person is not under" in str(refusal.value)
    assert "worklogs_team is not under" not in str(refusal.value)
    assert "bypasses row-level security" in str(refusal.value)
