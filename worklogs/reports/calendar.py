"""A person's days as a calendar: weeks of a month, months of a year, or years. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format

from worklogs.filters import WorklogFilter
from worklogs.periods import MONDAY, ONE_DAY, Period, add_months, week_label, week_of
from worklogs.reports.matrix import clipped, heat

MOST_WEEKS, MOST_MONTHS = 6, 24  # longest periods that are shown by weeks and by months
Hours = Mapping[date, int]  # seconds by day
Names = Mapping[date, str]  # of holidays


@dataclass(frozen=True)
class Day:
    day: date
    key: str  # in an address
    label: str  # its number, with the month where that is not plain
    name: str  # in full
    seconds: int
    shade: str  # l1 to l5 by hours, else holiday, off, future, out or ""
    note: str  # of a holiday
    is_today: bool
    is_out: bool  # of the period
    is_gap: bool


@dataclass(frozen=True)
class Span:
    """A week, month or year: its days within the period, and what they come to."""

    label: str
    period: Period
    seconds: int
    days: tuple[Day, ...]
    start: int  # the place of its first day in a week, from 1
    query: str  # of its worklogs


@dataclass(frozen=True)
class Calendar:
    """`by` is week, month or year: what a span is. The spans of years hold no days."""

    by: str
    spans: tuple[Span, ...]
    seconds: int
    weekdays: tuple[str, ...]  # as its weeks have them


def calendar(
    chosen: WorklogFilter,
    hours: Hours,
    today: date,
    holidays: Names,
    missing: Collection[date] = (),
    week_start: int = MONDAY,
) -> Calendar:
    """`missing` are the gaps to be marked."""
    by, spans = _spans(chosen.period, week_start)
    day_of = _days(chosen.period, hours, today, holidays, missing)
    found = tuple(_span(by, span, chosen, hours, day_of, week_start) for span in spans)
    weekdays = tuple(str(WEEKDAYS_ABBR[(week_start - MONDAY + number) % 7]) for number in range(7))
    return Calendar(by, found, sum(span.seconds for span in found), weekdays)


def gaps(period: Period, hours: Hours, today: date, holidays: Names) -> tuple[date, ...]:
    """Working days before today with no time at all: Monday to Friday, no holiday."""
    last = min(period.last, today - ONE_DAY)
    every = (period.first + timedelta(days=number) for number in range((last - period.first).days + 1))
    return tuple(day for day in every if day.weekday() < 5 and day not in holidays and day not in hours)


def _spans(period: Period, week_start: int) -> tuple[str, list[Period]]:
    start, end = week_of(period.first, week_start), week_of(period.last, week_start)
    weeks = (end - start).days // 7 + 1
    if weeks <= MOST_WEEKS:
        firsts = [start + timedelta(weeks=number) for number in range(weeks)]
        return "week", [Period(first, first + timedelta(days=6)) for first in firsts]
    months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
    if months <= MOST_MONTHS:
        firsts = [add_months(period.first, number) for number in range(months)]
        return "month", [Period(first, add_months(first, 1) - ONE_DAY) for first in firsts]
    return "year", [
        Period(date(year, 1, 1), date(year, 12, 31)) for year in range(period.first.year, period.last.year + 1)
    ]


def _span(
    by: str, span: Period, chosen: WorklogFilter, hours: Hours, day_of: Callable[[date], Day], week_start: int
) -> Span:
    inside = clipped(span, chosen.period)
    monday = span.first + timedelta(days=(MONDAY - span.first.isoweekday()) % 7)  # of a week, the one in it
    labels = {"week": week_label(monday), "month": date_format(span.first, "M Y")}
    return Span(
        label=labels.get(by, str(span.first.year)),
        period=inside,
        seconds=sum(seconds for day, seconds in hours.items() if inside.first <= day <= inside.last),
        days=tuple(map(day_of, _each(span))) if by != "year" else (),
        start=(span.first.isoweekday() - week_start) % 7 + 1,
        query=chosen.at(inside).query(),
    )


def _each(span: Period) -> Iterator[date]:
    return (span.first + timedelta(days=number) for number in range(span.days))


def _days(
    period: Period, hours: Hours, today: date, holidays: Names, missing: Collection[date]
) -> Callable[[date], Day]:
    def day_of(day: date) -> Day:
        is_out = not period.first <= day <= period.last
        seconds = 0 if is_out else hours.get(day, 0)
        return Day(
            day=day,
            key=day.isoformat(),
            label=date_format(day, "j M") if is_out or day.day == 1 or day == period.first else str(day.day),
            name=date_format(day, "D j M Y"),
            seconds=seconds,
            shade=heat(seconds) or _shade(day, today, holidays, is_out=is_out),
            note="" if is_out else holidays.get(day, ""),
            is_today=day == today,
            is_out=is_out,
            is_gap=day in missing,
        )

    return day_of


def _shade(day: date, today: date, holidays: Names, *, is_out: bool) -> str:
    if is_out:
        return "out"
    if day in holidays:
        return "holiday"
    return "off" if day.weekday() >= 5 else "future" if day > today else ""
