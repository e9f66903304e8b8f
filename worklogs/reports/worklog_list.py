"""The list of worklogs that a filter chooses, a page at a time, and what all of them come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.formats import date_format

from worklogs.filters import NONE, BadFilter, WorklogFilter
from worklogs.models import Issue, JiraInstance, Person, Project, Team, Worklog
from worklogs.periods import ONE_DAY, Period, add_months
from worklogs.reports.bars import swatches
from worklogs.reports.tallies import Tally, summed, tallies

PAGE = 50
SORTS = {
    "-day": ("-day", "-started_at", "-id"),
    "day": ("day", "started_at", "id"),
    "-hours": ("-seconds", "-id"),
    "hours": ("seconds", "id"),
}
DEFAULT_SORT = "-day"
FIELDS = ("id", "day", "started_at", "person_id", "instance_id", "seconds", "billable_seconds", "comment")


@dataclass(frozen=True)
class WorklogRow:
    id: int
    day: date
    day_label: str
    person: str
    person_query: str
    issue: str
    summary: str
    issue_query: str
    epic: str
    instance: JiraInstance
    swatch: int
    billable: str  # yes, no, partly
    seconds: int
    comment: str


@dataclass(frozen=True)
class WorklogPage:
    rows: tuple[WorklogRow, ...]
    seconds: int
    next_cursor: str  # empty on the last page
    is_first: bool


@dataclass(frozen=True)
class FilterTotal:
    tally: Tally
    people: int


def filter_total(chosen: WorklogFilter) -> FilterTotal:
    """What the whole filter comes to."""
    by_person = tallies(chosen, "person")
    return FilterTotal(summed(by_person.values()), len(by_person))


def worklog_page(
    chosen: WorklogFilter, instances: Mapping[str, JiraInstance], *, sort: str = DEFAULT_SORT, after: str = ""
) -> WorklogPage:
    """The page behind a cursor, which is the sort key of the last row before it. BadFilter on an unreadable cursor."""
    if sort not in SORTS:
        raise BadFilter(f"sort is one of {', '.join(SORTS)}.")
    by_id = {instance.pk: instance for instance in instances.values()}
    colours = swatches(list(instances.values()))
    people = dict(Person.objects.values_list("id", "name"))
    found = (_after(chosen, sort, after) if after else chosen.worklogs()).order_by(*SORTS[sort])
    names = {"key": F("issue__key"), "summary": F("issue__summary"), "epic_key": F("epic__key")}
    rows = list(found.values(*FIELDS, "issue_id", unread=F("issue__external_id"), **names)[: PAGE + 1])
    shown = rows[:PAGE]
    return WorklogPage(
        rows=tuple(_row(row, chosen, by_id[row["instance_id"]], colours, people) for row in shown),
        seconds=sum(row["seconds"] for row in shown),
        next_cursor=_cursor(shown[-1], sort) if len(rows) > PAGE else "",
        is_first=not after,
    )


def _row(
    row: dict[str, Any],
    chosen: WorklogFilter,
    instance: JiraInstance,
    colours: dict[int, int],
    people: dict[int, str],
) -> WorklogRow:
    seconds, billable = row["seconds"], row["billable_seconds"]
    return WorklogRow(
        id=row["id"],
        day=row["day"],
        day_label=date_format(row["day"], "D j M"),
        person=people[row["person_id"]],
        person_query=f"?{chosen.period.query}&person={row['person_id']}",
        issue=row["key"] or f"#{row['unread']}",
        summary=row["summary"],
        issue_query=f"?{chosen.period.query}&issue={row['issue_id']}",
        epic=row["epic_key"] or "",
        instance=instance,
        swatch=colours[instance.pk],
        billable="yes" if billable >= seconds else "partly" if billable else "no",
        seconds=seconds,
        comment=row["comment"],
    )


def _cursor(row: dict[str, Any], sort: str) -> str:
    if sort.endswith("hours"):
        return f"{row['seconds']}_{row['id']}"
    return f"{row['day']}_{row['started_at'].isoformat()}_{row['id']}"


def _after(chosen: WorklogFilter, sort: str, cursor: str) -> "QuerySet[Worklog]":
    """Rows that sort behind the cursor. By day the period itself shrinks, so that the index is entered there."""
    ahead = "lt" if sort.startswith("-") else "gt"
    try:
        if sort.endswith("hours"):
            seconds, pk = map(int, cursor.split("_"))
            behind = Q(**{f"seconds__{ahead}": seconds}) | Q(seconds=seconds, **{f"id__{ahead}": pk})
            return chosen.worklogs().filter(behind)
        day_text, started_text, pk_text = cursor.split("_")
        day, pk = date.fromisoformat(day_text), int(pk_text)
        started = datetime.fromisoformat(started_text).astimezone(UTC)
        first, last = chosen.period.first, chosen.period.last
        narrowed = Period(first, min(day, last)) if ahead == "lt" else Period(max(day, first), last)
    except (ValueError, OverflowError) as error:
        raise BadFilter("That page cannot be found; start again from the first.") from error
    same_day = Q(**{f"started_at__{ahead}": started}) | Q(started_at=started, **{f"id__{ahead}": pk})
    return chosen.at(narrowed).worklogs().filter(~Q(day=day) | same_day)


@dataclass(frozen=True)
class Chip:
    """One condition of the filter, and the query without it."""

    label: str
    value: str
    query: str


@dataclass(frozen=True)
class Choices:
    people: tuple[tuple[int, str], ...]
    teams: tuple[tuple[str, str], ...]
    projects: tuple[tuple[str, str], ...]


def choices(own: Sequence[int] | None = None) -> Choices:
    """What a filter may name; for someone who sees the worklogs of these people alone, what those speak of."""
    people, teams, projects = Person.objects.all(), Team.objects.all(), Project.objects.order_by("key", "id")
    if own is not None:
        people, teams = people.filter(pk__in=own), teams.filter(people__in=own).distinct()
        projects = projects.filter(pk__in=Worklog.objects.filter(person__in=own).values("project"))
    return Choices(
        people=tuple(people.values_list("id", "name")),
        teams=tuple(teams.values_list("slug", "name")),
        projects=tuple(
            (str(pk), f"{key} {name}".strip()) for pk, key, name in projects.values_list("id", "key", "name")
        ),
    )


def chips(chosen: WorklogFilter, available: Choices, issues: Mapping[int, str]) -> Iterator[Chip]:
    """`issues` names the issues and epics that the filter speaks of."""
    names: dict[str, tuple[str, Mapping[Any, str]]] = {
        "people": ("Person", dict(available.people)),
        "teams": ("Team", {NONE: "No team", **dict(available.teams)}),
        "projects": ("Project", {NONE: "No project", **dict(available.projects)}),
        "epics": ("Epic", {NONE: "No epic", **{str(pk): name for pk, name in issues.items()}}),
        "issues": ("Issue", dict(issues)),
    }
    for part, (label, known) in names.items():
        for value in getattr(chosen, part):
            rest = tuple(each for each in getattr(chosen, part) if each != value)
            without: Any = {part: rest}
            yield Chip(label, str(known.get(value, value)), replace(chosen, **without).query())
    if chosen.billable:
        yield Chip("Billable", chosen.billable, replace(chosen, billable="").query())
    if chosen.text:
        yield Chip("Text", chosen.text, replace(chosen, text="").query())


def named_issues(chosen: WorklogFilter, own: Sequence[int] | None = None) -> dict[int, str]:
    """The issues and epics that the filter speaks of, by id; with `own`, those on which these people have logged."""
    wanted = {*chosen.issues, *(int(epic) for epic in chosen.epics if epic != NONE)}
    if not wanted:
        return {}
    found = Issue.objects.filter(pk__in=wanted)
    if own is not None:
        logged = Worklog.objects.filter(person__in=own)
        found = found.filter(
            Q(pk__in=logged.filter(issue__in=wanted).values("issue"))
            | Q(pk__in=logged.filter(epic__in=wanted).values("epic"))
        )
    return {issue.pk: f"{issue} {issue.summary}".strip() for issue in found}


@dataclass(frozen=True)
class Neighbours:
    """The same issue's worklogs in the same month, latest first, and what they come to."""

    rows: tuple[Worklog, ...]
    more: int
    tally: Tally
    query: str


def neighbours(worklog: Worklog, visible: "QuerySet[Worklog]") -> Neighbours:
    first = worklog.day.replace(day=1)
    month = Period(first, add_months(first, 1) - ONE_DAY)
    found = visible.filter(issue=worklog.issue_id, day__gte=month.first, day__lte=month.last)
    sums = found.aggregate(s=Sum("seconds"), b=Sum("billable_seconds"), n=Count("id"))
    rows = tuple(found.select_related("person").order_by("-day", "-started_at", "-id")[:5])
    query = f"?{month.query}&issue={worklog.issue_id}"
    return Neighbours(rows, sums["n"] - len(rows), Tally(sums["s"], sums["b"], sums["n"]), query)
