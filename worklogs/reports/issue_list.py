"""Epics, or issues, with what was logged on them: a page of them, the rest, those without, and the total of all."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy

from accounts.dates import date_format
from worklogs.filters import NAMED, NONE, WorklogFilter, has_text
from worklogs.folding import sort_key
from worklogs.labels import told_apart
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.periods import Period
from worklogs.reports.bars import swatches
from worklogs.reports.dimensions import Group, issue_group, page_of
from worklogs.reports.estimates import Estimate, estimate_of
from worklogs.reports.lifetimes import Lifetime, lifetimes
from worklogs.reports.sorting import Column, in_order
from worklogs.reports.tallies import Compared, Tallies, Tally, change, compared, summed, tallies

PAGE = 100
BATCH = 2000  # rows of a file that are named at once
EPIC_LEVEL = 1
DEFAULT_SORT = "-hours"
FACTS = ("id", "key", "summary", "external_id", "status", "instance_id", "estimate_seconds")


@dataclass(frozen=True)
class Looked:
    """For which of them somebody looks: text in the key or summary, and a status."""

    text: str = ""
    status: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.status)


@dataclass(frozen=True)
class Found:
    """One of them before it has a name. `place` is its key's, in the order of keys."""

    id: int
    tally: Tally
    place: int = 0
    life: Lifetime | None = None


@dataclass(frozen=True)
class IssueRow:
    group: Group
    url: str
    query: str  # of its worklogs in the period
    total_query: str  # and of all time
    instance: JiraInstance
    swatch: int
    status: str
    people: int
    tally: Tally
    share: float | None
    life: Lifetime | None
    worked: str  # from the first to the last day
    estimate: Estimate | None


@dataclass(frozen=True)
class IssueList:
    """Rows, `more` on other pages and those `without` add up to `total`."""

    by: str
    rows: tuple[IssueRow, ...]
    count: int
    more: int
    more_tally: Tally
    more_query: str  # empty where no link can name so many
    without: Tally | None
    without_people: int
    without_share: float | None
    without_query: str
    total: Tally
    before: Tally
    change: float | None
    query: str  # of the worklogs of the total; empty where no link can name so many
    page: int
    pages: int


EPICS: dict[str, Column[Found]] = {
    "name": Column(gettext_lazy("Epic"), lambda found: found.place, "main"),
    "status": Column(gettext_lazy("Status"), None, ""),
    "instance": Column(gettext_lazy("Instance"), None, "o2"),
    "people": Column(gettext_lazy("People"), None, "r"),
    "last": Column(gettext_lazy("Worked on"), lambda found: found.life and found.life.last, "r o1"),
    "estimate": Column(gettext_lazy("Estimate used"), None, "r o1"),
    "total": Column(gettext_lazy("In total"), lambda found: found.life and found.life.seconds),
    "share": Column(gettext_lazy("Share"), None, "r"),
    "hours": Column(gettext_lazy("Hours"), lambda found: found.tally.seconds),
}
ALL_TIME = ("last", "total")
# To sort issues by all time would read every worklog there is.
ISSUES = EPICS | {name: replace(EPICS[name], key=None) for name in ALL_TIME}
ISSUES["name"] = replace(EPICS["name"], label=gettext_lazy("Issue"))
COLUMNS = {"epic": EPICS, "issue": ISSUES}


