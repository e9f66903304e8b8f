"""A person's days as a calendar: weeks of a month, months of a year, or years. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.dates import date_format, weekday_names
from worklogs.filters import WorklogFilter
from worklogs.periods import MONDAY, ONE_DAY, Period, add_months, week_label, week_of
from worklogs.reports.matrix import clipped, heat
from worklogs.working_days import WorkingDays

MOST_WEEKS, MOST_MONTHS = 6, 24  # longest periods that are shown by weeks and by months
Hours = Mapping[date, int]  # seconds by day


@dataclass(frozen=True)
class Day:
    day: date
    key: str  # in an address
    label: str  # its number, with the month where that is not plain
    name: str  # in full
    seconds: int
    shade: str  # l1 to l6 by hours, else holiday, off, future, out or ""
    note: str  # of a holiday
    is_today: bool
    is_out: bool  # of the period
    is_gap: bool


@dataclass(frozen=True)
class Span:
    """A whole week, or the days of a month or year that the period has; and what they come to."""

    label: str
    period: Period
    seconds: int
    days: tuple[Day, ...]
    start: int  # the place of its first day in a week, from 1
    query: str  # of its worklogs


@dataclass(frozen=True)
class Calendar:
    """`by` is week, month or year: what a span is. The spans of years hold no days. `seconds` are the period's: at its
    edges, weeks hold more."""

    by: str
    spans: tuple[Span, ...]
    seconds: int
    weekdays: tuple[str, ...]  # as its weeks have them

    @property
    def is_wider(self) -> bool:
        """Whether its weeks hold more days than the period."""
        return any(day.is_out for span in self.spans if self.by == "week" for day in span.days)


def calendar(
    chosen: WorklogFilter,
    hours: Hours,
    today: date,
    known: WorkingDays,
    person: int,
    missing: Collection[date] = (),
    week_start: int = MONDAY,
) -> Calendar:
    """`hours` are those of the days that are `shown`, `missing` the gaps to be marked."""
    by, spans = _spans(chosen.period, week_start)
    day_of = _days(chosen.period, hours, today, known, person, missing)
    found = tuple(_span(by, span, chosen, hours, day_of, week_start) for span in spans)
    names = weekday_names(is_short=True)
    weekdays = tuple(names[(week_start - MONDAY + number) % 7] for number in range(7))
    return Calendar(by, found, _sum(hours, chosen.period), weekdays)


def shown(period: Period, week_start: int = MONDAY) -> Period:
    """The days of the calendar of a period: where it is one of weeks, those round the period too."""
    by, spans = _spans(period, week_start)
    return Period(spans[0].first, spans[-1].last) if by == "week" else period


def _sum(hours: Hours, period: Period) -> int:
    return sum(seconds for day, seconds in hours.items() if period.first <= day <= period.last)


def gaps(period: Period, hours: Hours, today: date, known: WorkingDays, person: int) -> tuple[date, ...]:
    """The person's working days before today with no time at all."""
    if today <= period.first:
        return ()
    past = Period(period.first, min(period.last, today - ONE_DAY))
    return tuple(day for day in known.working_days(person, past) if day not in hours)


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
    inside = span if by == "week" else clipped(span, chosen.period)
    monday = span.first + timedelta(days=(MONDAY - span.first.isoweekday()) % 7)  # of a week, the one in it
    labels = {"week": week_label(monday), "month": date_format(span.first, "M Y")}
    return Span(
        label=labels.get(by, str(span.first.year)),
        period=inside,
        seconds=_sum(hours, inside),
        days=tuple(map(day_of, _each(span))) if by != "year" else (),
        start=(span.first.isoweekday() - week_start) % 7 + 1,
        query=chosen.at(inside).query(),
    )


def _each(span: Period) -> Iterator[date]:
    return (span.first + timedelta(days=number) for number in range(span.days))


def _days(
    period: Period, hours: Hours, today: date, known: WorkingDays, person: int, missing: Collection[date]
) -> Callable[[date], Day]:
    def day_of(day: date) -> Day:
        is_out = not period.first <= day <= period.last
        seconds = hours.get(day, 0)
        return Day(
            day=day,
            key=day.isoformat(),
            label=date_format(day, "j M") if is_out or day.day == 1 or day == period.first else str(day.day),
            name=date_format(day, "D j M Y"),
            seconds=seconds,
            shade="out" if is_out else heat(seconds) or _shade(day, today, known, person),
            note=known.holiday(person, day),
            is_today=day == today,
            is_out=is_out,
            is_gap=day in missing,
        )

    return day_of


def _shade(day: date, today: date, known: WorkingDays, person: int) -> str:
    if known.holiday(person, day):
        return "holiday"
    return "off" if known.is_weekend(person, day) else "future" if day > today else ""
