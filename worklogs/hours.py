"""Hours as people read and write them. Storage is integer seconds; only display rounds."""

FORMATS = {"h:mm": "1:30", "decimal": "1.50", "words": "1h 30m", "days": "0.19 d"}
DEFAULT_FORMAT = "h:mm"
HOURS_A_DAY = 8


def h_mm(seconds: int) -> str:
    """3,909:15; seconds are rounded to the minute, half up."""
    sign, minutes = ("−" if seconds < 0 else ""), (abs(seconds) + 30) // 60
    return f"{sign}{minutes // 60:,}:{minutes % 60:02}"


def formatted(seconds: int, style: str) -> str:
    if style == "decimal":
        return f"{seconds / 3600:,.2f}"
    if style == "days":
        return f"{seconds / 3600 / HOURS_A_DAY:,.2f} d"
    if style == "words":
        hours, minutes = divmod((abs(seconds) + 30) // 60, 60)
        sign = "−" if seconds < 0 else ""
        return sign + (f"{hours:,}h {minutes:02}m" if hours and minutes else f"{hours:,}h" if hours else f"{minutes}m")
    return h_mm(seconds)
