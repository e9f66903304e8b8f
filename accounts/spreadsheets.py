"""Cells that no spreadsheet runs as a formula."""

import re

# What begins a formula, in full width too (East Asian spreadsheets), behind any blank that an import trims away.
FORMULA = re.compile("[\\s\ufeff\u200b-\u200d\u2060]*[=+\\-@＝＋－＠]|[\t\r\n]")


class Echo:
    """A file that hands back what is written, for a response that streams."""

    def write(self, text: str) -> str:
        return text


def harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else "" if cell is None else cell
