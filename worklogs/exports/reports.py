"""Reports as a sheet, or as JSON: rows by one dimension with all their sums, or by two with one measure."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from worklogs.exports.sheet import Cell, Column, Kind, Row, Sheet
from worklogs.exports.sums import columns_of_sums, share_of, sums
from worklogs.filters import WorklogFilter
from worklogs.reports.breakdown import by_value, ordered
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, Groups
from worklogs.reports.pivot import IN_SECONDS, MEASURES, MOST_COLUMNS, Counts, others_group
from worklogs.reports.tallies import Tally, summed

BATCH = 2000  # rows that are named by one statement
CODED = ("project", "epic", "issue")


def report_sheet(chosen: WorklogFilter, rows: str, columns: str = "", measure: str = "hours") -> tuple[Sheet, int]:
    """And how many rows it has. Needs the company scope to be open while its rows are read."""
    return _matrix(chosen, rows, columns, measure) if columns else _list(chosen, rows, measure)


def _list(chosen: WorklogFilter, by: str, measure: str) -> tuple[Sheet, int]:
    dimension = DIMENSIONS[by]
    found = ordered(by_value(chosen, dimension), dimension)
    whole = summed(tally for _value, tally in found)
    people = Counts(chosen, by, "", "people") if measure == "people" else None
    head = _names_of(dimension)
    columns = [
        *head,
        *columns_of_sums(),
        *([Column(str(MEASURES["people"]), Kind.COUNT)] if people else []),
    ]

    def rows() -> Iterator[Row]:
        for items, groups in _named(found, dimension):
            for value, tally in items:
                counted = [people.by_row.of(value)] if people else []
                yield (*_name(dimension, value, groups[value]), *sums(tally, share_of(tally, whole)), *counted)

    def total() -> Row:
        counted = [people.total] if people else []
        return (_("Total"), *[None] * (len(head) - 1), *sums(whole, share_of(whole, whole)), *counted)

    return Sheet(str(dimension.label), tuple(columns), rows(), total), len(found)


def _matrix(chosen: WorklogFilter, rows_by: str, columns_by: str, measure: str) -> tuple[Sheet, int]:
    counts = Counts(chosen, rows_by, columns_by, measure)
    dimension = counts.rows_by
    shown, rest = counts.columns(MOST_COLUMNS)
    head, kind = _names_of(dimension), Kind.HOURS if measure in IN_SECONDS else Kind.COUNT
    totals = [Column(_("Total"), kind)]
    if measure in IN_SECONDS:
        totals += [Column(_("Total (h:mm)"), Kind.CLOCK), Column(_("Total seconds"), Kind.SECONDS)]
    groups = _column_groups(counts, shown, rest)
    columns = [*head, *[Column(_heading(group), kind) for group in groups], *totals]
    found = counts.rows()

    def rows() -> Iterator[Row]:
        for items, named in _named([(value, None) for value in found], dimension):
            for value, _nothing in items:
                cells = [amount or None for amount in counts.line([value], shown, bool(rest))]
                yield (*_name(dimension, value, named[value]), *cells, *[counts.by_row.of(value)] * len(totals))

    def total() -> Row:
        cells = counts.column_totals(shown, rest)
        return (_("Total"), *[None] * (len(head) - 1), *cells, *[counts.total] * len(totals))

    return Sheet(str(dimension.label), tuple(columns), rows(), total), len(found)


def _column_groups(counts: Counts, shown: Sequence[Any], rest: Sequence[Any]) -> list[Group]:
    named = counts.columns_by.groups(shown) if counts.columns_by and shown else {}
    return [named[each] for each in shown] + ([others_group(len(rest))] if rest else [])


def _named(found: Sequence[tuple[Any, Any]], dimension: Dimension) -> Iterator[tuple[list[tuple[Any, Any]], Groups]]:
    """Batches with the names of their rows, since there may be as many rows as issues."""
    rest = iter(found)
    while batch := list(islice(rest, BATCH)):
        yield batch, dimension.groups([value for value, _more in batch])


def _names_of(dimension: Dimension) -> list[Column]:
    label = str(dimension.label)
    if dimension.name == "day":
        return [Column(label, Kind.DAY)]
    if dimension.is_time:
        return [Column(label), Column(_("First day"), Kind.DAY)]
    if dimension.name in CODED:
        return [Column(_("Key"), width=14), Column(label, width=44), Column(_("Instance"))]
    return [Column(label), *([Column(_("Team"))] if dimension.name == "person" else [])]


def _name(dimension: Dimension, value: Any, group: Group) -> tuple[Cell, ...]:
    if dimension.name == "day":
        return (value,)
    if dimension.is_time:
        return group.label, value
    if dimension.name in CODED:
        return group.code, group.label, group.detail
    return (group.label, group.detail) if dimension.name == "person" else (group.label,)


def _heading(group: Group) -> str:
    return f"{group.code} {group.label}".strip() if group.code != group.label else group.label


def report_json(chosen: WorklogFilter, rows: str, columns: str = "", measure: str = "hours") -> dict[str, Any]:
    """Every number is a whole one: seconds, or a count. `key` is what names the row in a query."""
    dimension = DIMENSIONS[rows]
    found = ordered(by_value(chosen, dimension), dimension)
    whole = summed(tally for _value, tally in found)
    counts = Counts(chosen, rows, columns, measure) if columns or measure == "people" else None
    shown, rest = counts.columns(MOST_COLUMNS) if counts else ([], [])
    lines = []
    for items, groups in _named(found, dimension):
        for value, tally in items:
            line: dict[str, Any] = _told(groups[value]) | _in_whole_numbers(tally)
            if counts:
                line["amount"] = counts.by_row.of(value)
            if counts and columns:
                line["cells"] = counts.line([value], shown, bool(rest))
            lines.append(line)
    told: dict[str, Any] = {
        "filter": parse_qs(chosen.query().removeprefix("?")),
        "rows_by": rows,
        "columns_by": columns,
        "measure": measure,
        **{f"total_{name}": value for name, value in _in_whole_numbers(whole).items()},
    }
    if counts:
        told["total_amount"] = counts.total
    if counts and columns:
        told["columns"] = [_told(group) for group in _column_groups(counts, shown, rest)]
        told["column_totals"] = counts.column_totals(shown, rest)
    return told | {"rows": lines}


def _told(group: Group) -> dict[str, str]:
    return {"key": group.key, "label": group.label, "code": group.code, "detail": group.detail}


def _in_whole_numbers(tally: Tally) -> dict[str, int]:
    return {"seconds": tally.seconds, "billable_seconds": tally.billable_seconds, "worklogs": tally.worklogs}
