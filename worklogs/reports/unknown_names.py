"""What filters name that no longer exists, or is not for the reader to see: nothing can be added up of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from worklogs.filters import NONE, PARTS, WorklogFilter, type_named
from worklogs.models import Issue, JiraInstance
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.named import rows_named, spoken_of


@dataclass(frozen=True)
class UnknownNames:
    """`text` is empty where everything is known; `is_all` where that leaves no worklog at all."""

    text: str = ""
    is_all: bool = False


def unknown_names(chosen: WorklogFilter, own: tuple[int, ...] | None = None) -> UnknownNames:
    """`own` are the people to whose worklogs the reader is kept. A statement for each part that names something."""
    return unknown_names_of_each([chosen], own)[0]


def unknown_names_of_each(
    filters: Sequence[WorklogFilter], own: tuple[int, ...] | None = None
) -> tuple[UnknownNames, ...]:
    """As many statements for all of them as for one."""
    named = {name: {value for each in filters for value in _values(each, name)} for name in PARTS}
    known = {name: _known(name, values, own) for name, values in named.items() if values}
    return tuple(_unknown(each, known, own) for each in filters)


def _values(chosen: WorklogFilter, name: str) -> set[str]:
    return _wanted(chosen, name) | {str(value) for value in getattr(chosen.excluded, PARTS[name][0]) if value != NONE}


def _wanted(chosen: WorklogFilter, name: str) -> set[str]:
    """Less what is not to be in it: where that is gone, nothing is missing."""
    return {str(value) for value in getattr(chosen, PARTS[name][0]) if value != NONE}


def _unknown(chosen: WorklogFilter, known: dict[str, set[str]], own: tuple[int, ...] | None) -> UnknownNames:
    lost = {name: _values(chosen, name) - known.get(name, set()) for name in PARTS}
    told = [f"{DIMENSIONS[name].label} {value}" for name, values in lost.items() for value in sorted(values)]
    if not told:
        return UnknownNames()
    text = _("No longer exists: %(names)s.")
    if own is not None:
        text = _("No longer exists, or you don’t have access: %(names)s.")
    is_all = any(getattr(chosen, PARTS[name][0]) and _has_only(chosen, name, values) for name, values in lost.items())
    return UnknownNames(text % {"names": ", ".join(told)}, is_all)


def _has_only(chosen: WorklogFilter, name: str, lost: set[str]) -> bool:
    return {str(value) for value in getattr(chosen, PARTS[name][0])} <= lost


def _known(name: str, values: set[str], own: tuple[int, ...] | None) -> set[str]:
    if name == "type":
        types = Issue.objects.filter(type__in=list(map(type_named, values))).values_list("type", flat=True).distinct()
        told = set(types)
        return {value for value in values if type_named(value) in told}
    if name == "instance":
        return set(JiraInstance.objects.filter(slug__in=values).values_list("slug", flat=True))
    found = rows_named(name)
    found = found.filter(slug__in=values) if name == "team" else found.filter(pk__in=values)
    if own is not None:
        found = found.filter(pk__in=spoken_of(name, own))
    return set(map(str, found.values_list("slug" if name == "team" else "pk", flat=True)))
