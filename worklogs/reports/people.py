"""Everyone with what they logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from worklogs import charts
from worklogs.filters import NAMED, NONE, WorklogFilter
from worklogs.folding import fold, sort_key
from worklogs.models import JiraAccount, Person, Team, Worklog
from worklogs.models.totals import PersonDayTotal
from worklogs.reports.averages import averages
from worklogs.reports.members import Logged, Member, members, trends
from worklogs.reports.missing import Days, days_over, is_whole, missing_days
from worklogs.reports.sorting import Column, in_order
from worklogs.reports.tallies import Tally, change, compared, summed
from worklogs.working_days import WorkingDays

PAGE = 100
LONGEST = 366  # days of a period of which somebody asks who has not logged
STATUSES = ("", "active", "deactivated", "all")  # "": active, and whoever logged something


@dataclass(frozen=True)
class Wanted:
    """Whom the list is narrowed to."""

    name: str = ""  # or e-mail address, in part
    status: str = ""
    under: int | None = None  # seconds that they logged less than
    is_missing: bool = False  # with missing days alone

    def __bool__(self) -> bool:
        return self != Wanted()

    @property
    def is_everyone(self) -> bool:
        """Whoever has worklogs is in the list."""
        return self in (Wanted(), Wanted(status="all"))


@dataclass(frozen=True)
class PersonRow:
    """What only the rows of the page have, stands below `before`."""

    member: Member
    team: str
    team_slug: str
    tally: Tally
    so_far: Tally
    before: Tally
    days: int = 0  # with any work
    average_seconds: int | None = None  # of a working day; None where there is none
    missing: int | None = None  # working days without any; None where they say nothing
    accounts: int = 0
    trend: charts.Sparkline | None = None
    url: str = ""
    team_url: str = ""
    query: str = ""

    @property
    def change(self) -> float | None:
        return change(self.so_far.seconds, self.before.seconds)


@dataclass(frozen=True)
class PeopleList:
    """A page of them; `shown` is what its rows come to, `total` what all of them do."""

    rows: tuple[PersonRow, ...]
    count: int
    shown: Tally
    total: Tally
    so_far: Tally
    before: Tally
    page: int
    pages: int
    query: str  # of the worklogs of the total; empty where no query can name so many people
    teams: tuple[tuple[str, str], ...]
    has_people: bool  # in the company, whoever of them the list is narrowed to

    @property
    def change(self) -> float | None:
        return change(self.so_far.seconds, self.before.seconds)


COLUMNS: Mapping[str, Column[PersonRow]] = {
    "name": Column(gettext_lazy("Person"), lambda row: sort_key(row.member.name), "main"),
    "team": Column(gettext_lazy("Team"), lambda row: sort_key(row.team) if row.team else None, "o1"),
    "trend": Column(gettext_lazy("12 months"), None, "opt"),
    "change": Column(gettext_lazy("Change"), lambda row: row.change, "r opt"),
    "billable": Column(gettext_lazy("Billable"), lambda row: row.tally.billable_share, "r opt"),
    "days": Column(gettext_lazy("Days"), lambda row: row.days),
    "missing": Column(gettext_lazy("Missing days"), lambda row: row.missing),
    "average": Column(gettext_lazy("Per day"), lambda row: row.average_seconds, "r opt"),
    "last": Column(gettext_lazy("Last worklog"), lambda row: row.member.last_on, "r o2"),
    "accounts": Column(gettext_lazy("Accounts"), None, "r opt"),
    "hours": Column(gettext_lazy("Hours"), lambda row: row.tally.seconds),
}
DEFAULT_SORT = "-hours"
BY_DAYS = ("days", "average", "missing")


def people_list(
    chosen: WorklogFilter,
    today: date,
    *,
    own: Sequence[int] | None = None,
    sort: str = DEFAULT_SORT,
    wanted: Wanted = Wanted(),  # noqa: B008 - it is frozen
    page: int = 1,
) -> PeopleList:
    """At most 7 statements. BadFilter on a column that there is not. A page beyond the last is the last."""
    teams, by = _teams(), sort.removeprefix("-")
    found = _found(chosen, teams, own, wanted)
    has_days = by in BY_DAYS or wanted.is_missing
    found = _with_days(chosen, found, today, wanted) if has_days else found
    ordered = in_order(found, COLUMNS, sort)
    pages = max(-(-len(ordered) // PAGE), 1)
    page = min(max(page, 1), pages)
    rows = ordered[(page - 1) * PAGE : page * PAGE]
    rows = rows if has_days else _with_days(chosen, rows, today, wanted)
    return PeopleList(
        rows=tuple(_completed(chosen, rows, today)),
        count=len(ordered),
        shown=summed(row.tally for row in rows),
        total=summed(row.tally for row in ordered),
        so_far=summed(row.so_far for row in ordered),
        before=summed(row.before for row in ordered),
        page=page,
        pages=pages,
        query=_query(chosen, ordered, is_all=wanted.is_everyone),
        teams=tuple((team.slug, team.name) for team in teams.values()) if own is None else (),
        has_people=bool(ordered) or Person.objects.exists(),
    )


def everyone(
    chosen: WorklogFilter,
    today: date,
    *,
    own: Sequence[int] | None = None,
    sort: str = DEFAULT_SORT,
    wanted: Wanted = Wanted(),  # noqa: B008 - it is frozen
) -> list[PersonRow]:
    """The rows of every page, as a file has them: without lines and links. 6 statements. BadFilter as above."""
    counts = _accounts(JiraAccount.objects.all())
    found = _with_days(chosen, _found(chosen, _teams(), own, wanted), today, wanted)
    rows = in_order(found, COLUMNS, sort)
    return [replace(row, accounts=counts.get(row.member.id, 0)) for row in rows]


def _teams() -> dict[int, Team]:
    return {team.pk: team for team in sorted(Team.objects.order_by("id"), key=lambda team: sort_key(team.name))}


def _found(
    chosen: WorklogFilter, teams: Mapping[int, Team], own: Sequence[int] | None, wanted: Wanted
) -> list[PersonRow]:
    logged = Logged.of(compared(chosen, "person"))
    rows = [
        _row(each, teams.get(each.team_id or 0), logged)
        for each in members(chosen, own).values()
        if _is_wanted(each, chosen, teams, logged, wanted)
    ]
    return [row for row in rows if wanted.under is None or row.tally.seconds < wanted.under]


def _accounts(found: "QuerySet[JiraAccount]") -> dict[int, int]:
    """How many each person has."""
    return dict(found.order_by().values_list("person").annotate(Count("id")))


def _is_wanted(
    member: Member, chosen: WorklogFilter, teams: Mapping[int, Team], logged: Logged, wanted: Wanted
) -> bool:
    """Who was deactivated still stands here with the hours of this period, or of the one it is compared with."""
    team = teams.get(member.team_id or 0)
    if chosen.teams and (team.slug if team else NONE) not in chosen.teams:
        return False
    if chosen.people and member.id not in chosen.people:
        return False
    if wanted.name and fold(wanted.name) not in fold(f"{member.name} {member.email}"):
        return False
    if wanted.status in ("active", "deactivated"):
        return member.is_active == (wanted.status == "active")
    return wanted.status == "all" or logged.has(member)


def _row(member: Member, team: Team | None, logged: Logged) -> PersonRow:
    return PersonRow(
        member=member,
        team=team.name if team else "",
        team_slug=team.slug if team else NONE,
        tally=logged.now.get(member.id, Tally()),
        so_far=logged.so_far.get(member.id, Tally()),
        before=logged.before.get(member.id, Tally()),
    )


def can_miss(chosen: WorklogFilter) -> bool:
    """Whether missing days can be told."""
    return is_whole(chosen) and chosen.period.days <= LONGEST


def _with_days(chosen: WorklogFilter, rows: Sequence[PersonRow], today: date, wanted: Wanted) -> list[PersonRow]:
    """With what the days of each tell, in two statements. Where no missing days can be told, nobody is left out."""
    if not rows:
        return []
    ids = [row.member.id for row in rows]
    logged, known = _seconds_by_day(chosen, ids), WorkingDays.of(ids, chosen.period)
    usual, missing = averages(logged, chosen.period, known), _missing(chosen, rows, today, known, logged)
    found = [
        replace(
            row,
            days=len(logged[row.member.id]),
            average_seconds=usual[row.member.id].seconds,
            missing=missing.get(row.member.id),
        )
        for row in rows
    ]
    return [row for row in found if row.missing] if wanted.is_missing and can_miss(chosen) else found


def _seconds_by_day(chosen: WorklogFilter, people: Sequence[int]) -> dict[int, dict[date, int]]:
    """Of each of these people, the days with any work."""
    narrowed = replace(chosen, people=tuple(people)) if len(people) <= PAGE else chosen
    source = PersonDayTotal if narrowed.columns <= {"person", "day"} else Worklog
    found: dict[int, dict[date, int]] = {person: {} for person in people}
    days = narrowed.among(source).order_by().values_list("person", "day").annotate(s=Sum("seconds"))
    for person, day, seconds in days:
        if person in found:
            found[person][day] = int(seconds)
    return found


def _missing(
    chosen: WorklogFilter, rows: Sequence[PersonRow], today: date, known: WorkingDays, logged: Days
) -> dict[int, int]:
    """How many days each is missing. Nobody expects any time of who has left."""
    ids = [row.member.id for row in rows if row.member.is_active] if can_miss(chosen) else []
    over = days_over(chosen.period, today)
    if over is None:
        return dict.fromkeys(ids, 0)
    return {person: len(found) for person, found in missing_days(ids, over, known, logged).items()}


def _completed(chosen: WorklogFilter, rows: Sequence[PersonRow], today: date) -> list[PersonRow]:
    """With what is worth asking for the shown rows alone."""
    ids = tuple(row.member.id for row in rows)
    if not ids:
        return []
    lines = trends(replace(chosen, people=ids), "person", today)
    page = chosen.plain.query()
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
        for row in rows
    ]


def _query(chosen: WorklogFilter, rows: Sequence[PersonRow], *, is_all: bool) -> str:
    if is_all:
        return chosen.query()
    return chosen.query(person=tuple(row.member.id for row in rows)) if 0 < len(rows) <= NAMED else ""
