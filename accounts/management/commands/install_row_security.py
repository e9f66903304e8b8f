from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from accounts.row_security import held_tables, policy_statements, role_statements, shortcomings


class Command(BaseCommand):
    help = "Install PostgreSQL row-level security. Run as the tables' owner after every migrate."

    def add_arguments(self, parser: CommandParser) -> None:
        role_help = "role that Worklog Dashboard connects with; created if missing"
        parser.add_argument("--role", metavar="NAME", help=role_help)
        parser.add_argument("--check", action="store_true", help="only list what is missing, as the product's role")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Row-level security requires PostgreSQL.", returncode=2)
        if options["check"]:
            self._check()
        else:
            self._install(options["role"])
        self.stdout.write(f"Row-level security is enabled on {len(held_tables())} tables.")

    def _check(self) -> None:
        with connection.cursor() as cursor:
            found = list(shortcomings(cursor))
        if found:
            raise CommandError("\n".join(found), returncode=1)

    @transaction.atomic
    def _install(self, role: str | None) -> None:
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            if role:
                self._make(cursor, role)
            for statement in (*policy_statements(quote), *(role_statements(quote, role) if role else ())):
                cursor.execute(statement)

    def _make(self, cursor: Any, role: str) -> None:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            cursor.execute(f"CREATE ROLE {connection.ops.quote_name(role)} LOGIN")
            self.stdout.write(f"Created the role {role}. Set its password: ALTER ROLE ... PASSWORD ...")
        elif found[0]:
            raise CommandError(f"{role} is a superuser or has BYPASSRLS, so policies don't apply to it.", returncode=2)
