"""An epic: what was logged on it and below it, in a period and since its first day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q

from worklogs.charts import ColumnChart
from worklogs.filters import WorklogFilter
from worklogs.models import Issue, JiraInstance
from worklogs.periods import Period
from worklogs.reports.bars import BarList, bars, swatches
from worklogs.reports.burn_up import BurnUp, burn_up
from worklogs.reports.estimates import Estimate, estimate_of
from worklogs.reports.hours_chart import Series, hours_chart, instance_series
from worklogs.reports.issue_tree import FACTS, Fact, IssueTree, issue_tree
from worklogs.reports.lifetimes import ALL_TIME, Lifetime
from worklogs.reports.tallies import Tallies, Tally, change, summed, tallies


@dataclass(frozen=True)
class History:
    """The seconds of every day ever, and what a period, and what it is compared with, had of them."""

    days: Mapping[date, Tally]
    period: Period

    @property
    def life(self) -> Lifetime | None:
        return Lifetime(min(self.days), max(self.days), summed(self.days.values()).seconds) if self.days else None

    @property
    def total(self) -> Tally:
        return self.within(self.period)

    @property
    def so_far(self) -> Tally:
        return self.within(self.period.so_far)

    @property
    def before(self) -> Tally:
        return self.within(self.period.compared) if self.period.compared else Tally()

    @property
    def change(self) -> float | None:
        return change(self.so_far.seconds, self.before.seconds)

    def within(self, period: Period) -> Tally:
        return summed(tally for day, tally in self.days.items() if period.first <= day <= period.last)


def history(chosen: WorklogFilter) -> History:
    return History({day: tally for (day,), tally in tallies(chosen.at(ALL_TIME), "day").items()}, chosen.period)


@dataclass(frozen=True)
class EpicReport:
    epic: Issue
    swatch: int
    period: Period
    total: Tally
    before: Tally
    change: float | None
    life: Lifetime | None
    life_query: str
    people_count: int
    issues_with_time: int
    issue_count: int  # below it, whether anything was logged on them or not
    estimate: Estimate | None
    burn_up: BurnUp | None
    grain: str
    series: tuple[Series, ...]
    chart: ColumnChart
    people: BarList
    types: BarList
    tree: IssueTree
    query: str

    @property
    def is_empty(self) -> bool:
        return not self.total.worklogs


def epic_report(
    asked: WorklogFilter, epic: Issue, instances: Sequence[JiraInstance], today: date, *, is_whole: bool
) -> EpicReport:
    """`is_whole` where everybody's hours are seen: an estimate is compared with no less. At most 5 statements."""
    chosen = replace(asked, epics=(str(epic.pk),))
    past, cells = history(chosen), tallies(chosen, "issue", "person")
    sums = _summed(cells, lambda key: key[0])
    facts = _facts(Q(epic=epic))
    if moved := sums.keys() - facts.keys():  # by a sync, between two statements
        facts |= _facts(Q(pk__in=moved))
    life, place = past.life, epic.instance_id
    by_type = _summed(cells, lambda key: (facts[key[0]].type, place))
    estimate = _estimate(epic, facts, life) if is_whole else None
    hours = hours_chart(chosen, "instance", instance_series(chosen, instances), today)
    seconds = {day: tally.seconds for day, tally in past.days.items()}
    return EpicReport(
        epic=epic,
        swatch=swatches(instances)[place],
        period=chosen.period,
        total=past.total,
        before=past.before,
        change=past.change,
        life=life,
        life_query=chosen.at(life.period).query() if life else "",
        people_count=len({person for _issue, person in cells}),
        issues_with_time=len(sums),
        issue_count=len(facts.keys() - {epic.pk}),
        estimate=estimate,
        burn_up=burn_up(chosen, seconds, estimate.seconds if estimate else None, today),
        grain=hours.grain,
        series=hours.series,
        chart=hours.chart,
        people=bars(chosen, "person", _summed(cells, lambda key: (key[1], place)), instances),
        types=bars(chosen, "type", by_type, instances),
        tree=issue_tree(chosen, facts, sums, epic.instance, swatches(instances)[place]),
        query=chosen.query(),
    )


def _facts(wanted: Q) -> dict[int, Fact]:
    return {row[0]: Fact(*row) for row in Issue.objects.filter(wanted).values_list(*FACTS)}


def _summed(cells: Tallies, key_of: Any) -> dict[Any, Tally]:
    found: defaultdict[Any, Tally] = defaultdict(Tally)
    for key, tally in cells.items():
        found[key_of(key)] += tally
    return dict(found)


def _estimate(epic: Issue, facts: Mapping[int, Fact], life: Lifetime | None) -> Estimate | None:
    below = [fact.estimate_seconds for fact in facts.values() if fact.estimate_seconds and fact.id != epic.pk]
    return estimate_of(epic.estimate_seconds, life.seconds if life else 0, sum(below), len(below))
