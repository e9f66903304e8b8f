import socket
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.tenancy import company_scope
from integrations.demo import map_hidden_accounts, set_up
from integrations.models import SyncRun
from integrations.runs import queue_run
from integrations.simulator.build import build_world
from integrations.sync import sync
from worklogs.models import JiraInstance


class Command(BaseCommand):
    help = "Create the demo companies and sync them from a running simulator. Existing data is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9100, help="of the simulator")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo requires DEMO=1 and DEBUG=1.", returncode=2)
        wait_for_port(options["port"])
        now = datetime.now(UTC)
        world = build_world(1, now.date(), now=now)
        companies = set_up(world, f"http://127.0.0.1:{options['port']}", settings.DEMO_DOMAIN)
        for company, simulated in zip(companies, world.companies, strict=True):
            with company_scope(company):
                for instance in JiraInstance.objects.all():
                    # The simulator makes its twelve months anew each day: what it said yesterday is gone.
                    is_old = instance.synced_at is not None and instance.synced_at.date() < now.date()
                    run = sync(queue_run(instance, full=is_old, confirm_deletions=is_old))
                    if run.status != SyncRun.Status.SUCCEEDED:
                        self.stderr.write(f"{instance}: {'; '.join(run.errors)}")
                with transaction.atomic():
                    map_hidden_accounts(simulated)
        self.stdout.write(self.style.SUCCESS(f"\n  Ready: {settings.SITE_URL}  (choose a user on the sign-in page)\n"))


def wait_for_port(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise CommandError(f"No simulator is running on port {port}.", returncode=1)
