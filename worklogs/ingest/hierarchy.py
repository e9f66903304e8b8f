"""Levels and epics: what follows from the parents, in whatever order they were read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Sum

from accounts.tenancy import current_company_id
from worklogs.ingest.totals import Deltas, cell_of
from worklogs.models import Issue, Worklog

EPIC_LEVEL = 1
BATCH = 1000  # ids in one IN list


class Place(NamedTuple):
    """Where an issue stands; `epic_id` and `project_id` are what its worklogs repeat."""

    id: int
    parent_id: int | None
    own_level: int
    level: int
    epic_id: int | None
    project_id: int | None


def settle(moved: Collection[int]) -> None:
    """Works out the levels of these issues, their epics and those of all below them, and lets worklogs follow.

    Every issue that has got another level, parent or project must be among them, and every one that an Epic Link
    points at since, or no longer.
    """
    _settle_levels(moved)
    family = _descendants(moved)
    above = family | _ancestors(family)
    epics = {pk: _epic_of(pk, above) for pk in family}
    strayed = {pk for pk, place in family.items() if epics[pk] != place.epic_id}
    write_issues(("epic_id",), [(epics[pk], pk) for pk in sorted(strayed)])
    followers = strayed | {*moved}
    _settle_worklogs({pk: (epics[pk], family[pk].project_id) for pk in followers if pk in family})


def _settle_levels(moved: Collection[int]) -> None:
    """What an Epic Link points at is an epic, whatever else Data Center says of it."""
    linked = {parent for batch in _batches(moved) for parent in _linked(batch)}
    raised = []
    for place in _places("id", moved):
        level = max(place.own_level, EPIC_LEVEL) if place.id in linked else place.own_level
        if level != place.level:
            raised.append((level, place.id))
    write_issues(("level",), raised)


def _linked(ids: Collection[int]) -> set[int]:
    links = Issue.objects.filter(parent__in=ids, epic_link__gt="")
    return set(links.order_by().values_list("parent_id", flat=True).distinct())


def _descendants(ids: Collection[int]) -> dict[int, Place]:
    """With these issues themselves. A vendor's loop of parents ends where it began."""
    found = {place.id: place for place in _places("id", ids)}
    level: Collection[int] = found
    while level:
        below = {place.id: place for place in _places("parent", level) if place.id not in found}
        found |= below
        level = below
    return found


def _ancestors(family: Mapping[int, Place]) -> dict[int, Place]:
    found: dict[int, Place] = {}
    wanted = _unknown_parents(family, family)
    while wanted:
        above = {place.id: place for place in _places("id", wanted)}
        found |= above
        wanted = _unknown_parents(above, {**family, **found}) if above else set()
    return found


def _unknown_parents(of: Mapping[int, Place], known: Mapping[int, Place]) -> set[int]:
    return {place.parent_id for place in of.values() if place.parent_id} - known.keys()


def _places(field: str, ids: Collection[int]) -> Iterator[Place]:
    for batch in _batches(ids):
        yield from map(Place._make, Issue.objects.filter(**{f"{field}__in": batch}).values_list(*Place._fields))


def _epic_of(pk: int, places: Mapping[int, Place]) -> int | None:
    """The nearest epic above it, or itself; none above one that is above epics."""
    seen: set[int] = set()
    place = places.get(pk)
    while place and place.id not in seen:
        if place.level >= EPIC_LEVEL:
            return place.id if place.level == EPIC_LEVEL else None
        seen.add(place.id)
        place = places.get(place.parent_id) if place.parent_id else None
    return None


def _settle_worklogs(places: Mapping[int, tuple[int | None, int | None]]) -> None:
    """Their worklogs repeat each issue's epic and project, and so do the totals."""
    stale: dict[tuple[int | None, int | None], set[int]] = {}
    deltas = Deltas()
    for batch in _batches(places):
        rows = (
            Worklog.objects.filter(issue__in=batch)
            .order_by()
            .values_list("issue_id", "epic_id", "project_id", "day", "person_id", "instance_id")
            .annotate(Sum("seconds"), Sum("billable_seconds"), Count("id"))
        )
        for issue_id, epic_id, project_id, day, person_id, instance_id, *sums in rows:
            place = places[issue_id]
            if (epic_id, project_id) == place:
                continue
            deltas.take(cell_of(day, person_id, epic_id, project_id, issue_id, instance_id), *sums)
            deltas.add(cell_of(day, person_id, *place, issue_id, instance_id), *sums)
            stale.setdefault(place, set()).add(issue_id)
    for (epic_id, project_id), issue_ids in stale.items():
        for batch in _batches(issue_ids):
            Worklog.objects.filter(issue__in=batch).update(epic=epic_id, project=project_id)
    deltas.write()


def write_issues(fields: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """`rows` are values of these fields, each with its issue's id behind them. One prepared statement for all of them:
    a `bulk_update` of CASEs takes ten times as long."""
    columns, company_id = ", ".join(f"{field} = %s" for field in fields), current_company_id()
    values = [(*row[:-1], company_id, row[-1]) for row in rows]
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE worklogs_issue SET {columns} WHERE company_id = %s AND id = %s", values)  # noqa: S608


def _batches(ids: Collection[int]) -> Iterator[list[int]]:
    listed = list(ids)
    return (listed[start : start + BATCH] for start in range(0, len(listed), BATCH))
