"""Sums of a period out of the tables of totals: whole months from the monthly, the days at its edges from the daily."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from accounts.tenancy import current_company_id
from worklogs.models.totals import (
    DayTotal,
    EpicDayTotal,
    EpicMonthTotal,
    MonthTotal,
    PersonDayTotal,
    PersonMonthTotal,
    Total,
)
from worklogs.periods import ONE_DAY, Period, add_months


@dataclass(frozen=True)
class Grain:
    """A daily table of totals and its monthly twin."""

    daily: type[Total]
    monthly: type[Total]


COMPANY = Grain(DayTotal, MonthTotal)
PERSON = Grain(PersonDayTotal, PersonMonthTotal)
EPIC = Grain(EpicDayTotal, EpicMonthTotal)


@dataclass(frozen=True)
class Tally:
    seconds: int = 0
    billable_seconds: int = 0
    worklogs: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.seconds + other.seconds,
            self.billable_seconds + other.billable_seconds,
            self.worklogs + other.worklogs,
        )

    @property
    def billable_share(self) -> float | None:
        return self.billable_seconds / self.seconds if self.seconds else None


def summed(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def tallies(
    grain: Grain, period: Period, by: Sequence[str], instances: Sequence[int] = (), *, monthly: bool = True
) -> dict[tuple[Any, ...], Tally]:
    """Sums by those columns (`day` of a monthly row is the first of its month); no instances means all of them.

    With `monthly=False` only the daily table is read, so that every `day` is a day.
    """
    sources = list(_spans(grain, period)) if monthly else [(grain.daily, period.first, period.last)]
    columns, parts = ", ".join(by), []
    values: list[Any] = []
    for total, first, last in sources:
        where = "company_id = %s AND day BETWEEN %s AND %s"
        values += [current_company_id(), first, last]
        if instances:
            where += f" AND instance_id IN ({', '.join(['%s'] * len(instances))})"
            values += instances
        table = total._meta.db_table
        parts.append(f"SELECT {columns}, seconds, billable_seconds, worklogs FROM {table} WHERE {where}")  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns}, SUM(seconds), SUM(billable_seconds), SUM(worklogs)"  # noqa: S608
            f" FROM ({' UNION ALL '.join(parts)}) AS totals GROUP BY {columns}",
            values,
        )
        return {tuple(row[:-3]): Tally(*map(int, row[-3:])) for row in cursor}


def _spans(grain: Grain, period: Period) -> Iterator[tuple[type[Total], date, date]]:
    first_month = period.first if period.first.day == 1 else add_months(period.first, 1)
    after = (period.last + ONE_DAY).replace(day=1)  # the first month that is not whole
    if first_month >= after:
        yield grain.daily, period.first, period.last
        return
    if period.first < first_month:
        yield grain.daily, period.first, first_month - ONE_DAY
    yield grain.monthly, first_month, add_months(after, -1)
    if after <= period.last:
        yield grain.daily, after, period.last
