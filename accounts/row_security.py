"""PostgreSQL's row-level security: the database itself holds companies apart, whatever SQL it is asked.

Each tenant table, and the audit, shows and takes rows of the company in `app.company` alone; 0 stands for
ALL_COMPANIES, and where it is not set there are no rows. A company itself is seen and changed while it is acted for;
all can be looked up while none is. The audit only grows. With ROW_SECURITY=1 every connection says, before a statement,
whom the code acts for.
A pooler in front of PostgreSQL has to pool sessions: outside a transaction the setting is the session's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import AuditEntry, Company
from accounts.tenancy import NoCompany, TenantModel, acts_for_all_companies, current_company_id

ALL: Final = "0"
NONE: Final = ""
POLICY: Final = "own_company"
COMPANIES: Final = Company._meta.db_table
TOLD: Final = "NULLIF(current_setting('app.company', true), '')"
GROWS: Final = AuditEntry._meta.db_table  # its rows are neither changed nor removed by the product's role
IDLE, BROKEN = 0, 3  # libpq: outside a transaction; in one that has failed and only takes its ROLLBACK


@dataclass(frozen=True)
class Policy:
    table: str
    name: str
    condition: str
    command: str = "ALL"


def policies() -> list[Policy]:
    # Not `= 'all' OR ...::bigint`: PostgreSQL folds the cast, which fails on any text.
    keys = dict.fromkeys([*tenant_tables(), GROWS], "company_id") | {COMPANIES: "id"}
    held = [Policy(table, POLICY, f"{TOLD}::bigint IN (0, {key})") for table, key in sorted(keys.items())]
    return [*held, Policy(COMPANIES, "looked_up", f"{TOLD} IS NULL", "SELECT")]


def tenant_tables() -> list[str]:
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, TenantModel) and model._meta.managed
    )


def held_tables() -> list[str]:
    return sorted({policy.table for policy in policies()})


def policy_statements(quote: Callable[[str], str]) -> Iterator[str]:
    """What brings every table of companies' rows under its policies; run again, it changes nothing."""
    for table in map(quote, held_tables()):
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"  # without it the table's owner sees everything
    for policy in policies():
        table, condition = quote(policy.table), policy.condition
        check = "" if policy.command == "SELECT" else f" WITH CHECK ({condition})"
        yield f"DROP POLICY IF EXISTS {policy.name} ON {table}"
        yield f"CREATE POLICY {policy.name} ON {table} FOR {policy.command} USING ({condition}){check}"


def role_statements(quote: Callable[[str], str], role: str) -> Iterator[str]:
    """What the product's role needs to read and write rows, those of tables to come included, and nothing more."""
    rows, numbers = "SELECT, INSERT, UPDATE, DELETE ON", "USAGE, SELECT ON"
    name = quote(role)
    yield f"GRANT USAGE ON SCHEMA public TO {name}"
    yield f"GRANT {rows} ALL TABLES IN SCHEMA public TO {name}"
    yield f"GRANT {numbers} ALL SEQUENCES IN SCHEMA public TO {name}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rows} TABLES TO {name}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {numbers} SEQUENCES TO {name}"
    yield f"REVOKE UPDATE, DELETE ON {quote(GROWS)} FROM {name}"


def shortcomings(cursor: Any) -> Iterator[str]:
    """Why the database does not hold companies apart for the role that asks."""
    cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone()[0]:
        yield "The connected role bypasses row-level security."
    cursor.execute(
        "SELECT c.relname, p.polname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relrowsecurity AND c.relforcerowsecurity AND pg_table_is_visible(c.oid)"
    )
    held = set(cursor.fetchall())
    for table in sorted({policy.table for policy in policies() if (policy.table, policy.name) not in held}):
        yield f"{table} is not under row-level security."
    cursor.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", [GROWS])
    if cursor.fetchone()[0]:
        yield f"The connected role can change or delete rows in {GROWS}."


def wanted_company() -> str:
    """What `app.company` has to be for the running code."""
    if acts_for_all_companies():
        return ALL
    try:
        return str(current_company_id())
    except NoCompany:
        return NONE


class CompanyTeller:
    """An execute wrapper of one connection: a statement runs only after the database knows for whom.

    In a transaction the setting is local to it, so its end takes the setting back; ROLLBACK TO SAVEPOINT may do so too.
    """

    def __init__(self) -> None:
        self.told: str | None = None
        self.is_local = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any) -> Any:
        connection = context["connection"]
        self._tell(connection, wanted_company())
        try:
            return execute(sql, params, many, context)
        finally:
            if str(sql).startswith("ROLLBACK"):
                self.told = None

    def _tell(self, connection: Any, wanted: str) -> None:
        server = connection.connection
        state = server.info.transaction_status
        if state == IDLE and self.is_local:
            self.told = None
        if self.told == wanted or state == BROKEN:
            return
        self.told, self.is_local = None, not server.autocommit
        with connection.wrap_database_errors:
            server.execute("SELECT set_config('app.company', %s, %s)", [wanted, self.is_local])
        self.told = wanted


def tell_companies(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """At each new connection, whose `app.company` nobody knows: one from a pool may have served another company."""
    wrappers = connection.execute_wrappers
    wrappers[:] = [wrapper for wrapper in wrappers if not isinstance(wrapper, CompanyTeller)]
    if settings.ROW_SECURITY and connection.vendor == "postgresql":
        wrappers.insert(0, CompanyTeller())  # at the end, `with execute_wrapper()` would take it away
