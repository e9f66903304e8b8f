"""Hours as people read and write them. Storage is integer seconds; only display rounds."""

import re
from decimal import Decimal

from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

WRITTEN = re.compile(
    r"(?:(?P<h>\d{1,5}):(?P<m>[0-5]\d)"  # 1:30
    r"|(?P<hours>\d{1,5}(?:[.,]\d{1,4})?)\s*(?:h(?:\s*(?P<minutes>\d{1,3})\s*m?)?)?"  # 1.5, 1,5, 1h, 1h30, 1h 30m
    r"|(?P<only>\d{1,6})\s*m(?:in)?"  # 90m
    r"|(?P<seconds>\d{1,8})\s*s)"  # 5400s
)
FORMATS = {"h:mm": "1:30", "decimal": "1.50", "words": "1h 30m", "days": "0.19 d"}
DEFAULT_FORMAT = "h:mm"
HOURS_A_DAY = 8


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


def formatted(seconds: int, style: str) -> str:
    return in_figures(_formatted(seconds, style))


def _formatted(seconds: int, style: str) -> str:
    if style == "decimal":
        return f"{seconds / 3600:,.2f}"
    if style == "days":
        return _("%(n)s d") % {"n": f"{seconds / 3600 / HOURS_A_DAY:,.2f}"}
    if style == "words":
        hours, minutes = divmod((abs(seconds) + 30) // 60, 60)
        sign = "−" if seconds < 0 else ""
        return sign + (f"{hours:,}h {minutes:02}m" if hours and minutes else f"{hours:,}h" if hours else f"{minutes}m")
    return h_mm(seconds)


def seconds_of(text: str) -> int:
    """Of hours as people write them: `1:30`, `1h30`, `1h 30m`, `90m`, `1,5`, `1.5`, `5400s`; else ValueError."""
    found = WRITTEN.fullmatch(text.strip().lower())
    if not found:
        raise ValueError(_("“%(text)s” is no time; write it as 1:30, 1h30, 90m or 1.5.") % {"text": text[:40]})
    if found["seconds"]:
        return int(found["seconds"])
    if found["only"]:
        return int(found["only"]) * 60
    if found["m"]:
        return int(found["h"]) * 3600 + int(found["m"]) * 60
    hours = Decimal(found["hours"].replace(",", "."))
    return int((hours * 3600).to_integral_value()) + int(found["minutes"] or 0) * 60
