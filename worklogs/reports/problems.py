"""Worklogs on days that no period reaches, and rows that cannot be read, each with its way to Jira."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from accounts.dates import date_format
from worklogs.labels import names_apart
from worklogs.models import Issue, JiraInstance, Person, UnreadableRow, Worklog
from worklogs.periods import FIRST_DAY, LAST_DAY

LONGEST = 200  # rows of each list


@dataclass(frozen=True)
class OutsideRow:
    id: int
    day: str
    person: str
    issue: str
    summary: str
    instance: str
    seconds: int
    jira_url: str  # empty where there is none


@dataclass(frozen=True)
class BadRow:
    name: str
    instance: str
    issue: str
    field: str
    reason: str
    seen_at: datetime
    jira_url: str


@dataclass(frozen=True)
class Problems:
    """The first rows of each, and how many there are."""

    outside: tuple[OutsideRow, ...]
    outside_count: int
    unreadable: tuple[BadRow, ...]
    unreadable_count: int
    first_year: int
    last_year: int


def problems() -> Problems:
    """Six statements."""
    outside = Worklog.objects.filter(Q(day__lt=FIRST_DAY) | Q(day__gt=LAST_DAY))
    rows = list(outside.select_related("issue", "instance").order_by("day", "id")[:LONGEST])
    names = names_apart(Person.objects.filter(pk__in={row.person_id for row in rows}))
    unreadable = UnreadableRow.objects.select_related("instance").order_by("-seen_at", "id")
    return Problems(
        outside=tuple(_outside(row, names[row.person_id]) for row in rows),
        outside_count=outside.count(),
        unreadable=_unreadable(list(unreadable[:LONGEST])),
        unreadable_count=unreadable.count(),
        first_year=FIRST_DAY.year,
        last_year=LAST_DAY.year,
    )


def _outside(worklog: Worklog, person: str) -> OutsideRow:
    return OutsideRow(
        id=worklog.pk,
        day=_written(worklog.day),
        person=person,
        issue=str(worklog.issue),
        summary=worklog.issue.summary,
        instance=worklog.instance.name,
        seconds=worklog.seconds,
        jira_url=_jira_url(worklog.instance, worklog.issue.key),
    )


def _unreadable(rows: Sequence[UnreadableRow]) -> tuple[BadRow, ...]:
    issue_ids = {row.issue_id or row.external_id for row in rows if row.issue_id or row.kind == "issue"}
    issues = Issue.objects.filter(external_id__in=issue_ids).values_list("instance_id", "external_id", "key")
    keys = {(instance_id, external_id): key for instance_id, external_id, key in issues}
    return tuple(_bad_row(row, keys.get((row.instance_id, row.issue_id or row.external_id), "")) for row in rows)


def _bad_row(row: UnreadableRow, key: str) -> BadRow:
    return BadRow(
        name=str(row),
        instance=row.instance.name,
        issue=key or (f"#{row.issue_id}" if row.issue_id else ""),
        field=row.field,
        reason=row.reason,
        seen_at=row.seen_at,
        jira_url=_jira_url(row.instance, key),
    )


def _jira_url(instance: JiraInstance, key: str) -> str:
    """Behind Atlassian's gateway, where scoped tokens go, there are no pages."""
    return f"{instance.url}/browse/{key}" if key and "api.atlassian.com" not in instance.url else ""


def _written(day: date) -> str:
    return date_format(day, "j M Y")
