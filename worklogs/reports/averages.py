"""Hours a working day: those logged on other days stand apart, so that a weekend makes no average better or worse."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from worklogs.periods import Period
from worklogs.working_days import ANYBODY, WorkingDays


@dataclass(frozen=True)
class Average:
    """Of the days up to today."""

    days: int  # to work on
    seconds: int | None  # logged on each of them; None where there is none
    off_seconds: int  # logged on other days
    is_weekend: bool  # all of these, or there are holidays among them


def average(seconds: Mapping[date, int], period: Period, known: WorkingDays, person: int = ANYBODY) -> Average:
    """`seconds` are those logged on each day of the period."""
    return _average(seconds, period, known, person, _days(period, known, person))


def averages(logged: Mapping[int, Mapping[date, int]], period: Period, known: WorkingDays) -> dict[int, Average]:
    """By person; the days that most of them have are found once."""
    usual = _days(period, known, ANYBODY)

    def of(person: int, seconds: Mapping[date, int]) -> Average:
        days = _days(period, known, person) if person in known.own else usual
        return _average(seconds, period, known, person, days)

    return {person: of(person, seconds) for person, seconds in logged.items()}


def _days(period: Period, known: WorkingDays, person: int) -> set[date]:
    return set() if period.is_ahead else set(known.working_days(person, period.so_far))


def _average(
    seconds: Mapping[date, int], period: Period, known: WorkingDays, person: int, days: Collection[date]
) -> Average:
    logged = {day: amount for day, amount in seconds.items() if day <= period.so_far.last and not period.is_ahead}
    off = {day: amount for day, amount in logged.items() if day not in days}
    on = sum(logged.values()) - sum(off.values())
    return Average(
        days=len(days),
        seconds=round(on / len(days)) if days else None,
        off_seconds=sum(off.values()),
        is_weekend=all(known.is_weekend(person, day) for day, amount in off.items() if amount),
    )
