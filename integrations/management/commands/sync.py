import json
import sys
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.management.company_option import company_named
from accounts.models import Company
from accounts.tenancy import company_scope
from integrations.models import SyncRun
from integrations.runs import queue_run
from integrations.sync import sync
from worklogs.models import JiraInstance
from worklogs.periods import BadPeriod, Period, read_day


class Command(BaseCommand):
    help = "Sync instances. Without dates, fetch what changed since the last sync; the first time, the last 12 months."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--company", metavar="SLUG")
        which.add_argument("--all-companies", action="store_true")
        parser.add_argument("--instance", action="append", default=[], metavar="NAME", help="may be repeated")
        parser.add_argument("--from", dest="first", metavar="DAY", help="first day of the period to sync")
        parser.add_argument("--to", dest="last", metavar="DAY", help="last day of the period")
        parser.add_argument("--full", action="store_true", help="sync everything")
        parser.add_argument(
            "--confirm-deletions",
            action="store_true",
            help="also delete missing worklogs that aren't reported as deleted",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        period = period_of(options)
        companies = [company_named(options["company"])] if options["company"] else list(Company.objects.all())
        runs: list[tuple[str, SyncRun]] = []
        for company, instances in chosen(options["instance"], companies):
            with company_scope(company):
                for instance in instances:
                    run = queue_run(
                        instance,
                        first_day=period.first if period else None,
                        last_day=period.last if period else None,
                        full=options["full"],
                        confirm_deletions=options["confirm_deletions"],
                    )
                    with Progress(str(instance), run, shown=sys.stderr.isatty() and not options["json"]):
                        sync(run)
                    runs.append((instance.name, run))
                    self.tell(instance.name, run, as_json=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps({"runs": [as_json(name, run) for name, run in runs]}, ensure_ascii=False))
        if any(run.status != SyncRun.Status.SUCCEEDED for _, run in runs):
            sys.exit(1)

    def tell(self, name: str, run: SyncRun, *, as_json: bool) -> None:
        if not as_json:
            self.stdout.write(
                f"{name}: {run.get_status_display().lower()}, {run.read} fetched, {run.created} new, "
                f"{run.updated} changed, {run.unchanged} unchanged, {run.deleted} deleted, "
                f"{run.requests} requests, {run.seconds:.1f} s"
            )
        for warning in run.warnings:
            self.stderr.write(f"{name}: warning: {warning}")
        for error in run.errors:
            self.stderr.write(f"{name}: {error}")


def period_of(options: dict[str, Any]) -> Period | None:
    if not options["first"] and not options["last"]:
        return None
    if options["full"]:
        raise CommandError("Use either --full or --from and --to, not both.", returncode=2)
    if not options["first"] or not options["last"]:
        raise CommandError("Use --from and --to together.", returncode=2)
    try:
        return Period(read_day(options["first"]), read_day(options["last"]))
    except BadPeriod as error:
        raise CommandError(str(error), returncode=2) from error


def chosen(names: Sequence[str], companies: Sequence[Company]) -> list[tuple[Company, list[JiraInstance]]]:
    """By company, and known before the first is read: a misspelt name must not be found out half-way."""
    found: list[tuple[Company, list[JiraInstance]]] = []
    known: set[str] = set()
    for company in companies:
        with company_scope(company):
            active = list(JiraInstance.objects.filter(is_active=True))
        known |= {instance.name for instance in active}
        found.append((company, [instance for instance in active if not names or instance.name in names]))
    if unknown := [name for name in names if name not in known]:
        text = f"Unknown instance “{unknown[0]}”. Instances: {', '.join(sorted(known)) or 'none'}."
        raise CommandError(text, returncode=2)
    return found


def as_json(name: str, run: SyncRun) -> dict[str, Any]:
    counts = ("read", "created", "updated", "unchanged", "deleted", "requests")
    return {
        "instance": name,
        "status": run.status,
        **{count: getattr(run, count) for count in counts},
        "seconds": round(run.seconds, 3),
        "errors": run.errors,
        "warnings": run.warnings,
        "no_longer_shown": run.unconfirmed_deletions,
    }


class Progress:
    """A bar on the terminal, drawn beside the sync from what its run tells."""

    def __init__(self, label: str, run: SyncRun, *, shown: bool) -> None:
        self.run, self.shown, self.ended = run, shown, Event()
        self.label = label
        self.thread = Thread(target=self.draw, daemon=True)

    def __enter__(self) -> None:
        if self.shown:
            self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        if self.shown:
            self.thread.join()

    def draw(self) -> None:
        with tqdm(desc=self.label, unit=" worklogs", leave=False) as bar:
            while not self.ended.wait(0.2):
                part = self.run.done / self.run.total if self.run.total else None
                bar.total = round(self.run.read / part) if part else None
                bar.n = self.run.read
                bar.set_postfix_str(self.run.phase)
                bar.refresh()
