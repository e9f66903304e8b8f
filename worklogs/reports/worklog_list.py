"""The list of worklogs that a filter chooses, a page at a time, and what all of them come to."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import date_format
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.labels import BESIDE, BESIDE_PERSON, keys_on_several, people_apart, told_apart
from worklogs.models import JiraInstance, Person, Worklog
from worklogs.models.work import authors_clock
from worklogs.periods import Period
from worklogs.reports.bars import swatches
from worklogs.reports.sorting import Heading
from worklogs.reports.tallies import Tally, compared, summed
from worklogs.reports.worklog_order import Key, annotated, behind, built_keys, cursor_of, ordered, values_of

PAGE = 50
DEFAULT_SORT = "-day"
FIELDS = (
    "id",
    "day",
    "started_at",
    "utc_offset_minutes",
    "person_id",
    "instance_id",
    "seconds",
    "billable_seconds",
    "comment",
    "issue_id",
    "missing_since",
)
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
FIGURES = ("day", "start", "billable", "hours")  # a first click shows the latest or the largest
CLASSES = {"start": "o1", "team": "o2", "issue": "main", "type": "o2", "comment": "o1", "project": "o2", "epic": "o1"}
CLASSES |= {"instance": "o2", "hours": "r"}
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
    start: datetime  # by the author's clock
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
    is_missing: bool  # its source no longer shows it


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
    change: float | None


def filter_total(chosen: WorklogFilter) -> FilterTotal:
    """What the whole filter comes to, in its period and in what that is compared with. One statement."""
    found = compared(chosen, "person")
    return FilterTotal(summed(found.now.values()), len(found.now), summed(found.before.values()), found.change)


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
    """The page behind a cursor, which is the sort key of the last row before it. BadFilter on an unreadable cursor, and
    on a column that there is not.

    What costs a join is read only for the columns that show it.
    """
    keys = built_keys(sort)
    by_id = {instance.pk: instance for instance in instances.values()}
    colours = swatches(list(instances.values()))
    found = ordered(_behind(chosen, sort, keys, after), sort, keys)
    names = NAMES | {name: path for name, path in MORE_NAMES.items() if name in columns}
    fields = dict.fromkeys((*FIELDS, *(key.name for key in keys)))
    rows = list(found.values(*fields, **{f"{name}_": path for name, path in names.items()})[: PAGE + 1])
    shown = rows[:PAGE]
    # Not by a join: with it SQLite begins at the people, and reads and sorts the whole period.
    people = Person.objects.filter(pk__in={row["person_id"] for row in shown})
    told = people_apart(people.values_list("id", "name", "team__name", BESIDE))
    named = {pk: (name, team or "") for pk, name, team in told}
    several = keys_on_several({row["key_"] for row in shown})

    def row_of(row: dict[str, Any]) -> WorklogRow:
        is_shared, instance = row["key_"] in several, by_id[row["instance_id"]]
        return _row(row, chosen, instance, colours, *named[row["person_id"]], is_shared=is_shared)

    return WorklogPage(
        rows=tuple(map(row_of, shown)),
        seconds=sum(row["seconds"] for row in shown),
        next_cursor=cursor_of(shown[-1], keys) if len(rows) > PAGE else "",
        is_first=not after,
    )


def headings(columns: Sequence[str], sort: str) -> tuple[Heading, ...]:
    """Of these columns; every one of them sorts."""
    return tuple(_heading(name, sort) for name in columns)


def _heading(name: str, sort: str) -> Heading:
    direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    is_down = direction == "ascending" or (not direction and name in FIGURES)
    asks = f"-{name}" if is_down else name
    return Heading(COLUMNS[name], CLASSES.get(name, ""), asks, direction, name == "hours", name)


def _row(
    row: dict[str, Any],
    chosen: WorklogFilter,
    instance: JiraInstance,
    colours: dict[int, int],
    person: str,
    team: str,
    *,
    is_shared: bool,
) -> WorklogRow:
    seconds, billable = row["seconds"], row["billable_seconds"]
    return WorklogRow(
        id=row["id"],
        day=row["day"],
        day_label=date_format(row["day"], "D j M"),
        start=authors_clock(row["started_at"], row["utc_offset_minutes"]),
        person=person,
        person_query=chosen.query(person=row["person_id"]),
        team=team,
        issue=row["key_"] or f"#{row['unread_']}",
        summary=told_apart(row["summary_"], instance.name) if is_shared else row["summary_"],
        type=row.get("type_") or "",
        project=row.get("project_") or "",
        epic=row["epic_key_"] or "",
        instance=instance,
        swatch=colours[instance.pk],
        billable="yes" if billable >= seconds else "partly" if billable else "no",
        seconds=seconds,
        comment=row["comment"],
        is_missing=row["missing_since"] is not None,
    )


def _behind(chosen: WorklogFilter, sort: str, keys: Sequence[Key], cursor: str) -> "QuerySet[Worklog]":
    """Rows that sort behind the cursor. By day the period itself shrinks, so that the index is entered there."""
    if not cursor:
        return chosen.worklogs()
    is_down = sort.startswith("-")
    try:
        values = values_of(cursor, keys)
        if keys[0].name == "day":
            first, last, day = chosen.period.first, chosen.period.last, values[0]
            chosen = chosen.at(Period(first, min(day, last)) if is_down else Period(max(day, first), last))
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadFilter(_("That page doesn’t exist. Start again from the first page.")) from error
    return annotated(chosen.worklogs(), keys).filter(behind(keys, values, is_down=is_down))


@dataclass(frozen=True)
class Neighbour:
    id: int
    day: date
    person: str
    seconds: int


@dataclass(frozen=True)
class Neighbours:
    """The same issue's worklogs in the same month, latest first, and what they come to."""

    rows: tuple[Neighbour, ...]
    more: int
    tally: Tally
    query: str


def neighbours(worklog: Worklog, visible: "QuerySet[Worklog]") -> Neighbours:
    day = worklog.day  # of any year: a Jira may tell one that no period reaches
    month = Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    found = visible.filter(issue=worklog.issue_id, day__gte=month.first, day__lte=month.last)
    sums = found.aggregate(s=Sum("seconds"), b=Sum("billable_seconds"), n=Count("id"))
    columns = ("id", "day", "seconds", "person", "person__name", BESIDE_PERSON)
    latest = list(found.order_by("-day", "-started_at", "-id").values_list(*columns)[:5])
    names = dict(people_apart({row[3:] for row in latest}))
    rows = tuple(Neighbour(pk, day, names[person], seconds) for pk, day, seconds, person, *_name in latest)
    query = f"?{month.query}&issue={worklog.issue_id}"
    return Neighbours(rows, sums["n"] - len(rows), Tally(sums["s"], sums["b"], sums["n"]), query)
