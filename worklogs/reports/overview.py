"""The dashboard: what a company logged in a period, each number with the worklogs behind it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.periods import Period
from worklogs.reports.attention import Attention, attention
from worklogs.reports.bars import BarList, bar_list, bars, swatches
from worklogs.reports.dimensions import Groups, person_group, team_group
from worklogs.reports.hours_chart import Series, hours_chart, instance_series
from worklogs.reports.tallies import Tallies, Tally, change, compared, summed

LATE, STALE = timedelta(hours=26), timedelta(days=3)


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
    previous: Period
    total: Tally
    before: Tally
    change: float | None
    people: int
    people_before: int
    days_worked: int
    average_seconds: int
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
    cells, before = compared(chosen, "person", "name", "team", "team_slug", "team_name", "instance")
    by_person, by_team = _by(cells, 0), _by(cells, 2)
    total, total_before = summed(cells.values()), summed(before.values())
    people, team_names = _names(cells)
    series_of = _team_series(chosen, team_names) if split == "team" else instance_series(chosen, instances)
    daily = hours_chart(chosen, split, series_of, now.date())
    epics = bar_list(chosen, "epic", instances)
    rows = _instance_rows(chosen, instances, by_person, _by(before, 0), now)
    states = [(row.instance, row.sync_state) for row in rows if row.instance.is_active]
    return Overview(
        period=chosen.period,
        previous=chosen.period.previous,
        total=total,
        before=total_before,
        change=change(total.seconds, total_before.seconds),
        people=len({person for person, _instance in by_person}),
        people_before=len({person for person, *_rest in before}),
        days_worked=daily.days_worked,
        average_seconds=total.seconds // daily.days_worked if daily.days_worked else 0,
        split=split,
        series=daily.series,
        grain=daily.grain,
        chart=daily.chart,
        teams=bars(chosen, "team", by_team, instances, top=12, names=team_names),
        epics=epics,
        projects=bar_list(chosen, "project", instances),
        top_people=bars(chosen, "person", by_person, instances, names=people),
        instances=rows,
        attention=attention(chosen, states, epics, people, now.date()),
        query=chosen.query(),
    )


def _names(cells: Tallies) -> tuple[Groups, Groups]:
    """Of people and of teams, which the sums tell already. Teams in an order that gives each its colour."""
    people, teams = {}, {None: team_group(None, None)}
    for person, name, team, slug, team_name, _instance in sorted(cells, key=lambda key: key[2] or 0):
        teams[team] = team_group(slug, team_name)
        people[person] = person_group(person, name, team_name or "")
    return people, teams


def _by(cells: Tallies, place: int) -> dict[tuple[Any, int], Tally]:
    """By one of the columns and the instance, which comes last."""
    found: defaultdict[tuple[Any, int], Tally] = defaultdict(Tally)
    for key, tally in cells.items():
        found[key[place], key[-1]] += tally
    return found


def _team_series(chosen: WorklogFilter, names: Groups) -> Callable[[Any], Series]:
    series = {
        team_id: Series(team.key, team.label, (number - 1) % 8 + 1 if team_id else 0, chosen.query(team=team.key))
        for number, (team_id, team) in enumerate(names.items())
    }
    return lambda team_id: series[team_id]


def _instance_rows(
    chosen: WorklogFilter,
    instances: Sequence[JiraInstance],
    cells: Mapping[tuple[Any, int], Tally],
    before: Mapping[tuple[Any, int], Tally],
    now: datetime,
) -> tuple[InstanceRow, ...]:
    total, colours, rows = summed(cells.values()), swatches(instances), []
    for instance in instances:
        if chosen.instances and instance.slug not in chosen.instances:
            continue
        tally = summed(tally for (_person, pk), tally in cells.items() if pk == instance.pk)
        earlier = summed(tally for (_person, pk), tally in before.items() if pk == instance.pk)
        if not instance.is_active and not tally.worklogs:
            continue
        rows.append(
            InstanceRow(
                instance=instance,
                swatch=colours[instance.pk],
                query=chosen.query(instance=instance.slug),
                tally=tally,
                people=sum(1 for _person, pk in cells if pk == instance.pk),
                share=tally.seconds / total.seconds if total.seconds else None,
                change=change(tally.seconds, earlier.seconds),
                sync_state=sync_state(instance, now),
            )
        )
    return tuple(rows)


def sync_state(instance: JiraInstance, now: datetime) -> str:
    if instance.sync_error:
        return "failed"
    if instance.synced_at is None:
        return "never"
    age = now - instance.synced_at
    return "stale" if age > STALE else "late" if age > LATE else "ok"
