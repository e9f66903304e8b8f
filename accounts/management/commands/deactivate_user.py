from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.users import companies_without_admin, set_active


class Command(BaseCommand):
    help = "Signs a user out everywhere and lets him in no more, in no company; --undo lets him in again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--undo", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No user has the address {options['email']}.", returncode=2)
        set_active(user, is_active=options["undo"])
        told = "may sign in again" if options["undo"] else "is signed out everywhere and let in no more"
        self.stdout.write(f"{user.email} {told}.")
        for company in companies_without_admin(user):
            self.stdout.write(f"Nobody can run {company} now: its only admin was this user.")
