"""Rows by columns of any measure, as a spreadsheet's pivot table: every cell with the worklogs behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs.filters import WorklogFilter
from worklogs.hours import in_figures
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, Groups
from worklogs.reports.tallies import Tally, summed, tallies

MEASURES: Mapping[str, str | Promise] = {
    "hours": gettext_lazy("Hours"),
    "billable": gettext_lazy("Billable hours"),
    "worklogs": gettext_lazy("Worklogs"),
    "people": gettext_lazy("People"),
}
IN_SECONDS = ("hours", "billable")
MOST_COLUMNS = 400  # a year of days; of other dimensions the largest, and the rest together
SHOWN_COLUMNS = 40
FEW = 20  # rows or columns that are not shown, as the links of all their cells can name them
REST = object()  # the columns that are not shown


@dataclass(frozen=True)
class Cell:
    amount: int  # seconds, or a count
    query: str  # of its worklogs; empty where there are none, and where more are added up than a link can name


@dataclass(frozen=True)
class PivotRow:
    group: Group
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Pivot:
    """`people` is counted, not added: its totals count everybody once, so they are less than the sum of the cells.

    Groups without a key stand for the rows or columns beyond the most that were asked for, and come last.
    """

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
        return max((cell.amount for row in self.rows if row.group.key for cell in row.cells), default=0)


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

    def of(self, key: Any) -> int:
        return self.sums.get(key, 0)

    def together(self, keys: Iterable[Any]) -> int:
        if self.people:
            return len(set().union(*[self.people.get(key, ()) for key in keys]))
        return sum(self.sums.get(key, 0) for key in keys)


class Counts:
    """A filter's amounts by row and column, before any of them has a name or a link."""

    def __init__(self, chosen: WorklogFilter, rows: str, columns: str = "", measure: str = "hours") -> None:
        self.chosen, self.measure = chosen, measure
        self.rows_by, self.columns_by = DIMENSIONS[rows], DIMENSIONS.get(columns)
        self.cells, self.by_row, self.by_column, self.whole = Amounts(), Amounts(), Amounts(), Amounts()
        for (row, column, person), amount in _amounts(chosen, self.rows_by, self.columns_by, measure):
            self.cells.add((row, column), amount, person)
            self.by_row.add(row, amount, person)
            self.by_column.add(column, amount, person)
            self.whole.add(None, amount, person)
        self.columns_of: defaultdict[Any, list[Any]] = defaultdict(list)
        for row, column in self.cells.sums:
            self.columns_of[row].append(column)

    @property
    def total(self) -> int:
        return self.whole.of(None)

    def rows(self) -> list[Any]:
        """Times and weekdays in their order, everything else by amount, the most first."""
        return _in_order(self.by_row.sums, self.rows_by)

    def columns(self, most: int | None = None) -> tuple[list[Any], list[Any]]:
        """Those that stand alone, and those that are added up in the last one. Times come without gaps."""
        if self.columns_by is None:
            return [], []
        if self.columns_by.is_time:
            every, usual = list(self.columns_by.values_in(self.chosen.period)), MOST_COLUMNS
        else:
            every, usual = _in_order(self.by_column.sums, self.columns_by), SHOWN_COLUMNS
        most = most or usual
        return every[:most], every[most:]

    def line(self, rows: Sequence[Any], shown: Sequence[Any], has_rest: bool) -> list[int]:
        """The amounts of a row, or of several together, in the columns that are shown, and in the rest as one."""
        keys: defaultdict[Any, list[Any]] = defaultdict(list)
        alone = set(shown)
        for row in rows:
            for column in self.columns_of[row]:
                keys[column if column in alone else REST].append((row, column))
        return [self.cells.together(keys[each]) if each in keys else 0 for each in [*shown, *([REST] * has_rest)]]

    def column_totals(self, shown: Sequence[Any], rest: Sequence[Any]) -> list[int]:
        return [self.by_column.of(each) for each in shown] + ([self.by_column.together(rest)] if rest else [])


def pivot(
    chosen: WorklogFilter,
    rows: str,
    columns: str = "",
    measure: str = "hours",
    *,
    most_rows: int | None = None,
    most_columns: int | None = None,
) -> Pivot:
    """Three statements: the sums, and the names of rows and of columns."""
    counts = Counts(chosen, rows, columns, measure)
    shown, rest = counts.columns(most_columns)
    every = counts.rows()
    alone, others = every[:most_rows], every[len(every[:most_rows]) :]
    groups = counts.rows_by.named(alone, every) if alone else {}
    named = counts.columns_by.named(shown, [*shown, *rest]) if counts.columns_by and shown else {}
    links = Links(chosen, counts.rows_by, counts.columns_by, _keys(counts, named, shown, rest))
    found = [_row(counts, row, groups[row], links, shown, bool(rest)) for row in alone]
    if others:
        link = links.of_row(*counts.rows_by.keys(others, groups, FEW))
        cells = tuple(_cells(counts.line(others, shown, bool(rest)), link))
        total = Cell(counts.by_row.together(others), counts.rows_by.together(chosen, others, groups))
        found.append(PivotRow(others_group(len(others)), cells, total))
    return Pivot(
        counts.rows_by,
        counts.columns_by,
        measure,
        columns=(*[named[each] for each in shown], *([others_group(len(rest))] if rest else [])),
        rows=tuple(found),
        column_totals=tuple(_cells(counts.column_totals(shown, rest), links.of_columns())),
        total=Cell(counts.total, chosen.query()),
    )


