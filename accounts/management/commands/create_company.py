from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.companies import found_company


class Command(BaseCommand):
    help = "Create a company with its first admin and print its slug."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--slug", default="", help="used in addresses and commands; derived from the name by default"
        )
        parser.add_argument("--timezone", default="UTC", help="for example Europe/Madrid")
        parser.add_argument("--admin", required=True, metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            company = found_company(
                options["name"], admin=options["admin"], slug=options["slug"], timezone=options["timezone"]
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages), returncode=2) from error
        self.stdout.write(company.slug)
