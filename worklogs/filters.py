"""Which worklogs: one object for every page, export and command."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Func, IntegerField, Model, Q, QuerySet
from django.http import QueryDict

from worklogs import query_parts
from worklogs.folding import fold
from worklogs.hours import h_mm
from worklogs.models import FormerKey, Issue, Worklog
from worklogs.models.totals import WITHOUT, Total
from worklogs.periods import MONDAY, PREVIOUS, Period
from worklogs.query_parts import NONE, NOT, BadFilter, Fault, Parts

__all__ = [
    "NAMED",
    "NOBODY",
    "NONE",
    "NOT",
    "BadFilter",
    "Excluded",
    "Reading",
    "WorklogFilter",
    "type_key",
    "type_named",
]

LONGEST_TEXT = 200
NOBODY = 0  # the id of no person
NAMED = 100  # so many values of one part a link can hold
# What worklogs can be of, and not of: the part's name in a query, and how one of its values is read.
PARTS = {
    "instance": ("instances", query_parts.word),
    "person": ("people", query_parts.number),
    "team": ("teams", query_parts.word),
    "project": ("projects", query_parts.number_or_none),
    "epic": ("epics", query_parts.number_or_none),
    "issue": ("issues", query_parts.number),
    "type": ("types", query_parts.word),
}
# The conditions of a filter, by their names in a query; the instances are chosen for all pages, in the header.
ALONE = ("weekday", "at-least", "at-most", "billable", "no-longer-shown", "q")
CONDITIONS = (*(name for name in PARTS if name != "instance"), *(NOT + name for name in PARTS), *ALONE)
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
    "no_longer_shown": "worklog",
    "at_least": "worklog",
    "at_most": "worklog",
    "text": "worklog",
}


@dataclass(frozen=True)
class Excluded:
    """What worklogs must not be of: `not-team=core`. "Not Core" is every other team, and no team."""

    instances: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    epics: tuple[str, ...] = ()
    issues: tuple[int, ...] = ()
    types: tuple[str, ...] = ()


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
    no_longer_shown: str = ""  # "yes": what its source no longer shows; or ""
    text: str = ""
    excluded: Excluded = field(default_factory=Excluded)

    @classmethod
    def read(cls, query: QueryDict, today: date, week_start: int = MONDAY) -> "Reading":
        """What can be read of a query, and what can't. `week_start` is the company's."""
        parts = Parts(query)
        period = parts.period(today, week_start)
        named: dict[str, Any] = {part: parts.values(name, read) for name, (part, read) in PARTS.items()}
        excluded: dict[str, Any] = {part: parts.values(NOT + name, read) for name, (part, read) in PARTS.items()}
        chosen = cls(
            period=period,
            **named,
            weekdays=parts.values("weekday", query_parts.weekday),
            at_least=parts.value("at-least", query_parts.duration),
            at_most=parts.value("at-most", query_parts.duration),
            billable=parts.value("billable", query_parts.yes_or_no) or "",
            no_longer_shown=parts.value("no-longer-shown", query_parts.only_yes) or "",
            text=query.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
            excluded=Excluded(**excluded),
        )
        return Reading(chosen, tuple(parts.faults))

    @classmethod
    def from_query(cls, query: QueryDict, today: date, week_start: int = MONDAY) -> "WorklogFilter":
        """For whoever keeps or sends it: all of the query, or BadPeriod or BadFilter."""
        reading = cls.read(query, today, week_start)
        for fault in reading.faults:
            raise type(fault.error)(str(fault)) from fault.error
        return reading.filter

    @property
    def plain(self) -> Self:
        """Its period and its instances alone."""
        excluded = Excluded(instances=self.excluded.instances)
        return type(self)(self.period, instances=self.instances, excluded=excluded)

    @property
    def is_plain(self) -> bool:
        """Only the period and the instances choose: the tables of totals can answer."""
        return self == self.plain

    @property
    def columns(self) -> set[str]:
        """The columns that its conditions look at, less the instance, which everything has."""
        every = ((self, COLUMNS), (self.excluded, [each.name for each in fields(Excluded)]))
        return {COLUMNS[part] for whose, parts in every for part in parts if getattr(whose, part) not in ((), "", None)}

    def at(self, period: Period) -> Self:
        return replace(self, period=period.asked_as(self.period))

    def kept_to(self, own: Sequence[int] | None) -> Self:
        """Of the people asked for those alone to whose worklogs the reader is kept; None: everyone's may be seen."""
        if own is None:
            return self
        seen = tuple(person for person in own if person in self.people or not self.people)
        return replace(self, people=seen or (NOBODY,))

    def of_any_team(self, slug: str = "") -> Self:
        """Whatever team was asked for, less those that are excluded; `slug` no longer is."""
        excluded = tuple(each for each in self.excluded.teams if each != slug)
        return replace(self, teams=(), excluded=replace(self.excluded, teams=excluded))

    def less(self, *parts: str) -> Self:
        """Without these parts, whether wanted or excluded."""
        nothing: dict[str, Any] = dict.fromkeys(parts, ())
        return replace(self, **nothing, excluded=replace(self.excluded, **nothing))

    def query(self, **also: Any) -> str:
        """The query string of this filter, with parts replaced: `?from=...&to=...&team=core`."""
        parts: dict[str, Any] = {
            "from": self.period.first,
            "to": self.period.last,
            **{name: getattr(self, part) for name, (part, _read) in PARTS.items()},
            **{NOT + name: getattr(self.excluded, part) for name, (part, _read) in PARTS.items()},
            "weekday": self.weekdays,
            "at-least": written(self.at_least),
            "at-most": written(self.at_most),
            "billable": self.billable,
            "no-longer-shown": self.no_longer_shown,
            "q": self.text,
            "compare": "" if (choice := self.period.comparison.choice) == PREVIOUS else choice,
        }
        parts |= also
        return "?" + urlencode({key: value for key, value in parts.items() if value not in ("", (), None)}, doseq=True)

    def worklogs(self) -> "QuerySet[Worklog]":
        return self.among(Worklog)

    def among(self, source: type[Model]) -> "QuerySet[Any]":
        """The rows that it chooses of the worklogs, or of a table of totals that has its `columns`."""
        found: QuerySet[Any] = source._default_manager.filter(day__gte=self.period.first, day__lte=self.period.last)
        without = WITHOUT if issubclass(source, Total) else None
        for part, _read in PARTS.values():
            if values := getattr(self, part):
                found = found.filter(_among(part, values, without))
            if values := getattr(self.excluded, part):
                found = found.exclude(_among(part, values, without))
        if self.weekdays:
            found = found.annotate(weekday=Weekday("day")).filter(weekday__in=self.weekdays)
        return self._one_by_one(found)

    def on_instances(self, found: "QuerySet[Any]") -> "QuerySet[Any]":
        """The rows of the chosen instances, of whatever has an instance."""
        found = found.filter(instance__slug__in=self.instances) if self.instances else found
        return found.exclude(instance__slug__in=self.excluded.instances) if self.excluded.instances else found

    def has_instance(self, slug: str) -> bool:
        return (not self.instances or slug in self.instances) and slug not in self.excluded.instances

    def _one_by_one(self, found: "QuerySet[Any]") -> "QuerySet[Any]":
        """The conditions that only worklogs can meet."""
        if self.billable:
            found = found.filter(billable_seconds__gt=0) if self.billable == "yes" else found.filter(billable_seconds=0)
        if self.no_longer_shown:
            found = found.filter(missing_since__isnull=False)
        if self.at_least is not None:
            found = found.filter(seconds__gte=self.at_least)
        if self.at_most is not None:
            found = found.filter(seconds__lte=self.at_most)
        return found.filter(self._says()) if self.text else found

    def _says(self) -> Q:
        issues = Issue.objects.filter(has_text(self.text))
        return Q(folded__contains=fold(self.text)) | Q(issue__in=issues.values("id"))


