"""Which worklogs: one object for every page, export and command."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

from worklogs.models import Issue, Worklog
from worklogs.periods import Period, period_from_query

NONE = "none"  # in a query: no team, no epic, no project
LONGEST_TEXT = 200


class BadFilter(ValueError):
    """The query cannot be read; the message names the part."""


@dataclass(frozen=True)
class WorklogFilter:
    """Empty parts leave everything in. `None` among ids stands for "without one"."""

    period: Period
    instances: tuple[str, ...] = ()  # slugs
    people: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()  # slugs, or NONE
    projects: tuple[str, ...] = ()  # ids, or NONE
    epics: tuple[str, ...] = ()  # ids, or NONE
    issues: tuple[int, ...] = ()
    billable: str = ""  # "yes", "no" or ""
    text: str = ""

    @classmethod
    def from_query(cls, query: QueryDict, today: date) -> Self:
        """Raises BadPeriod or BadFilter."""
        billable = query.get("billable", "")
        if billable not in ("", "yes", "no"):
            raise BadFilter("billable is yes or no.")
        return cls(
            period=period_from_query(query, today),
            instances=_named(query, "instance"),
            people=tuple(map(int, _numbered(query, "person"))),
            teams=_named(query, "team"),
            projects=_numbered(query, "project"),
            epics=_numbered(query, "epic"),
            issues=tuple(map(int, _numbered(query, "issue"))),
            billable=billable,
            text=query.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
        )

    @property
    def is_plain(self) -> bool:
        """Only the period and the instances choose: the tables of totals can answer."""
        return self == type(self)(self.period, instances=self.instances)

    def at(self, period: Period) -> Self:
        return replace(self, period=period)

    def query(self, **also: Any) -> str:
        """The query string of this filter, with parts replaced: `?from=...&to=...&team=core`."""
        parts: dict[str, Any] = {
            "from": self.period.first,
            "to": self.period.last,
            "instance": self.instances,
            "person": self.people,
            "team": self.teams,
            "project": self.projects,
            "epic": self.epics,
            "issue": self.issues,
            "billable": self.billable,
            "q": self.text,
        }
        parts |= also
        return "?" + urlencode({key: value for key, value in parts.items() if value not in ("", (), None)}, doseq=True)

    def worklogs(self) -> "QuerySet[Worklog]":
        found = Worklog.objects.filter(day__gte=self.period.first, day__lte=self.period.last)
        if self.instances:
            found = found.filter(instance__slug__in=self.instances)
        if self.people:
            found = found.filter(person__in=self.people)
        if self.issues:
            found = found.filter(issue__in=self.issues)
        found = found.filter(_among("person__team__slug", "person__team", self.teams))
        found = found.filter(_among("project", "project", self.projects))
        found = found.filter(_among("epic", "epic", self.epics))
        if self.billable:
            found = found.filter(billable_seconds__gt=0) if self.billable == "yes" else found.filter(billable_seconds=0)
        return found.filter(self._says()) if self.text else found

    def _says(self) -> Q:
        issues = Issue.objects.filter(Q(summary__icontains=self.text) | Q(key__icontains=self.text))
        return Q(comment__icontains=self.text) | Q(issue__in=issues.values("id"))


def _among(field: str, relation: str, values: tuple[str, ...]) -> Q:
    if not values:
        return Q()
    wanted = Q(**{f"{field}__in": [value for value in values if value != NONE]})
    return wanted | Q(**{f"{relation}__isnull": True}) if NONE in values else wanted


def _named(query: QueryDict, name: str) -> tuple[str, ...]:
    """The values of a part; a form's empty choice is none. No database is asked for a NUL."""
    values = tuple(value for value in query.getlist(name) if value)
    if any("\x00" in value for value in values):
        raise BadFilter(f"{name} cannot be read.")
    return values


def _numbered(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(_number(value, name) for value in _named(query, name))


def _number(text: str, name: str) -> str:
    if text == NONE and name in ("project", "epic"):
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadFilter(f"{name} is a number, not “{text[:40]}”.")
    return text
