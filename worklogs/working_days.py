"""How long each person is to work on each day: the week of their schedule, less the holidays of its place."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.db.models import BigIntegerField, CharField, DateField, FilteredRelation, IntegerField, Q, Value
from django.db.models.functions import Cast

from worklogs.models import Holiday, WorkSchedule
from worklogs.models.absences import FULL_DAY, WEEKDAYS
from worklogs.periods import Period

ANYBODY = 0  # who has no schedule of their own: the company's default one holds
USUAL_WEEK = (FULL_DAY,) * 5 + (0, 0)  # of a company without a default schedule


@dataclass(frozen=True)
class Schedule:
    """The seconds of a week from Monday on, in force from `first` to `last`; None is open. No calendar: the default."""

    week: tuple[int, ...]
    calendar: int | None = None
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class DayOff:
    """A holiday of a calendar; on half of one, half of the day is worked."""

    name: str
    is_half: bool


Holidays = Mapping[tuple[int | None, date], DayOff]  # by calendar, None is the default one


@dataclass(frozen=True)
class WorkingDays:
    """`own` are the schedules of a person, the one with the latest first day first."""

    usual: Schedule
    own: Mapping[int, Sequence[Schedule]]
    holidays: Holidays

    @classmethod
    def of(cls, people: Collection[int], period: Period) -> Self:
        """Of these people and ANYBODY else, on the days of a period. One statement, however many people."""
        rows = _rows(people, period)
        usual, own = _schedules([row for row in rows if row.name is None])
        return cls(usual, own, _holidays([row for row in rows if row.name is not None]))

    def seconds(self, person: int, day: date) -> int:
        """What is scheduled less the holiday; an odd second of half a day is free."""
        schedule = self._schedule(person, day)
        scheduled, holiday = schedule.week[day.weekday()], self.holidays.get((schedule.calendar, day))
        if holiday is None:
            return scheduled
        return scheduled // 2 if holiday.is_half else 0

    def is_working_day(self, person: int, day: date) -> bool:
        return self.seconds(person, day) > 0

    def is_weekend(self, person: int, day: date) -> bool:
        """A day on which the person's week has no work, holiday or not."""
        return not self._schedule(person, day).week[day.weekday()]

    def holiday(self, person: int, day: date) -> str:
        """The name of a whole holiday, or nothing."""
        found = self.holidays.get((self._schedule(person, day).calendar, day))
        return found.name if found and not found.is_half else ""

    def working_days(self, person: int, period: Period) -> Iterator[date]:
        days = (period.first + timedelta(days=number) for number in range(period.days))
        return (day for day in days if self.is_working_day(person, day))

    def _schedule(self, person: int, day: date) -> Schedule:
        return next((each for each in self.own.get(person, ()) if each.holds_on(day)), self.usual)


def expected_seconds(people: Collection[int], period: Period) -> dict[int, dict[date, int]]:
    """By person, the days on which there is something to work."""
    known = WorkingDays.of(people, period)
    return {
        person: {day: known.seconds(person, day) for day in known.working_days(person, period)} for person in people
    }


@dataclass(frozen=True)
class _Row:
    """A schedule, somebody's or the default one, or, with a name, a holiday: `first` is its day."""

    calendar: int | None
    is_default: bool
    person: int | None
    first: date | None
    last: date | None
    name: str | None
    is_half: int
    week: tuple[int, ...]


def _rows(people: Collection[int], period: Period) -> list[_Row]:
    """In one statement, for the sake of pages that have many others."""
    week, no_name = [f"{weekday}_seconds" for weekday in WEEKDAYS], Value(None, CharField())
    condition = Q(people__person__in=(ANYBODY, *people), people__first_day__lte=period.last)
    condition &= Q(people__last_day=None) | Q(people__last_day__gte=period.first)
    schedules = WorkSchedule.objects.order_by().annotate(has=FilteredRelation("people", condition=condition))
    schedules = schedules.filter(Q(is_default=True) | Q(has__isnull=False)).values_list(
        "calendar", "is_default", "has__person", "has__first_day", "has__last_day", no_name, Value(0), *week
    )
    holidays = Holiday.objects.order_by().filter(is_active=True, day__gte=period.first, day__lte=period.last)
    nobody, no_day, is_half = (
        Value(None, BigIntegerField()),
        Value(None, DateField()),
        Cast("is_half_day", IntegerField()),
    )
    nothing = [Value(0) for _weekday in week]
    of_days = holidays.values_list("calendar", "calendar__is_default", nobody, "day", no_day, "name", is_half, *nothing)
    rows: Any = schedules.union(of_days, all=True)
    return [
        _Row(calendar, is_default, person, first, last, name, is_half, tuple(hours))
        for calendar, is_default, person, first, last, name, is_half, *hours in rows
    ]


def _schedules(rows: Sequence[_Row]) -> tuple[Schedule, dict[int, list[Schedule]]]:
    """The company's default one, and those that each of the people has in the period."""
    usual, own = Schedule(USUAL_WEEK), defaultdict(list)
    for row in rows:
        if row.is_default:
            usual = Schedule(row.week, row.calendar)
        if row.person is not None:
            own[row.person].append(Schedule(row.week, row.calendar, row.first, row.last))
    latest = {person: sorted(each, key=lambda one: one.first or date.min, reverse=True) for person, each in own.items()}
    return usual, latest


def _holidays(rows: Sequence[_Row]) -> Holidays:
    """Of several on a day the longest; those of the default calendar stand under None too."""
    found: dict[tuple[int | None, date], DayOff] = {}
    for row in sorted(rows, key=lambda row: (-row.is_half, row.name)):
        if row.first:
            found[row.calendar, row.first] = day_off = DayOff(row.name or "", bool(row.is_half))
            if row.is_default:
                found[None, row.first] = day_off
    return found
