"""The worklogs of a filter in groups of one or two levels, with the subtotal of each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worklogs.filters import NAMED, WorklogFilter
from worklogs.reports.breakdown import ordered
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, Groups, page_of
from worklogs.reports.tallies import Tally, summed, tallies

FIRST, SECOND = 100, 10  # groups that are shown of each level; the rest is added up
NAMED_WITHIN = 20  # groups that a link of the second level names: a page has a hundred of these
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
    """The rows shown and what the others come to: together the total. `more_query` is empty where no link can name the
    others."""

    by: Dimension
    rows: tuple[GroupRow, ...]
    more: int
    more_tally: Tally
    more_query: str
    total: Tally


Sums = dict[Any, Tally]


def grouped(chosen: WorklogFilter, by: Sequence[str], *, shown: tuple[int, int] = (FIRST, SECOND)) -> Grouped:
    """By one or two different dimensions. As many statements as levels, and one; only what is shown gets a name."""
    levels = [DIMENSIONS[name] for name in by]
    first, second = levels[0], levels[1] if len(levels) > 1 else None
    sums, below = sums_of(chosen, first, second)
    tops = dict(ordered(sums, first)[: shown[0]])
    names = first.named(tops, sums)
    inner = {value: dict(ordered(below[value], second)[: shown[1]]) for value in tops} if second else {}
    inner_names = second.named(_all(inner), _all({value: below[value] for value in tops})) if second else {}

    def within(value: Any, narrowed: WorklogFilter) -> Grouped | None:
        return _grouped(narrowed, second, below[value], inner[value], inner_names, NAMED_WITHIN) if second else None

    return _grouped(chosen, first, sums, tops, names, NAMED, within)


def _all(groups: Mapping[Any, Sums]) -> set[Any]:
    return {value for sums in groups.values() for value in sums}


def sums_of(chosen: WorklogFilter, first: Dimension, second: Dimension | None) -> tuple[Sums, dict[Any, Sums]]:
    sums: defaultdict[Any, Tally] = defaultdict(Tally)
    below: defaultdict[Any, defaultdict[Any, Tally]] = defaultdict(lambda: defaultdict(Tally))
    columns = list(dict.fromkeys((first.column, (second or first).column)))
    for found, tally in tallies(chosen, *columns).items():
        value = first.value_of(found[0])
        sums[value] += tally
        if second:
            below[value][second.value_of(found[-1])] += tally
    return sums, {value: dict(parts) for value, parts in below.items()}


def _grouped(
    chosen: WorklogFilter,
    by: Dimension,
    sums: Sums,
    shown: Sums,
    names: Groups,
    most_named: int,
    within: Callable[[Any, WorklogFilter], Grouped | None] = lambda _value, _narrowed: None,
) -> Grouped:
    total = summed(sums.values())

    def row(value: Any, tally: Tally) -> GroupRow:
        group, narrowed = names[value], by.narrowed(chosen, names[value].key)
        share = tally.seconds / total.seconds if total.seconds else None
        return GroupRow(group, page_of(group, chosen), narrowed.query(), tally, share, within(value, narrowed))

    return Grouped(
        by=by,
        rows=tuple(row(value, tally) for value, tally in shown.items()),
        more=len(sums) - len(shown),
        more_tally=summed(tally for value, tally in sums.items() if value not in shown),
        more_query=by.together(chosen, [value for value in sums if value not in shown], names, most_named),
        total=total,
    )
