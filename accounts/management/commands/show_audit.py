from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.audit import AuditFilter, audit_csv
from accounts.management.company_option import company_named
from accounts.tenancy import ALL_COMPANIES, company_scope


class Command(BaseCommand):
    help = (
        "Print a company's audit log as CSV, newest first. Without --company, print entries that belong to no company."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"]) if options["company"] else None
        with company_scope(company or ALL_COMPANIES):  # PostgreSQL shows what is of no company to all of them alone
            for line in audit_csv(company, AuditFilter()):
                self.stdout.write(line, ending="")
