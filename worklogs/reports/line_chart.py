"""Amounts over time as lines: one a series, or one for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from accounts.dates import date_format
from worklogs import charts
from worklogs.periods import week_label
from worklogs.reports.bars import other_swatch
from worklogs.reports.pivot import Cell, Pivot

MOST_LABELS = 8


@dataclass(frozen=True)
class Line:
    label: str
    text: str
    query: str
    swatch: int
    path: str  # x in per cent as a number, y in pixels


@dataclass(frozen=True)
class Point:
    """One day, week or month. `tip` has a line of label, amount and swatch for it and for each series."""

    x: str
    width: str
    centre: str
    label: str
    is_labelled: bool
    name: str
    text: str
    query: str
    tip: str
    made_of: str


@dataclass(frozen=True)
class LineChart:
    lines: tuple[Line, ...]
    points: tuple[Point, ...]
    ticks: tuple[charts.Tick, ...]
    top: int = charts.PLOT_TOP
    height: int = charts.PLOT_HEIGHT

    @property
    def base(self) -> int:
        return self.top + self.height


def line_chart(
    found: Pivot, colours: Mapping[str, int], write: Callable[[int], str], today: date, *, is_split: bool
) -> LineChart:
    """`found` has times as columns. Unless it is split, one line shows the totals of the columns. Lines end today.

    Columns that are added up in a last one are no point in time: no line leads there.
    """
    past = sum(1 for group in found.columns if group.key and group.key <= today.isoformat())
    by_instance = found.rows_by.name == "instance"
    series = [
        (row.group.label, row.total, row.cells, _swatch(row.group.key, number, colours if by_instance else None))
        for number, row in enumerate(found.rows)
    ]
    if not is_split:
        series = [(_("Total"), found.total, found.column_totals, 0)]
    scale = 3600 if found.is_in_seconds else 1
    largest = max((cell.amount for _label, _total, cells, _number in series for cell in cells), default=0)
    top, step = charts.round_top(max(largest / scale, 0 if found.is_in_seconds else 3))
    lines = tuple(
        Line(label, write(total.amount), total.query, swatch, _path(cells, past, top * scale))
        for label, total, cells, swatch in series
    )
    ticks = charts.ticks(top, step)
    if not found.is_in_seconds:
        ticks = tuple(charts.Tick(tick.y, tick.label.removesuffix(" h")) for tick in ticks)
    return LineChart(lines, _points(found, [(s[0], s[2], s[3]) for s in series], write), ticks)


def _swatch(key: str, number: int, colours: Mapping[str, int] | None) -> int:
    if not key:
        return 0
    return other_swatch(number) if colours is None else colours.get(key, 0)


def _path(cells: Sequence[Cell], past: int, top: float) -> str:
    width, base = 100 / max(len(cells), 1), charts.PLOT_TOP + charts.PLOT_HEIGHT
    points = [
        f"{(number + 0.5) * width:.3f} {base - charts.PLOT_HEIGHT * cell.amount / top:.2f}"
        for number, cell in enumerate(cells[:past])
    ]
    if len(points) == 1 and len(cells) == 1:  # a line of one point would be nothing
        points = [f"0 {points[0].split()[1]}", f"100 {points[0].split()[1]}"]
    return "M" + "L".join(points) if points else ""


def _points(
    found: Pivot, series: Sequence[tuple[str, Sequence[Cell], int]], write: Callable[[int], str]
) -> tuple[Point, ...]:
    count, points = len(found.columns), []
    width, every = 100 / max(count, 1), max(-(-count // MOST_LABELS), 1)
    for number, (group, total) in enumerate(zip(found.columns, found.column_totals, strict=True)):
        amounts = [
            (_in_one_cell(label), write(cells[number].amount), swatch)
            for label, cells, swatch in series
            if cells[number].amount
        ]
        text = write(total.amount) or "0"
        points.append(
            Point(
                x=charts.percent(number * width),
                width=charts.percent(width),
                centre=charts.percent((number + 0.5) * width),
                label=_label(found, group.key),
                is_labelled=number % every == 0,
                name=group.label,
                text=text,
                query=total.query,
                tip="\n".join([f"{group.label}|{text}", *(f"{name}|{amount}|{at}" for name, amount, at in amounts)]),
                made_of=", ".join(f"{name} {amount}" for name, amount, _at in amounts),
            )
        )
    return tuple(points)


def _label(found: Pivot, key: str) -> str:
    if not key or found.columns_by is None:
        return "…"
    day = date.fromisoformat(key)
    if found.columns_by.name == "week":
        return week_label(day)
    return date_format(day, {"day": "j M", "month": "M Y"}[found.columns_by.name])


def _in_one_cell(label: str) -> str:
    """A name without the signs that part the rows and cells of a tooltip."""
    return " ".join(label.split()).replace("|", "¦")
