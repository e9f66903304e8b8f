"""Rows in the order that a column's heading asks for: `sort=-hours`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from worklogs.filters import BadFilter

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    label: str | Promise
    key: Callable[[Row], Any] | None  # of what it tells None, stands last, whichever way; None: no order at all
    classes: str = "r"

    @property
    def is_figure(self) -> bool:
        """Figures start with the largest, words with the first."""
        return "r" in self.classes.split()


@dataclass(frozen=True)
class Heading:
    label: str | Promise
    classes: str
    sort: str  # that a click asks for; empty where nothing is sorted by it
    direction: str  # ascending, descending or ""
    is_figure: bool
    name: str = ""


def in_order(rows: Iterable[Row], columns: Mapping[str, Column[Row]], sort: str) -> list[Row]:
    """Equal rows keep the order that they come in. BadFilter where no column is called so."""
    key, found = key_of(columns, sort), list(rows)
    known = sorted((row for row in found if key(row) is not None), key=key, reverse=sort.startswith("-"))
    return known + [row for row in found if key(row) is None]


def key_of(columns: Mapping[str, Column[Row]], sort: str) -> Callable[[Row], Any]:
    """BadFilter where no column is called so."""
    name = sort.removeprefix("-")
    key = columns[name].key if name in columns else None
    if key is None:
        raise BadFilter(_("Can’t sort by “%(name)s”.") % {"name": name[:40].replace("\x00", "")})
    return key


def headings(columns: Mapping[str, Column[Any]], sort: str) -> tuple[Heading, ...]:
    return tuple(_heading(name, column, sort) for name, column in columns.items())


def _heading(name: str, column: Column[Any], sort: str) -> Heading:
    down, direction, asks = f"-{name}", "", ""
    if sort.removeprefix("-") == name:
        direction, asks = ("descending", name) if sort == down else ("ascending", down)
    elif column.key:
        asks = down if column.is_figure else name
    return Heading(column.label, column.classes, asks, direction, column.is_figure)
