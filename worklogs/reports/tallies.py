"""What worklogs come to: the one way to add them up, by any columns, under any filter.

The smallest tables of totals that know the columns answer: whole months out of a monthly one, the days at the
period's edges out of a daily one. What no total knows is summed from the worklogs themselves.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, QuerySet, Sum, Value

from worklogs.filters import WorklogFilter
from worklogs.models import Worklog
from worklogs.models.totals import TOTALS, WITHOUT, Total
from worklogs.periods import ONE_DAY, Period, add_months

PATHS = {
    "day": "day",
    "month": "day",
    "instance": "instance_id",
    "person": "person_id",
    "name": "person__name",
    "team": "person__team_id",  # of today
    "team_slug": "person__team__slug",
    "team_name": "person__team__name",
    "epic": "epic_id",
    "project": "project_id",
    "issue": "issue_id",
    "type": "issue__type",
}
OF = {"type": "issue"} | dict.fromkeys(
    ("name", "team", "team_slug", "team_name"), "person"
)  # columns that are told by another one
KNOWN = {total: {key.removesuffix("_id") for key in total.keys} - {"day"} for total in TOTALS}

Source = type[Total] | type[Worklog]


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

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.seconds - other.seconds,
            self.billable_seconds - other.billable_seconds,
            self.worklogs - other.worklogs,
        )

    @property
    def billable_share(self) -> float | None:
        return self.billable_seconds / self.seconds if self.seconds else None


def change(now: int, before: int) -> float | None:
    """How much more or less, as a share of what was; None when nothing was."""
    return (now - before) / before if before else None


def summed(tallies: Iterable[Tally]) -> Tally:
    seconds = billable_seconds = worklogs = 0  # a Tally for each step would take three times as long
    for each in tallies:
        seconds += each.seconds
        billable_seconds += each.billable_seconds
        worklogs += each.worklogs
    return Tally(seconds, billable_seconds, worklogs)


Tallies = dict[tuple[Any, ...], Tally]


def tallies(chosen: WorklogFilter, *by: str) -> Tallies:
    """Sums by columns out of PATHS: dates (a `month` is its first day), ids, None for "without one", a type's name."""
    return _added(by, _parts(chosen, by))


@dataclass(frozen=True)
class Compared:
    """`now` is what the period has, `so_far` what its days up to today have of it: that alone is like `before`."""

    now: Tallies
    so_far: Tallies
    before: Tallies

    @property
    def change(self) -> float | None:
        return change(summed(self.so_far.values()).seconds, summed(self.before.values()).seconds)


def compared(chosen: WorklogFilter, *by: str) -> Compared:
    """Of a period and of what it is compared with, in one statement."""
    period = chosen.period
    spans = (period, period.ahead, period.compared)
    now, ahead, before = several(*[(chosen.at(each) if each else None, by) for each in spans])
    return Compared(now, less(now, ahead), before)


def several(*asked: tuple[WorklogFilter | None, tuple[str, ...]]) -> list[Tallies]:
    """The tallies of each, nothing for None, in one statement; all of them by as many columns, of the same kinds."""
    parts = [
        part.annotate(which=Value(number))
        for number, (chosen, by) in enumerate(asked)
        if chosen
        for part in _parts(chosen, by)
    ]
    rows: list[list[Any]] = [[] for _each in asked]
    for *row, which in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        rows[which].append(row)
    return [_added(by, [found]) for (_chosen, by), found in zip(asked, rows, strict=True)]


def less(whole: Tallies, part: Tallies) -> Tallies:
    """Without the keys of which nothing is left."""
    if not part:
        return whole
    left = {key: tally - part[key] if key in part else tally for key, tally in whole.items()}
    return {key: tally for key, tally in left.items() if tally.worklogs}


def _parts(chosen: WorklogFilter, by: tuple[str, ...]) -> "list[QuerySet[Any, tuple[Any, ...]]]":
    return [_grouped(_among(source, chosen.at(span)), by) for source, span in _sources(chosen, by)]


def _among(source: Source, chosen: WorklogFilter) -> "QuerySet[Any]":
    """All that a search finds is found first: an index knows the texts, and only what is found is read as rows."""
    found: QuerySet[Any] = chosen.among(source)
    return source._default_manager.filter(pk__in=found.values("pk")) if chosen.text else found


def _added(by: tuple[str, ...], parts: Sequence[Any]) -> Tallies:
    """Rows of a key and its three sums; a key stands in as many rows as there are sources."""
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    unclean = [(place, column) for place, column in enumerate(by) if column in CLEAN]
    found: dict[tuple[Any, ...], Tally] = {}
    for *key, seconds, billable_seconds, worklogs in rows:
        for place, column in unclean:
            key[place] = CLEAN[column](key[place])
        tally, named = Tally(int(seconds), int(billable_seconds), int(worklogs)), tuple(key)
        found[named] = found[named] + tally if named in found else tally
    return found


CLEAN: Mapping[str, Callable[[Any], Any]] = {
    "month": lambda day: day.replace(day=1),
    "epic": lambda value: None if value == WITHOUT else value,
    "project": lambda value: None if value == WITHOUT else value,
}


def _grouped(rows: "QuerySet[Any]", by: tuple[str, ...]) -> "QuerySet[Any, tuple[Any, ...]]":
    groups = rows.order_by().values_list(*[PATHS[column] for column in by])
    is_total = issubclass(rows.model, Total)
    worklogs = Sum("worklogs") if is_total else Count("id")
    sums = {"s": Sum("seconds", default=0), "b": Sum("billable_seconds", default=0), "n": worklogs}
    return cast("QuerySet[Any, tuple[Any, ...]]", groups.annotate(**sums))


def _sources(chosen: WorklogFilter, by: tuple[str, ...]) -> Iterator[tuple[Source, Period]]:
    needed = {OF.get(column, column) for column in by if column != "month"} | chosen.columns
    daily = _smallest(needed - {"day"}, is_monthly=False)
    monthly = daily if "day" in needed else _smallest(needed, is_monthly=True)
    if monthly is daily or monthly is Worklog:
        yield daily, chosen.period
        return
    yield from _spans(chosen.period, daily, monthly)


def _smallest(needed: set[str], *, is_monthly: bool) -> Source:
    return next((t for t in TOTALS if t.is_monthly == is_monthly and needed <= KNOWN[t]), Worklog)


def _spans(period: Period, daily: Source, monthly: Source) -> Iterator[tuple[Source, Period]]:
    first_month = period.first if period.first.day == 1 else add_months(period.first, 1)
    after = (period.last + ONE_DAY).replace(day=1)  # the first month that is not whole
    if first_month >= after:
        yield daily, period
        return
    if period.first < first_month:
        yield daily, Period(period.first, first_month - ONE_DAY)
    yield monthly, Period(first_month, after - ONE_DAY)
    if after <= period.last:
        yield daily, Period(after, period.last)
