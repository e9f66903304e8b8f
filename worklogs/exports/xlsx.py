"""A sheet as XLSX, row by row through a temporary file, so that memory stays the same however many rows there are."""

import re
import tempfile
from collections.abc import Callable
from datetime import date, time
from typing import IO, Any

from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from worklogs.exports.sheet import Cell, Column, Kind, Row, Sheet
from worklogs.hours import in_figures
from worklogs.ingest.text import storable

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of a worksheet, its head and its total included
LONGEST = 32_767  # of a text in a cell, in UTF-16 units
CUT = " […]"
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML can hold them
IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
SECONDS_A_DAY = 86_400
FORMATS = {
    Kind.DAY: "yyyy-mm-dd",
    Kind.TIME: "hh:mm",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.SECONDS: "#,##0",
    Kind.HOURS: "#,##0.00",
    Kind.CLOCK: "[h]:mm",
    Kind.COUNT: "#,##0",
    Kind.PERCENT: "0.0%",
}
WIDTHS = {Kind.TEXT: 28, Kind.DAY: 11, Kind.TIME: 7, Kind.MOMENT: 16, Kind.HOURS: 11, Kind.CLOCK: 11, Kind.PERCENT: 8}
WIDTH = 10


class TooManyRows(ValueError):
    """A worksheet cannot hold them; the message says how many there are, and what to do."""


def refuse_too_many(rows: int) -> None:
    """TooManyRows when they do not fit between a head and a total."""
    most = MOST_ROWS - 2
    if rows > most:
        told = {"rows": in_figures(f"{rows:,}"), "most": in_figures(f"{most:,}")}
        raise TooManyRows(_("There are %(rows)s rows. A spreadsheet can hold %(most)s.") % told)


def xlsx_file(sheet: Sheet) -> IO[bytes]:
    """Open, at its beginning; it goes when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    # Text is only ever written as text; these two say so to the methods that guess.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        _fill(book, sheet)
        if sheet.about:
            _tell(book, sheet.about)
    file.seek(0)
    return file


def _fill(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(IN_SHEET_NAMES.sub(" ", _text(sheet.name))[:31] or None)
    writers = [_writer(book, page, column.kind, is_total=False) for column in sheet.columns]
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width or _width(column))
        page.write_string(0, number, _text(column.label), head)
    at = 0
    for at, row in enumerate(sheet.rows, start=1):
        _write(writers, at, row)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, at, len(sheet.columns) - 1)  # not the total, which would be sorted with the rest
    if sheet.total:
        _write([_writer(book, page, column.kind, is_total=True) for column in sheet.columns], at + 1, sheet.total())


def _tell(book: Any, about: tuple[tuple[str, str], ...]) -> None:
    """What the file is, on a sheet behind the rows, which programs find on the first one."""
    page, bold = book.add_worksheet(_("About")), book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, WIDTHS[Kind.TEXT])
    page.set_column(1, 1, 3 * WIDTHS[Kind.TEXT])
    for at, (name, text) in enumerate(about):
        page.write_string(at, 0, _text(name), bold)
        page.write_string(at, 1, _text(text), wrapped)


def _write(writers: list[Callable[[int, int, Cell], None]], at: int, row: Row) -> None:
    for number, (write, cell) in enumerate(zip(writers, row, strict=True)):
        write(at, number, cell)


def _writer(book: Any, page: Any, kind: Kind, *, is_total: bool) -> Callable[[int, int, Cell], None]:
    told = {"num_format": FORMATS[kind]} if kind in FORMATS else {}
    style = book.add_format(told | ({"bold": True, "top": 1} if is_total else {}))
    scale = {Kind.HOURS: 3600, Kind.CLOCK: SECONDS_A_DAY}.get(kind, 1)

    def write(at: int, number: int, cell: Cell) -> None:
        if isinstance(cell, str):
            page.write_string(at, number, _text(cell), style)
        elif isinstance(cell, date | time):
            page.write_datetime(at, number, cell, style)
        elif cell is not None:
            page.write_number(at, number, cell / scale if scale > 1 else cell, style)
        elif is_total:
            page.write_blank(at, number, None, style)

    return write


def _width(column: Column) -> int:
    least = WIDTHS.get(column.kind, WIDTH)
    return least if column.kind is Kind.TEXT else max(least, min(len(column.label) + 2, 24))


def _text(text: str) -> str:
    clean = CONTROLS.sub("", storable(text))
    if clean.startswith("<r>") and clean.endswith("</r>"):
        clean += " "  # XlsxWriter takes that for markup of its own and writes it as it is
    if len(clean) * 2 <= LONGEST:
        return clean
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return clean
    return units[: 2 * (LONGEST - len(CUT))].decode("utf-16-le", errors="ignore") + CUT
