from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.users import make_superuser


class Command(BaseCommand):
    help = "Create a superuser, or promote the user with this address. Superusers can act for every company."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = make_superuser(options["email"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages), returncode=2) from error
        self.stdout.write(f"{user.email} can act for every company at /act-for/ after signing in.")
