"""Companies are held apart by PostgreSQL itself: asked in plain SQL, as the role that the product connects as."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from accounts import audit
from accounts.companies import found_company
from accounts.models import AuditEntry, Company, User
from accounts.row_security import held_tables, policies
from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.accounts.conftest import Rows
from worklogs.models import Person

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROLE = f"product_of_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"  # roles are of the whole server
PASSWORD = "only-for-tests"
PEOPLE = "SELECT name FROM worklogs_person ORDER BY name"


@pytest.fixture
def installed(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.ROW_SECURITY = True
    call_command("install_row_security", role=ROLE, stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'")
    yield
    with connection.cursor() as cursor:
        for policy in policies():
            cursor.execute(f"DROP POLICY IF EXISTS {policy.name} ON {policy.table}")
        for table in held_tables():
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


@contextmanager
def connected(**options: Any) -> Iterator[Any]:
    """The default connection is the product's; the one before it is a superuser's."""
    owner = connections["default"]
    product: Any = owner.copy()
    product.settings_dict |= {"USER": ROLE, "PASSWORD": PASSWORD, "OPTIONS": owner.settings_dict["OPTIONS"] | options}
    connections["default"] = product
    try:
        yield product
    finally:
        product.close()
        if options:
            product.close_pool()
        connections["default"] = owner


@pytest.fixture
def product(ours: Rows, theirs: Rows, installed: None) -> Iterator[Any]:
    with connected() as product:
        yield product


@pytest.fixture
def pooled(ours: Rows, theirs: Rows, installed: None) -> Iterator[Any]:
    with connected(pool={"min_size": 1, "max_size": 1}) as pooled:
        yield pooled


def people(product: Any, statement: str = PEOPLE) -> list[str]:
    with product.cursor() as cursor:
        cursor.execute(statement)
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
    insert = "INSERT INTO worklogs_team (company_id, name, folded, slug) VALUES (%s, 'New', 'new', 'new')"
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


@transaction.atomic
def read_both(ours: Rows, theirs: Rows, *, then_fail: bool = False) -> None:
    with company_scope(ours.cast.company):
        assert people(connection) == ["Ana"]
    with company_scope(theirs.cast.company):
        assert people(connection) == ["Bea"]
        if then_fail:
            raise InterruptedError


@transaction.atomic
def fail_as(company: Company) -> None:
    with company_scope(company):
        people(connection, "SELECT name FROM nothing_here")


def test_after_a_commit_the_company_is_told_anew(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert people(product) == ["Ana"]
        read_both(ours, theirs)
        assert people(product) == ["Ana"]


def test_after_a_rollback_the_company_is_told_anew(product: Any, ours: Rows, theirs: Rows) -> None:
    with pytest.raises(InterruptedError):
        read_both(ours, theirs, then_fail=True)
    assert people(product) == []
    with company_scope(theirs.cast.company):
        assert people(product) == ["Bea"]


def test_after_a_rollback_to_a_savepoint_the_company_is_told_anew(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(theirs.cast.company), transaction.atomic():
        with company_scope(ours.cast.company):
            assert people(product) == ["Ana"]
        with pytest.raises(InterruptedError):
            read_both(ours, theirs, then_fail=True)
        assert people(product) == ["Bea"]


def test_a_statement_that_failed_takes_what_was_told_with_it(product: Any, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company), transaction.atomic():
        with pytest.raises(DatabaseError, match="nothing_here"):
            fail_as(theirs.cast.company)
        with company_scope(theirs.cast.company):
            assert people(product) == ["Bea"]
        assert people(product) == ["Ana"]


def test_a_savepoint_that_is_rolled_back_by_hand_does_so_too(product: Any, ours: Rows, theirs: Rows) -> None:
    with transaction.atomic():
        with company_scope(ours.cast.company):
            savepoint = transaction.savepoint()
        with company_scope(theirs.cast.company):
            assert people(product) == ["Bea"]
            transaction.savepoint_rollback(savepoint)
            assert people(product) == ["Bea"]


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
        rows = Person.objects.order_by("id").iterator(chunk_size=10)
        assert next(rows).name == "Ana"
        with company_scope(theirs.cast.company):
            assert people(product) == ["Bea"]
        assert len(list(rows)) == 50


# What is of no tenant model: the companies, and what their audits tell

AUDIT = "SELECT action FROM accounts_auditentry ORDER BY action"
NAMES = "SELECT name FROM accounts_company ORDER BY name"


@pytest.fixture
def told(product: Any, ours: Rows, theirs: Rows) -> None:
    """Written without acting for anyone, as a sign-in is."""
    audit.record("of nobody")
    for rows in (ours, theirs):
        audit.record(f"of {rows.cast.company}", company=rows.cast.company)


@pytest.mark.usefixtures("told")
def test_an_audit_is_read_by_its_company_alone(product: Any, ours: Rows) -> None:
    with company_scope(ours.cast.company):
        assert people(product, AUDIT) == ["of Alborada"]
    assert people(product, AUDIT) == []
    with company_scope(ALL_COMPANIES):
        assert people(product, AUDIT) == ["of Alborada", "of Meridiana", "of nobody"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_auditentry SET action = 'undone'", "DELETE FROM accounts_auditentry"]
)
def test_what_an_audit_tells_is_neither_changed_nor_removed(product: Any, ours: Rows, statement: str) -> None:
    for scope in (ours.cast.company, ALL_COMPANIES):
        with company_scope(scope), pytest.raises(DatabaseError, match="permission denied"), product.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.usefixtures("told")
def test_the_retention_is_the_owners_work(product: Any, settings: Any) -> None:
    settings.AUDIT_RETENTION_DAYS = 1
    with pytest.raises(CommandError, match=r"auditentry\. Run this command as the tables' owner\."):
        call_command("prune_audit")


def test_the_download_of_an_audit_has_its_rows(product: Any, told: None, ours: Rows, client: Client) -> None:
    client.force_login(ours.cast.admin, backend=BACKEND)
    lines = b"".join(client.get("/audit/export.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "of Alborada" in lines
    assert "of Meridiana" not in lines


def test_a_company_sees_and_changes_itself_alone(product: Any, ours: Rows, theirs: Rows) -> None:
    assert people(product, NAMES) == ["Alborada", "Meridiana"]  # by whoever acts for none: to find the one
    for statement in ("UPDATE accounts_company SET name = 'Taken'", "DELETE FROM accounts_company"):
        with product.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount == 0
    with company_scope(ours.cast.company), product.cursor() as cursor:
        assert people(product, NAMES) == ["Alborada"]
        cursor.execute("UPDATE accounts_company SET name = 'Alba'")
        assert cursor.rowcount == 1
    assert people(product, NAMES) == ["Alba", "Meridiana"]


def test_a_company_is_founded_by_the_products_role(product: Any, ours: Rows) -> None:
    with company_scope(ours.cast.company):  # as by a member of another one
        company = found_company("Quercia", admin="ana@mail.example")
    with company_scope(company):
        assert people(product, AUDIT) == ["company created"]


def test_a_superuser_chooses_among_all_while_acting_for_one(product: Any, theirs: Rows, client: Client) -> None:
    client.force_login(User.objects.create_user("root@platform.example", is_superuser=True), backend=BACKEND)
    for company in ("alborada", "meridiana"):
        assert client.post("/act-for/", {"company": company})["Location"] == "/admin/"
    page = client.get("/act-for/").content.decode()
    assert "Alborada" in page
    assert "Meridiana" in page
    with company_scope(theirs.cast.company):
        assert AuditEntry.objects.filter(action="superuser acts for the company").exists()


def test_installing_again_changes_nothing(installed: None, ours: Rows) -> None:
    call_command("install_row_security", role=ROLE, stdout=io.StringIO())
    with connected() as product, company_scope(ours.cast.company):
        assert people(product) == ["Ana"]


def test_a_role_that_no_policy_binds_is_refused(installed: None) -> None:
    with pytest.raises(CommandError, match="policies don't apply to it"):
        call_command("install_row_security", role=connection.settings_dict["USER"] or "postgres")


def test_the_check_names_what_is_missing(installed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE worklogs_person NO FORCE ROW LEVEL SECURITY")
        cursor.execute("DROP POLICY own_company ON accounts_auditentry")
    with pytest.raises(CommandError) as refusal:
        call_command("install_row_security", check=True)
    assert "worklogs_person is not under" in str(refusal.value)
    assert "worklogs_team is not under" not in str(refusal.value)
    assert "accounts_auditentry is not under" in str(refusal.value)
    assert "can change or delete rows in accounts_auditentry" in str(refusal.value)
    assert "bypasses row-level security" in str(refusal.value)


def test_the_check_is_content_with_the_products_role(product: Any) -> None:
    out = io.StringIO()
    call_command("install_row_security", check=True, stdout=out)
    assert "Row-level security is enabled" in out.getvalue()


def test_pages_are_answered_as_the_products_role(product: Any, ours: Rows, client: Client) -> None:
    client.force_login(ours.cast.admin, backend=BACKEND)
    for path in ("/", "/worklogs/", "/sync/", "/admin/worklogs/person/"):
        assert client.get(path, {"from": "2026-10-01", "to": "2026-10-31"}, follow=True).status_code == 200, path
    page = client.get("/worklogs/", {"from": "2026-10-01", "to": "2026-10-31"})
    assert b">Ana<" in page.content
    assert b">Bea<" not in page.content
