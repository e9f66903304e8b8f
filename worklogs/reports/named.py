"""What the conditions of a filter name: the label of each value, and the values that are unknown."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from worklogs.filters import NONE, PARTS, WorklogFilter, type_named
from worklogs.models import FormerKey, Issue, JiraInstance, Person, Project, Team, Worklog
from worklogs.reports.dimensions import DIMENSIONS, team_group

Names = Mapping[str, Mapping[str, str]]  # of a part, by the values in the query; unknown ones are missing

UNKNOWN: Mapping[str, str | Promise] = {
    "instance": gettext_lazy("Unknown instance “%(value)s”"),
    "person": gettext_lazy("Unknown person “%(value)s”"),
    "team": gettext_lazy("Unknown team “%(value)s”"),
    "project": gettext_lazy("Unknown project “%(value)s”"),
    "epic": gettext_lazy("Unknown epic “%(value)s”"),
    "issue": gettext_lazy("Unknown issue “%(value)s”"),
    "type": gettext_lazy("Unknown issue type “%(value)s”"),
}
MODELS: Mapping[str, type[Any]] = {"person": Person, "team": Team, "project": Project}
BY_ID = ("person", "project", "epic", "issue")


def names_of(chosen: WorklogFilter, instances: Mapping[str, JiraInstance], own: tuple[int, ...] | None) -> Names:
    """One or two statements for each part that names anything, less the instances, which are known.

    `own` are the people to whose worklogs the reader is kept: nothing else is called by its name.
    """
    found = {name: _values(chosen, name) for name in PARTS}
    names = {name: _labels(name, values, own) for name, values in found.items() if values and name != "instance"}
    return names | {"instance": {slug: instance.name for slug, instance in instances.items()}}


def unknown(chosen: WorklogFilter, names: Names) -> Iterator[str]:
    for name in PARTS:
        for value in _values(chosen, name):
            if value not in names[name]:
                yield str(UNKNOWN[name]) % {"value": type_named(value)[:40] if name == "type" else value[:40]}


def has_only_unknown(chosen: WorklogFilter, names: Names) -> bool:
    """Some part wants nothing but what is unknown: no worklog is left."""
    wanted = {name: tuple(map(str, getattr(chosen, part))) for name, (part, _read) in PARTS.items()}
    return any(values and not set(values) & set(names[name]) for name, values in wanted.items())


def _values(chosen: WorklogFilter, name: str) -> tuple[str, ...]:
    part = PARTS[name][0]
    return tuple(map(str, (*getattr(chosen, part), *getattr(chosen.excluded, part))))


def _labels(name: str, values: tuple[str, ...], own: tuple[int, ...] | None) -> Mapping[str, str]:
    asked = [value for value in values if value != NONE]
    if name == "team":  # which are named by what finds them
        told = dict(_visible(Team.objects.filter(slug__in=asked), name, own).values_list("slug", "name"))
        return told | ({NONE: team_group(None, None).label} if NONE in values else {})
    found = _found(name, asked, own)
    if NONE in values:
        found.append("" if name == "type" else None)
    groups = DIMENSIONS[name].groups(found)
    return {groups[value].key: groups[value].title for value in found if value in groups}


def _found(name: str, asked: list[str], own: tuple[int, ...] | None) -> list[Any]:
    """The values of the dimension among which those are that the reader may know of."""
    if own is None and name in BY_ID and name != "epic":
        return list(map(int, asked))
    if name == "type":
        types = Issue.objects.filter(type__in=map(type_named, asked))
        types = types if own is None else types.filter(pk__in=spoken_of("issue", own))
        return list(types.order_by().values_list("type", flat=True).distinct())
    rows = _visible(rows_named(name).filter(pk__in=asked), name, own)
    return list(rows.order_by().values_list("pk", flat=True))


def rows_named(name: str) -> "QuerySet[Any]":
    """Among which the values of a part are. An issue that is no epic, and collects no worklogs as one, is none."""
    rows: QuerySet[Any] = MODELS.get(name, Issue).objects.all()
    return rows.filter(Q(level=1) | Exists(Worklog.objects.filter(epic=OuterRef("pk")))) if name == "epic" else rows


def _visible(rows: "QuerySet[Any]", name: str, own: tuple[int, ...] | None) -> "QuerySet[Any]":
    return rows if own is None else rows.filter(pk__in=spoken_of(name, own))


def spoken_of(name: str, own: tuple[int, ...]) -> "QuerySet[Any, Any]":
    """The rows that the worklogs of these people tell of; a person may also see the own name without any."""
    if name == "person":
        return Person.objects.filter(pk__in=own).values("pk")
    if name == "team":
        return Person.objects.filter(pk__in=own).values("team")
    spoken: QuerySet[Any, Any] = Worklog.objects.filter(person__in=own, **{f"{name}__isnull": False}).values(name)
    return spoken


def issues_of_key(key: str, own: tuple[int, ...] | None) -> list[int]:
    """The ids of the issues of that key, on any instance; of those that had it, where none has it any more."""
    present = Issue.objects.filter(key__iexact=key.strip())
    former = FormerKey.objects.filter(key__iexact=key.strip()).exclude(instance__in=present.values("instance"))
    found = Issue.objects.filter(Q(pk__in=present.values("pk")) | Q(pk__in=former.values("issue")))
    if own is not None:
        found = found.filter(pk__in=spoken_of("issue", own))
    return list(found.order_by("id").values_list("id", flat=True)[: JiraInstance.objects.count() + 1])
