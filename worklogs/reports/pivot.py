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
from worklogs.reports.row_order import IN_COLUMN, NameOrder, Path, in_order, in_own_order
from worklogs.reports.tallies import Tallies, Tally, change, compared, summed, tallies
from worklogs.reports.without_hours import paths_of_everyone

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
    """`within` are its rows of the second level, which come to the same."""

    group: Group
    cells: tuple[Cell, ...]
    total: Cell
    within: "tuple[PivotRow, ...]" = ()


@dataclass(frozen=True)
class Pivot:
    """`people` is counted, not added: its totals count everybody once, so they are less than the sum of the cells.

    Groups without a key stand for the rows or columns beyond the most that were asked for, and come last.
    """

    levels: tuple[Dimension, ...]
    columns_by: Dimension | None
    measure: str
    columns: tuple[Group, ...]
    rows: tuple[PivotRow, ...]
    column_totals: tuple[Cell, ...]
    total: Cell
    other_columns: int  # that are added up in the last one

    @property
    def rows_by(self) -> Dimension:
        return self.levels[0]

    @property
    def is_in_seconds(self) -> bool:
        return self.measure in IN_SECONDS

    @property
    def finest(self) -> tuple[PivotRow, ...]:
        """The rows that no others stand within."""
        return tuple(each for row in self.rows for each in row.within or (row,))

    @property
    def largest(self) -> int:
        return max((cell.amount for row in self.finest if row.group.key for cell in row.cells), default=0)


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
    """A filter's amounts by row and column, before any of them has a name or a link. A row goes by its path."""

    def __init__(
        self,
        chosen: WorklogFilter,
        rows: str,
        columns: str = "",
        measure: str = "hours",
        then: str = "",
        *,
        has_zeros: bool = False,
    ) -> None:
        """With `has_zeros`, whoever logged nothing is a row too."""
        self.chosen, self.measure = chosen, measure
        self.levels = tuple(DIMENSIONS[name] for name in (rows, then) if name)
        self.columns_by = DIMENSIONS.get(columns)
        self.cells, self.by_row, self.by_column, self.whole = Amounts(), Amounts(), Amounts(), Amounts()
        for (path, column, person), amount in _amounts(chosen, self.levels, self.columns_by, measure):
            for row in (path[:1], path) if len(path) > 1 else (path,):
                self.cells.add((row, column), amount, person)
                self.by_row.add(row, amount, person)
            self.by_column.add(column, amount, person)
            self.whole.add(None, amount, person)
        for path in paths_of_everyone(chosen, self.levels) if has_zeros else ():
            self.by_row.sums.setdefault(path, 0)
        self.columns_of: defaultdict[Path, list[Any]] = defaultdict(list)
        for row, column in self.cells.sums:
            self.columns_of[row].append(column)
        self.below: defaultdict[Path, list[Path]] = defaultdict(list)
        for row in self.by_row.sums:
            self.below[row[:-1]].append(row)

    @property
    def total(self) -> int:
        return self.whole.of(None)

    def rows_within(self, sort: str, shown: Sequence[Any], rest: Sequence[Any]) -> Callable[[Path], list[Path]]:
        """What gives the rows within a row, and those of the first level within (), in the order of `sort`."""
        columns = self._by_key(shown) if IN_COLUMN in sort else {}

        def cell(path: Path, key: str) -> int:
            if key in columns:
                return self.cells.of((path, columns[key]))
            return 0 if key else self.cells.together([(path, column) for column in rest])

        amount, name = self.by_row.of, NameOrder(self.levels, self.by_row.sums)

        def within(path: Path) -> list[Path]:
            return in_order(self.below[path], self.levels[len(path)], sort, amount=amount, name=name, cell=cell)

        return within

    def _by_key(self, columns: Sequence[Any]) -> dict[str, Any]:
        if self.columns_by is None:
            return {}
        if key_of := self.columns_by.key_of:
            return {key_of(value): value for value in columns}
        return {group.key: value for value, group in self.columns_by.groups(columns).items()}

    def columns(self, most: int | None = None) -> tuple[list[Any], list[Any]]:
        """Those that stand alone, and those that are added up in the last one. Times come without gaps."""
        if self.columns_by is None:
            return [], []
        if self.columns_by.is_time:
            every, usual = list(self.columns_by.values_in(self.chosen.period)), MOST_COLUMNS
        else:
            paths = in_own_order(((each,) for each in self.by_column.sums), self.columns_by, self._of_column)
            every, usual = [value for (value,) in paths], SHOWN_COLUMNS
        most = most or usual
        return every[:most], every[most:]

    def _of_column(self, path: Path) -> int:
        return self.by_column.of(path[0])

    def line(self, rows: Sequence[Path], shown: Sequence[Any], has_rest: bool) -> list[int]:
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
    then: str = "",
    sort: str = "",
    has_zeros: bool = False,
    most_rows: int | None = None,
    most_within: int | None = None,
    most_columns: int | None = None,
) -> Pivot:
    """The sums, and the names of columns and of the rows of each level: a statement each, and one more for each level
    that is sorted by name."""
    counts = Counts(chosen, rows, columns, measure, then, has_zeros=has_zeros)
    shown, rest = counts.columns(most_columns)
    named = counts.columns_by.named(shown, [*shown, *rest]) if counts.columns_by and shown else {}
    links = Links(chosen, counts.levels, counts.columns_by, _keys(counts, named, shown, rest))
    found = _Rows(counts, links, shown, rest, sort)
    return Pivot(
        counts.levels,
        counts.columns_by,
        measure,
        columns=(*[named[each] for each in shown], *([others_group(len(rest))] if rest else [])),
        rows=found.of_first(most_rows, most_within),
        column_totals=tuple(_cells(counts.column_totals(shown, rest), links.of_row(chosen))),
        total=Cell(counts.total, chosen.query()),
        other_columns=len(rest),
    )


