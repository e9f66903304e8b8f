import os
import signal
import socket
import time
from threading import Event
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from integrations.tasks import tick


class Command(BaseCommand):
    help = "Run queued and automatic syncs and send scheduled reports until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="time between checks")
        parser.add_argument("--once", action="store_true", help="run what is queued, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):  # else Ctrl-C would end a sync, and not the worker
            signal.signal(number, stop)
        self.stdout.write("Worker ready.")
        try:
            while True:
                tick(timezone.now())
                self.work()
                if options["once"]:
                    return
                time.sleep(options["interval"])
        except KeyboardInterrupt:
            return

    def work(self) -> None:
        worker = Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=f"{socket.gethostname()}-{os.getpid()}"[:64],
            excluded_queue_names=[],
        )
        worker.run()
        if stopping.is_set():
            raise KeyboardInterrupt


stopping = Event()


def stop(signum: int, frame: FrameType | None) -> None:
    """A sync in progress is cancelled; its checkpoint stays, and the next run goes on from there."""
    stopping.set()
    raise KeyboardInterrupt
