"""A person: what was logged, when, and on what."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q

from worklogs import charts
from worklogs.filters import NONE, WorklogFilter
from worklogs.folding import sort_key
from worklogs.labels import BESIDE, people_apart
from worklogs.models import JiraInstance, Person
from worklogs.periods import MONDAY, LongPeriod, Period, week_label, week_of
from worklogs.reports.averages import Average, average
from worklogs.reports.bars import BarList, bar_list, swatches
from worklogs.reports.calendar import Calendar, calendar, gaps, shown
from worklogs.reports.day import Entry, entries
from worklogs.reports.tallies import Compared, Tallies, Tally, several, summed
from worklogs.working_days import WorkingDays

TREND = 13  # weeks
LATEST = 20
HIGHEST = 2**63 - 1  # that a database can be asked for


@dataclass(frozen=True)
class Account:
    """Who a person is on an instance."""

    instance_id: int
    account_id: str
    name: str
    email: str
    is_active: bool


@dataclass(frozen=True)
class Teammate:
    id: int
    name: str


@dataclass(frozen=True)
class Profile:
    """`teammates` are the active people of the team and the person, by name; nobody's where there is no team."""

    id: int
    name: str
    email: str
    is_active: bool
    team: str
    team_slug: str
    accounts: tuple[Account, ...]
    teammates: tuple[Teammate, ...]

    @property
    def position(self) -> int:
        return next((number for number, each in enumerate(self.teammates, 1) if each.id == self.id), 0)

    @property
    def previous(self) -> Teammate | None:
        return self.teammates[self.position - 2] if self.position > 1 else None

    @property
    def next(self) -> Teammate | None:
        return self.teammates[self.position] if 0 < self.position < len(self.teammates) else None


def profile(pk: int, own: Sequence[int] | None = None) -> Profile | None:
    """None where there is no such person. One statement. With `own`, nobody but these people is told of."""
    if pk > HIGHEST:
        return None
    team = Person.objects.filter(pk=pk).values("team")
    found = Person.objects.filter(Q(pk=pk) | Q(team__in=team, is_active=True)).order_by("id")
    if own is not None:
        found = found.filter(pk__in=own)
    person = ("id", "name", "email", "is_active", "team__name", "team__slug")
    account = ("instance_id", "account_id", "name", "email", "is_active")
    rows = list(found.values_list(*person, *[f"accounts__{field}" for field in account], BESIDE))
    own_rows = [row for row in rows if row[0] == pk]
    if not own_rows:
        return None
    _id, _name, email, is_active, team_name, team_slug = own_rows[0][:6]
    names = dict(people_apart({(row[0], row[1], row[-1]) for row in rows}))
    accounts = [Account(*row[6:-1]) for row in own_rows if row[6] is not None]
    return Profile(
        id=pk,
        name=names[pk],
        email=email,
        is_active=is_active,
        team=team_name or "",
        team_slug=team_slug or NONE,
        accounts=tuple(sorted(accounts, key=lambda each: (each.instance_id, each.account_id))),
        teammates=tuple(_by_name(names.items())) if team_name else (),
    )


def _by_name(people: Collection[tuple[int, str]]) -> list[Teammate]:
    return [Teammate(*pair) for pair in sorted(people, key=lambda pair: (sort_key(pair[1]), pair[0]))]


@dataclass(frozen=True)
class Place:
    """An instance, who the person is there, and the hours on it."""

    name: str
    label: str
    swatch: int
    accounts: tuple[Account, ...]
    query: str  # empty where the filter leaves the instance out
    tally: Tally
    share: float | None
    parts: tuple[charts.Part, ...]


@dataclass(frozen=True)
class PersonReport:
    profile: Profile
    period: Period
    total: Tally
    before: Tally
    change: float | None
    days_worked: int
    average: Average
    gaps: tuple[date, ...] | None  # None: they say nothing under this filter, or of who has left
    calendar: Calendar
    trend: charts.LineChart
    trend_seconds: int
    epics: BarList
    projects: BarList
    places: tuple[Place, ...]
    latest: tuple[Entry, ...]
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs


