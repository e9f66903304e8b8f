"""The order of a report's rows: as a column's heading asks for, and of their own where none was clicked."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from worklogs.folding import sort_key
from worklogs.reports.dimensions import Dimension

Path = tuple[Any, ...]  # of a row: a value of the first level, or one of each
IN_COLUMN = "in:"  # followed by the key of a column, as in `sort=-in:2026-01-01`; the key of all others is empty
NAMED = ("name", "total", "share")
BATCH = 2000  # rows that are named by one statement


def known(sort: str) -> str:
    """Empty for what no column of a report is called."""
    name = sort.removeprefix("-")
    return sort if name in NAMED or name.startswith(IN_COLUMN) else ""


def unsorted(sort: str) -> str:
    """Says of an order that it isn't applied."""
    name = sort.removeprefix("-").removeprefix(IN_COLUMN)
    return _("Can’t sort by “%(name)s”.") % {"name": name[:40].replace("\x00", "")}


def in_own_order(paths: Iterable[Path], level: Dimension, amount: Callable[[Path], int]) -> list[Path]:
    """Times and weekdays in their order, everything else by amount, the most first."""
    if level.is_time or level.name == "weekday":
        return sorted(paths)
    return sorted(paths, key=lambda path: (-amount(path), str(path[-1])))


class NameOrder:
    """What sorts rows by their names. Those of a level are asked for at once, and only where somebody wants them."""

    def __init__(self, levels: Sequence[Dimension], paths: Collection[Path]) -> None:
        self.levels, self.paths = levels, paths
        self.names: dict[int, dict[Any, Any]] = {}

    def __call__(self, path: Path) -> Any:
        depth = len(path) - 1
        level = self.levels[depth]
        if level.is_time or level.name == "weekday":
            return path[-1]
        if depth not in self.names:
            values = dict.fromkeys(each[-1] for each in self.paths if len(each) == len(path))
            groups = {value: group for batch in batches(values) for value, group in level.groups(batch).items()}
            self.names[depth] = {value: natural(group.code or group.label) for value, group in groups.items()}
        return self.names[depth][path[-1]]


def in_order(
    paths: Iterable[Path],
    level: Dimension,
    sort: str,
    *,
    amount: Callable[[Path], int],
    name: NameOrder,
    cell: Callable[[Path, str], int] = lambda _path, _key: 0,
) -> list[Path]:
    """Paths that end on this level. `cell` is the amount in the column of a key; equal rows keep their own order."""
    asked, found = sort.removeprefix("-"), in_own_order(paths, level, amount)
    keys: dict[str, Callable[[Path], Any]] = {"total": amount, "share": amount, "name": name}
    key = keys.get(asked)
    if asked.startswith(IN_COLUMN):
        column = asked.removeprefix(IN_COLUMN)
        key = lambda path: cell(path, column)  # noqa: E731
    return sorted(found, key=key, reverse=sort.startswith("-")) if key else found


def natural(text: str) -> tuple[list[tuple[int, str]], str]:
    """CORE-9 before CORE-10, and names as sort_key has them."""
    folded, own = sort_key(text)
    parts = re.split(r"(\d{1,18})", folded)
    return [(int(part), "") if number % 2 else (0, part) for number, part in enumerate(parts)], own


def batches(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch
