"""Who works in the company, and what they and their teams logged over the last months."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from django.db.models import OuterRef, Subquery

from worklogs import charts
from worklogs.filters import NAMED, NONE, WorklogFilter
from worklogs.folding import sort_key
from worklogs.labels import BESIDE, people_apart
from worklogs.models import Person
from worklogs.models.totals import PersonDayTotal
from worklogs.periods import ONE_DAY, Period, add_months
from worklogs.reports.tallies import Compared, Tallies, Tally, tallies

TREND = 12  # months
Sums = Mapping[int, Tally]  # by person


@dataclass(frozen=True)
class Member:
    id: int
    name: str
    email: str
    is_active: bool
    team_id: int | None
    last_on: date | None


def members(chosen: WorklogFilter, own: Sequence[int] | None = None) -> dict[int, Member]:
    """Everyone whom the filter does not exclude, or these people alone, in the order of names; with the last day with
    time on the filter's instances."""
    days = chosen.on_instances(PersonDayTotal.objects.filter(person=OuterRef("pk"))).order_by("-day")
    people = Person.objects.order_by("id").annotate(last_on=Subquery(days.values("day")[:1]))
    if own is not None:
        people = people.filter(pk__in=own)
    people = people.exclude(pk__in=chosen.excluded.people).exclude(team__slug__in=chosen.excluded.teams)
    people = people.exclude(team=None) if NONE in chosen.excluded.teams else people
    rows = people.values_list("id", "name", "email", "is_active", "team_id", "last_on", BESIDE)
    return {row[0]: Member(*row) for row in sorted(people_apart(rows), key=lambda row: sort_key(row[1]))}


def query_of(chosen: WorklogFilter, people: Collection[int]) -> str:
    """Of the worklogs of these people; empty where no link can name them."""
    return replace(chosen, people=tuple(people)).query() if 0 < len(people) <= NAMED else ""


def by_person(cells: Tallies) -> Sums:
    """Of sums by person and whatever else."""
    sums: defaultdict[int, Tally] = defaultdict(Tally)
    for key, tally in cells.items():
        sums[key[0]] += tally
    return dict(sums)


@dataclass(frozen=True)
class Logged:
    """What everyone logged in a period, up to today, and in what it is compared with."""

    now: Sums
    so_far: Sums
    before: Sums

    @classmethod
    def of(cls, found: Compared) -> Self:
        return cls(by_person(found.now), by_person(found.so_far), by_person(found.before))

    def has(self, member: Member) -> bool:
        """Who belongs in a list: who is active, or logged something."""
        return member.is_active or member.id in self.now or member.id in self.before


def trend_period(period: Period, today: date) -> Period:
    """The last months of a period, as far as they have begun."""
    last = max(period.first, min(period.last, today))
    first = add_months(last, 1 - TREND)
    return Period(first, add_months(last, 1) - ONE_DAY)


def trends(chosen: WorklogFilter, by: str, today: date) -> Mapping[Any, charts.Sparkline]:
    """A line of months for every person or team who logged in any of them."""
    period = trend_period(chosen.period, today)
    months = [add_months(period.first, number) for number in range(TREND)]
    sums: defaultdict[Any, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (month, key), tally in tallies(chosen.at(period), "month", by).items():
        sums[key][month] += tally.seconds
    return {key: charts.sparkline([found[month] for month in months]) for key, found in sums.items()}