def _keys(counts: Counts, named: Groups, shown: Sequence[Any], rest: Sequence[Any]) -> list[tuple[str, ...]]:
    """Of each column, and of the rest; none where its link would be too long, or would lose what the row has said."""
    found: list[tuple[str, ...]] = [(named[each].key,) for each in shown]
    if counts.columns_by and rest:
        is_same = counts.columns_by in counts.levels and not counts.columns_by.is_time
        found.append(() if is_same else counts.columns_by.keys(rest, named, FEW))
    return found


class _Rows:
    """Names rows and links their cells: those that are shown, and the others of each level together as one."""

    def __init__(self, counts: Counts, links: "Links", shown: Sequence[Any], rest: Sequence[Any], sort: str) -> None:
        self.counts, self.links, self.shown, self.rest = counts, links, shown, rest
        self.rows_within = counts.rows_within(sort, shown, rest)

    def of_first(self, most: int | None, most_within: int | None) -> tuple[PivotRow, ...]:
        tops = self.rows_within(())
        inner = {top: self.rows_within(top) for top in tops[:most]} if len(self.counts.levels) > 1 else {}
        names = [self._names([tops], most), self._names(list(inner.values()), most_within)]

        def within(path: Path, narrowed: WorklogFilter) -> tuple[PivotRow, ...]:
            return tuple(self._level(inner[path], most_within, names[1], narrowed)) if inner else ()

        return tuple(self._level(tops, most, names[0], self.counts.chosen, within))

    def _names(self, lists: Sequence[Sequence[Path]], most: int | None) -> Groups:
        """Of the rows of a level, by value, in one statement."""
        every = list(dict.fromkeys(path[-1] for paths in lists for path in paths))
        alone = list(dict.fromkeys(path[-1] for paths in lists for path in paths[:most]))
        level = self.counts.levels[len(lists[0][0]) - 1] if lists and lists[0] else self.counts.levels[0]
        return level.named(alone, every) if alone else {}

    def _level(
        self,
        paths: Sequence[Path],
        most: int | None,
        names: Groups,
        narrowed: WorklogFilter,
        within: "Callable[[Path, WorklogFilter], tuple[PivotRow, ...]]" = lambda _path, _narrowed: (),
    ) -> Iterator[PivotRow]:
        alone, others = paths[:most], paths[len(paths[:most]) :]
        for path in alone:
            group, level = names[path[-1]], self.counts.levels[len(path) - 1]
            own = level.narrowed(narrowed, group.key)
            total = Cell(self.counts.by_row.of(path), own.query())
            yield PivotRow(group, self._line([path], own), total, within(path, own))
        if others:
            yield self._others(alone, others, names, narrowed)

    def _others(
        self, alone: Sequence[Path], others: Sequence[Path], names: Groups, narrowed: WorklogFilter
    ) -> PivotRow:
        level, values = self.counts.levels[len(others[0]) - 1], [path[-1] for path in others]
        # A link names times by the first and the last of them: none, where one that is shown lies between.
        is_torn = level.is_time and any(min(values) < path[-1] < max(values) for path in alone)
        keys = () if is_torn else level.keys(values, names, FEW)
        query = "" if is_torn else level.together(narrowed, values, names)
        cells = self._line(others, level.narrowed(narrowed, *keys) if keys else None)
        return PivotRow(others_group(len(others)), cells, Cell(self.counts.by_row.together(others), query))

    def _line(self, paths: Sequence[Path], narrowed: WorklogFilter | None) -> tuple[Cell, ...]:
        return tuple(_cells(self.counts.line(paths, self.shown, bool(self.rest)), self.links.of_row(narrowed)))


