"""Hours a day (a week, a month in long periods), stacked by instance or team."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from accounts.dates import date_format
from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.periods import ONE_DAY, Period, add_months, week_label
from worklogs.reports.bars import swatches
from worklogs.reports.tallies import Tally, tallies

BY_DAY, BY_WEEK = 62, 190  # longest periods, in days, whose columns are days and weeks


@dataclass(frozen=True)
class Series:
    """One colour of the stack, which is also the legend's entry."""

    key: str
    label: str
    swatch: int
    query: str
    seconds: int = 0


@dataclass(frozen=True)
class HoursChart:
    grain: str  # what a column is: day, week or month
    series: tuple[Series, ...]
    chart: charts.ColumnChart
    seconds: Mapping[date, int]  # of each day with work


def instance_series(chosen: WorklogFilter, instances: Sequence[JiraInstance]) -> Callable[[Any], Series]:
    """For charts by the column `instance`."""
    colours = swatches(instances)
    series = {
        each.pk: Series(each.slug, each.name, colours[each.pk], chosen.query(instance=each.slug)) for each in instances
    }
    return lambda instance_id: series[instance_id]


def grain_of(period: Period) -> str:
    return "day" if period.days <= BY_DAY else "week" if period.days <= BY_WEEK else "month"


def bucket_start(day: date, period: Period) -> date:
    """The first day of the column that a day falls in."""
    if period.days <= BY_DAY:
        return day
    start = day - timedelta(days=day.weekday()) if period.days <= BY_WEEK else day.replace(day=1)
    return max(start, period.first)


def buckets(period: Period) -> Iterator[Period]:
    first = period.first
    while first <= period.last:
        if period.days <= BY_DAY:
            last = first
        elif period.days <= BY_WEEK:
            last = first + timedelta(days=6 - first.weekday())
        else:
            last = add_months(first, 1) - ONE_DAY
        yield Period(first, min(last, period.last))
        first = last + ONE_DAY


def hours_chart(
    chosen: WorklogFilter,
    column: str,
    series_of: Callable[[Any], Series],
    today: date,
) -> HoursChart:
    """`column` is one of the tallies, each value of which belongs to a series."""
    period = chosen.period
    cells = tallies(chosen, "day", column)
    sums: defaultdict[str, defaultdict[date, Tally]] = defaultdict(lambda: defaultdict(Tally))
    known: dict[str, Series] = {}
    for (day, key), tally in cells.items():
        series = known.setdefault((found := series_of(key)).key, found)
        sums[series.key][bucket_start(day, period)] += tally
    ordered = sorted(known.values(), key=lambda each: (each.swatch == 0, each.swatch))
    stacked = tuple(replace(each, seconds=sum(t.seconds for t in sums[each.key].values())) for each in ordered)
    columns = list(_columns(chosen, stacked, sums, today))
    top, step = charts.round_top(max((column.seconds for column in columns), default=0) / 3600)
    drawn = tuple(
        replace(
            each, parts=charts.stacked_column([(s.swatch, sums[s.key][bucket.first].seconds) for s in stacked], top)
        )
        for each, bucket in zip(columns, buckets(period), strict=True)
    )
    by_day: defaultdict[date, int] = defaultdict(int)
    for (day, _key), tally in cells.items():
        by_day[day] += tally.seconds
    return HoursChart(grain_of(period), stacked, charts.ColumnChart(drawn, charts.ticks(top, step)), by_day)


def _columns(
    chosen: WorklogFilter, series: Sequence[Series], sums: dict[str, defaultdict[date, Tally]], today: date
) -> Iterator[charts.Column]:
    spans = list(buckets(chosen.period))
    width = 100 / len(spans)
    for number, span in enumerate(spans):
        amounts = [charts.Amount(each.label, each.swatch, sums[each.key][span.first].seconds) for each in series]
        yield charts.Column(
            label=_label(span, number),
            sublabel=_sublabel(span, number),
            is_major=_is_major(span, number, len(spans)),
            x=charts.percent(number * width),
            width=charts.percent(width),
            centre=charts.percent((number + 0.5) * width),
            bar_x=charts.percent((number + 0.18) * width),
            bar_width=charts.percent(0.64 * width),
            shade=_shade(span, today),
            query=chosen.at(span).query(),
            seconds=sum(amount.seconds for amount in amounts),
            name=span.label if span.days > 1 else date_format(span.first, "D j M"),
            amounts=tuple(amount for amount in amounts if amount.seconds),
            parts=(),
        )


def _label(span: Period, number: int) -> str:
    if span.days > 7 or (span.days > 1 and span.first.day == 1 and span.months):
        return date_format(span.first, "M")
    return str(span.first.day)


def _sublabel(span: Period, number: int) -> str:
    if span.days > 7:
        return str(span.first.year) if number == 0 or span.first.month == 1 else ""
    if number == 0 or span.first.weekday() == 0 and span.days == 1:
        return week_label(span.first)
    return date_format(span.first, "M") if span.days > 1 and span.first.day <= 7 else ""


def _is_major(span: Period, number: int, count: int) -> bool:
    return count <= 12 or number % -(-count // 8) == 0


def _shade(span: Period, today: date) -> str:
    if span.first > today:
        return "future"
    return "weekend" if span.days == 1 and span.first.weekday() >= 5 else ""
