"""A table for spreadsheets: typed columns, rows one by one, and a total. How it is written is another module's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, auto

from django.utils.translation import gettext as _

from accounts.spreadsheets import csv_rows
from worklogs.hours import h_mm

Cell = str | int | float | date | time | None
Row = tuple[Cell, ...]


class Kind(Enum):
    """SECONDS, HOURS and CLOCK are three ways to write the same integer seconds; PERCENT is a share of 1."""

    TEXT = auto()
    DAY = auto()
    TIME = auto()
    MOMENT = auto()
    SECONDS = auto()
    HOURS = auto()
    CLOCK = auto()
    COUNT = auto()
    PERCENT = auto()


@dataclass(frozen=True)
class Column:
    label: str
    kind: Kind = Kind.TEXT
    width: int = 0  # in characters; 0: as its kind needs


@dataclass(frozen=True)
class Sheet:
    """`total` is asked for when the rows have run out; text may stand in it where a column has a number.

    `about` says what the sheet is: pairs of a name and a text.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    total: Callable[[], Row] | None = None
    about: tuple[tuple[str, str], ...] = ()


def hours(label: str) -> tuple[Column, Column]:
    """Rounded to two digits for people, and whole for whoever adds them up: both take the seconds."""
    return Column(label, Kind.HOURS), Column(_("%(label)s (seconds)") % {"label": label}, Kind.SECONDS)


def csv_lines(sheet: Sheet, *, has_about: bool = False) -> Iterator[str]:
    """With lines of `# Company: Alborada` in front if it `has_about`: by default programs find the heading first."""
    yield "\ufeff"  # Excel reads UTF-8 only with this mark
    yield from csv_rows(_written_rows(sheet, has_about=has_about))


def _written_rows(sheet: Sheet, *, has_about: bool) -> Iterator[Sequence[object]]:
    kinds = [column.kind for column in sheet.columns]
    yield from ([f"# {name}: {text}"] for name, text in (sheet.about if has_about else ()))
    yield [column.label for column in sheet.columns]
    for row in sheet.rows:
        yield [_written(cell, kind) for cell, kind in zip(row, kinds, strict=True)]
    if sheet.total:
        yield [_written(cell, kind) for cell, kind in zip(sheet.total(), kinds, strict=True)]


def _written(cell: Cell, kind: Kind) -> object:
    if isinstance(cell, datetime | time):
        return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else f"{cell:%H:%M}"
    if isinstance(cell, int | float):
        if kind is Kind.HOURS:
            return f"{cell / 3600:.2f}"
        if kind is Kind.CLOCK:
            return h_mm(int(cell)).replace(",", "")
        if kind is Kind.PERCENT:
            return f"{cell:.4f}"
    return cell
