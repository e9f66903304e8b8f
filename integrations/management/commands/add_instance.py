import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import audit
from accounts.management.company_option import company_named
from accounts.tenancy import company_scope
from integrations.connection import Access, connect
from integrations.hosts import UnsafeUrl, check_url, site_url
from integrations.instances import KnownInstance, add_instance
from integrations.session import ApiError
from worklogs.models import JiraInstance


class Command(BaseCommand):
    help = "Add a Jira instance to a company, with or without Tempo, and test the connection."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True)
        url_help = "address of the instance, or https://api.atlassian.com/ex/jira/<cloud id>"
        parser.add_argument("--url", required=True, help=url_help)
        parser.add_argument("--email", default="", help="e-mail of the token's account; Cloud only")
        parser.add_argument("--token", required=True, help="the token, @file or - for standard input")
        parser.add_argument("--data-center", action="store_true")
        parser.add_argument("--tempo-url", default="https://api.tempo.io")
        parser.add_argument("--tempo-token", default="", help="the token, @file or -")
        parser.add_argument("--no-check", action="store_true", help="skip the connection test")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        if options["data_center"] and options["tempo_token"]:
            text = "Only Tempo Cloud is supported. Leave out --tempo-token for Data Center."
            raise CommandError(text, returncode=2)
        if not options["data_center"] and not options["email"]:
            raise CommandError("--email is required for Jira Cloud.", returncode=2)
        token, tempo_token = read_secret(options["token"]), read_secret(options["tempo_token"])
        if not token:
            raise CommandError("--token is empty.", returncode=2)
        access = Access(
            kind=JiraInstance.Kind.DATA_CENTER if options["data_center"] else JiraInstance.Kind.CLOUD,
            url=site_url(options["url"]),
            email=options["email"],
            token=token,
            tempo_url=site_url(options["tempo_url"]),
            tempo_token=tempo_token,
        )
        with company_scope(company):
            if JiraInstance.objects.filter(name=options["name"]).exists():
                raise CommandError(f"{company} already has an instance “{options['name']}”.", returncode=2)
            if not options["no_check"]:
                self.check_connection(access)
            try:
                instance = add_instance(options["name"], access)
            except (UnsafeUrl, KnownInstance) as error:
                raise CommandError(str(error), returncode=2) from error
            told: dict[str, Any] = {"name": instance.name, "url": instance.url, "account": access.email}
            audit.record("instance added", company=company, **told)
        self.stdout.write(f"{instance.name} ({instance.label}) was added to {company}.")

    def check_connection(self, access: Access) -> None:
        try:
            check_url(access.url)
            with connect(access, time.sleep) as connection:
                name = connection.check(timezone.now().date())
        except UnsafeUrl as error:
            raise CommandError(str(error), returncode=2) from error
        except ApiError as error:
            raise CommandError(f"{error} Nothing was added. Use --no-check to add it anyway.", returncode=1) from error
        self.stdout.write(f"Connected as {name}.")


def read_secret(text: str) -> str:
    """The secret itself, so that it need not stand in a shell's history: @file reads one, - standard input."""
    if text == "-":
        return sys.stdin.readline().strip()
    if text.startswith("@"):
        try:
            return Path(text[1:]).read_text().strip()
        except OSError as error:
            raise CommandError(f"Can't read {text[1:]}: {error.strerror}.", returncode=2) from error
    return text.strip()
