"""Hours as people read and write them. Storage is integer seconds; only display rounds."""

import re
from decimal import Decimal
from typing import Self

from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

WRITTEN = re.compile(
    r"(?:(?P<h>\d{1,5}):(?P<m>[0-5]\d)"  # 1:30
    r"|(?P<hours>\d{1,5}(?:[.,]\d{1,4})?)\s*(?:h(?:\s*(?P<minutes>\d{1,3})\s*m?)?)?"  # 1.5, 1,5, 1h, 1h30, 1h 30m
    r"|(?P<only>\d{1,6})\s*m(?:in)?"  # 90m
    r"|(?P<seconds>\d{1,8})\s*s)"  # 5400s
)
FORMATS = ("h:mm", "decimal", "words", "days")
DEFAULT_FORMAT = "h:mm"
PERCENT = {"es": "\N{NO-BREAK SPACE}%"}  # other languages have no space
FULL_DAY = 8 * 3600


class HoursFormat(str):
    """The name of a format, which knows how long the company's working day is: one of its days."""

    day_seconds: int

    def __new__(cls, name: str, day_seconds: int = FULL_DAY) -> Self:
        style = super().__new__(cls, name if name in FORMATS else DEFAULT_FORMAT)
        style.day_seconds = day_seconds
        return style


def h_mm(seconds: int) -> str:
    """3,909:15; seconds are rounded to the minute, half up."""
    sign, minutes = ("−" if seconds < 0 else ""), (abs(seconds) + 30) // 60
    return f"{sign}{minutes // 60:,}:{minutes % 60:02}"


def in_figures(text: str) -> str:
    """A figure with the decimal and thousands signs of the language that is active, out of English ones."""
    if (get_language() or "en").startswith("en"):
        return text
    signs = {",": get_format("THOUSAND_SEPARATOR"), ".": get_format("DECIMAL_SEPARATOR")}
    return "".join(signs.get(sign, sign) for sign in text)


def in_percent(share: float, digits: int = 1) -> str:
    """88.9%, as the language has it; no line breaks inside."""
    rounded = round(100 * share, digits) + 0.0  # no −0.0
    sign = PERCENT.get(get_language() or "en", "%")
    return in_figures(f"{rounded:,.{digits}f}".replace("-", "−")) + sign


def formatted(seconds: int, style: str) -> str:
    return in_figures(_formatted(seconds, style))


def _formatted(seconds: int, style: str) -> str:
    if style == "decimal":
        return f"{seconds / 3600:,.2f}"
    if style == "days":
        return _("%(n)s d") % {"n": f"{seconds / getattr(style, 'day_seconds', FULL_DAY):,.2f}"}
    if style == "words":
        hours, minutes = divmod((abs(seconds) + 30) // 60, 60)
        sign = "−" if seconds < 0 else ""
        return sign + (f"{hours:,}h {minutes:02}m" if hours and minutes else f"{hours:,}h" if hours else f"{minutes}m")
    return h_mm(seconds)


def seconds_of(text: str) -> int:
    """Of hours as people write them: `1:30`, `1h30`, `1h 30m`, `90m`, `1,5`, `1.5`, `5400s`; else ValueError."""
    found = WRITTEN.fullmatch(text.strip().lower())
    if not found:
        raise ValueError(_("“%(text)s” isn’t a duration. Use 1:30, 1h30, 90m or 1.5.") % {"text": text[:40]})
    if found["seconds"]:
        return int(found["seconds"])
    if found["only"]:
        return int(found["only"]) * 60
    if found["m"]:
        return int(found["h"]) * 3600 + int(found["m"]) * 60
    hours = Decimal(found["hours"].replace(",", "."))
    return int((hours * 3600).to_integral_value()) + int(found["minutes"] or 0) * 60
