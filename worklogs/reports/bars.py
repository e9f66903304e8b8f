"""Hours by one dimension as bars, coloured by instance: the first rows, the rest, those without, and their total."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, Groups, page_of
from worklogs.reports.tallies import Tally, several, summed, tallies

LISTS = {"person": "people", "team": "teams", "epic": "epics", "issue": "issues"}  # pages that show every row


@dataclass(frozen=True)
class BarRow:
    """`query` chooses its worklogs; `url` is its own page, for the same days."""

    group: Group
    url: str
    query: str
    tally: Tally
    share: float | None
    parts: tuple[charts.Part, ...]


@dataclass(frozen=True)
class BarList:
    """`more` counts the rows that are not shown; `all_url` is the page that shows them; `more_query` opens their
    worklogs, and is empty where no link can name so many."""

    by: str
    rows: tuple[BarRow, ...]
    more: int
    more_tally: Tally
    more_query: str
    all_url: str
    without: BarRow | None
    total: Tally
    query: str


def swatches(instances: Sequence[JiraInstance]) -> dict[int, int]:
    """Colour means instance, everywhere: 1 to 8 by the order in which they were added."""
    return {instance.pk: number % 8 + 1 for number, instance in enumerate(instances)}


def other_swatch(number: int) -> int:
    """11 to 18: a colour that no instance has, for teams and whatever else stands beside each other."""
    return number % 8 + 11


def bar_list(chosen: WorklogFilter, by: str, instances: Sequence[JiraInstance], *, top: int = 8) -> BarList:
    """Two statements: the sums, and the names of the rows that are shown."""
    return bars(chosen, by, tallies(chosen, DIMENSIONS[by].column, "instance"), instances, top=top)


def bar_lists(chosen: WorklogFilter, by: Sequence[str], instances: Sequence[JiraInstance]) -> list[BarList]:
    """Of several dimensions: one statement for the sums, and one for the names of each."""
    sums = several(*[(chosen, (DIMENSIONS[each].column, "instance")) for each in by])
    return [bars(chosen, each, cells, instances) for each, cells in zip(by, sums, strict=True)]


def bars(
    chosen: WorklogFilter,
    by: str,
    cells: Mapping[tuple[Any, int], Tally],
    instances: Sequence[JiraInstance],
    *,
    top: int = 8,
    names: Groups | None = None,
) -> BarList:
    """Out of sums by value and instance; the value None is "without", shown apart and last. `names`, if known."""
    dimension, groups = DIMENSIONS[by], _grouped(cells)
    sums = {value: summed(parts.values()) for value, parts in groups.items()}
    total, ranked = summed(sums.values()), _ranked(sums)
    shown = [*ranked[:top], *([None] if None in groups else [])]
    names = names or (dimension.named(shown, sums) if shown else {})
    longest, colours = max((tally.seconds for tally in sums.values()), default=0), swatches(instances)

    def bar(value: Any) -> BarRow:
        group, tally = names[value], sums[value]
        amounts = [(swatch, groups[value][pk].seconds) for pk, swatch in colours.items() if pk in groups[value]]
        share = tally.seconds / total.seconds if total.seconds else None
        query = dimension.narrowed(chosen, group.key).query()
        return BarRow(group, page_of(group, chosen), query, tally, share, charts.stacked_row(amounts, longest))

    return BarList(
        by=by,
        rows=tuple(bar(value) for value in ranked[:top]),
        more=len(ranked[top:]),
        more_tally=summed(sums[value] for value in ranked[top:]),
        more_query=dimension.together(chosen, ranked[top:], names),
        all_url=_all_url(chosen, dimension),
        without=bar(None) if None in groups else None,
        total=total,
        query=chosen.query(),
    )


def _grouped(cells: Mapping[tuple[Any, int], Tally]) -> dict[Any, dict[int, Tally]]:
    groups: defaultdict[Any, dict[int, Tally]] = defaultdict(dict)
    for (value, instance_id), tally in cells.items():
        parts = groups[value]
        parts[instance_id] = parts[instance_id] + tally if instance_id in parts else tally
    return groups


def _ranked(sums: Mapping[Any, Tally]) -> list[Any]:
    """The values, the most hours first; equal hours have an order too, so that every look gives the same rows."""
    return sorted((value for value in sums if value is not None), key=lambda value: (-sums[value].seconds, value))


def _all_url(chosen: WorklogFilter, dimension: Dimension) -> str:
    if chosen.is_plain and dimension.name in LISTS:
        return reverse(LISTS[dimension.name]) + chosen.query()
    return f"{reverse('reports')}{chosen.query()}&rows={dimension.name}"
