from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.isolation import foreign_references


class Command(BaseCommand):
    help = "Checks that no row refers to a row of another company."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(foreign_references())
        for reference in found:
            self.stdout.write(str(reference))
        if found:
            raise CommandError(f"{len(found)} kinds of references lead out of their company.", returncode=1)
        self.stdout.write("No row refers to a row of another company, or to a user of another one as its own.")
