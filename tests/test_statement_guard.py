import pytest
from django.db import connection

from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.conftest import Cast
from tests.statement_guard import UnguardedStatement, tenant_tables, unguarded_tables
from worklogs.models import Person

ACCEPTED = {
    "a condition": 'SELECT "worklogs_team"."id" FROM "worklogs_team" WHERE "worklogs_team"."company_id" = %s',
    "a condition without the table's name": "SELECT id FROM worklogs_team WHERE company_id = %s AND id = %s",
    "a list of companies": "SELECT id FROM worklogs_team WHERE company_id IN (%s, %s)",
    "a literal": "SELECT id FROM worklogs_team WHERE company_id = 7",
    "an alias": 'SELECT T3."id" FROM "worklogs_team" T3 WHERE T3."company_id" = %s',
    "a join to a bound table": (
        'SELECT 1 FROM "worklogs_person" LEFT OUTER JOIN "worklogs_team" ON ("worklogs_person"."team_id" ='
        ' "worklogs_team"."id" AND ("worklogs_team"."company_id" = ("worklogs_person"."company_id")))'
        ' WHERE "worklogs_person"."company_id" = %s'
    ),
    "a join that is written the other way round": (
        'SELECT 1 FROM "worklogs_team" INNER JOIN "worklogs_person" ON ("worklogs_team"."company_id" ='
        ' ("worklogs_person"."company_id")) WHERE "worklogs_team"."company_id" = %s'
    ),
    "a chain of joins, the last of them bound": (
        "SELECT 1 FROM worklogs_team t JOIN worklogs_person p ON t.company_id = p.company_id"
        " JOIN worklogs_worklog w ON p.company_id = w.company_id WHERE w.company_id = %s"
    ),
    "an update": "UPDATE worklogs_team SET name = %s WHERE company_id = %s",
    "an update through a subquery of its own rows": (
        'UPDATE "worklogs_team" SET "name" = %s WHERE "worklogs_team"."id" IN (SELECT U0."id" FROM "worklogs_team" U0'
        ' WHERE U0."company_id" = %s)'
    ),
    "a delete": "DELETE FROM worklogs_team WHERE company_id = %s AND id = %s",
    "what Django's collector has gathered": 'DELETE FROM "worklogs_team" WHERE "worklogs_team"."id" IN (%s, %s)',
    "what Django's collector sets to NULL": (
        'UPDATE "worklogs_person" SET "team_id" = %s WHERE "worklogs_person"."id" IN (%s)'
    ),
    "every part of a union": (
        "SELECT id FROM worklogs_team WHERE company_id = %s"
        " UNION ALL SELECT id FROM worklogs_team WHERE company_id = %s"
    ),
    "a table of nobody": "SELECT * FROM accounts_user",
    "an insert": "INSERT INTO worklogs_team (company_id, name) VALUES (%s, %s)",
    "an upsert": (
        "INSERT INTO worklogs_team (company_id, name) VALUES (%s, %s)"
        " ON CONFLICT (company_id, name) DO UPDATE SET slug = excluded.slug"
    ),
}

REFUSED = {
    "no condition": "SELECT * FROM worklogs_team",
    "a condition on something else": "SELECT * FROM worklogs_team WHERE id = %s",
    "a column that is only read": "SELECT company_id FROM worklogs_team ORDER BY company_id",
    "another company than one's own": "SELECT * FROM worklogs_team WHERE company_id <> %s",
    "a quoted table": 'SELECT "worklogs_team"."id" FROM "worklogs_team" WHERE "worklogs_team"."name" = %s',
    "an alias that is free": (
        "SELECT 1 FROM worklogs_team t JOIN worklogs_person p ON t.id = p.team_id WHERE p.company_id = %s"
    ),
    "a join of which no table is bound": (
        "SELECT 1 FROM worklogs_team t JOIN worklogs_person p ON t.company_id = p.company_id WHERE p.id = %s"
    ),
    "a join without any company": (
        'SELECT 1 FROM "worklogs_person" INNER JOIN "worklogs_team"'
        ' ON "worklogs_person"."team_id" = "worklogs_team"."id" WHERE "worklogs_person"."company_id" = %s'
    ),
    "a subquery that is free": (
        "SELECT id FROM worklogs_person p WHERE p.company_id = %s AND p.team_id IN (SELECT u.id FROM worklogs_team u)"
    ),
    "a company vs itself": (
        'SELECT 1 FROM "worklogs_team" WHERE NOT EXISTS'
        '(SELECT 1 FROM "worklogs_person" U1 WHERE "company_id" = U1."company_id")'
    ),
    "an update of everyone": "UPDATE worklogs_team SET name = %s",
    "an update that gives rows away": "UPDATE worklogs_team SET name = %s, company_id = %s WHERE id = %s",
    "an update that only gives rows away": 'UPDATE "worklogs_team" SET "company_id" = %s WHERE "id" = %s',
    "a delete": "DELETE FROM worklogs_team WHERE id = %s",
    "one part of a union": (
        "SELECT id FROM worklogs_team WHERE company_id = %s UNION ALL SELECT id FROM worklogs_team WHERE id = %s"
    ),
    "lower case": "select * from worklogs_team where name = %s",
}


@pytest.mark.parametrize("sql", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_statement_that_keeps_to_a_company_is_accepted(sql: str) -> None:
    assert not unguarded_tables(sql)


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_a_statement_that_may_reach_another_company_is_refused(sql: str) -> None:
    assert unguarded_tables(sql)


def test_the_guard_knows_the_tables_of_every_app() -> None:
    assert {"accounts_membership", "worklogs_worklog", "worklogs_daytotal", "integrations_syncrun"} <= tenant_tables()
    assert not {"accounts_company", "accounts_user", "accounts_auditentry"} & tenant_tables()


def test_the_guard_stands_before_the_database(alborada: Cast) -> None:
    with company_scope(alborada.company):
        with pytest.raises(UnguardedStatement, match="worklogs_person"):
            list(Person.objects.raw("SELECT * FROM worklogs_person"))
        with connection.cursor() as cursor, pytest.raises(UnguardedStatement):
            cursor.execute("DELETE FROM worklogs_person")


def test_statements_for_all_companies_are_free(alborada: Cast) -> None:
    with company_scope(ALL_COMPANIES):
        assert list(Person.objects.raw("SELECT * FROM worklogs_person")) == []
