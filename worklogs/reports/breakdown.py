"""A filter's worklogs by one dimension, or by two: rows, columns, and totals that they always add up to."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worklogs.filters import WorklogFilter
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group
from worklogs.reports.tallies import Tally, summed, tallies
from worklogs.reports.without_hours import paths_of_everyone


@dataclass(frozen=True)
class Row:
    """`query` chooses the worklogs of the row."""

    group: Group
    tally: Tally
    query: str


@dataclass(frozen=True)
class Breakdown:
    dimension: Dimension
    rows: tuple[Row, ...]
    total: Tally


def breakdown(chosen: WorklogFilter, by: str) -> Breakdown:
    """Days, weeks, months and weekdays in their order, everything else by hours, the most first."""
    dimension = DIMENSIONS[by]
    found = by_value(chosen, dimension)
    groups = dimension.groups(list(found))
    rows = (
        Row(groups[value], tally, dimension.narrowed(chosen, groups[value].key).query())
        for value, tally in ordered(found, dimension)
    )
    return Breakdown(dimension, tuple(rows), summed(found.values()))


def by_value(chosen: WorklogFilter, dimension: Dimension) -> dict[Any, Tally]:
    found: defaultdict[Any, Tally] = defaultdict(Tally)
    for (value,), tally in tallies(chosen, dimension.column).items():
        found[dimension.value_of(value)] += tally
    return {value: tally for value, tally in found.items() if tally.worklogs}


def by_path(
    chosen: WorklogFilter, levels: Sequence[Dimension], *, has_zeros: bool = False
) -> dict[tuple[Any, ...], Tally]:
    """Of each level's rows: (team,) and (team, person); and of all together, which is ()."""
    found: defaultdict[tuple[Any, ...], Tally] = defaultdict(Tally)
    columns = list(dict.fromkeys(level.column for level in levels))
    for values, tally in tallies(chosen, *columns).items():
        if tally.worklogs:
            path = tuple(level.value_of(values[columns.index(level.column)]) for level in levels)
            for length in range(len(path) + 1):
                found[path[:length]] += tally
    for path in paths_of_everyone(chosen, levels) if has_zeros else ():
        found[path] += Tally()
    return dict(found)


def ordered(found: Mapping[Any, Tally], dimension: Dimension) -> list[tuple[Any, Tally]]:
    in_order: Callable[[tuple[Any, Tally]], Any] = lambda item: item[0]  # noqa: E731
    by_hours: Callable[[tuple[Any, Tally]], Any] = lambda item: (-item[1].seconds, str(item[0]))  # noqa: E731
    is_ordered = dimension.is_time or dimension.name == "weekday"
    return sorted(found.items(), key=in_order if is_ordered else by_hours)
