"""Working days on which people logged nothing at all, on any instance."""

from collections.abc import Collection, Mapping
from datetime import date

from worklogs.filters import WorklogFilter
from worklogs.periods import ONE_DAY, Period
from worklogs.working_days import ANYBODY, WorkingDays

Days = Mapping[int, Collection[date]]  # by person


def is_whole(chosen: WorklogFilter) -> bool:
    """Whether a day without time means anything: under a filter of worklogs it does not."""
    return chosen.less("people", "teams") == type(chosen)(chosen.period)


def days_over(period: Period, today: date) -> Period | None:
    """Of the period, the days before today: somebody may still log on today."""
    last = min(period.last, today - ONE_DAY)
    return Period(period.first, last) if period.first <= last else None


def missing_days(people: Collection[int], over: Period, known: WorkingDays, logged: Days) -> dict[int, list[date]]:
    """By each of these people, in their order. Pure."""
    usual = list(known.working_days(ANYBODY, over))

    def missing(person: int) -> list[date]:
        days = known.working_days(person, over) if person in known.own else usual
        return [day for day in days if day not in logged.get(person, ())]

    return {person: missing(person) for person in people}
