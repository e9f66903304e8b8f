"""An issue: what was logged on it, by whom and when, and on its sub-tasks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Max, Min, Q, Sum

from accounts.dates import date_format
from worklogs.charts import ColumnChart
from worklogs.filters import WorklogFilter
from worklogs.labels import BESIDE_PERSON, people_apart
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.periods import Period
from worklogs.reports.bars import BarList, bar_list, swatches
from worklogs.reports.dimensions import Group, issue_group, page_of
from worklogs.reports.epic import history
from worklogs.reports.estimates import Estimate, estimate_of
from worklogs.reports.hours_chart import Series, hours_chart, instance_series
from worklogs.reports.lifetimes import Lifetime
from worklogs.reports.tallies import Tally

LATEST = 50
CHILDREN = 100
EPIC_LEVEL = 1


@dataclass(frozen=True)
class Child:
    """A sub-task and what was logged on it in total; `query` is empty where nothing was."""

    group: Group
    url: str
    status: str
    estimate_seconds: int | None
    seconds: int
    query: str
    life: Lifetime | None


@dataclass(frozen=True)
class Entry:
    """One worklog, as the list of the latest shows it."""

    id: int
    day: str
    person: str
    person_id: int
    seconds: int
    comment: str


@dataclass(frozen=True)
class IssueReport:
    issue: Issue
    swatch: int
    period: Period
    total: Tally
    before: Tally
    change: float | None
    life: Lifetime | None
    life_query: str
    worklogs_ever: int
    people_count: int
    days_worked: int
    estimate: Estimate | None
    grain: str
    series: tuple[Series, ...]
    chart: ColumnChart
    people: BarList
    children: tuple[Child, ...]
    children_seconds: int
    children_query: str  # of the worklogs that they come to; empty where nothing was logged
    latest: tuple[Entry, ...]
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs

    @property
    def is_epic(self) -> bool:
        return self.issue.level == EPIC_LEVEL


def issue_report(
    asked: WorklogFilter, issue: Issue, instances: Sequence[JiraInstance], today: date, *, is_whole: bool
) -> IssueReport:
    """`is_whole` where everybody's hours are seen: an estimate is compared with no less. At most 6 statements."""
    chosen = replace(asked, issues=(issue.pk,))
    past = history(chosen)
    life, children = past.life, _children(asked, issue)
    logged = life.seconds if life else 0
    people = bar_list(chosen, "person", instances)
    hours = hours_chart(chosen, "instance", instance_series(chosen, instances), today)
    return IssueReport(
        issue=issue,
        swatch=swatches(instances)[issue.instance_id],
        period=chosen.period,
        total=past.total,
        before=past.before,
        change=past.change,
        life=life,
        life_query=chosen.at(life.period).query() if life else "",
        worklogs_ever=sum(tally.worklogs for tally in past.days.values()),
        days_worked=sum(1 for day in past.days if chosen.period.first <= day <= chosen.period.last),
        estimate=estimate_of(issue.estimate_seconds, logged) if is_whole else None,
        grain=hours.grain,
        series=hours.series,
        chart=hours.chart,
        people_count=len(people.rows) + people.more,
        people=people,
        children=children,
        children_seconds=sum(child.seconds for child in children),
        children_query=_together(asked, children),
        latest=_latest(chosen),
        query=chosen.query(),
    )


def _children(asked: WorklogFilter, issue: Issue) -> tuple[Child, ...]:
    """Those that somebody logged on first; of an epic its own page tells more."""
    if issue.level >= EPIC_LEVEL:
        return ()
    seen = Q(worklogs__person__in=asked.people) if asked.people else None
    sums: dict[str, Any] = {"logged": Sum("worklogs__seconds", filter=seen)}
    sums |= {"first": Min("worklogs__day", filter=seen), "last": Max("worklogs__day", filter=seen)}
    found: Any = Issue.objects.filter(parent=issue).annotate(**sums)
    if asked.people:
        found = found.filter(logged__isnull=False)
    columns = ("id", "key", "summary", "external_id", "status", "estimate_seconds", *sums)
    rows = found.order_by("-logged", "id").values_list(*columns)[:CHILDREN]
    return tuple(sorted((_child(asked, issue, row) for row in rows), key=lambda child: -child.seconds))


def _child(asked: WorklogFilter, issue: Issue, row: Any) -> Child:
    pk, key, summary, external_id, status, estimate, seconds, first, last = row
    group = issue_group(pk, key, summary, external_id, issue.instance.slug, "", page="issue")
    life = Lifetime(first, last, seconds) if first else None
    query = replace(asked.at(life.period), issues=(pk,)).query() if life else ""
    return Child(group, page_of(group, asked), status, estimate, seconds or 0, query, life)


def _together(asked: WorklogFilter, children: Sequence[Child]) -> str:
    lives = {child.group.key: child.life for child in children if child.life}
    if not lives:
        return ""
    ever = Lifetime(min(life.first for life in lives.values()), max(life.last for life in lives.values()), 0)
    return replace(asked.at(ever.period), issues=tuple(map(int, lives))).query()


def _latest(chosen: WorklogFilter) -> tuple[Entry, ...]:
    """Whatever the period: what was written last says most about an issue."""
    found = Worklog.objects.filter(issue__in=chosen.issues)
    if chosen.people:
        found = found.filter(person__in=chosen.people)
    rows = found.order_by("-day", "-started_at", "-id")
    columns = ("id", "day", "person", "seconds", "comment", "person__name", BESIDE_PERSON)
    latest = list(rows.values_list(*columns)[:LATEST])
    names = dict(people_apart({(row[2], *row[-2:]) for row in latest}))
    return tuple(
        Entry(pk, date_format(day, "D j M Y"), names[person], person, seconds, comment)
        for pk, day, person, seconds, comment, *_name in latest
    )
