"""The groups of a list of worklogs as a sheet: a row for each of the last level, also those that the page adds up."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from worklogs.exports.sheet import Cell, Column, Row, Sheet
from worklogs.exports.sums import columns_of_sums, share_of, sums
from worklogs.filters import WorklogFilter
from worklogs.reports.breakdown import ordered
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group
from worklogs.reports.grouped import sums_of
from worklogs.reports.tallies import summed

WITH_KEYS = ("project", "epic", "issue")


def grouped_sheet(chosen: WorklogFilter, by: Sequence[str]) -> tuple[Sheet, int]:
    """And how many rows it has. By one or two dimensions, in the order of the page."""
    levels = [DIMENSIONS[name] for name in by]
    first, second = levels[0], levels[1] if len(levels) > 1 else None
    tops, below = sums_of(chosen, first, second)
    whole = summed(tops.values())
    labels = tuple(column for level in levels for column in _columns(level))

    def rows() -> Iterator[Row]:
        names = first.groups([*tops])
        inner_names = second.groups([*{value for part in below.values() for value in part}]) if second else {}
        for value, tally in ordered(tops, first):
            cells = _cells(first, names[value])
            if second is None:
                yield (*cells, *sums(tally, share_of(tally, whole)))
                continue
            for each, part in ordered(below[value], second):
                yield (*cells, *_cells(second, inner_names[each]), *sums(part, share_of(part, whole)))

    def total() -> Row:
        return (_("Total"), *[None] * (len(labels) - 1), *sums(whole, share_of(whole, whole)))

    count = sum(map(len, below.values())) if second else len(tops)
    return Sheet(_("Worklogs"), (*labels, *columns_of_sums()), rows(), total), count


def _columns(level: Dimension) -> Iterator[Column]:
    if level.name in WITH_KEYS:
        yield Column(_("%(name)s key") % {"name": level.label}, width=14)
    yield Column(str(level.label), width=40)


def _cells(level: Dimension, group: Group) -> tuple[Cell, ...]:
    return (group.code, group.label) if level.name in WITH_KEYS else (group.label,)
