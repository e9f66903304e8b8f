import signal
from argparse import ArgumentParser
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from integrations.simulator.build import build_world
from integrations.simulator.faults import KINDS, FaultPlan, FaultSyntaxError
from integrations.simulator.server import SimulatorServer
from integrations.simulator.world import Access, accesses

EXAMPLE = "429:every=20,retry_after=1;reset:match=/worklog/,times=3"


class Command(BaseCommand):
    help = "Run simulated Jira Cloud, Jira Data Center and Tempo until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9100, help="0 for any free port")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--people", type=int, default=20, help="of the first company")
        parser.add_argument("--worklogs", type=int, default=20_000, help="of the first company, approximate, per year")
        parser.add_argument("--latency-ms", type=int, default=0)
        parser.add_argument("--faults", default="", help=f"{EXAMPLE}; kinds: {', '.join(KINDS)}")
        parser.add_argument("--json", action="store_true", help="print the credentials as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            faults = FaultPlan(options["faults"])
        except FaultSyntaxError as error:
            raise CommandError(str(error), returncode=2) from error
        for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
            signal.signal(number, stop)
        with suppress(KeyboardInterrupt), listening(faults, options) as server:
            found = accesses(server.world, server.url)
            as_json = msgspec.json.encode([asdict(access) for access in found]).decode()
            self.stdout.write(as_json if options["json"] else block(found))
            self.stdout.flush()
            server.serve_forever()


def listening(faults: FaultPlan, options: dict[str, Any]) -> SimulatorServer:
    if options["people"] < 1 or options["worklogs"] < 0:
        raise CommandError("--people must be at least 1, and --worklogs can't be negative.", returncode=2)
    now = datetime.now(UTC)
    world = build_world(options["seed"], now.date(), options["people"], options["worklogs"], now=now)
    world.clock.follow_the_machine()
    try:
        return SimulatorServer(world, faults, options["latency_ms"] / 1000, options["port"])
    except OSError as error:
        raise CommandError(f"Can't use port {options['port']}: {error.strerror}.") from error


def stop(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def block(found: list[Access]) -> str:
    lines = []
    for access in found:
        lines += [
            f"{access.name} ({access.company})",
            f"  kind         {access.kind}",
            f"  URL          {access.url}",
            f"  e-mail       {access.email}",
            f"  token        {access.token}",
        ]
        if access.tempo_url:
            lines += [f"  Tempo URL    {access.tempo_url}", f"  Tempo token  {access.tempo_token}"]
        if access.scoped_url:
            lines += [f"  scoped URL   {access.scoped_url}", f"  scoped token {access.scoped_token}"]
    return "\n".join(lines)
