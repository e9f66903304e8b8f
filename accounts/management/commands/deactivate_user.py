from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.users import companies_without_admin, set_active


class Command(BaseCommand):
    help = "Sign a user out everywhere and block sign-in. --undo reverses it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--undo", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"No user with the address {options['email']}.", returncode=2)
        set_active(user, is_active=options["undo"])
        told = "can sign in again" if options["undo"] else "was signed out everywhere and can no longer sign in"
        self.stdout.write(f"{user.email} {told}.")
        for company in companies_without_admin(user):
            self.stdout.write(f"{company} has no admin left: this user was the only one.")
