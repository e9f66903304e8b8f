from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.users import forget_google_account


class Command(BaseCommand):
    help = "Unlink a user's Google account: the next one with the same address is linked. Verify first who is asking."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No user with the address {options['email']}.", returncode=2)
        if not forget_google_account(user):
            raise CommandError(
                f"{user.email} has no linked Google account. The next one with this address will be linked.",
                returncode=2,
            )
        self.stdout.write(f"{user.email} was signed out. The next Google account with this address will be linked.")
