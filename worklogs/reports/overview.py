"""The dashboard: what a company logged in a period, each number with the worklogs behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worklogs import charts
from worklogs.coverage import has_data, sync_state
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.periods import Period
from worklogs.reports.attention import Attention, attention
from worklogs.reports.averages import Average, average
from worklogs.reports.bars import BarList, bar_lists, bars, other_swatch, swatches
from worklogs.reports.dimensions import DIMENSIONS, Groups, person_group, team_group
from worklogs.reports.hours_chart import Series, hours_chart, instance_series
from worklogs.reports.oddities import facts_of
from worklogs.reports.tallies import Compared, Tallies, Tally, compared, summed
from worklogs.working_days import WorkingDays


@dataclass(frozen=True)
class InstanceRow:
    instance: JiraInstance
    swatch: int
    query: str
    tally: Tally
    people: int
    share: float | None
    change: float | None
    sync_state: str  # ok, late, stale, never, failed


@dataclass(frozen=True)
class Overview:
    period: Period
    total: Tally
    before: Tally
    change: float | None
    people: int
    people_before: int
    average: Average
    split: str
    series: tuple[Series, ...]
    grain: str
    chart: charts.ColumnChart
    teams: BarList
    epics: BarList
    projects: BarList
    top_people: BarList
    instances: tuple[InstanceRow, ...]
    attention: tuple[Attention, ...]
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs


def overview(chosen: WorklogFilter, instances: Sequence[JiraInstance], *, split: str, now: datetime) -> Overview:
    """`chosen` is plain (period and instances). At most 9 statements, whatever the size of the company."""
    found = compared(chosen, "person", "name", "team", "team_slug", "team_name", "instance")
    cells, before = found.now, found.before
    by_person, by_team = _by(cells, 0), _by(cells, 2)
    total, total_before = summed(cells.values()), summed(before.values())
    people, team_names = _names(cells)
    series_of = _team_series(chosen, team_names) if split == "team" else instance_series(chosen, instances)
    daily = hours_chart(chosen, split, series_of, now.date())
    epics, projects = bar_lists(chosen, ("epic", "project"), instances)
    rows = tuple(_instance_rows(chosen, instances, found, now))
    facts = facts_of(chosen, now.date())
    known = WorkingDays.of(facts.active, chosen.period)
    states = [(row.instance, row.sync_state) for row in rows if row.instance.is_active]
    return Overview(
        period=chosen.period,
        total=total,
        before=total_before,
        change=found.change,
        people=len({person for person, _instance in by_person}),
        people_before=len({person for person, *_rest in before}),
        average=average(daily.seconds, chosen.period, known),
        split=split,
        series=daily.series,
        grain=daily.grain,
        chart=daily.chart,
        teams=bars(chosen, "team", by_team, instances, top=12, names=team_names),
        epics=epics,
        projects=projects,
        top_people=bars(chosen, "person", by_person, instances, names=people),
        instances=rows,
        attention=attention(chosen, states, epics, people, facts, known, now.date()),
        query=chosen.query(),
    )


def _names(cells: Tallies) -> tuple[Groups, Groups]:
    """Of people and of teams, which the sums tell already. Teams in an order that gives each its colour."""
    people, teams = {}, {None: team_group(None, None)}
    named = {person: name for person, name, *_rest in cells}
    if len(set(named.values())) < len(named):
        named = {pk: group.label for pk, group in DIMENSIONS["person"].groups([*named]).items()}
    for person, _name, team, slug, team_name, _instance in sorted(cells, key=lambda key: key[2] or 0):
        teams[team] = team_group(slug, team_name)
        people[person] = person_group(person, named[person], team_name or "")
    return people, teams


def _by(cells: Tallies, place: int) -> dict[tuple[Any, int], Tally]:
    """By one of the columns and the instance, which comes last."""
    found: defaultdict[tuple[Any, int], Tally] = defaultdict(Tally)
    for key, tally in cells.items():
        found[key[place], key[-1]] += tally
    return found


def _team_series(chosen: WorklogFilter, names: Groups) -> Callable[[Any], Series]:
    series = {
        team_id: Series(team.key, team.label, other_swatch(number - 1) if team_id else 0, chosen.query(team=team.key))
        for number, (team_id, team) in enumerate(names.items())
    }
    return lambda team_id: series[team_id]


def _instance_rows(
    chosen: WorklogFilter, instances: Sequence[JiraInstance], found: Compared, now: datetime
) -> Iterator[InstanceRow]:
    colours, total = swatches(instances), summed(found.now.values())
    before = chosen.period.compared
    for instance in instances:
        own = Compared(*[_of(each, instance) for each in (found.now, found.so_far, found.before)])
        tally = summed(own.now.values())
        if not chosen.has_instance(instance.slug) or not instance.is_active and not own.now:
            continue
        yield InstanceRow(
            instance=instance,
            swatch=colours[instance.pk],
            query=chosen.query(instance=instance.slug),
            tally=tally,
            people=len({key[0] for key in own.now}),
            share=tally.seconds / total.seconds if total.seconds else None,
            change=own.change if before and has_data(before, [instance]) else None,
            sync_state=sync_state(instance, now),
        )


def _of(cells: Tallies, instance: JiraInstance) -> Tallies:
    return {key: tally for key, tally in cells.items() if key[-1] == instance.pk}
