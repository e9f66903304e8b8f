from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts import audit
from accounts.links import issue_link
from accounts.middleware import memberships_of
from accounts.models import User


class Command(BaseCommand):
    help = "Print a sign-in link that works once within 10 minutes, for example when Google is unavailable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--company", metavar="SLUG", help="company to open; the user's first one by default")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"No active user with the address {options['email']}.", returncode=2)
        company = None
        if options["company"]:
            companies = {membership.company.slug: membership.company for membership in memberships_of(user)}
            company = companies.get(options["company"])
            if company is None:
                raise CommandError(f"{user.email} isn't a member of {options['company']}.", returncode=2)
        token = issue_link(user, company)
        audit.record("sign-in link issued", user=user, company=company)
        self.stdout.write(settings.SITE_URL + reverse("use_signin_link", args=[token]))
