"""Reports as a sheet, or as JSON: rows by one dimension or two with all their sums, or with columns and one measure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from worklogs.exports.sheet import Cell, Column, Kind, Row, Sheet, hours
from worklogs.exports.sums import columns_of_sums, share_of, sums
from worklogs.filters import WorklogFilter
from worklogs.reports.breakdown import by_path
from worklogs.reports.builder import Ask
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group
from worklogs.reports.pivot import IN_SECONDS, MEASURES, MOST_COLUMNS, Counts, amount_of, others_group
from worklogs.reports.row_order import NameOrder, Path, batches, in_order
from worklogs.reports.tallies import Tally

CODED = ("project", "epic", "issue")
RowsWithin = Callable[[Path], list[Path]]  # of a row; those of the first level are within ()


def report_sheet(chosen: WorklogFilter, ask: Ask) -> tuple[Sheet, int]:
    """And how many rows it has. Needs the company scope to be open while its rows are read."""
    return _matrix(chosen, ask) if ask.columns else _list(chosen, ask)


def _list(chosen: WorklogFilter, ask: Ask) -> tuple[Sheet, int]:
    levels = _levels(ask)
    found = by_path(chosen, levels, has_zeros=ask.has_zeros)
    whole = found.get((), Tally())
    people = _counts(chosen, ask, "") if ask.measure == "people" else None
    head = _heads(levels)
    columns = (*head, *columns_of_sums(), *([Column(str(MEASURES["people"]), Kind.COUNT)] if people else []))

    def cells(path: Path) -> Row:
        counted = [people.by_row.of(path) if path else people.total] if people else []
        return (*sums(found.get(path, Tally()), share_of(found.get(path, Tally()), whole)), *counted)

    def rows() -> Iterator[Row]:
        for path, groups in _named(levels, within):
            yield (*_names(levels, path, groups), *cells(path))

    def total() -> Row:
        return (_("Total"), *[None] * (len(head) - 1), *cells(()))

    within = _order(found, levels, ask, people)
    return Sheet(ask.rows_label, columns, rows(), total), len(found) - bool(found)


def _counts(chosen: WorklogFilter, ask: Ask, columns: str) -> Counts:
    return Counts(chosen, ask.rows, columns, ask.measure, ask.then, has_zeros=ask.has_zeros)


def _order(found: dict[Path, Tally], levels: Sequence[Dimension], ask: Ask, people: Counts | None) -> RowsWithin:
    below: dict[Path, list[Path]] = {}
    for path in found:
        if path:
            below.setdefault(path[:-1], []).append(path)

    name = NameOrder(levels, found)

    def amount(path: Path) -> int:
        return people.by_row.of(path) if people else amount_of(found[path], ask.measure)

    def within(path: Path) -> list[Path]:
        return in_order(below.get(path, []), levels[len(path)], ask.sort, amount=amount, name=name)

    return within


def _matrix(chosen: WorklogFilter, ask: Ask) -> tuple[Sheet, int]:
    """In hours: behind the totals every column stands again, in whole seconds."""
    counts = _counts(chosen, ask, ask.columns)
    shown, rest = counts.columns(MOST_COLUMNS)
    head, labels = _heads(counts.levels), [_heading(group) for group in _column_groups(counts, shown, rest)]
    is_in_seconds, has_share = ask.measure in IN_SECONDS, ask.measure != "people"
    kind = Kind.HOURS if is_in_seconds else Kind.COUNT
    totals = [Column(_("Total"), kind)]
    if is_in_seconds:
        totals += [Column(_("Total (h:mm)"), Kind.CLOCK), Column(_("Total seconds"), Kind.SECONDS)]
    share = [Column(_("Share"), Kind.PERCENT)] if has_share else []
    exact = [hours(label)[1] for label in labels] if is_in_seconds else []
    columns = (*head, *[Column(label, kind) for label in labels], *totals, *share, *exact)

    def cells(amounts: Sequence[int | None], amount: int) -> Row:
        shares = [amount / counts.total if counts.total else None] * len(share)
        return (*amounts, *[amount] * len(totals), *shares, *(amounts if exact else ()))

    def rows() -> Iterator[Row]:
        for path, groups in _named(counts.levels, within):
            line = [amount or None for amount in counts.line([path], shown, bool(rest))]
            yield (*_names(counts.levels, path, groups), *cells(line, counts.by_row.of(path)))

    def total() -> Row:
        return (_("Total"), *[None] * (len(head) - 1), *cells(counts.column_totals(shown, rest), counts.total))

    within = counts.rows_within(ask.sort, shown, rest)
    return Sheet(ask.rows_label, columns, rows(), total), len(counts.by_row.sums)


def _levels(ask: Ask) -> tuple[Dimension, ...]:
    return tuple(DIMENSIONS[name] for name in (ask.rows, ask.then) if name)


def _column_groups(counts: Counts, shown: Sequence[Any], rest: Sequence[Any]) -> list[Group]:
    named = counts.columns_by.groups(shown) if counts.columns_by and shown else {}
    return [named[each] for each in shown] + ([others_group(len(rest))] if rest else [])


def _named(levels: Sequence[Dimension], within: RowsWithin) -> Iterator[tuple[Path, tuple[Group, ...]]]:
    """Each row and, behind it, those within it; named in batches, since there may be as many rows as issues."""
    for tops in batches(within(())):
        names = levels[0].groups([path[0] for path in tops])
        inner = {path: within(path) if len(levels) > 1 else [] for path in tops}
        below = {
            value: group
            for values in batches({path[1] for paths in inner.values() for path in paths})
            for value, group in levels[1].groups(values).items()
        }
        for top in tops:
            yield top, (names[top[0]],)
            for path in inner[top]:
                yield path, (names[top[0]], below[path[1]])


def _heads(levels: Sequence[Dimension]) -> list[Column]:
    return [column for level in levels for column in _names_of(level, levels)]


def _names_of(dimension: Dimension, levels: Sequence[Dimension]) -> list[Column]:
    label = str(dimension.label)
    if dimension.name == "day":
        return [Column(label, Kind.DAY)]
    if dimension.is_time:
        return [Column(label), Column(_("First day"), Kind.DAY)]
    if dimension.name in CODED:
        return [Column(_("Key"), width=14), Column(label, width=44), Column(_("Instance"))]
    return [Column(label), *([Column(_("Team"))] if _has_team(dimension, levels) else [])]


def _has_team(dimension: Dimension, levels: Sequence[Dimension]) -> bool:
    return dimension.name == "person" and all(level.name != "team" for level in levels)


def _names(levels: Sequence[Dimension], path: Path, groups: Sequence[Group]) -> tuple[Cell, ...]:
    """A row of the first level that has others within says that it is their subtotal."""
    cells = [_name(level, levels, value, group) for level, value, group in zip(levels, path, groups, strict=False)]
    told = tuple(cell for each in cells for cell in each)
    if len(path) == len(levels):
        return told
    return (*told, _("Subtotal"), *[None] * (len(_names_of(levels[1], levels)) - 1))


def _name(dimension: Dimension, levels: Sequence[Dimension], value: Any, group: Group) -> tuple[Cell, ...]:
    if dimension.name == "day":
        return (value,)
    if dimension.is_time:
        return group.label, value
    if dimension.name in CODED:
        return group.code, group.label, group.detail
    return (group.label, group.detail) if _has_team(dimension, levels) else (group.label,)


def _heading(group: Group) -> str:
    return f"{group.code} {group.label}".strip() if group.code != group.label else group.label


def report_json(chosen: WorklogFilter, ask: Ask) -> dict[str, Any]:
    """Every number is a whole one: seconds, or a count. `key` is what names the row in a query; rows have `rows`."""
    levels = _levels(ask)
    found = by_path(chosen, levels, has_zeros=ask.has_zeros)
    has_counts = ask.columns or ask.measure == "people"
    counts = _counts(chosen, ask, ask.columns) if has_counts else None
    shown, rest = counts.columns(MOST_COLUMNS) if counts else ([], [])
    within = counts.rows_within(ask.sort, shown, rest) if counts else _order(found, levels, ask, None)
    lines: list[dict[str, Any]] = []
    for path, groups in _named(levels, within):
        line: dict[str, Any] = _told(groups[-1]) | _in_whole_numbers(found[path])
        if counts:
            line["amount"] = counts.by_row.of(path)
        if counts and ask.columns:
            line["cells"] = counts.line([path], shown, bool(rest))
        if len(path) < len(levels):
            line["rows"] = []
        (lines if len(path) == 1 else lines[-1]["rows"]).append(line)
    told: dict[str, Any] = {
        "filter": parse_qs(chosen.query().removeprefix("?")),
        "rows_by": ask.rows,
        "then_by": ask.then,
        "columns_by": ask.columns,
        "measure": ask.measure,
        **{f"total_{name}": value for name, value in _in_whole_numbers(found.get((), Tally())).items()},
    }
    if counts:
        told["total_amount"] = counts.total
    if counts and ask.columns:
        told["columns"] = [_told(group) for group in _column_groups(counts, shown, rest)]
        told["column_totals"] = counts.column_totals(shown, rest)
    return told | {"rows": lines}


def _told(group: Group) -> dict[str, str]:
    return {"key": group.key, "label": group.label, "code": group.code, "detail": group.detail}


def _in_whole_numbers(tally: Tally) -> dict[str, int]:
    return {"seconds": tally.seconds, "billable_seconds": tally.billable_seconds, "worklogs": tally.worklogs}
