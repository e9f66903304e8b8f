"""Rows by columns of any measure, as a spreadsheet's pivot table: every cell with the worklogs behind it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs.filters import WorklogFilter
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group
from worklogs.reports.tallies import tallies

MEASURES: Mapping[str, str | Promise] = {
    "hours": gettext_lazy("Hours"),
    "billable": gettext_lazy("Billable hours"),
    "worklogs": gettext_lazy("Worklogs"),
    "people": gettext_lazy("People"),
}
IN_SECONDS = ("hours", "billable")
MOST_COLUMNS = 400  # a year of days; of other dimensions the largest, and the rest together
SHOWN_COLUMNS = 40


@dataclass(frozen=True)
class Cell:
    amount: int  # seconds, or a count
    query: str  # of its worklogs; empty where several columns are added up


@dataclass(frozen=True)
class PivotRow:
    group: Group
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Pivot:
    """`people` is counted, not added: its totals count everybody once, so they are less than the sum of the cells."""

    rows_by: Dimension
    columns_by: Dimension | None
    measure: str
    columns: tuple[Group, ...]
    rows: tuple[PivotRow, ...]
    column_totals: tuple[Cell, ...]
    total: Cell

    @property
    def is_in_seconds(self) -> bool:
        return self.measure in IN_SECONDS

    @property
    def largest(self) -> int:
        return max((cell.amount for row in self.rows for cell in row.cells), default=0)


class Amounts:
    """Sums of a measure by keys. People are sets, so that who stands in two cells counts once in their total."""

    def __init__(self) -> None:
        self.sums: defaultdict[Any, int] = defaultdict(int)
        self.people: defaultdict[Any, set[int]] = defaultdict(set)

    def add(self, key: Any, amount: int, person: int | None) -> None:
        if person is None:
            self.sums[key] += amount
        else:
            self.people[key].add(person)
            self.sums[key] = len(self.people[key])

    def together(self, keys: Iterable[Any]) -> int:
        if self.people:
            return len(set().union(*[self.people.get(key, set()) for key in keys]))
        return sum(self.sums.get(key, 0) for key in keys)


def pivot(chosen: WorklogFilter, rows: str, columns: str = "", measure: str = "hours") -> Pivot:
    """Dimensions of time stand in their order and without gaps as columns; everything else by amount."""
    rows_by, columns_by = DIMENSIONS[rows], DIMENSIONS.get(columns)
    cells, by_row, by_column, all_of_it = Amounts(), Amounts(), Amounts(), Amounts()
    for (row, column, person), amount in _amounts(chosen, rows_by, columns_by, measure):
        cells.add((row, column), amount, person)
        by_row.add(row, amount, person)
        by_column.add(column, amount, person)
        all_of_it.add(None, amount, person)
    shown, rest = _columns(chosen, columns_by, by_column)
    groups = rows_by.groups(list(by_row.sums))
    named = columns_by.groups(shown) if columns_by else {}

    def cell(amount: int, row: Group | None, column: Group | None) -> Cell:
        narrowed = rows_by.narrowed(chosen, row.key) if row else chosen
        return Cell(amount, (columns_by.narrowed(narrowed, column.key) if columns_by and column else narrowed).query())

    def line(row: Any) -> tuple[Cell, ...]:
        found = [cell(cells.sums.get((row, each), 0), groups[row], named[each]) for each in shown]
        return (*found, *([Cell(cells.together((row, each) for each in rest), "")] if rest else []))

    return Pivot(
        rows_by,
        columns_by,
        measure,
        columns=(*[named[each] for each in shown], *([_others(len(rest))] if rest else [])),
        rows=tuple(
            PivotRow(groups[row], line(row), cell(amount, groups[row], None))
            for row, amount in _in_order(by_row.sums, rows_by)
        ),
        column_totals=(
            *[cell(by_column.sums.get(each, 0), None, named[each]) for each in shown],
            *([Cell(by_column.together(rest), "")] if rest else []),
        ),
        total=cell(all_of_it.sums.get(None, 0), None, None),
    )


def _amounts(
    chosen: WorklogFilter, rows_by: Dimension, columns_by: Dimension | None, measure: str
) -> Iterable[tuple[tuple[Any, Any, int | None], int]]:
    by = [rows_by.column, *([columns_by.column] if columns_by else []), *(["person"] if measure == "people" else [])]
    distinct = list(dict.fromkeys(by))
    for found, tally in tallies(chosen, *distinct).items():
        if not tally.worklogs:
            continue
        values = dict(zip(distinct, found, strict=True))
        row = rows_by.value_of(values[rows_by.column])
        column = columns_by.value_of(values[columns_by.column]) if columns_by else None
        person = values["person"] if measure == "people" else None
        amount = {"hours": tally.seconds, "billable": tally.billable_seconds}.get(measure, tally.worklogs)
        yield (row, column, person), amount


def _columns(chosen: WorklogFilter, columns_by: Dimension | None, sums: Amounts) -> tuple[list[Any], list[Any]]:
    """Those that stand alone, and those that are added up in the last one."""
    if columns_by is None:
        return [], []
    if columns_by.is_time:
        every = list(columns_by.values_in(chosen.period))
        return every[:MOST_COLUMNS], every[MOST_COLUMNS:]
    ranked = [value for value, _amount in _in_order(sums.sums, columns_by)]
    return ranked[:SHOWN_COLUMNS], ranked[SHOWN_COLUMNS:]


def _in_order(sums: Mapping[Any, int], dimension: Dimension) -> list[tuple[Any, int]]:
    if dimension.is_time or dimension.name == "weekday":
        return sorted(sums.items())
    return sorted(sums.items(), key=lambda item: (-item[1], str(item[0])))


def _others(count: int) -> Group:
    return Group("", _("%(n)s more") % {"n": count})
