"""A period: its first and last day, both included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ONE_DAY = timedelta(days=1)
LONGEST = 100 * 366
MONDAY = 1
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999

PRESETS = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "this-week": gettext_lazy("This week"),
    "last-week": gettext_lazy("Last week"),
    "last-7-days": gettext_lazy("Last 7 days"),
    "last-30-days": gettext_lazy("Last 30 days"),
    "this-month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "this-quarter": gettext_lazy("This quarter"),
    "last-quarter": gettext_lazy("Last quarter"),
    "this-year": gettext_lazy("This year"),
    "last-year": gettext_lazy("Last year"),
}
DEFAULT = "this-month"


class BadPeriod(ValueError):
    """The query names no period; the message says what to write instead."""


@dataclass(frozen=True)
class Period:
    first: date
    last: date
    preset: str = ""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise BadPeriod(_("The first day comes after the last."))
        if self.days > LONGEST:
            raise BadPeriod(_("A period has at most 100 years."))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @cached_property
    def months(self) -> int:
        """How many whole calendar months it is made of; 0 when it is not."""
        if self.first.day != 1 or (self.last + ONE_DAY).day != 1:
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    @property
    def previous(self) -> "Period":
        return self.stepped(-1)

    @property
    def next(self) -> "Period":
        return self.stepped(1)

    def stepped(self, steps: int) -> "Period":
        """As many whole months, or as many days, further."""
        if self.months:
            first = add_months(self.first, steps * self.months)
            return Period(first, add_months(first, self.months) - ONE_DAY)
        shift = timedelta(days=steps * self.days)
        return Period(self.first + shift, self.last + shift)

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.last}"

    @property
    def label(self) -> str:
        """1 – 31 Oct 2026"""
        if self.first == self.last:
            return date_format(self.first, "j M Y")
        start = "j" if (self.first.year, self.first.month) == (self.last.year, self.last.month) else "j M"
        start = start if self.first.year == self.last.year else "j M Y"
        return f"{date_format(self.first, start)} – {date_format(self.last, 'j M Y')}"

    @property
    def title(self) -> str:
        """October 2026, 2026, Week 44, or the days."""
        if self.months == 1:
            return date_format(self.first, "F Y")
        if self.months == 12 and self.first.month == 1:
            return str(self.first.year)
        if self.days == 7 and self.first.weekday() == 0:
            return _("Week %(week)s") % {"week": self.first.isocalendar().week} + f", {self.label}"
        return self.label


def week_label(day: date) -> str:
    """W40: the number that ISO 8601 gives the week of a day."""
    return _("W%(week)s") % {"week": day.isocalendar().week}


def add_months(day: date, months: int) -> date:
    """The first day of the month that many months away."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not MINYEAR < year < MAXYEAR:
        raise BadPeriod(_("That is beyond the calendar."))
    return date(year, month + 1, 1)


def week_of(day: date, week_start: int = MONDAY) -> date:
    """The first day of the week that a day is in; weeks begin on `week_start`, 1 is Monday as in ISO 8601."""
    return day - timedelta(days=(day.isoweekday() - week_start) % 7)


def preset_period(preset: str, today: date, week_start: int = MONDAY) -> Period:
    """`week_start` is the company's: its weeks need not be those of ISO 8601."""
    this_week = week_of(today, week_start)
    month, quarter = today.replace(day=1), date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    year, week = date(today.year, 1, 1), timedelta(days=7)
    first, last = {
        "today": (today, today),
        "yesterday": (today - ONE_DAY, today - ONE_DAY),
        "this-week": (this_week, this_week + week - ONE_DAY),
        "last-week": (this_week - week, this_week - ONE_DAY),
        "last-7-days": (today - week + ONE_DAY, today),
        "last-30-days": (today - timedelta(days=29), today),
        "this-month": (month, add_months(month, 1) - ONE_DAY),
        "last-month": (add_months(month, -1), month - ONE_DAY),
        "this-quarter": (quarter, add_months(quarter, 3) - ONE_DAY),
        "last-quarter": (add_months(quarter, -3), quarter - ONE_DAY),
        "this-year": (year, date(today.year, 12, 31)),
        "last-year": (add_months(year, -12), year - ONE_DAY),
    }[preset]
    return Period(first, last, preset)


def period_from_query(query: Mapping[str, str], today: date, week_start: int = MONDAY) -> Period:
    """`from` and `to` (days, both included), else `period` (a preset), else this month. BadPeriod on anything else."""
    if "from" in query or "to" in query:
        first = read_day(query.get("from", "")) if query.get("from") else None
        last = read_day(query.get("to", "")) if query.get("to") else None
        if first or last:
            return Period(first or last or today, last or max(first or today, today))
    preset = query.get("period") or DEFAULT
    if preset not in PRESETS:
        raise BadPeriod(_("“%(preset)s” is no period.") % {"preset": preset[:40]})
    return preset_period(preset, today, week_start)


def read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadPeriod(_("“%(text)s” is no day; write it as 2026-10-31.") % {"text": text[:40]}) from error
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise BadPeriod(_("Days lie between 1900 and 2999."))
    return day
