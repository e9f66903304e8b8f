"""A period: its first and last day, both included."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import date_format

ONE_DAY = timedelta(days=1)
LONGEST = 100 * 366
MONDAY = 1
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
FIRST_DAY, LAST_DAY = date(EARLIEST_YEAR, 1, 1), date(LATEST_YEAR, 12, 31)  # that a period reaches

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
PREVIOUS, YEAR, NOTHING = "previous", "year", "none"
COMPARISONS = {
    PREVIOUS: gettext_lazy("Previous period"),
    YEAR: gettext_lazy("Same period last year"),
    NOTHING: gettext_lazy("No comparison"),
}


class BadPeriod(ValueError):
    """The query names no period; the message says what to write instead."""


@dataclass(frozen=True)
class Comparison:
    """What a period is compared with. Days after `today` are not: nobody can have worked on them yet."""

    choice: str = PREVIOUS
    today: date | None = None
    has_data: bool = True  # whether the days compared with have been read, and somebody logged then


@dataclass(frozen=True)
class Period:
    first: date
    last: date
    preset: str = ""
    comparison: Comparison = field(default=Comparison(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise BadPeriod(_("The first day is after the last day."))
        if self.days > LONGEST:
            raise BadPeriod(_("A period can’t be longer than 100 years."))

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

    def asked_as(self, other: "Period") -> "Period":
        """These days, compared as the other's are."""
        return replace(self, comparison=other.comparison)

    @property
    def is_ahead(self) -> bool:
        """Not a day of it has come yet."""
        return self.comparison.today is not None and self.comparison.today < self.first

    @property
    def is_running(self) -> bool:
        return self.comparison.today is not None and self.first <= self.comparison.today <= self.last

    @property
    def so_far(self) -> "Period":
        """Its days up to today, the ones that are compared; of a period ahead all of them."""
        today = self.comparison.today
        return replace(self, last=today) if today and self.is_running else self

    @property
    def ahead(self) -> "Period | None":
        """Its days after today, where some of it has come."""
        return Period(self.so_far.last + ONE_DAY, self.last) if self.so_far.last < self.last else None

    @property
    def compared(self) -> "Period | None":
        """The same part of the period before, or of the one a year ago; None where there is nothing to compare with."""
        return self.counterpart if self.comparison.has_data else None

    @cached_property
    def counterpart(self) -> "Period | None":
        """What it is compared with, whether there is data of those days or not."""
        if self.comparison.choice == NOTHING or self.is_ahead:
            return None
        try:
            if self.months and not self.is_running:
                return self.stepped(-1) if self.comparison.choice == PREVIOUS else self._months_back(12)
            return Period(self._back(self.first), self._back(self.so_far.last))
        except (BadPeriod, OverflowError):
            return None

    def _back(self, day: date) -> date:
        """The same day of what it is compared with: of a month too short for it, the last one."""
        if self.comparison.choice == YEAR:
            # A week is compared with a week, weekday by weekday.
            return day - timedelta(weeks=52) if self.days == 7 else months_back(day, 12)
        return months_back(day, self.months) if self.months else day - timedelta(days=self.days)

    def _months_back(self, months: int) -> "Period":
        first = add_months(self.first, -months)
        return Period(first, add_months(first, self.months) - ONE_DAY)

    @property
    def versus(self) -> str:
        """vs 1–27 Oct; no earlier data; or nothing, where nothing is compared."""
        if self.compared:
            return _("vs %(days)s") % {"days": self.compared.days_beside(self)}
        return _("no earlier data") if self.counterpart else ""

    def days_beside(self, other: "Period") -> str:
        """1–27 Oct: shorter than `label`, without the year where it is that of the other."""
        is_same_year = self.first.year == self.last.year == other.first.year == other.last.year
        end = "j M" if is_same_year else "j M Y"
        if self.first == self.last:
            return date_format(self.first, end)
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first.day}–{date_format(self.last, end)}"
        start = "j M" if self.first.year == self.last.year else "j M Y"
        return f"{date_format(self.first, start)} – {date_format(self.last, end)}"

    @property
    def query(self) -> str:
        chosen = self.comparison.choice
        return f"from={self.first}&to={self.last}" + (f"&compare={chosen}" if chosen != PREVIOUS else "")

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


class LongPeriod(Period):
    """May be longer than anybody may ask for."""

    def __post_init__(self) -> None:
        pass


def week_label(day: date) -> str:
    """W40: the number that ISO 8601 gives the week of a day."""
    return _("W%(week)s") % {"week": day.isocalendar().week}


def add_months(day: date, months: int) -> date:
    """The first day of the month that many months away."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not MINYEAR < year < MAXYEAR:
        raise BadPeriod(_("This date is out of range."))
    return date(year, month + 1, 1)


def months_back(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one of that month."""
    first = add_months(day, -months)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - ONE_DAY)


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
    """`from` and `to` (days, both included), else `period` (a preset), else this month; `compare` says with what.

    BadPeriod on anything else.
    """
    choice = query.get("compare") or PREVIOUS
    if choice not in COMPARISONS:
        names = {"names": ", ".join(COMPARISONS), "text": choice[:40]}
        raise BadPeriod(_("Unknown comparison “%(text)s”. Use one of %(names)s.") % names)
    return replace(_days_of(query, today, week_start), comparison=Comparison(choice, today))


def _days_of(query: Mapping[str, str], today: date, week_start: int) -> Period:
    if "from" in query or "to" in query:
        first = read_day(query.get("from", "")) if query.get("from") else None
        last = read_day(query.get("to", "")) if query.get("to") else None
        if first or last:
            return Period(first or last or today, last or max(first or today, today))
    preset = query.get("period") or DEFAULT
    if preset not in PRESETS:
        raise BadPeriod(_("Unknown period “%(preset)s”.") % {"preset": preset[:40]})
    return preset_period(preset, today, week_start)


def read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadPeriod(_("“%(text)s” isn’t a date. Use the format 2026-10-31.") % {"text": text[:40]}) from error
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise BadPeriod(_("Dates must be between 1900 and 2999."))
    return day
