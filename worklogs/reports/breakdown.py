"""A filter's worklogs by one dimension, or by two: rows, columns, and totals that they always add up to."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worklogs.filters import WorklogFilter
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group
from worklogs.reports.tallies import Tally, summed, tallies


@dataclass(frozen=True)
class Row:
    """`query` chooses the worklogs of the row, `before` is what the period before had of it."""

    group: Group
    tally: Tally
    query: str
    before: Tally = Tally()
    share: float | None = None

    @property
    def change(self) -> float | None:
        before = self.before.seconds
        return (self.tally.seconds - before) / before if before else None


@dataclass(frozen=True)
class Breakdown:
    dimension: Dimension
    rows: tuple[Row, ...]
    total: Tally
    before: Tally


def breakdown(chosen: WorklogFilter, by: str, *, compared: bool = False) -> Breakdown:
    """Days, weeks, months and weekdays in their order, everything else by hours, the most first.

    `compared` adds what the period before had; what only that one had is no row.
    """
    dimension = DIMENSIONS[by]
    found = by_value(chosen, dimension)
    before = by_value(chosen.at(chosen.period.previous), dimension) if compared and not dimension.is_time else {}
    groups = dimension.groups(list(found))
    total = summed(found.values())
    rows = (
        Row(
            groups[value],
            tally,
            dimension.narrowed(chosen, groups[value].key).query(),
            before.get(value, Tally()),
            tally.seconds / total.seconds if total.seconds else None,
        )
        for value, tally in ordered(found, dimension)
    )
    return Breakdown(dimension, tuple(rows), total, summed(before.values()))


def by_value(chosen: WorklogFilter, dimension: Dimension) -> dict[Any, Tally]:
    found: defaultdict[Any, Tally] = defaultdict(Tally)
    for (value,), tally in tallies(chosen, dimension.column).items():
        found[dimension.value_of(value)] += tally
    return {value: tally for value, tally in found.items() if tally.worklogs}


def ordered(found: Mapping[Any, Tally], dimension: Dimension) -> list[tuple[Any, Tally]]:
    in_order: Callable[[tuple[Any, Tally]], Any] = lambda item: item[0]  # noqa: E731
    by_hours: Callable[[tuple[Any, Tally]], Any] = lambda item: (-item[1].seconds, str(item[0]))  # noqa: E731
    is_ordered = dimension.is_time or dimension.name == "weekday"
    return sorted(found.items(), key=in_order if is_ordered else by_hours)
