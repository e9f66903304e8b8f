from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.users import make_superuser


class Command(BaseCommand):
    help = "Lets a user act for every company: the one of this address, or a new one. Nobody has a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = make_superuser(options["email"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages), returncode=2) from error
        self.stdout.write(f"{user.email} may act for every company, at /act-for/ once signed in.")
