"""What goes by another name from now on, renamed or merged: saved reports follow, and old links still find it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace as with_parts
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

from worklogs.filters import NOT, Excluded, WorklogFilter
from worklogs.models import FormerName, JiraInstance, SavedReport, Team

PARTS = {"person": "people", "team": "teams", "type": "types", "instance": "instances"}  # whose names change


def replace(part: str, new_names: Mapping[str, Sequence[str]]) -> None:
    """Every saved report, and so every schedule and default view, that names an old one names these instead: all at
    once, for names may be exchanged. Belongs into the transaction that renames or merges."""
    named = [Q(query__contains=urlencode({part: old})) for old in new_names]
    for report in SavedReport.objects.filter(reduce(or_, named)) if named else ():
        query = QueryDict(report.query, mutable=True)
        for name in (part, NOT + part):
            found = [new for value in query.getlist(name) for new in new_names.get(value, [value])]
            if found:
                query.setlist(name, list(dict.fromkeys(found)))
        SavedReport.objects.filter(pk=report.pk).update(query=query.urlencode())


def renamed(part: str, old: object, new: object) -> None:
    """Saved reports and links that name `old` mean `new` from now on. For the transaction that renames or merges."""
    replace(part, {str(old): [str(new)]})
    follow(part, {str(old): str(new)})


def follow(part: str, new_names: Mapping[str, str], still_borne: Collection[str] = ()) -> None:
    """Links that name an old one find the new one, but where somebody goes by the old one today."""
    for former in FormerName.objects.filter(part=part, new__in=list(new_names)):
        FormerName.objects.filter(pk=former.pk).update(new=new_names[former.new])
    for new in new_names.values():
        taken(part, new)
    for old in new_names.keys() - set(still_borne):
        FormerName.objects.update_or_create(part=part, old=old, defaults={"new": new_names[old]})


def taken(part: str, name: object) -> None:
    """Somebody goes by it: it is no longer the former name of another one."""
    FormerName.objects.filter(part=part, old=str(name)).delete()


def present_name(part: str, old: str) -> str:
    """Empty where nothing has ever gone by that name."""
    found = _former_names().filter(part=part, old=old).values_list("new", flat=True).first()
    return found or ""


def _former_names() -> "QuerySet[FormerName]":
    """Less those that somebody else goes by today."""
    teams, instances = Team.objects.values("slug"), JiraInstance.objects.values("slug")
    found = FormerName.objects.exclude(part="team", old__in=teams)
    return found.exclude(part="instance", old__in=instances)


def by_present_names(chosen: WorklogFilter) -> WorklogFilter:
    """The filter of a link, however old. One statement, and none where it names nothing."""
    return by_present_names_of_each([chosen])[0]


def by_present_names_of_each(filters: Sequence[WorklogFilter]) -> list[WorklogFilter]:
    """As many statements for all of them as for one."""
    named = {
        part: {str(value) for each in filters for value in (*getattr(each, field), *getattr(each.excluded, field))}
        for part, field in PARTS.items()
    }
    wanted = [Q(part=part, old__in=values) for part, values in named.items() if values]
    if not wanted:
        return list(filters)
    found = _former_names().filter(reduce(or_, wanted)).values_list("part", "old", "new")
    now = {(part, old): new for part, old, new in found}
    return [_of_today(each, now) for each in filters] if now else list(filters)


def _of_today(chosen: WorklogFilter, now: dict[tuple[str, str], str]) -> WorklogFilter:
    return with_parts(
        chosen, **_present(chosen, now), excluded=with_parts(chosen.excluded, **_present(chosen.excluded, now))
    )


def _present(named: WorklogFilter | Excluded, now: dict[tuple[str, str], str]) -> dict[str, Any]:
    """The fields of the parts, by the names of today."""
    return {
        field: tuple(dict.fromkeys(type(value)(now.get((part, str(value)), value)) for value in getattr(named, field)))
        for part, field in PARTS.items()
    }
