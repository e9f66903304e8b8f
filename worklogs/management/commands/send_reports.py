from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from worklogs.schedules import send_due


class Command(BaseCommand):
    help = "Send scheduled reports that are due. Run from cron every few minutes; safe while a worker is running."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = send_due(timezone.now())
        self.stdout.write(f"Sent {sent} e-mail{'' if sent == 1 else 's'}.")
