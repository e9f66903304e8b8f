"""What is odd among a company's data, found in a few statements; how it is told is attention's."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import BigIntegerField, Count, DateField, F, Max, Min, Model, Q, QuerySet, Sum, Value, Window

from worklogs.filters import WorklogFilter
from worklogs.models import DayTotal, JiraAccount, Person, PersonDayTotal, UnreadableRow, Worklog
from worklogs.periods import FIRST_DAY, LAST_DAY, LONGEST, Period
from worklogs.reports.missing import days_over, is_whole

DAY = 24 * 3600
MOST_DAYS = 3  # over 24 hours, that are told one by one
RECENT = 31  # days; of what has not been logged earlier, nobody is reminded any more


@dataclass(frozen=True)
class LongDay:
    """A person's day over 24 hours; `count` is how many there are in all."""

    person: int
    day: date
    seconds: int
    count: int


@dataclass(frozen=True)
class Oddity:
    """Worklogs, between a first and a last day, that are in the future, on no day of a period, or no longer shown;
    accounts of people without an address; rows that cannot be read."""

    kind: str  # future, far, outside, no_longer_shown, unmapped, unreadable
    first: date | None
    last: date | None
    amount: int
    seconds: int


@dataclass(frozen=True)
class Facts:
    """Who is expected to log, on which days each of them did, in the `span` in which days may be missing; and what is
    odd, by its kind."""

    span: Period | None
    active: tuple[int, ...]
    logged: Mapping[int, Collection[date]]
    odd: Mapping[str, Oddity]


def long_days(chosen: WorklogFilter) -> list[LongDay]:
    """The longest of them."""
    days = chosen.among(PersonDayTotal).order_by().values_list("person_id", "day")
    found = days.annotate(s=Sum("seconds")).filter(s__gt=DAY).annotate(n=Window(Count("*")))
    return [LongDay(*row) for row in found.order_by("-s", "day", "person_id")[:MOST_DAYS]]


def facts_of(chosen: WorklogFilter, today: date) -> Facts:
    """One statement."""
    span = _span(chosen, today)
    active: list[int] = []
    logged: defaultdict[int, set[date]] = defaultdict(set)
    odd: dict[str, Oddity] = {}
    for kind, person, first, last, amount, seconds in _rows(chosen, span, today):
        if kind == "person":
            active.append(person)
        elif kind == "day":
            logged[person].add(first)
        elif amount:  # a sum over nothing is a row too
            odd[kind] = Oddity(kind, first, last, int(amount), int(seconds))
    return Facts(span, tuple(active), logged, odd)


def _span(chosen: WorklogFilter, today: date) -> Period | None:
    """Of the days that are over the last ones; none where a day without time says nothing. It is one without time on
    any instance, whichever are chosen."""
    over = days_over(chosen.period, today) if is_whole(chosen.less("instances")) else None
    if over is None or over.days <= RECENT:
        return over
    return Period(over.last - timedelta(days=RECENT - 1), over.last)


def _rows(chosen: WorklogFilter, span: Period | None, today: date) -> Iterator[Any]:
    """Kind, person, first and last day, amount and seconds. Neighbours tell the database the types of what the other
    one has not."""
    days = of_instances(chosen, DayTotal)
    # A link shows a hundred years at most: what lies farther ahead is told by itself.
    ahead = days.filter(day__gt=today, day__lte=horizon(today))
    far = days.filter(day__gt=horizon(today), day__lte=LAST_DAY)
    outside = days.filter(Q(day__lt=FIRST_DAY) | Q(day__gt=LAST_DAY))
    hidden = of_instances(chosen, Worklog).filter(missing_since__isnull=False)
    nameless = JiraAccount.objects.filter(Q(person__email="") & Q(person__user=None), is_active=True)
    never = {name: Value(None, DateField()) for name in ("first", "last")}
    active = Person.objects.filter(is_active=True).order_by()
    active = active.annotate(fact=Value("person"), **never, n=Value(0), s=Value(0))
    parts = [
        _odd("future", ahead, Sum("worklogs")),
        _odd("far", far, Sum("worklogs")),
        _odd("outside", outside, Sum("worklogs")),
        _odd("no_longer_shown", hidden, Count("id")),
        _odd_rows("unmapped", nameless),
        _odd_rows("unreadable", of_instances(chosen, UnreadableRow)),
    ]
    if span:
        logged = PersonDayTotal.objects.filter(day__gte=span.first, day__lte=span.last).order_by()
        logged = logged.annotate(fact=Value("day"), until=F("day"), n=Value(0), s=Value(0))
        parts.append(logged.values_list("fact", "person_id", "day", "until", "n", "s").distinct())
    yield from active.values_list("fact", "id", "first", "last", "n", "s").union(*parts, all=True)


def of_instances(chosen: WorklogFilter, model: type[Model]) -> "QuerySet[Any]":
    rows: QuerySet[Any] = model._default_manager.order_by()
    return chosen.on_instances(rows)


def _odd(kind: str, found: "QuerySet[Any]", amount: Sum | Count) -> "QuerySet[Any, Any]":
    told = found.order_by().annotate(fact=Value(kind), nobody=Value(None, BigIntegerField()))
    sums = told.values_list("fact", "nobody").annotate(Min("day"), Max("day"), amount, Sum("seconds"))
    return cast("QuerySet[Any, Any]", sums)


def _odd_rows(kind: str, found: "QuerySet[Any]") -> "QuerySet[Any, Any]":
    none = {name: Value(None, DateField()) for name in ("first", "last")}
    told = found.order_by().annotate(fact=Value(kind), nobody=Value(None, BigIntegerField()), **none)
    counts = told.values_list("fact", "nobody", "first", "last").annotate(Count("id"), no_seconds=Sum(Value(0)))
    return cast("QuerySet[Any, Any]", counts)


def horizon(today: date) -> date:
    """The last day that a link from tomorrow on can show."""
    return min(today + timedelta(days=LONGEST), LAST_DAY)
