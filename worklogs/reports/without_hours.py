"""People whom a report lists although they logged nothing."""

from collections.abc import Iterator, Sequence

from django.db.models import Q

from worklogs.filters import NONE, WorklogFilter
from worklogs.models import Person
from worklogs.reports.dimensions import Dimension
from worklogs.reports.row_order import Path

LEVELS = (["person"], ["team"], ["team", "person"])  # of which active people make rows


def paths_of_everyone(chosen: WorklogFilter, levels: Sequence[Dimension]) -> Iterator[Path]:
    """Of every active person whom the filter lets in, the rows down to the last level. One statement."""
    names = [level.name for level in levels]
    if names not in LEVELS:
        return
    people = Person.objects.filter(is_active=True).exclude(pk__in=chosen.excluded.people)
    if chosen.people:
        people = people.filter(pk__in=chosen.people)
    if chosen.teams:
        people = people.filter(_in_teams(chosen.teams))
    if chosen.excluded.teams:
        people = people.exclude(_in_teams(chosen.excluded.teams))
    for pk, team in people.order_by().values_list("id", "team_id"):
        whole = tuple({"person": pk, "team": team}[name] for name in names)
        for length in range(1, len(whole) + 1):
            yield whole[:length]


def _in_teams(slugs: Sequence[str]) -> Q:
    named = Q(team__slug__in=[slug for slug in slugs if slug != NONE])
    return named | Q(team=None) if NONE in slugs else named
