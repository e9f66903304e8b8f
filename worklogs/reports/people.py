"""Everyone with what they logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from worklogs import charts
from worklogs.filters import NAMED, NONE, WorklogFilter
from worklogs.models import JiraAccount, Team, Worklog
from worklogs.models.totals import PersonDayTotal
from worklogs.reports.members import Member, Sums, by_person, members, trends
from worklogs.reports.sorting import Column, in_order
from worklogs.reports.tallies import Tally, change, compared, summed

PAGE = 100
STATUSES = ("", "active", "deactivated", "all")  # "": active, and whoever logged something


@dataclass(frozen=True)
class PersonRow:
    """What only the rows of the page have, stands below `before`."""

    member: Member
    team: str
    team_slug: str
    tally: Tally
    before: Tally
    days: int = 0  # with any work
    accounts: int = 0
    trend: charts.Sparkline | None = None
    url: str = ""
    team_url: str = ""
    query: str = ""

    @property
    def change(self) -> float | None:
        return change(self.tally.seconds, self.before.seconds)

    @property
    def average_seconds(self) -> int | None:
        return self.tally.seconds // self.days if self.days else None


@dataclass(frozen=True)
class PeopleList:
    """A page of them; `shown` is what its rows come to, `total` what all of them do."""

    rows: tuple[PersonRow, ...]
    count: int
    shown: Tally
    total: Tally
    before: Tally
    page: int
    pages: int
    query: str  # of the worklogs of the total; empty where no query can name so many people
    teams: tuple[tuple[str, str], ...]

    @property
    def change(self) -> float | None:
        return change(self.total.seconds, self.before.seconds)


COLUMNS: Mapping[str, Column[PersonRow]] = {
    "name": Column(gettext_lazy("Person"), lambda row: row.member.name.casefold(), "main"),
    "team": Column(gettext_lazy("Team"), lambda row: row.team.casefold() or None, "o1"),
    "trend": Column(gettext_lazy("12 months"), None, "opt"),
    "change": Column(gettext_lazy("Change"), lambda row: row.change, "r opt"),
    "billable": Column(gettext_lazy("Billable"), lambda row: row.tally.billable_share, "r opt"),
    "days": Column(gettext_lazy("Days"), lambda row: row.days),
    "average": Column(gettext_lazy("A day"), lambda row: row.average_seconds, "r opt"),
    "last": Column(gettext_lazy("Last entry"), lambda row: row.member.last_on, "r o2"),
    "accounts": Column(gettext_lazy("Accounts"), None, "r opt"),
    "hours": Column(gettext_lazy("Hours"), lambda row: row.tally.seconds),
}
DEFAULT_SORT = "-hours"
BY_DAYS = ("days", "average")


def people_list(
    chosen: WorklogFilter,
    today: date,
    *,
    own: Sequence[int] | None = None,
    sort: str = DEFAULT_SORT,
    name: str = "",
    status: str = "",
    page: int = 1,
) -> PeopleList:
    """At most 6 statements. BadFilter on a column that there is not. A page beyond the last is the last."""
    teams = _teams()
    ordered = _ordered(chosen, teams, own, sort, name, status, has_days=sort.removeprefix("-") in BY_DAYS)
    pages = max(-(-len(ordered) // PAGE), 1)
    page = min(max(page, 1), pages)
    rows = ordered[(page - 1) * PAGE : page * PAGE]
    return PeopleList(
        rows=tuple(_completed(chosen, rows, today)),
        count=len(ordered),
        shown=summed(row.tally for row in rows),
        total=summed(row.tally for row in ordered),
        before=summed(row.before for row in ordered),
        page=page,
        pages=pages,
        query=_query(chosen, ordered, is_all=not name and status in ("", "all")),
        teams=tuple((team.slug, team.name) for team in teams.values()) if own is None else (),
    )


def everyone(
    chosen: WorklogFilter,
    *,
    own: Sequence[int] | None = None,
    sort: str = DEFAULT_SORT,
    name: str = "",
    status: str = "",
) -> list[PersonRow]:
    """The rows of every page, as a file has them: without lines and links. 5 statements. BadFilter as above."""
    counts = _accounts(JiraAccount.objects.all())
    rows = _ordered(chosen, _teams(), own, sort, name, status, has_days=True)
    return [replace(row, accounts=counts.get(row.member.id, 0)) for row in rows]


def _teams() -> dict[int, Team]:
    return {team.pk: team for team in Team.objects.order_by("name", "id")}


def _ordered(
    chosen: WorklogFilter,
    teams: Mapping[int, Team],
    own: Sequence[int] | None,
    sort: str,
    name: str,
    status: str,
    *,
    has_days: bool,
) -> list[PersonRow]:
    now, before = map(by_person, compared(chosen, "person"))
    found = [
        _row(each, teams.get(each.team_id or 0), now, before)
        for each in members(chosen, own).values()
        if _is_wanted(each, chosen, teams, {**now, **before}, name.casefold(), status)
    ]
    return in_order(_with_days(chosen, found) if has_days else found, COLUMNS, sort)


def _accounts(found: "QuerySet[JiraAccount]") -> dict[int, int]:
    """How many each person has."""
    return dict(found.order_by().values_list("person").annotate(Count("id")))


def _is_wanted(
    member: Member, chosen: WorklogFilter, teams: Mapping[int, Team], logged: Sums, name: str, status: str
) -> bool:
    """Who was deactivated still stands here with the hours of this period, or of the one it is compared with."""
    team = teams.get(member.team_id or 0)
    if chosen.teams and (team.slug if team else NONE) not in chosen.teams:
        return False
    if chosen.people and member.id not in chosen.people:
        return False
    if name and name not in member.name.casefold() and name not in member.email.casefold():
        return False
    if status in ("active", "deactivated"):
        return member.is_active == (status == "active")
    return status == "all" or member.is_active or member.id in logged


def _row(member: Member, team: Team | None, now: Sums, before: Sums) -> PersonRow:
    return PersonRow(
        member=member,
        team=team.name if team else "",
        team_slug=team.slug if team else NONE,
        tally=now.get(member.id, Tally()),
        before=before.get(member.id, Tally()),
    )


def _with_days(chosen: WorklogFilter, rows: Sequence[PersonRow]) -> list[PersonRow]:
    narrowed = replace(chosen, people=tuple(row.member.id for row in rows)) if len(rows) <= PAGE else chosen
    source = PersonDayTotal if narrowed.columns <= {"person", "day"} else Worklog
    days = dict(narrowed.among(source).order_by().values_list("person").annotate(Count("day", distinct=True)))
    return [replace(row, days=days.get(row.member.id, 0)) for row in rows]


def _completed(chosen: WorklogFilter, rows: Sequence[PersonRow], today: date) -> list[PersonRow]:
    """With what is worth asking for the shown rows alone."""
    ids = tuple(row.member.id for row in rows)
    if not ids:
        return []
    lines = trends(replace(chosen, people=ids), "person", today)
    page = type(chosen)(chosen.period, instances=chosen.instances).query()
    accounts = _accounts(JiraAccount.objects.filter(person__in=ids))
    return [
        replace(
            row,
            trend=lines.get(row.member.id),
            accounts=accounts.get(row.member.id, 0),
            url=reverse("person", args=[row.member.id]) + page,
            team_url=reverse("team", args=[row.team_slug]) + page,
            query=chosen.query(person=row.member.id),
        )
        for row in _with_days(chosen, rows)
    ]


def _query(chosen: WorklogFilter, rows: Sequence[PersonRow], *, is_all: bool) -> str:
    if is_all:
        return chosen.query()
    return chosen.query(person=tuple(row.member.id for row in rows)) if 0 < len(rows) <= NAMED else ""