def issue_list(
    chosen: WorklogFilter,
    by: str,
    instances: Sequence[JiraInstance],
    *,
    looked: Looked = Looked(),  # noqa: B008 - it is frozen
    sort: str = DEFAULT_SORT,
    page: int = 1,
) -> IssueList:
    """`by` is epic or issue. At most 7 statements. BadFilter on a sort that there is not. The page beyond the last is
    the last."""
    every = _every(chosen, by, looked, sort)
    ordered, without, total = every.found, every.without, every.total
    pages = max(-(-len(ordered) // PAGE), 1)
    page = min(max(page, 1), pages)
    start, end = (page - 1) * PAGE, page * PAGE
    shown, rest = ordered[start:end], ordered[:start] + ordered[end:]
    people = _people(chosen, by, shown, has_without=without is not None)
    return IssueList(
        by=by,
        rows=tuple(_rows(chosen, by, shown, instances, people, total)),
        count=len(ordered),
        more=len(rest),
        more_tally=summed(each.tally for each in rest),
        more_query=_query(chosen, by, [each.id for each in rest]),
        without=without,
        without_people=people.get(None, 0),
        without_share=_share(without, total) if without else None,
        without_query=_narrowed(chosen, by, (NONE,)).query() if by == "epic" else "",
        total=total,
        before=every.before,
        change=change(every.so_far.seconds, every.before.seconds),
        query=_query(chosen, by, [each.id for each in ordered] if looked else None),
        page=page,
        pages=pages,
    )


@dataclass(frozen=True)
class WholeList:
    """The rows of every page, each batch of them named when it is read; with those without they are the total."""

    by: str
    rows: Iterator[IssueRow]
    count: int
    without: Tally | None
    without_people: int
    total: Tally


def whole_list(
    chosen: WorklogFilter,
    by: str,
    instances: Sequence[JiraInstance],
    *,
    looked: Looked = Looked(),  # noqa: B008 - it is frozen
    sort: str = DEFAULT_SORT,
) -> WholeList:
    """For a file. BadFilter as above. Needs the company scope to be open while its rows are read."""
    every = _every(chosen, by, looked, sort)

    def rows() -> Iterator[IssueRow]:
        for start in range(0, len(every.found), BATCH):
            batch = every.found[start : start + BATCH]
            people = _people(chosen, by, batch, has_without=False)
            yield from _rows(chosen, by, batch, instances, people, every.total)

    people = _people(chosen, by, [], has_without=every.without is not None)
    return WholeList(by, rows(), len(every.found), every.without, people.get(None, 0), every.total)


@dataclass(frozen=True)
class Every:
    """All of them in their order, before any has a name; with those without they are the total."""

    found: list[Found]
    without: Tally | None
    total: Tally
    so_far: Tally
    before: Tally


def _every(chosen: WorklogFilter, by: str, looked: Looked, sort: str) -> Every:
    in_order([], COLUMNS[by], sort)  # refuses before anything is asked of the database
    sums = _sums(chosen, by, looked)
    places = _places(by, looked) if looked or sort.removeprefix("-") == "name" else None
    found = in_order(_found(chosen, by, sums.now, places, sort), COLUMNS[by], sort)
    without = sums.now.get((None,)) if not looked else None
    ids = places.keys() if looked and places is not None else None

    def of_them(cells: Tallies) -> Tally:
        return summed(tally for (pk,), tally in cells.items() if ids is None or pk in ids)

    total = summed([*(each.tally for each in found), without or Tally()])
    return Every(found, without, total, of_them(sums.so_far), of_them(sums.before))


def _sums(chosen: WorklogFilter, by: str, looked: Looked) -> Compared:
    """Of the period and what it is compared with, which only those who look for some need row by row."""
    if looked:
        return compared(chosen, by)
    return replace(compared(chosen, "instance"), now=tallies(chosen, by))


def _places(by: str, looked: Looked) -> dict[int, int]:
    """The issues that are looked for, by id, each with its place in the order of keys: CORE-9 before CORE-10."""
    wanted = _of_level(by)
    if looked.text:
        wanted = wanted.filter(has_text(looked.text))
    if looked.status:
        wanted = wanted.filter(status=looked.status)
    ordered = sorted(wanted.order_by().values_list("key", "id"), key=lambda row: (natural(row[0]), row[1]))
    return {pk: place for place, (_key, pk) in enumerate(ordered)}


def natural(key: str) -> tuple[str, int]:
    name, _, number = key.rpartition("-")
    return (name, int(number)) if re.fullmatch(r"[0-9]{1,18}", number) else (key, 0)


def _of_level(by: str) -> "QuerySet[Issue]":
    return Issue.objects.filter(level=EPIC_LEVEL) if by == "epic" else Issue.objects.all()


def _found(
    chosen: WorklogFilter, by: str, now: Mapping[Any, Tally], places: Mapping[int, int] | None, sort: str
) -> Iterator[Found]:
    """The most hours first, whatever comes after that."""
    lives = lifetimes(_ever(chosen), by) if sort.removeprefix("-") in ALL_TIME and by == "epic" else {}
    known = ((pk, tally) for (pk,), tally in now.items() if pk is not None and (places is None or pk in places))
    for pk, tally in sorted(known, key=lambda each: (-each[1].seconds, each[0])):
        yield Found(pk, tally, places[pk] if places else 0, lives.get(pk))


def _narrowed(chosen: WorklogFilter, by: str, ids: Collection[Any]) -> WorklogFilter:
    if by == "epic":
        return replace(chosen, epics=tuple(map(str, ids)))
    return replace(chosen, issues=tuple(ids))


def _query(chosen: WorklogFilter, by: str, ids: Collection[int] | None) -> str:
    if ids is None:
        return chosen.query()
    return _narrowed(chosen, by, sorted(ids)).query() if 0 < len(ids) <= NAMED else ""


def _people(chosen: WorklogFilter, by: str, page: Sequence[Found], *, has_without: bool) -> dict[int | None, int]:
    """How many people logged on each."""
    ids: list[Any] = [*(each.id for each in page), *([NONE] if has_without else [])]
    if not ids:
        return {}
    counts: dict[int | None, int] = {}
    for pk, _person in tallies(_narrowed(chosen, by, ids), by, "person"):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


def _rows(
    chosen: WorklogFilter,
    by: str,
    page: Sequence[Found],
    instances: Sequence[JiraInstance],
    people: Mapping[int | None, int],
    total: Tally,
) -> Iterator[IssueRow]:
    ids = [each.id for each in page]
    if not ids:
        return
    ever = _ever(chosen)
    lives, facts = lifetimes(ever, by, ids), _facts(by, ids)
    by_id, colours = {each.pk: each for each in instances}, swatches(instances)
    query_of, total_of = _queries(chosen, by), _queries(ever, by)
    for each in page:
        pk, key, summary, external_id, status, instance_id, estimate, below, estimated = facts[each.id]
        instance, life = by_id[instance_id], lives.get(pk)
        group = issue_group(pk, key, summary, external_id, instance.slug, instance.name, page=by)
        yield IssueRow(
            group=group,
            url=page_of(group, chosen),
            query=query_of(pk, chosen.period),
            total_query=total_of(pk, life.period) if life else "",
            instance=instance,
            swatch=colours[instance_id],
            status=status,
            people=people.get(pk, 0),
            tally=each.tally,
            share=_share(each.tally, total),
            life=life,
            worked=days_between(life) if life else "",
            estimate=estimate_of(estimate, life.seconds, below, estimated) if life and ever.is_plain else None,
        )


def _ever(chosen: WorklogFilter) -> WorklogFilter:
    """In total, an epic is all of it: what was logged on its issues of other projects too."""
    return replace(chosen, projects=())


def _share(tally: Tally, total: Tally) -> float | None:
    return tally.seconds / total.seconds if total.seconds else None


def _facts(by: str, ids: Sequence[int]) -> dict[int, Any]:
    found: Any = Issue.objects.filter(pk__in=ids).values_list(*FACTS)
    if by == "epic":
        below, estimated = Sum("descendants__estimate_seconds"), Count("descendants__estimate_seconds")
        found = found.annotate(below=below, estimated=estimated)
        return {row[0]: row for row in found}
    return {row[0]: (*row, None, 0) for row in found}


def _queries(chosen: WorklogFilter, by: str) -> Callable[[int, Period], str]:
    """The worklogs of each; what is the same in all of their queries is encoded once."""
    rest = _narrowed(chosen, by, ()).query(**{"from": "", "to": ""}).removeprefix("?")
    end = f"&{rest}" if rest else ""
    return lambda pk, period: f"?{period.query}&{by}={pk}{end}"


def days_between(life: Lifetime) -> str:
    """3 Feb – 9 Oct 2026"""
    return life.period.label if life.first != life.last else date_format(life.first, "j M Y")


@dataclass(frozen=True)
class Choices:
    statuses: tuple[str, ...]
    projects: tuple[tuple[str, str], ...]


def choices(by: str, own: Sequence[int] | None = None) -> Choices:
    """What the list may be narrowed to; for who sees the worklogs of these people alone, what those speak of."""
    known = _of_level(by)
    if own is not None:
        known = known.filter(pk__in=Worklog.objects.filter(person__in=own).values(by))
    columns = ("status", "project_id", "project__key", "project__name", "project__instance__name")
    rows = set(known.order_by().values_list(*columns).distinct())
    told = {(pk, f"{key} {name}".strip(), instance) for _status, pk, key, name, instance in rows if pk}
    titles = Counter(title for _pk, title, _instance in told)
    projects = {(str(pk), told_apart(title, instance if titles[title] > 1 else "")) for pk, title, instance in told}
    return Choices(
        statuses=tuple(sorted({status for status, *_ in rows if status}, key=sort_key)),
        projects=tuple(sorted(projects, key=lambda each: sort_key(each[1]))),
    )
