"""A table for spreadsheets: typed columns, rows one by one, and a total. How it is written is another module's."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from accounts.spreadsheets import Echo, harmless
from worklogs.hours import h_mm

Cell = str | int | float | date | None
Row = tuple[Cell, ...]


class Kind(Enum):
    """SECONDS, HOURS and CLOCK are three ways to write the same integer seconds; PERCENT is a share of 1."""

    TEXT = auto()
    DAY = auto()
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
    """`total` is asked for when the rows have run out; text may stand in it where a column has a number."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    total: Callable[[], Row] | None = None


def csv_lines(sheet: Sheet) -> Iterator[str]:
    writer, kinds = csv.writer(Echo()), [column.kind for column in sheet.columns]
    yield "\ufeff"  # Excel reads UTF-8 only with this mark
    yield writer.writerow([harmless(column.label) for column in sheet.columns])
    for row in sheet.rows:
        yield writer.writerow([_written(cell, kind) for cell, kind in zip(row, kinds, strict=True)])
    if sheet.total:
        yield writer.writerow([_written(cell, kind) for cell, kind in zip(sheet.total(), kinds, strict=True)])


def _written(cell: Cell, kind: Kind) -> object:
    if isinstance(cell, int | float):
        if kind is Kind.HOURS:
            return f"{cell / 3600:.4f}"
        if kind is Kind.CLOCK:
            return h_mm(int(cell)).replace(",", "")
        if kind is Kind.PERCENT:
            return f"{cell:.4f}"
    return harmless(cell)
