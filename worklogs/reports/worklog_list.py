"""The list of worklogs that a filter chooses, a page at a time, and what all of them come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs.filters import BadFilter, WorklogFilter
from worklogs.models import JiraInstance, Person, Worklog
from worklogs.periods import ONE_DAY, Period, add_months
from worklogs.reports.bars import swatches
from worklogs.reports.tallies import Tally, change, compared, summed

PAGE = 50
SORTS = {
    "-day": ("-day", "-started_at", "-id"),
    "day": ("day", "started_at", "id"),
    "-hours": ("-seconds", "-id"),
    "hours": ("seconds", "id"),
}
DEFAULT_SORT = "-day"
FIELDS = ("id", "day", "started_at", "person_id", "instance_id", "seconds", "billable_seconds", "comment", "issue_id")
# What the list can show, in this order. The day, the issue and the hours are always there.
COLUMNS: Mapping[str, str | Promise] = {
    "day": gettext_lazy("Day"),
    "start": gettext_lazy("Start"),
    "person": gettext_lazy("Person"),
    "team": gettext_lazy("Team"),
    "issue": gettext_lazy("Issue"),
    "type": gettext_lazy("Type"),
    "comment": gettext_lazy("Comment"),
    "project": gettext_lazy("Project"),
    "epic": gettext_lazy("Epic"),
    "instance": gettext_lazy("Instance"),
    "billable": gettext_lazy("Billable"),
    "hours": gettext_lazy("Hours"),
}
ALWAYS = ("day", "issue", "hours")
USUAL = ("day", "person", "issue", "comment", "epic", "instance", "billable", "hours")
NAMES = {
    "key": F("issue__key"),
    "unread": F("issue__external_id"),
    "summary": F("issue__summary"),
    "epic_key": F("epic__key"),
}
MORE_NAMES = {"type": F("issue__type"), "project": F("project__key")}


@dataclass(frozen=True)
class WorklogRow:
    id: int
    day: date
    day_label: str
    start: datetime
    person: str
    person_query: str
    team: str
    issue: str
    summary: str
    type: str
    project: str
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
    before: Tally

    @property
    def change(self) -> float | None:
        return change(self.tally.seconds, self.before.seconds)


def filter_total(chosen: WorklogFilter) -> FilterTotal:
    """What the whole filter comes to, in its period and in the one before. One statement."""
    by_person, before = compared(chosen, "person")
    return FilterTotal(summed(by_person.values()), len(by_person), summed(before.values()))


def columns_of(names: Sequence[str]) -> tuple[str, ...]:
    """Those that were asked for, in the order of the list; the usual ones when none was."""
    wanted = {*names, *ALWAYS} if set(names) & set(COLUMNS) else {*USUAL}
    return tuple(name for name in COLUMNS if name in wanted)


def worklog_page(
    chosen: WorklogFilter,
    instances: Mapping[str, JiraInstance],
    *,
    sort: str = DEFAULT_SORT,
    after: str = "",
    columns: Sequence[str] = USUAL,
) -> WorklogPage:
    """The page behind a cursor, which is the sort key of the last row before it. BadFilter on an unreadable cursor.

    What costs a join is read only for the columns that show it.
    """
    if sort not in SORTS:
        raise BadFilter(_("sort is one of %(names)s.") % {"names": ", ".join(SORTS)})
    by_id = {instance.pk: instance for instance in instances.values()}
    colours = swatches(list(instances.values()))
    found = (_after(chosen, sort, after) if after else chosen.worklogs()).order_by(*SORTS[sort])
    names = NAMES | {name: path for name, path in MORE_NAMES.items() if name in columns}
    rows = list(found.values(*FIELDS, **{f"{name}_": path for name, path in names.items()})[: PAGE + 1])
    shown = rows[:PAGE]
    # Not by a join: with it SQLite begins at the people, and reads and sorts the whole period.
    people = Person.objects.filter(pk__in={row["person_id"] for row in shown})
    named = {pk: (name, team or "") for pk, name, team in people.values_list("id", "name", "team__name")}
    return WorklogPage(
        rows=tuple(_row(row, chosen, by_id[row["instance_id"]], colours, *named[row["person_id"]]) for row in shown),
        seconds=sum(row["seconds"] for row in shown),
        next_cursor=_cursor(shown[-1], sort) if len(rows) > PAGE else "",
        is_first=not after,
    )


def _row(
    row: dict[str, Any], chosen: WorklogFilter, instance: JiraInstance, colours: dict[int, int], person: str, team: str
) -> WorklogRow:
    seconds, billable = row["seconds"], row["billable_seconds"]
    return WorklogRow(
        id=row["id"],
        day=row["day"],
        day_label=date_format(row["day"], "D j M"),
        start=row["started_at"],
        person=person,
        person_query=f"?{chosen.period.query}&person={row['person_id']}",
        team=team,
        issue=row["key_"] or f"#{row['unread_']}",
        summary=row["summary_"],
        type=row.get("type_") or "",
        project=row.get("project_") or "",
        epic=row["epic_key_"] or "",
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
        raise BadFilter(_("That page cannot be found; start again from the first.")) from error
    same_day = Q(**{f"started_at__{ahead}": started}) | Q(started_at=started, **{f"id__{ahead}": pk})
    return chosen.at(narrowed).worklogs().filter(~Q(day=day) | same_day)


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