def _cells(amounts: Sequence[int], link: Callable[[int], str]) -> Iterator[Cell]:
    for number, amount in enumerate(amounts):
        yield Cell(amount, link(number) if amount else "")


class Links:
    """The queries of cells. A page has thousands, so they are put together of pieces of text: `team=core`."""

    def __init__(
        self,
        chosen: WorklogFilter,
        levels: Sequence[Dimension],
        columns_by: Dimension | None,
        columns: list[tuple[str, ...]],
    ) -> None:
        """`columns` are their keys; one of several is the rest, one of none leads nowhere."""
        self.columns_by, self.columns = columns_by, columns
        whole = _pieces(chosen.query())
        each = [_pieces(self._narrowed(chosen, keys)) if keys else {} for keys in columns]
        self.told = {name for pieces in each for name, piece in pieces.items() if piece != whole.get(name)}
        self.of_column = ["&".join(piece for name, piece in pieces.items() if name in self.told) for pieces in each]
        # A day within a month, or a person by the same person, narrows what the row has narrowed.
        has_time = any(level.is_time for level in levels)
        self.is_nested = columns_by is not None and (columns_by in levels or columns_by.is_time and has_time)

    def _narrowed(self, chosen: WorklogFilter, keys: tuple[str, ...]) -> str:
        return self.columns_by.narrowed(chosen, *keys).query() if self.columns_by else ""

    def of_row(self, narrowed: WorklogFilter | None) -> Callable[[int], str]:
        """By the number of the column; empty where that has no keys, or the row cannot be named."""
        if narrowed is None:
            return lambda _at: ""
        if self.is_nested:
            return lambda at: self._narrowed(narrowed, self.columns[at]) if self._has(at) else ""
        return self._joined(_pieces(narrowed.query()))

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
    chosen: WorklogFilter, levels: Sequence[Dimension], columns_by: Dimension | None, measure: str
) -> Iterator[tuple[tuple[Path, Any, int | None], int]]:
    by = [level.column for level in levels]
    by += [*([columns_by.column] if columns_by else []), *(["person"] if measure == "people" else [])]
    distinct = list(dict.fromkeys(by))
    at = {column: number for number, column in enumerate(distinct)}
    for found, tally in tallies(chosen, *distinct).items():
        if not tally.worklogs:
            continue
        path = tuple(level.value_of(found[at[level.column]]) for level in levels)
        column = columns_by.value_of(found[at[columns_by.column]]) if columns_by else None
        person = found[at["person"]] if measure == "people" else None
        yield (path, column, person), amount_of(tally, measure)


@dataclass(frozen=True)
class Comparing:
    """The total of a pivot in what its period is compared with; `change` is that of the days up to today."""

    before: int
    change: float | None


def compared_with(chosen: WorklogFilter, measure: str) -> Comparing:
    """One statement."""
    found = compared(chosen, "person" if measure == "people" else "instance")
    so_far, before = (_whole(each, measure) for each in (found.so_far, found.before))
    return Comparing(before, change(so_far, before))


def _whole(cells: Tallies, measure: str) -> int:
    return len(cells) if measure == "people" else amount_of(summed(cells.values()), measure)


def amount_of(tally: Tally, measure: str) -> int:
    return {"hours": tally.seconds, "billable": tally.billable_seconds}.get(measure, tally.worklogs)


def others_group(count: int) -> Group:
    return Group("", _("Other (%(n)s)") % {"n": in_figures(f"{count:,}")})
