import csv
import json
from dataclasses import replace
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils import timezone

from accounts.management.company_option import company_named
from accounts.models import Company
from accounts.spreadsheets import harmless
from accounts.tenancy import company_scope
from worklogs.filters import NONE, BadFilter, WorklogFilter
from worklogs.hours import h_mm
from worklogs.models import JiraInstance
from worklogs.periods import BadPeriod
from worklogs.reports.breakdown import Breakdown, Row, breakdown
from worklogs.reports.dimensions import DIMENSIONS

COLUMNS = ("key", "label", "seconds", "worklogs")


class Command(BaseCommand):
    help = "Prints the hours of a period by one dimension. The rows always add up to the total."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--from", dest="first", metavar="DAY")
        parser.add_argument("--to", dest="last", metavar="DAY")
        parser.add_argument("--by", required=True, choices=list(DIMENSIONS))
        parser.add_argument("--instance", metavar="NAME")
        parser.add_argument("--query", help="what the address of a page has behind its ?, as team=core&q=review")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        with company_scope(company):
            found = breakdown(filter_of(company, options), options["by"])
        getattr(self, f"print_{options['format']}")(found)

    def print_json(self, found: Breakdown) -> None:
        rows = [dict(zip(COLUMNS, told(row, found), strict=True)) for row in found.rows]
        self.stdout.write(json.dumps({"total_seconds": found.total.seconds, "rows": rows}, ensure_ascii=False))

    def print_csv(self, found: Breakdown) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(harmless, told(row, found)) for row in found.rows)

    def print_table(self, found: Breakdown) -> None:
        lines = [(*told(row, found)[:2], row.tally) for row in found.rows]
        names = [on_one_line(key if key == label else f"{key} {label}") for key, label, _tally in lines] + ["Total"]
        width = max(map(len, names))
        for name, tally in zip(names, [*(tally for *_, tally in lines), found.total], strict=True):
            self.stdout.write(f"{name:<{width}}  {h_mm(tally.seconds):>12}  {tally.worklogs:>8}")


def filter_of(company: Company, options: dict[str, Any]) -> WorklogFilter:
    """The page's under the query; the days and the instance that have options of their own replace those in it."""
    days = {name: options[option] for name, option in (("from", "first"), ("to", "last")) if options[option]}
    if options["query"] is None and len(days) < 2:
        raise CommandError("Which days: --from and --to, or --query with the address of a page.", returncode=2)
    try:
        query = QueryDict((options["query"] or "").removeprefix("?"), mutable=True)
        query.update(days)
        chosen = WorklogFilter.from_query(query, timezone.localdate(timezone=company.zone), company.week_start)
    except (BadPeriod, BadFilter, TooManyFieldsSent) as error:
        raise CommandError(str(error), returncode=2) from error
    return replace(chosen, instances=slugs_of(options["instance"]) or chosen.instances)


def told(row: Row, found: Breakdown) -> tuple[Any, ...]:
    """For programs: the key as Jira writes it, empty for those without one, and days as in ISO 8601."""
    key = row.group.code or ("" if row.group.key == NONE else row.group.key)
    label = row.group.key if found.dimension.is_time else row.group.label
    return key, label, row.tally.seconds, row.tally.worklogs


def on_one_line(text: str) -> str:
    """Text from outside without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def slugs_of(name: str | None) -> tuple[str, ...]:
    if not name:
        return ()
    instance = JiraInstance.objects.filter(name=name).first()
    if instance is None:
        known = ", ".join(JiraInstance.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no instance “{name}”. Known: {known}.", returncode=2)
    return (instance.slug,)
