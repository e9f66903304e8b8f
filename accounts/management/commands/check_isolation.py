from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.isolation import foreign_references


class Command(BaseCommand):
    help = "Check that no row refers to another company."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(foreign_references())
        for reference in found:
            self.stdout.write(str(reference))
        if found:
            raise CommandError("Rows refer to other companies: see above.", returncode=1)
        self.stdout.write("No row refers to another company or its users.")
