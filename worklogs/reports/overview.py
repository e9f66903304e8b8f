"""The dashboard: what a company logged in a period, each number with the worklogs behind it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from worklogs import charts
from worklogs.filters import NONE, WorklogFilter
from worklogs.models import Issue, JiraInstance, Person, Team
from worklogs.periods import Period
from worklogs.reports.hours_chart import Series, hours_chart
from worklogs.reports.tallies import Tally, summed, tallies

TOP = 8
LATE, STALE = timedelta(hours=26), timedelta(days=3)


@dataclass(frozen=True)
class BarRow:
    label: str
    query: str
    tally: Tally
    share: float | None
    parts: tuple[charts.Part, ...]
    key: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BarList:
    """The first rows, what the rest and those without come to, and the total that they all add up to."""

    rows: tuple[BarRow, ...]
    more: int
    more_tally: Tally
    without: BarRow | None
    total: Tally


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
class Attention:
    level: str  # bad, warn, info
    title: str
    detail: str
    action: str
    query: str  # of the worklogs page; empty: the sync page


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
    top_people: BarList
    instances: tuple[InstanceRow, ...]
    attention: tuple[Attention, ...]
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs


def swatches(instances: Sequence[JiraInstance]) -> dict[int, int]:
    """Colour means instance, everywhere: 1 to 8 by the order in which they were added."""
    return {instance.pk: number % 8 + 1 for number, instance in enumerate(instances)}


def change(now: int, before: int) -> float | None:
    """How much more or less, as a share of what was; None when nothing was."""
    return (now - before) / before if before else None


def overview(chosen: WorklogFilter, instances: Sequence[JiraInstance], *, split: str, now: datetime) -> Overview:
    """`chosen` is plain (period and instances). At most 8 statements, whatever the size of the company."""
    by_person = tallies(chosen, "person", "instance")
    before = tallies(chosen.at(chosen.period.previous), "person", "instance")
    people = {person.pk: person for person in Person.objects.only("id", "name", "team_id")}
    teams = {team.pk: team for team in Team.objects.all()}
    colours = swatches(instances)
    total, total_before = summed(by_person.values()), summed(before.values())
    if split == "team":
        daily = hours_chart(chosen, "team", _team_series(teams, chosen), now.date())
    else:
        daily = hours_chart(chosen, "instance", _instance_series(instances, colours, chosen), now.date())
    epics = _epics(chosen, colours)
    rows = _instance_rows(chosen, instances, by_person, before, now)
    return Overview(
        period=chosen.period,
        previous=chosen.period.previous,
        total=total,
        before=total_before,
        change=change(total.seconds, total_before.seconds),
        people=len({person for person, _ in by_person}),
        people_before=len({person for person, _ in before}),
        days_worked=daily.days_worked,
        average_seconds=total.seconds // daily.days_worked if daily.days_worked else 0,
        split=split,
        series=daily.series,
        grain=daily.grain,
        chart=daily.chart,
        teams=_teams(chosen, by_person, people, teams, colours),
        epics=epics,
        top_people=_top_people(chosen, by_person, people, teams, colours),
        instances=rows,
        attention=tuple(_attention(chosen, rows, epics, now.date())),
        query=chosen.query(),
    )


def _instance_series(
    instances: Sequence[JiraInstance], colours: dict[int, int], chosen: WorklogFilter
) -> Callable[[Any], Series]:
    names = {
        each.pk: Series(each.slug, each.name, colours[each.pk], chosen.query(instance=each.slug)) for each in instances
    }
    return lambda instance_id: names[instance_id]


def _team_series(teams: dict[int, Team], chosen: WorklogFilter) -> Callable[[Any], Series]:
    series: dict[int | None, Series] = {
        team.pk: Series(team.slug, team.name, number % 8 + 1, chosen.query(team=team.slug))
        for number, team in enumerate(teams.values())
    }
    series[None] = Series(NONE, _("No team"), 0, chosen.query(team=NONE))
    return lambda team_id: series[team_id]


Cells = dict[tuple[Any, ...], Tally]


def _bars(
    groups: dict[Any, dict[int, Tally]], row: Callable[[Any], dict[str, str]], colours: dict[int, int], top: int
) -> BarList:
    """`groups` maps a key to its tally by instance; key None is "without", shown apart and last."""
    sums = {key: summed(parts.values()) for key, parts in groups.items()}
    total = summed(sums.values())
    ranked = _ranked(sums)
    longest = max((tally.seconds for tally in sums.values()), default=0)

    def bar(key: Any) -> BarRow:
        amounts = [(swatch, groups[key][pk].seconds) for pk, swatch in colours.items() if pk in groups[key]]
        share = sums[key].seconds / total.seconds if total.seconds else None
        return BarRow(tally=sums[key], share=share, parts=charts.stacked_row(amounts, longest), **row(key))

    return BarList(
        rows=tuple(bar(key) for key in ranked[:top]),
        more=len(ranked[top:]),
        more_tally=summed(sums[key] for key in ranked[top:]),
        without=bar(None) if None in groups else None,
        total=total,
    )


def _ranked(sums: dict[Any, Tally]) -> list[Any]:
    """The keys, the most hours first; equal hours have an order too, so that every look gives the same rows."""
    return sorted((key for key in sums if key is not None), key=lambda key: (-sums[key].seconds, key))


def _grouped(cells: Cells, key_of: Callable[[Any], Any]) -> dict[Any, dict[int, Tally]]:
    groups: defaultdict[Any, defaultdict[int, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for (key, instance_id), tally in cells.items():
        groups[key_of(key)][instance_id] += tally
    return {key: dict(parts) for key, parts in groups.items()}


def _teams(
    chosen: WorklogFilter, cells: Cells, people: dict[int, Person], teams: dict[int, Team], colours: dict[int, int]
) -> BarList:
    def row(team_id: int | None) -> dict[str, str]:
        if team_id is None:
            return {"label": _("No team"), "query": chosen.query(team=NONE)}
        return {"label": teams[team_id].name, "query": chosen.query(team=teams[team_id].slug)}

    groups = _grouped(cells, lambda person_id: people[person_id].team_id)
    return _bars(groups, row, colours, top=12)


def _top_people(
    chosen: WorklogFilter, cells: Cells, people: dict[int, Person], teams: dict[int, Team], colours: dict[int, int]
) -> BarList:
    def row(person_id: int) -> dict[str, str]:
        person = people[person_id]
        team = teams.get(person.team_id or 0)
        return {"label": person.name, "detail": team.name if team else "", "query": chosen.query(person=person_id)}

    return _bars(_grouped(cells, lambda person_id: person_id), row, colours, TOP)


def _epics(chosen: WorklogFilter, colours: dict[int, int]) -> BarList:
    groups = _grouped(tallies(chosen, "epic", "instance"), lambda epic_id: epic_id)
    shown = _ranked({key: summed(parts.values()) for key, parts in groups.items()})[:TOP]
    names = Issue.objects.only("id", "key", "summary", "external_id").in_bulk(shown)

    def row(epic_id: int | None) -> dict[str, str]:
        if epic_id is None:
            return {"label": _("No epic"), "query": chosen.query(epic=NONE)}
        epic = names[epic_id]
        return {"key": str(epic), "label": epic.summary or str(epic), "query": chosen.query(epic=epic_id)}

    return _bars(groups, row, colours, TOP)


def _instance_rows(
    chosen: WorklogFilter,
    instances: Sequence[JiraInstance],
    cells: Cells,
    before: Cells,
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


def _attention(chosen: WorklogFilter, rows: Sequence[InstanceRow], epics: BarList, today: date) -> Any:
    for row in rows:
        name = row.instance.name
        if row.sync_state == "failed":
            yield Attention("bad", _("%s could not be read") % name, row.instance.sync_error, _("Open sync"), "")
        elif row.sync_state == "never":
            yield Attention("warn", _("%s has never been read") % name, _("Its hours are missing."), _("Sync"), "")
        elif row.sync_state == "stale":
            yield Attention("warn", _("%s has not been read for days") % name, "", _("Sync"), "")
    if epics.without and epics.without.tally.worklogs:
        count = epics.without.tally.worklogs
        title = ngettext("%(n)s worklog without an epic", "%(n)s worklogs without an epic", count) % {"n": count}
        share = epics.without.share or 0
        yield Attention(
            "info",
            title,
            _("%(share)s %% of all hours") % {"share": f"{100 * share:.1f}"},
            _("Review"),
            epics.without.query,
        )
