"""CSV of which no spreadsheet runs a cell as a formula, and in which no cell begins a row."""

import csv
import re
from collections.abc import Iterable, Iterator

# What begins a formula, in full width too (East Asian spreadsheets), behind any blank that an import trims away.
FORMULA = re.compile("[\\s\ufeff\u200b-\u200d\u2060]*[=+\\-@＝＋－＠]|[\t\r\n]")

NUMBER = re.compile(r"-\d+(?:[.:]\d+)?")  # what it begins with a minus for is known


class Echo:
    """A file that hands back what is written, for a response that streams."""

    def write(self, text: str) -> str:
        return text


def harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return "" if cell is None else cell


def csv_rows(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Each with its end, CR LF as of RFC 4180: the writer quotes a CR or LF within a cell only where it ends rows."""
    writer = csv.writer(Echo())
    return (writer.writerow(map(harmless, row)) for row in rows)
