"""What a filter may name, and how the conditions that it has are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from worklogs.filters import NONE, WorklogFilter, type_key, type_named
from worklogs.hours import h_mm, in_figures
from worklogs.models import Issue, JiraInstance, Person, Project, Team, Worklog
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.tallies import tallies

LONGEST = 300  # options of one facet, those with the most hours

PARTS = {
    "person": "people",
    "team": "teams",
    "project": "projects",
    "epic": "epics",
    "issue": "issues",
    "type": "types",
    "instance": "instances",
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class Facet:
    name: str  # as in the query
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Chip:
    """One condition of the filter. `name` and `key` are those of the query; no key: all of that name."""

    label: str
    value: str
    name: str
    key: str = ""


def facets(seen: WorklogFilter) -> tuple[Facet, ...]:
    """What the worklogs speak of that `seen` chooses: its period, and the people to whom a USER is kept."""
    return tuple(_facet(seen, name) for name in ("person", "team", "project", "epic", "type", "instance"))


def _facet(seen: WorklogFilter, name: str) -> Facet:
    dimension = DIMENSIONS[name]
    if name == "type" and not seen.people:  # no total knows them, and they are few
        types = Issue.objects.order_by("type").values_list("type", flat=True).distinct()[:LONGEST]
        return Facet(name, str(dimension.label), tuple(Option(type_key(each), each or _("No type")) for each in types))
    sums = {value: tally for (value,), tally in tallies(seen, dimension.column).items()}
    values = sorted(sums, key=lambda value: -sums[value].seconds)[:LONGEST]
    groups = dimension.groups(values)
    options = [Option(groups[value].key, f"{groups[value].code} {groups[value].label}".strip()) for value in values]
    return Facet(name, str(dimension.label), tuple(sorted(options, key=lambda each: (each.value == NONE, each.label))))


def chips(chosen: WorklogFilter, own: tuple[int, ...] | None) -> tuple[Chip, ...]:
    """`own` are the people to whose worklogs the reader is kept: nothing else is called by its name."""
    return (*_named(chosen, own), *_written(chosen))


def _named(chosen: WorklogFilter, own: tuple[int, ...] | None) -> Iterator[Chip]:
    for name, part in PARTS.items():
        values = getattr(chosen, part)
        if not values or name == "instance":  # the header tells the instances
            continue
        known = _names(name, values, own)
        for value in values:
            yield Chip(str(DIMENSIONS[name].label), known.get(str(value), _("unknown")), name, str(value))


def _names(name: str, values: tuple[Any, ...], own: tuple[int, ...] | None) -> Mapping[str, str]:
    """By the value in the query. One statement."""
    without = {NONE: DIMENSIONS[name].groups([None])[None].label} if name in ("team", "project", "epic") else {}
    if name == "type":
        return {value: type_named(value) or _("No type") for value in values}
    asked = [value for value in values if value != NONE]
    found: QuerySet[Any] = {"person": Person, "team": Team, "project": Project}.get(name, Issue).objects.all()
    found = found.filter(slug__in=asked) if name == "team" else found.filter(pk__in=asked)
    if own is not None:
        found = found.filter(pk__in=_spoken_of(name, own))
    if name == "team":
        return without | dict(found.values_list("slug", "name"))
    return without | {str(row.pk): _title(row) for row in found}


def _spoken_of(name: str, own: tuple[int, ...]) -> "QuerySet[Any, Any]":
    """The rows that the worklogs of these people tell of; a person may also see the own name without any."""
    if name == "person":
        return Person.objects.filter(pk__in=own).values("pk")
    if name == "team":
        return Person.objects.filter(pk__in=own).values("team")
    spoken: QuerySet[Any, Any] = Worklog.objects.filter(person__in=own, **{f"{name}__isnull": False}).values(name)
    return spoken


def _title(row: Any) -> str:
    if isinstance(row, Issue):
        return f"{row} {row.summary}".strip()
    return f"{row.key} {row.name}".strip() if isinstance(row, Project) else str(row)


def _written(chosen: WorklogFilter) -> Iterator[Chip]:
    if chosen.weekdays:
        days = ", ".join(str(WEEKDAYS[day - 1]) for day in sorted(chosen.weekdays))
        yield Chip(_("Weekday"), days, "weekday")
    if chosen.at_least is not None:
        yield Chip(_("At least"), in_figures(h_mm(chosen.at_least)), "at-least")
    if chosen.at_most is not None:
        yield Chip(_("At most"), in_figures(h_mm(chosen.at_most)), "at-most")
    if chosen.billable:
        yield Chip(_("Billable"), _("yes") if chosen.billable == "yes" else _("no"), "billable")
    if chosen.text:
        yield Chip(_("Text"), chosen.text, "q")


def issues_of_key(key: str, own: tuple[int, ...] | None) -> list[int]:
    """The ids of the issues of that key, on any instance."""
    found = Issue.objects.filter(key__iexact=key.strip())
    if own is not None:
        found = found.filter(pk__in=_spoken_of("issue", own))
    return list(found.order_by("id").values_list("id", flat=True)[: JiraInstance.objects.count() + 1])
