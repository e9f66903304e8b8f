"""Hours as they add up, from the first work to the end of a period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from accounts.dates import date_format
from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.periods import LONGEST, Period
from worklogs.reports.hours_chart import buckets, grain_of

MOST_LABELS = 10


@dataclass(frozen=True)
class BurnUp:
    """`columns` are the days, weeks or months that one may point at; their `seconds` are all until then."""

    span: Period
    grain: str
    chart: charts.RisingChart
    columns: tuple[charts.Column, ...]
    shade_x: str  # the period of the page
    shade_width: str
    total: int
    goal: int | None


def burn_up(chosen: WorklogFilter, days: Mapping[date, int], goal: int | None, today: date) -> BurnUp | None:
    """`days` has the seconds of every day ever; None where the work began after the period."""
    first, last = min(days, default=date.max), chosen.period.last
    last = min(last, max(today, max((day for day in days if day <= last), default=date.min)))
    if first > last:
        return None
    span = Period(max(first, last - timedelta(days=LONGEST - 1)), last)
    before = sum(seconds for day, seconds in days.items() if day < span.first)
    within = sorted((day, seconds) for day, seconds in days.items() if span.first <= day <= span.last)
    steps = [((day - span.first).days, seconds) for day, seconds in within]
    shaded = max(chosen.period.first, span.first)
    start, end = _x(span, shaded), 100.0
    return BurnUp(
        span=span,
        grain=grain_of(span),
        chart=charts.rising_chart(before, steps, span.days, goal),
        columns=tuple(_columns(chosen, span, before, dict(within))),
        shade_x=charts.percent(start),
        shade_width=charts.percent(max(end - start, 0)),
        total=before + sum(seconds for _day, seconds in within),
        goal=goal,
    )


def _x(span: Period, day: date) -> float:
    return 100 * (day - span.first).days / span.days


def _columns(chosen: WorklogFilter, span: Period, reached: int, days: Mapping[date, int]) -> Iterator[charts.Column]:
    parts = list(buckets(span))
    every, context = -(-len(parts) // MOST_LABELS), ""
    for number, (part, seconds) in enumerate(zip(parts, _added(parts, days), strict=True)):
        reached += seconds
        start, width = _x(span, part.first), 100 * part.days / span.days
        is_labelled, around = number % every == 0, date_format(part.first, "Y" if part.days > 7 else "M")
        yield charts.Column(
            label=date_format(part.first, "M" if part.days > 7 else "j") if is_labelled else "",
            sublabel=around if is_labelled and around != context else "",
            is_major=number % (2 * every) == 0,
            x=charts.percent(start),
            width=charts.percent(width),
            centre=charts.percent(start + width / 2),
            bar_x="",
            bar_width="",
            shade="",
            query=chosen.at(part).query(),
            seconds=reached,
            name=part.label if part.days > 1 else date_format(part.first, "D j M Y"),
            amounts=(charts.Amount(_("in this period"), 0, seconds),) if seconds else (),
            parts=(),
        )
        context = around if is_labelled else context


def _added(parts: list[Period], days: Mapping[date, int]) -> list[int]:
    sums, position = [0] * len(parts), 0
    for day in sorted(days):
        while parts[position].last < day:
            position += 1
        sums[position] += days[day]
    return sums
