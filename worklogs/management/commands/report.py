import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils import timezone

from accounts.management.company_option import company_named
from accounts.models import Company
from accounts.spreadsheets import csv_rows
from accounts.tenancy import company_scope
from worklogs.coverage import Coverage, comparable, coverage, with_first_days
from worklogs.filters import NONE, BadFilter, WorklogFilter
from worklogs.former_names import by_present_names
from worklogs.hours import h_mm
from worklogs.models import JiraInstance
from worklogs.periods import BadPeriod
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.grouped import Grouped, GroupRow, grouped
from worklogs.reports.named import names_of, unknown
from worklogs.reports.pivot import compared_with
from worklogs.reports.tallies import Tally

COLUMNS, THEN = ("key", "label", "seconds", "worklogs"), ("then_key", "then_label")


class Command(BaseCommand):
    help = "Print hours grouped by one or two dimensions. Rows add up to the total."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--from", dest="first", metavar="DAY")
        parser.add_argument("--to", dest="last", metavar="DAY")
        parser.add_argument("--by", required=True, choices=list(DIMENSIONS))
        parser.add_argument("--then", choices=list(DIMENSIONS), help="second level of grouping")
        parser.add_argument("--instance", metavar="NAME")
        query_help = "the part of a page's address after ?, for example team=core&q=review"
        parser.add_argument("--query", help=query_help)
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        now = timezone.now().astimezone(company.zone)
        levels = list(dict.fromkeys(name for name in (options["by"], options["then"]) if name))
        with company_scope(company):
            instances = with_first_days()
            chosen = comparable(filter_of(company, options), instances)
            self.tell_unknown(chosen, instances)
            found = grouped(chosen, levels, shown=(sys.maxsize, sys.maxsize))
            covers = coverage(chosen, now, instances)
            more = beside(chosen, covers) if options["format"] == "json" else {}
        if options["format"] == "json":
            self.print_json(found, more)
            return
        getattr(self, f"print_{options['format']}")(found)
        if covers.text:
            self.stderr.write(covers.text)  # beside the rows, which programs read

    def tell_unknown(self, chosen: WorklogFilter, instances: Iterable[JiraInstance]) -> None:
        """Beside the report, as a page does: they match nothing."""
        for note in unknown(chosen, names_of(chosen, {each.slug: each for each in instances}, None)):
            self.stderr.write(on_one_line(note))

    def print_json(self, found: Grouped, more: dict[str, Any]) -> None:
        told = {"total_seconds": found.total.seconds, "rows": nested(found)} | more
        self.stdout.write(json.dumps(told, ensure_ascii=False))

    def print_csv(self, found: Grouped) -> None:
        for line in csv_rows(finest_rows(found)):
            self.stdout.write(line.removesuffix("\r\n"))  # ends as every line of a terminal does

    def print_table(self, found: Grouped) -> None:
        lines = [*table_lines(found), ("Total", found.total)]
        width = max(len(name) for name, _tally in lines)
        for name, tally in lines:
            self.stdout.write(f"{name:<{width}}  {h_mm(tally.seconds):>12}  {tally.worklogs:>8}")


def finest_rows(found: Grouped) -> Iterator[tuple[Any, ...]]:
    """With their heading; those that hold others are left out, so that the rows add up."""
    yield (*COLUMNS[:2], *THEN, *COLUMNS[2:]) if any(row.within for row in found.rows) else COLUMNS
    for row in found.rows:
        if row.within is None:
            yield told(row, found)
            continue
        for each in row.within.rows:
            yield (*told(row, found)[:2], *told(each, row.within))


def nested(found: Grouped) -> list[dict[str, Any]]:
    within = [{"rows": nested(row.within)} if row.within else {} for row in found.rows]
    return [
        dict(zip(COLUMNS, told(row, found), strict=True)) | rows for row, rows in zip(found.rows, within, strict=True)
    ]


def table_lines(found: Grouped, indent: str = "") -> Iterator[tuple[str, Tally]]:
    for row in found.rows:
        key, label = told(row, found)[:2]
        yield indent + on_one_line(key if key == label else f"{key} {label}"), row.tally
        if row.within:
            yield from table_lines(row.within, "  ")


def filter_of(company: Company, options: dict[str, Any]) -> WorklogFilter:
    """The page's under the query; the days and the instance that have options of their own replace those in it."""
    days = {name: options[option] for name, option in (("from", "first"), ("to", "last")) if options[option]}
    if options["query"] is None and len(days) < 2:
        raise CommandError("Set the period with --from and --to, or with --query.", returncode=2)
    try:
        query = QueryDict((options["query"] or "").removeprefix("?"), mutable=True)
        query.update(days)
        today = timezone.localdate(timezone=company.zone)
        chosen = by_present_names(WorklogFilter.from_query(query, today, company.week_start))
    except (BadPeriod, BadFilter, TooManyFieldsSent) as error:
        raise CommandError(str(error), returncode=2) from error
    return replace(chosen, instances=slugs_of(options["instance"]) or chosen.instances)


def beside(chosen: WorklogFilter, covers: Coverage) -> dict[str, Any]:
    """What the total is compared with, null where with nothing, and what of the instances is in it."""
    days, compared = chosen.period.compared, None
    if days:
        found = compared_with(chosen, "hours")
        compared = {"from": str(days.first), "to": str(days.last), "seconds": found.before, "change": found.change}
    lacks = [{"instance": each.instance, "reason": each.reason} for each in covers.lacks]
    covered = {"instances": covers.instances, "covered": covers.covered, "lacking": lacks, "text": covers.text}
    return {"compared": compared, "coverage": covered}


def told(row: GroupRow, found: Grouped) -> tuple[Any, ...]:
    """For programs: the key as Jira writes it, empty for those without one, and days as in ISO 8601."""
    key = row.group.code or ("" if row.group.key == NONE else row.group.key)
    label = row.group.key if found.by.is_time else row.group.label
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
        raise CommandError(f"Unknown instance “{name}”. Instances: {known}.", returncode=2)
    return (instance.slug,)