def person_report(
    chosen: WorklogFilter,
    someone: Profile,
    instances: Sequence[JiraInstance],
    now: datetime,
    known: WorkingDays,
    week_start: int = MONDAY,
) -> PersonReport:
    """`chosen` is narrowed to the person, `now` is in the company's zone. At most 6 statements."""
    today = now.date()
    period, weeks = chosen.period, _weeks(chosen.period, today)
    cells = _cells(chosen, weeks, shown(period, week_start))
    logged = _within(cells, period)
    by_day = _seconds_by_day(logged)
    found = Compared(logged, _within(cells, period.so_far), _within(cells, period.compared))
    total, before = summed(found.now.values()), summed(found.before.values())
    is_whole = someone.is_active and chosen == type(chosen)(period, people=chosen.people)
    missing = gaps(period, by_day, today, known, someone.id) if is_whole else None
    trend = _trend(chosen, cells, weeks)
    return PersonReport(
        profile=someone,
        period=period,
        total=total,
        before=before,
        change=found.change,
        days_worked=len(by_day),
        average=average(by_day, period, known, someone.id),
        gaps=missing,
        calendar=calendar(chosen, _seconds_by_day(cells), today, known, someone.id, missing or (), week_start),
        trend=trend,
        trend_seconds=sum(point.seconds for point in trend.points),
        epics=bar_list(chosen, "epic", instances),
        projects=bar_list(chosen, "project", instances),
        places=tuple(_places(chosen, someone, instances, logged)),
        latest=tuple(entries(chosen, instances, LATEST)),
        query=chosen.query(),
    )


def _within(cells: Tallies, period: Period | None) -> Tallies:
    return {key: tally for key, tally in cells.items() if period and period.first <= key[0] <= period.last}


def _seconds_by_day(cells: Tallies) -> Mapping[date, int]:
    found: defaultdict[date, int] = defaultdict(int)
    for (day, _instance), tally in cells.items():
        found[day] += tally.seconds
    return dict(found)


def _weeks(period: Period, today: date) -> list[Period]:
    """The last weeks of a period that have begun, whole ones; but a longer period than these ends the last of them."""
    monday = week_of(max(period.first, min(period.last, today)))
    firsts = [monday - timedelta(weeks=number) for number in reversed(range(TREND))]
    weeks = [Period(first, first + timedelta(days=6)) for first in firsts]
    return [Period(week.first, min(week.last, period.last)) for week in weeks] if _is_long(period) else weeks


def _is_long(period: Period) -> bool:
    return period.days > 7 * TREND


def _cells(chosen: WorklogFilter, weeks: Sequence[Period], days: Period) -> Tallies:
    """By day and instance, of the days of the calendar, of the weeks and of what the period is compared with. One
    statement."""
    period, by = chosen.period, ("day", "instance")
    ever = LongPeriod(min(days.first, weeks[0].first), max(days.last, weeks[-1].last))
    now, before = several((chosen.at(ever), by), (chosen.at(period.compared) if period.compared else None, by))
    return before | now


def _trend(chosen: WorklogFilter, cells: Tallies, weeks: Sequence[Period]) -> charts.LineChart:
    by_day, values = _seconds_by_day(cells), []
    for week in weeks:
        label = week_label(week.first)
        seconds = sum(by_day.get(week.first + timedelta(days=number), 0) for number in range(week.days))
        values.append((label, f"{label}, {week.label}", chosen.at(week).query(), seconds))
    return charts.line_chart(values)


def _places(
    chosen: WorklogFilter, someone: Profile, instances: Sequence[JiraInstance], cells: Tallies
) -> Iterator[Place]:
    """Where the person has an account or hours."""
    sums: defaultdict[int, Tally] = defaultdict(Tally)
    for (_day, instance), tally in cells.items():
        sums[instance] += tally
    total, colours = summed(sums.values()).seconds, swatches(instances)
    longest = max((tally.seconds for tally in sums.values()), default=0)
    for instance in instances:
        accounts = tuple(each for each in someone.accounts if each.instance_id == instance.pk)
        if accounts or instance.pk in sums:
            tally, is_chosen = sums[instance.pk], chosen.has_instance(instance.slug)
            yield Place(
                name=instance.name,
                label=instance.label,
                swatch=colours[instance.pk],
                accounts=accounts,
                query=replace(chosen, instances=(instance.slug,)).query() if is_chosen else "",
                tally=tally,
                share=tally.seconds / total if total else None,
                parts=charts.stacked_row([(colours[instance.pk], tally.seconds)], longest),
            )
