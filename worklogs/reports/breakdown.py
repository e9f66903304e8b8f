"""Hours of a filter by one dimension, with a row for those that have none, so that the rows make the total."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from worklogs.filters import WorklogFilter


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    seconds: int
    worklogs: int


@dataclass(frozen=True)
class Breakdown:
    rows: tuple[Row, ...]

    @property
    def total_seconds(self) -> int:
        return sum(row.seconds for row in self.rows)

    @property
    def worklogs(self) -> int:
        return sum(row.worklogs for row in self.rows)


@dataclass(frozen=True)
class Dimension:
    """What to group by, and how a group is called: `name` takes the values of `fields`."""

    fields: tuple[str, ...]
    name: Callable[..., tuple[str, str]]


def _issue(pk: int | None, key: str | None, summary: str | None, external_id: str | None) -> tuple[str, str]:
    """An issue that cannot be read goes by its number in Jira."""
    return (key, summary or key) if key else (f"#{external_id}", f"Unreadable issue {external_id}")


def _epic(pk: int | None, key: str | None, summary: str | None, external_id: str | None) -> tuple[str, str]:
    return _issue(pk, key, summary, external_id) if pk else ("", "No epic")


def _project(pk: int | None, key: str | None, name: str | None) -> tuple[str, str]:
    return (key or "", name or key or "") if pk else ("", "No project")


BY: dict[str, Dimension] = {
    "person": Dimension(("person_id", "person__name"), lambda pk, name: (str(pk), name)),
    "team": Dimension(
        ("person__team_id", "person__team__slug", "person__team__name"),
        lambda pk, slug, name: (slug, name) if pk else ("", "No team"),
    ),
    "project": Dimension(("project_id", "project__key", "project__name"), _project),
    "epic": Dimension(("epic_id", "epic__key", "epic__summary", "epic__external_id"), _epic),
    "issue": Dimension(("issue_id", "issue__key", "issue__summary", "issue__external_id"), _issue),
    "instance": Dimension(("instance_id", "instance__slug", "instance__name"), lambda pk, slug, name: (slug, name)),
    "day": Dimension(("day",), lambda day: (day.isoformat(), day.isoformat())),
}


def breakdown(chosen: WorklogFilter, by: str) -> Breakdown:
    """Days in their order, everything else by hours, the most first."""
    dimension = BY[by]
    groups = chosen.worklogs().order_by().values_list(*dimension.fields)
    rows = [
        Row(*dimension.name(*values), seconds=seconds, worklogs=worklogs)
        for *values, seconds, worklogs in groups.annotate(Sum("seconds"), Count("id"))
    ]
    order: Callable[[Row], Any] = (lambda row: row.key) if by == "day" else (lambda row: (-row.seconds, row.key))
    return Breakdown(tuple(sorted(rows, key=order)))