def _keys(counts: Counts, named: Groups, shown: Sequence[Any], rest: Sequence[Any]) -> list[tuple[str, ...]]:
    """Of each column, and of the rest; none where its link would be too long, or would lose what the row has said."""
    found: list[tuple[str, ...]] = [(named[each].key,) for each in shown]
    if counts.columns_by and rest:
        is_same = counts.columns_by is counts.rows_by and not counts.columns_by.is_time
        found.append(() if is_same else counts.columns_by.keys(rest, named, FEW))
    return found


def _row(counts: Counts, row: Any, group: Group, links: "Links", shown: list[Any], has_rest: bool) -> PivotRow:
    cells = tuple(_cells(counts.line([row], shown, has_rest), links.of_row(group.key)))
    return PivotRow(group, cells, Cell(counts.by_row.of(row), links.row(group)))


def _cells(amounts: Sequence[int], link: Callable[[int], str]) -> Iterator[Cell]:
    for number, amount in enumerate(amounts):
        yield Cell(amount, link(number) if amount else "")


class Links:
    """The queries of cells. A page has thousands, so they are put together of pieces of text: `team=core`."""

    def __init__(
        self, chosen: WorklogFilter, rows_by: Dimension, columns_by: Dimension | None, columns: list[tuple[str, ...]]
    ) -> None:
        """`columns` are their keys; one of several is the rest, one of none leads nowhere."""
        self.chosen, self.rows_by, self.columns_by, self.columns = chosen, rows_by, columns_by, columns
        whole = _pieces(chosen.query())
        each = [_pieces(self._narrowed(chosen, keys)) if keys else {} for keys in columns]
        self.told = {name for pieces in each for name, piece in pieces.items() if piece != whole.get(name)}
        self.of_column = ["&".join(piece for name, piece in pieces.items() if name in self.told) for pieces in each]
        # A day within a month, or a person by the same person, narrows what the row has narrowed.
        self.is_nested = columns_by is not None and (columns_by is rows_by or columns_by.is_time and rows_by.is_time)

    def _narrowed(self, chosen: WorklogFilter, keys: tuple[str, ...]) -> str:
        return self.columns_by.narrowed(chosen, *keys).query() if self.columns_by else ""

    def row(self, group: Group) -> str:
        return self.rows_by.narrowed(self.chosen, group.key).query()

    def of_row(self, *keys: str) -> Callable[[int], str]:
        """By the number of the column; empty where that has no keys, or the row has none."""
        if not keys:
            return lambda _at: ""
        narrowed = self.rows_by.narrowed(self.chosen, *keys)
        if self.is_nested:
            return lambda at: self._narrowed(narrowed, self.columns[at]) if self._has(at) else ""
        return self._joined(_pieces(narrowed.query()))

    def of_columns(self) -> Callable[[int], str]:
        return self._joined(_pieces(self.chosen.query()))

    def _joined(self, pieces: Mapping[str, str]) -> Callable[[int], str]:
        kept = "&".join(piece for name, piece in pieces.items() if name not in self.told)
        return lambda at: f"?{'&'.join(filter(None, (kept, self.of_column[at])))}" if self._has(at) else ""

    def _has(self, at: int) -> bool:
        return at < len(self.columns) and bool(self.columns[at])


def _pieces(query: str) -> dict[str, str]:
    """`?a=1&b=2&b=3` as a: `a=1`, b: `b=2&b=3`."""
    found: dict[str, str] = {}
    for piece in query.removeprefix("?").split("&"):
        name = piece.partition("=")[0]
        found[name] = f"{found[name]}&{piece}" if name in found else piece
    return found


def _amounts(
    chosen: WorklogFilter, rows_by: Dimension, columns_by: Dimension | None, measure: str
) -> Iterator[tuple[tuple[Any, Any, int | None], int]]:
    by = [rows_by.column, *([columns_by.column] if columns_by else []), *(["person"] if measure == "people" else [])]
    distinct = list(dict.fromkeys(by))
    at = {column: number for number, column in enumerate(distinct)}
    for found, tally in tallies(chosen, *distinct).items():
        if not tally.worklogs:
            continue
        row = rows_by.value_of(found[at[rows_by.column]])
        column = columns_by.value_of(found[at[columns_by.column]]) if columns_by else None
        person = found[at["person"]] if measure == "people" else None
        yield (row, column, person), _amount(tally, measure)


def whole_of(chosen: WorklogFilter, measure: str) -> int:
    """What the whole filter comes to, as the total of a pivot. One statement."""
    if measure == "people":
        return sum(1 for tally in tallies(chosen, "person").values() if tally.worklogs)
    return _amount(summed(tallies(chosen, "instance").values()), measure)


def _amount(tally: Tally, measure: str) -> int:
    return {"hours": tally.seconds, "billable": tally.billable_seconds}.get(measure, tally.worklogs)


def _in_order(sums: Mapping[Any, int], dimension: Dimension) -> list[Any]:
    if dimension.is_time or dimension.name == "weekday":
        return sorted(sums)
    return sorted(sums, key=lambda value: (-sums[value], str(value)))


def others_group(count: int) -> Group:
    return Group("", _("%(n)s more") % {"n": in_figures(f"{count:,}")})
