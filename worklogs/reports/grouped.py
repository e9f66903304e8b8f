"""The worklogs of a filter in groups of one or two levels, with the subtotal of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worklogs.filters import WorklogFilter
from worklogs.reports.breakdown import ordered
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, Groups, page_of
from worklogs.reports.tallies import Tally, summed, tallies

FIRST, SECOND = 100, 20  # groups that are shown of each level; the rest is added up
LEVELS = 2


@dataclass(frozen=True)
class GroupRow:
    group: Group
    url: str
    query: str
    tally: Tally
    share: float | None
    within: "Grouped | None" = None


@dataclass(frozen=True)
class Grouped:
    """The rows shown and what the others come to: together the total."""

    by: Dimension
    rows: tuple[GroupRow, ...]
    more: int
    more_tally: Tally
    total: Tally


def grouped(chosen: WorklogFilter, by: Sequence[str], *, shown: tuple[int, int] = (FIRST, SECOND)) -> Grouped:
    """By one or two different dimensions. As many statements as levels, and one."""
    levels = [DIMENSIONS[name] for name in by]
    cells: defaultdict[tuple[Any, ...], Tally] = defaultdict(Tally)
    columns = list(dict.fromkeys(level.column for level in levels))
    for found, tally in tallies(chosen, *columns).items():
        told = dict(zip(columns, found, strict=True))
        cells[tuple(level.value_of(told[level.column]) for level in levels)] += tally
    names = [level.groups({key[place] for key in cells}) for place, level in enumerate(levels)]
    return _level(chosen, levels, names, cells, shown)


def _level(
    chosen: WorklogFilter,
    levels: Sequence[Dimension],
    names: Sequence[Groups],
    cells: Mapping[tuple[Any, ...], Tally],
    shown: Sequence[int],
) -> Grouped:
    level, sums = levels[0], defaultdict[Any, Tally](Tally)
    below: defaultdict[Any, dict[tuple[Any, ...], Tally]] = defaultdict(dict)
    for (value, *rest), tally in cells.items():
        sums[value] += tally
        below[value][tuple(rest)] = tally
    ranked, total = ordered(sums, level), summed(sums.values())

    def row(value: Any, tally: Tally) -> GroupRow:
        group = names[0][value]
        narrowed = level.narrowed(chosen, group.key)
        within = _level(narrowed, levels[1:], names[1:], below[value], shown[1:]) if len(levels) > 1 else None
        share = tally.seconds / total.seconds if total.seconds else None
        return GroupRow(group, page_of(group, chosen), narrowed.query(), tally, share, within)

    return Grouped(
        by=level,
        rows=tuple(row(value, tally) for value, tally in ranked[: shown[0]]),
        more=len(ranked[shown[0] :]),
        more_tally=summed(tally for _value, tally in ranked[shown[0] :]),
        total=total,
    )
