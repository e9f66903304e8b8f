"""Which worklogs: one object for every page, export and command."""

from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Func, IntegerField, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from worklogs.hours import h_mm, seconds_of
from worklogs.models import Issue, Worklog
from worklogs.models.totals import WITHOUT, Total
from worklogs.periods import MONDAY, Period, period_from_query

NONE = "none"  # in a query: no team, no epic, no project
LONGEST_TEXT = 200
NAMED = 100  # so many values of one part a link can hold
# Which column of a total each part looks at; the other parts look at worklogs, one by one.
COLUMNS = {
    "instances": "instance",
    "people": "person",
    "teams": "person",
    "projects": "project",
    "epics": "epic",
    "weekdays": "day",
    "issues": "issue",
    "types": "issue",
    "billable": "worklog",
    "at_least": "worklog",
    "at_most": "worklog",
    "text": "worklog",
}


class BadFilter(ValueError):
    """The query cannot be read; the message names the part."""


@dataclass(frozen=True)
class WorklogFilter:
    """Empty parts leave everything in. NONE among ids stands for "without one"."""

    period: Period
    instances: tuple[str, ...] = ()  # slugs
    people: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()  # slugs, or NONE
    projects: tuple[str, ...] = ()  # ids, or NONE
    epics: tuple[str, ...] = ()  # ids, or NONE
    issues: tuple[int, ...] = ()
    types: tuple[str, ...] = ()  # of issues, by their type_key
    weekdays: tuple[int, ...] = ()  # 1 is Monday, as in ISO 8601
    at_least: int | None = None  # seconds of one worklog, both included
    at_most: int | None = None
    billable: str = ""  # "yes", "no" or ""
    text: str = ""

    @classmethod
    def from_query(cls, query: QueryDict, today: date, week_start: int = MONDAY) -> Self:
        """`week_start` is the company's. Raises BadPeriod or BadFilter."""
        billable = query.get("billable", "")
        if billable not in ("", "yes", "no"):
            raise BadFilter(_("billable is yes or no."))
        return cls(
            period=period_from_query(query, today, week_start),
            instances=_named(query, "instance"),
            people=tuple(map(int, _numbered(query, "person"))),
            teams=_named(query, "team"),
            projects=_numbered(query, "project"),
            epics=_numbered(query, "epic"),
            issues=tuple(map(int, _numbered(query, "issue"))),
            types=_named(query, "type"),
            weekdays=_weekdays(query),
            at_least=_duration(query, "at-least"),
            at_most=_duration(query, "at-most"),
            billable=billable,
            text=query.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
        )

    @property
    def is_plain(self) -> bool:
        """Only the period and the instances choose: the tables of totals can answer."""
        return self == type(self)(self.period, instances=self.instances)

    @property
    def columns(self) -> set[str]:
        """The columns that its conditions look at, less the instance, which everything has."""
        return {column for part, column in COLUMNS.items() if getattr(self, part) not in ((), "", None)}

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
            "type": self.types,
            "weekday": self.weekdays,
            "at-least": written(self.at_least),
            "at-most": written(self.at_most),
            "billable": self.billable,
            "q": self.text,
        }
        parts |= also
        return "?" + urlencode({key: value for key, value in parts.items() if value not in ("", (), None)}, doseq=True)

    def worklogs(self) -> "QuerySet[Worklog]":
        return self.among(Worklog)

    def among(self, source: type[Model]) -> "QuerySet[Any]":
        """The rows that it chooses of the worklogs, or of a table of totals that has its `columns`."""
        found: QuerySet[Any] = source._default_manager.filter(day__gte=self.period.first, day__lte=self.period.last)
        without: Any = WITHOUT if issubclass(source, Total) else None
        if self.instances:
            found = found.filter(instance__slug__in=self.instances)
        if self.people:
            found = found.filter(person__in=self.people)
        if self.teams:
            found = found.filter(_among("person__team__slug", "person__team", self.teams, None))
        if self.projects:
            found = found.filter(_among("project", "project", self.projects, without))
        if self.epics:
            found = found.filter(_among("epic", "epic", self.epics, without))
        if self.weekdays:
            found = found.annotate(weekday=Weekday("day")).filter(weekday__in=self.weekdays)
        return self._one_by_one(found)

    def _one_by_one(self, found: "QuerySet[Any]") -> "QuerySet[Any]":
        """The conditions that only worklogs can meet."""
        if self.issues:
            found = found.filter(issue__in=self.issues)
        if self.types:
            found = found.filter(issue__type__in=map(type_named, self.types))
        if self.billable:
            found = found.filter(billable_seconds__gt=0) if self.billable == "yes" else found.filter(billable_seconds=0)
        if self.at_least is not None:
            found = found.filter(seconds__gte=self.at_least)
        if self.at_most is not None:
            found = found.filter(seconds__lte=self.at_most)
        return found.filter(self._says()) if self.text else found

    def _says(self) -> Q:
        issues = Issue.objects.filter(has_text("summary", self.text) | has_text("key", self.text))
        return has_text("comment", self.text) | Q(issue__in=issues.values("id"))


def has_text(field: str, text: str) -> Q:
    """Whatever its case. SQLite knows that of ASCII alone: other letters are asked for as they are mostly written."""
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize(), text.title()}
    return reduce(or_, (Q(**{f"{field}__icontains": spelling}) for spelling in sorted(spellings)))


class Weekday(Func):
    """1 is Monday. In the database's own words: Django's way calls Python for every row of SQLite."""

    output_field = IntegerField()
    template = "EXTRACT(ISODOW FROM %(expressions)s)::integer"

    def as_sqlite(self, compiler: Any, connection: Any, **options: Any) -> Any:
        template = "((strftime('%%%%w', %(expressions)s) + 6) %%%% 7 + 1)"
        return super().as_sql(compiler, connection, template=template, **options)


def type_key(name: str) -> str:
    """What a query calls an issue type. A Jira may well have one whose name is that of having none."""
    return f"={name}" if name == NONE or name.startswith("=") else name or NONE


def type_named(key: str) -> str:
    return "" if key == NONE else key.removeprefix("=")


def _among(field: str, relation: str, values: tuple[str, ...], without: int | None) -> Q:
    wanted = Q(**{f"{field}__in": [value for value in values if value != NONE]})
    if NONE not in values:
        return wanted
    return wanted | (Q(**{f"{relation}__isnull": True}) if without is None else Q(**{relation: without}))


def _named(query: QueryDict, name: str) -> tuple[str, ...]:
    """The values of a part; a form's empty choice is none. No database is asked for a NUL."""
    values = tuple(value for value in query.getlist(name) if value)
    if any("\x00" in value for value in values):
        raise BadFilter(_("%(name)s cannot be read.") % {"name": name})
    return values


def _numbered(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(_number(value, name) for value in _named(query, name))


def _number(text: str, name: str) -> str:
    if text == NONE and name in ("project", "epic"):
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadFilter(_("%(name)s is a number, not “%(text)s”.") % {"name": name, "text": text[:40]})
    return text


def _weekdays(query: QueryDict) -> tuple[int, ...]:
    values = _named(query, "weekday")
    if any(value not in "1234567" or len(value) != 1 for value in values):
        raise BadFilter(_("weekday is a number from 1, Monday, to 7."))
    return tuple(map(int, values))


def written(seconds: int | None) -> str:
    """So that `_duration` reads the same seconds again."""
    if seconds is None or seconds % 60:
        return "" if seconds is None else f"{seconds}s"
    return h_mm(seconds).replace(",", "")


def _duration(query: QueryDict, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return seconds_of(text)
    except ValueError as error:
        raise BadFilter(str(error)) from error
