"""Every team with what it logged, and those who are in none."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs import charts
from worklogs.filters import NAMED, NONE, WorklogFilter
from worklogs.folding import fold, sort_key
from worklogs.models import JiraInstance, Team
from worklogs.reports.bars import swatches
from worklogs.reports.members import Logged, Member, members, trends
from worklogs.reports.sorting import Column, in_order
from worklogs.reports.tallies import Tallies, Tally, change, compared, summed


@dataclass(frozen=True)
class TeamRow:
    id: int | None
    name: str
    slug: str  # NONE: who is in no team
    url: str
    query: str  # of its worklogs; of a total empty where no link can name so many teams
    tally: Tally
    so_far: Tally
    before: Tally
    people: int  # active, and whoever logged, as the list of people has them: in the period, or the one before
    logged: int  # of them, in the period
    last_on: date | None
    share: float | None = None
    parts: tuple[charts.Part, ...] = ()
    trend: charts.Sparkline | None = None

    @property
    def change(self) -> float | None:
        return change(self.so_far.seconds, self.before.seconds)


@dataclass(frozen=True)
class TeamList:
    rows: tuple[TeamRow, ...]
    total: TeamRow  # of these rows

    @property
    def is_empty(self) -> bool:
        return not self.total.tally.worklogs


COLUMNS: Mapping[str, Column[TeamRow]] = {
    "name": Column(gettext_lazy("Team"), lambda row: sort_key(row.name), "main"),
    "people": Column(gettext_lazy("People"), lambda row: row.people),
    "bar": Column(gettext_lazy("By instance"), None, "barc"),
    "trend": Column(gettext_lazy("12 months"), None, "opt"),
    "share": Column(gettext_lazy("Share"), lambda row: row.share, "r opt"),
    "change": Column(gettext_lazy("Change"), lambda row: row.change),
    "billable": Column(gettext_lazy("Billable"), lambda row: row.tally.billable_share, "r opt"),
    "last": Column(gettext_lazy("Last worklog"), lambda row: row.last_on, "r o1"),
    "hours": Column(gettext_lazy("Hours"), lambda row: row.tally.seconds),
}
DEFAULT_SORT = "-hours"


def team_list(
    chosen: WorklogFilter,
    instances: Sequence[JiraInstance],
    today: date,
    *,
    own: Sequence[int] | None = None,
    sort: str = DEFAULT_SORT,
    name: str = "",
) -> TeamList:
    """Four statements. People without a team stand last, where there are any or they have hours."""
    everyone = members(chosen, own)
    found = compared(chosen, "person", "instance")
    logged = Logged.of(found)
    lines, bars = trends(chosen, "team", today), _bars(found.now, everyone, instances)
    every = team_rows(chosen, everyone.values(), logged, own=own)
    rows = [each for each in every if each.slug != NONE and fold(name) in fold(each.name)]
    rest = [each for each in every if each.slug == NONE and (each.people or each.tally.worklogs) and not name]
    rows = [*in_order(rows, COLUMNS, sort), *rest]
    shown = tuple(replace(row, trend=lines.get(row.id), parts=bars.get(row.id, ())) for row in rows)
    return TeamList(shown, _total(chosen, rows, everyone.values(), logged, is_all=not name))


def _total(
    chosen: WorklogFilter,
    rows: Sequence[TeamRow],
    everyone: Collection[Member],
    logged: Logged,
    *,
    is_all: bool,
) -> TeamRow:
    slugs, ids = tuple(row.slug for row in rows), {row.id for row in rows}
    query = chosen.query() if is_all else chosen.query(team=slugs) if 0 < len(slugs) <= NAMED else ""
    of_them = everyone if is_all else [member for member in everyone if member.team_id in ids]
    shares = [row.share for row in rows if row.share is not None]
    return replace(_row(None, query, of_them, logged), name=_("Total"), share=sum(shares) if shares else None)


def _bars(
    cells: Tallies, everyone: Mapping[int, Member], instances: Sequence[JiraInstance]
) -> dict[int | None, tuple[charts.Part, ...]]:
    """Of each team, coloured by instance; the longest fills its width."""
    sums: defaultdict[int | None, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (person, instance), tally in cells.items():
        sums[everyone[person].team_id][instance] += tally.seconds
    longest = max((sum(parts.values()) for parts in sums.values()), default=0)
    colours = swatches(instances).items()
    return {
        team: charts.stacked_row([(swatch, parts[pk]) for pk, swatch in colours if pk in parts], longest)
        for team, parts in sums.items()
    }


def team_rows(
    chosen: WorklogFilter,
    everyone: Iterable[Member],
    logged: Logged,
    *,
    own: Sequence[int] | None = None,
) -> list[TeamRow]:
    """Those that the filter does not exclude, by name, and last who is in none."""
    by_team: defaultdict[int | None, list[Member]] = defaultdict(list)
    for member in everyone:
        by_team[member.team_id].append(member)
    teams = sorted(Team.objects.order_by("id"), key=lambda team: sort_key(team.name))
    teams = [team for team in teams if own is None or team.pk in by_team]
    total = summed(logged.now.values()).seconds
    found = [
        _row(team, replace(chosen, teams=(_slug(team),)).query(), by_team[_id(team)], logged)
        for team in (*teams, None)
        if _slug(team) not in chosen.excluded.teams
    ]
    return [replace(row, share=row.tally.seconds / total if total else None) for row in found]


def _id(team: Team | None) -> int | None:
    return team.pk if team else None


def _slug(team: Team | None) -> str:
    return team.slug if team else NONE


def _row(team: Team | None, query: str, people: Collection[Member], logged: Logged) -> TeamRow:
    slug = _slug(team)
    return TeamRow(
        id=_id(team),
        name=team.name if team else _("No team"),
        slug=slug,
        url=reverse("team", args=[slug]),
        query=query,
        tally=summed(logged.now[member.id] for member in people if member.id in logged.now),
        so_far=summed(logged.so_far[member.id] for member in people if member.id in logged.so_far),
        before=summed(logged.before[member.id] for member in people if member.id in logged.before),
        people=sum(logged.has(member) for member in people),
        logged=sum(member.id in logged.now for member in people),
        last_on=max((member.last_on for member in people if member.last_on), default=None),
    )
