"""Hours by issue, with sub-tasks under the issue that they belong to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from worklogs import charts
from worklogs.filters import NAMED, WorklogFilter
from worklogs.models import JiraInstance
from worklogs.reports.dimensions import Group, issue_group, page_of
from worklogs.reports.tallies import Tally, summed

SHOWN = 100
SUBTASK = -1  # hierarchyLevel of Jira
FACTS = ("id", "key", "summary", "external_id", "type", "level", "status", "parent_id", "estimate_seconds")


class Fact(NamedTuple):
    """An issue, as FACTS of it."""

    id: int
    key: str
    summary: str
    external_id: str
    type: str
    level: int
    status: str
    parent_id: int | None
    estimate_seconds: int | None


@dataclass(frozen=True)
class TreeRow:
    """Rows that are `below` stand under the one that their time is in already."""

    group: Group
    url: str
    query: str
    status: str
    type: str
    estimate_seconds: int | None
    tally: Tally
    share: float | None
    parts: tuple[charts.Part, ...]
    is_below: bool = False


@dataclass(frozen=True)
class IssueTree:
    """`more` counts the issues that are not shown; those and the rows that are not below add up to `total`."""

    rows: tuple[TreeRow, ...]
    more: int
    more_tally: Tally
    more_query: str  # empty where no link can name so many
    total: Tally


def issue_tree(
    chosen: WorklogFilter,
    facts: Mapping[int, Fact],
    sums: Mapping[int, Tally],
    instance: JiraInstance,
    swatch: int,
) -> IssueTree:
    """`sums` has what was logged on each issue itself; `facts` tell those and what is above them."""
    trees: defaultdict[int, dict[int, Tally]] = defaultdict(dict)
    for pk, tally in sums.items():
        trees[_top(facts[pk], facts)][pk] = tally
    ranked = sorted(trees, key=lambda top: (-summed(trees[top].values()).seconds, top))
    rest = [pk for top in ranked[SHOWN:] for pk in trees[top]]
    total = summed(sums.values())
    longest = summed(trees[ranked[0]].values()).seconds if ranked else 0

    def row(pk: int, tally: Tally, ids: Sequence[int], *, is_below: bool) -> TreeRow:
        fact = facts[pk]
        told = (fact.id, fact.key, fact.summary, fact.external_id, instance.slug, "")
        group = issue_group(*told, page="issue")
        return TreeRow(
            group=group,
            url=page_of(group, chosen),
            query=replace(chosen, issues=tuple(ids)).query(),
            status=fact.status,
            type=fact.type,
            estimate_seconds=fact.estimate_seconds,
            tally=tally,
            share=tally.seconds / total.seconds if total.seconds else None,
            parts=charts.stacked_row([(swatch, tally.seconds)], longest),
            is_below=is_below,
        )

    def rows(top: int) -> Iterator[TreeRow]:
        parts = trees[top]
        yield row(top, summed(parts.values()), sorted(parts), is_below=False)
        if parts.keys() == {top}:
            return
        for pk in sorted(parts, key=lambda pk: (-parts[pk].seconds, pk)):
            below = row(pk, parts[pk], (pk,), is_below=True)
            yield _on_itself(below) if pk == top else below

    return IssueTree(
        rows=tuple(each for top in ranked[:SHOWN] for each in rows(top)),
        more=len(ranked[SHOWN:]),
        more_tally=summed(tally for top in ranked[SHOWN:] for tally in trees[top].values()),
        more_query=replace(chosen, issues=tuple(rest)).query() if 0 < len(rest) <= NAMED else "",
        total=total,
    )


def _on_itself(row: TreeRow) -> TreeRow:
    named = Group(row.group.key, _("On the issue itself"))
    return replace(row, group=named, url="", status="", type="", estimate_seconds=None)


def _top(fact: Fact, facts: Mapping[int, Fact]) -> int:
    return fact.parent_id if fact.parent_id in facts and fact.level <= SUBTASK and fact.parent_id else fact.id
