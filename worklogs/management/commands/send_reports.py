from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from worklogs.schedules import send_due


class Command(BaseCommand):
    help = "Sends the reports that are due by e-mail. For cron, every few minutes; safe beside a running worker."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_due(timezone.now())} mails were sent.")