@dataclass(frozen=True)
class Reading:
    """What a query asks for as far as it can be read, and the parts that can't."""

    filter: WorklogFilter
    faults: tuple[Fault, ...]


# Where the values of a part are found, and what is empty for those without one.
FIELDS = {
    "instances": ("instance__slug", ""),
    "people": ("person", ""),
    "teams": ("person__team__slug", "person__team"),
    "projects": ("project", "project"),
    "epics": ("epic", "epic"),
    "issues": ("issue", ""),
    "types": ("issue__type", ""),
}


def _among(part: str, values: tuple[Any, ...], without: int | None) -> Q:
    """`without` is the number that a table of totals writes for none."""
    path, relation = FIELDS[part]
    if part == "types":
        return Q(issue__type__in=[type_named(value) for value in values])
    wanted = Q(**{f"{path}__in": [value for value in values if value != NONE]})
    if not relation or NONE not in values:
        return wanted
    return wanted | (
        Q(**{f"{relation}__isnull": True}) if without is None or part == "teams" else Q(**{relation: without})
    )


def has_text(text: str) -> Q:
    """Of issues: whose key, summary or former key has it, whatever the case and the accents."""
    former = FormerKey.objects.filter(key__icontains=text)
    return Q(folded__contains=fold(text)) | Q(pk__in=former.values("issue"))


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


def written(seconds: int | None) -> str:
    """So that `duration` reads the same seconds again."""
    if seconds is None or seconds % 60:
        return "" if seconds is None else f"{seconds}s"
    return h_mm(seconds).replace(",", "")
