"""A team: what its members logged, when, and on what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.urls import reverse

from worklogs import charts
from worklogs.filters import NONE, WorklogFilter
from worklogs.models import JiraInstance
from worklogs.periods import Period
from worklogs.reports.bars import BarList, bar_list, swatches
from worklogs.reports.hours_chart import Series, hours_chart, instance_series
from worklogs.reports.matrix import Matrix, matrix
from worklogs.reports.members import Logged, Member, members, query_of
from worklogs.reports.tallies import Tallies, Tally, change, compared, summed
from worklogs.reports.teams import TeamRow, team_rows

SHOWN = 100


@dataclass(frozen=True)
class MemberRow:
    member: Member
    url: str
    query: str
    tally: Tally
    so_far: Tally
    before: Tally
    share: float | None  # of the team
    parts: tuple[charts.Part, ...]

    @property
    def change(self) -> float | None:
        return change(self.so_far.seconds, self.before.seconds)


@dataclass(frozen=True)
class TeamReport:
    """`row` is the team as the list of teams tells it."""

    row: TeamRow
    teams: tuple[TeamRow, ...]
    position: int
    period: Period
    total: Tally
    before: Tally
    change: float | None
    average_seconds: int | None
    grain: str
    series: tuple[Series, ...]
    chart: charts.ColumnChart
    matrix: Matrix
    epics: BarList
    members: tuple[MemberRow, ...]
    more: int  # members without a row of their own, and what they come to
    more_tally: Tally
    more_query: str  # of their worklogs; empty where no link can name so many
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs

    @property
    def previous(self) -> TeamRow | None:
        return self.teams[self.position - 2] if self.position > 1 else None

    @property
    def next(self) -> TeamRow | None:
        return self.teams[self.position] if self.position < len(self.teams) else None


def team_report(
    chosen: WorklogFilter,
    slug: str,
    instances: Sequence[JiraInstance],
    today: date,
    *,
    own: Sequence[int] | None = None,
    grain: str = "",
) -> TeamReport | None:
    """None where there is no such team. `chosen` asks for no team, nor excludes this one; NONE is who is in none. At
    most 9 statements."""
    everyone = members(chosen, own)
    found = compared(chosen, "person", "instance")
    logged = Logged.of(found)
    teams = _listed(team_rows(chosen, everyone.values(), logged, own=own), slug)
    row = next((each for each in teams if each.slug == slug), None)
    if row is None:
        return None
    narrowed = replace(chosen, teams=(slug,))
    people = [each for each in everyone.values() if each.team_id == row.id]
    rows = _members(narrowed, people, found.now, logged, swatches(instances))
    chart = hours_chart(narrowed, "instance", instance_series(narrowed, instances), today)
    return TeamReport(
        row=row,
        teams=tuple(teams),
        position=teams.index(row) + 1,
        period=chosen.period,
        total=row.tally,
        before=row.before,
        change=row.change,
        average_seconds=row.tally.seconds // row.logged if row.logged else None,
        grain=chart.grain,
        series=chart.series,
        chart=chart.chart,
        matrix=matrix(narrowed, people, today, grain),
        epics=bar_list(narrowed, "epic", instances),
        members=rows[:SHOWN],
        more=len(rows[SHOWN:]),
        more_tally=summed(each.tally for each in rows[SHOWN:]),
        more_query=query_of(narrowed, [each.member.id for each in rows[SHOWN:] if each.tally.worklogs]),
        query=narrowed.query(),
    )


def _listed(teams: list[TeamRow], slug: str) -> list[TeamRow]:
    """Without the row of nobody, unless it is asked for."""
    return [each for each in teams if each.slug != NONE or each.people or each.tally.worklogs or slug == NONE]


def _members(
    chosen: WorklogFilter, people: Sequence[Member], cells: Tallies, logged: Logged, colours: Mapping[int, int]
) -> tuple[MemberRow, ...]:
    """Who is active or logged something, in the period or the one before; the most hours first."""
    parts: defaultdict[int, dict[int, Tally]] = defaultdict(dict)
    for (person, instance), tally in cells.items():
        parts[person][instance] = tally
    sums, shown = logged.now, [each for each in people if logged.has(each)]
    total = sum(sums[each.id].seconds for each in shown if each.id in sums)
    longest = max((sums[each.id].seconds for each in shown if each.id in sums), default=0)
    page = chosen.plain.query()
    anyone = replace(chosen, people=()).query()

    def row(member: Member) -> MemberRow:
        tally, found = sums.get(member.id, Tally()), parts[member.id]
        amounts: list[Any] = [(swatch, found[pk].seconds) for pk, swatch in colours.items() if pk in found]
        return MemberRow(
            member=member,
            url=reverse("person", args=[member.id]) + page,
            query=f"{anyone}&person={member.id}",
            tally=tally,
            so_far=logged.so_far.get(member.id, Tally()),
            before=logged.before.get(member.id, Tally()),
            share=tally.seconds / total if total else None,
            parts=charts.stacked_row(amounts, longest),
        )

    return tuple(sorted(map(row, shown), key=lambda each: -each.tally.seconds))
