from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils import timezone

from accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Delete audit entries older than AUDIT_RETENTION_DAYS; 0 keeps everything."

    def handle(self, *args: Any, **options: Any) -> None:
        days = getattr(settings, "AUDIT_RETENTION_DAYS", 0)
        if not days:
            self.stdout.write("AUDIT_RETENTION_DAYS is 0, so nothing was deleted.")
            return
        try:
            removed = AuditEntry.objects.remove_before(timezone.now() - timedelta(days=days))
        except ProgrammingError as error:  # PostgreSQL's role of the product may not, by install_row_security
            refused = f"{str(error).rstrip()}. Run this command as the tables' owner."
            raise CommandError(refused, returncode=2) from error
        self.stdout.write(f"Deleted {removed} audit entries older than {days} days.")
