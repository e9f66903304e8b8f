from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.users import forget_google_account


class Command(BaseCommand):
    help = "Lets the next Google account with a user's address be that user's: ask first whose address it is now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No user has the address {options['email']}.", returncode=2)
        if not forget_google_account(user):
            raise CommandError(f"{user.email} has no Google account here; the next one with it is his.", returncode=2)
        self.stdout.write(f"{user.email} is signed out; the next Google account with this address is his.")
