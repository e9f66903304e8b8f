"""Geometry of the SVG charts: numbers in, coordinates out. x in per cent, y in pixels, so that type keeps its size."""

from collections.abc import Sequence
from dataclasses import dataclass

from worklogs.hours import in_figures

PLOT_TOP, PLOT_HEIGHT = 14, 224
LINE_HEIGHT = 140
SPARK_WIDTH, SPARK_HEIGHT = 72, 20


@dataclass(frozen=True)
class Part:
    """One coloured piece of a stacked bar: of columns y and height in px, of rows x and width in per cent."""

    start: str
    size: str
    swatch: int


@dataclass(frozen=True)
class Amount:
    """What one series has in a column."""

    label: str
    swatch: int
    seconds: int


@dataclass(frozen=True)
class Column:
    label: str
    sublabel: str
    is_major: bool  # keeps its label where space is short
    x: str
    width: str
    centre: str
    bar_x: str
    bar_width: str
    shade: str  # "", "weekend" or "future"
    query: str
    seconds: int
    name: str  # in full, for people who do not see the axis
    amounts: tuple[Amount, ...]  # of the series that have any
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Tick:
    y: float
    label: str


@dataclass(frozen=True)
class ColumnChart:
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    top: int = PLOT_TOP
    height: int = PLOT_HEIGHT

    @property
    def base(self) -> int:
        return self.top + self.height

    @property
    def paths(self) -> tuple[tuple[int, str], ...]:
        """One path a colour, by swatch, instead of a shape a piece: x in per cent as a number, y in pixels.

        A year of days has thousands of pieces; as elements they would be most of the page and of the time it takes.
        """
        pieces: dict[int, list[str]] = {}
        for column in self.columns:
            start, width = column.bar_x.rstrip("%"), column.bar_width.rstrip("%")
            for part in column.parts:
                pieces.setdefault(part.swatch, []).append(f"M{start} {part.start}h{width}v{part.size}h-{width}z")
        return tuple((swatch, "".join(drawn)) for swatch, drawn in pieces.items())


def round_top(hours: float) -> tuple[float, float]:
    """The top of the axis and its step: 3 to 5 round steps that hold the largest value."""
    if hours <= 0:
        return 8.0, 2.0
    for magnitude in (0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000):
        for step in (1 * magnitude, 2 * magnitude, 2.5 * magnitude, 5 * magnitude):
            if hours <= 5 * step:
                return max(-(-hours // step), 3) * step, step
    return hours, hours / 4


def ticks(top: float, step: float, height: int = PLOT_HEIGHT) -> tuple[Tick, ...]:
    count = round(top / step)

    def label(number: int) -> str:
        return in_figures(f"{number * step:,.10g}") + (" h" if number == count else "")

    return tuple(Tick(PLOT_TOP + height * (1 - number / count), label(number)) for number in range(count + 1))


def stacked_column(amounts: Sequence[tuple[int, int]], top_hours: float) -> tuple[Part, ...]:
    """Pieces bottom up from (swatch, seconds), in that order, with a gap of 1 px where there is room."""
    base, parts, scale = float(PLOT_TOP + PLOT_HEIGHT), [], PLOT_HEIGHT / (top_hours * 3600)
    for swatch, seconds in amounts:
        if seconds > 0:
            height = seconds * scale
            base -= height
            parts.append(Part(f"{base:.2f}", f"{max(height - (1 if height > 3 else 0), 0.5):.2f}", swatch))
    return tuple(parts)


def stacked_row(amounts: Sequence[tuple[int, int]], longest: int) -> tuple[Part, ...]:
    """Pieces from the left out of (swatch, seconds); `longest` fills the width."""
    start, parts = 0.0, []
    for swatch, seconds in amounts:
        if seconds > 0 and longest > 0:
            size = 100 * seconds / longest
            parts.append(Part(percent(start), percent(size), swatch))
            start += size
    return tuple(parts)


@dataclass(frozen=True)
class Point:
    """One place of a line; from `hit_x`, `width` wide, it is pointed at."""

    x: float  # per cent, as a number: a path takes no unit
    y: float
    hit_x: str
    width: str
    label: str
    is_major: bool
    name: str
    query: str
    seconds: int


@dataclass(frozen=True)
class LineChart:
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    top: int = PLOT_TOP
    height: int = LINE_HEIGHT

    @property
    def base(self) -> int:
        return self.top + self.height

    @property
    def path(self) -> str:
        return "M" + "L".join(f"{point.x:.3f} {point.y:.2f}" for point in self.points)


def line_chart(values: Sequence[tuple[str, str, str, int]]) -> LineChart:
    """A line through (label, name, query, seconds), each in the middle of its share of the width."""
    top, step = round_top(max((seconds for *_, seconds in values), default=0) / 3600)
    width = 100 / max(len(values), 1)
    points = tuple(
        Point(
            x=(number + 0.5) * width,
            y=round(PLOT_TOP + LINE_HEIGHT * (1 - seconds / 3600 / top), 2),
            hit_x=percent(number * width),
            width=percent(width),
            label=label,
            is_major=(len(values) - 1 - number) % 3 == 0,
            name=name,
            query=query,
            seconds=seconds,
        )
        for number, (label, name, query, seconds) in enumerate(values)
    )
    return LineChart(points, ticks(top, step, LINE_HEIGHT))


@dataclass(frozen=True)
class Sparkline:
    """A line as small as a word, in pixels, with a dot at its end."""

    path: str
    x: str
    y: str


def sparkline(values: Sequence[int]) -> Sparkline:
    """Of one value at least, from 0 at the bottom to the largest at the top, with room for the dot."""
    largest, width, height = max(values) or 1, SPARK_WIDTH - 6, SPARK_HEIGHT - 6
    steps = max(len(values) - 1, 1)
    places = [
        (f"{3 + width * number / steps:.1f}", f"{3 + height * (1 - value / largest):.1f}")
        for number, value in enumerate(values)
    ]
    return Sparkline("M" + "L".join(f"{x} {y}" for x, y in places), *places[-1])


def percent(value: float) -> str:
    return f"{value:.3f}%"


@dataclass(frozen=True)
class RisingChart:
    """A line that only rises, and the area below it; `goal` is the height of a dashed line."""

    line: str
    area: str
    goal: float | None
    ticks: tuple[Tick, ...]
    top: int = PLOT_TOP
    height: int = PLOT_HEIGHT

    @property
    def base(self) -> int:
        return self.top + self.height


def rising_chart(start: int, steps: Sequence[tuple[int, int]], days: int, goal: int | None = None) -> RisingChart:
    """From `start` seconds, steps of (day, seconds): the number of the day and what came to it, of so many days."""
    total = start + sum(seconds for _day, seconds in steps)
    top, step = round_top(max(total, goal or 0) / 3600)

    def y(seconds: int) -> float:
        return round(PLOT_TOP + PLOT_HEIGHT * (1 - seconds / 3600 / top), 2)

    places, reached = [(0.0, y(start))], start
    for day, seconds in steps:
        before, after = (round(100 * day / days, 3), y(reached)), round(100 * (day + 1) / days, 3)
        reached += seconds
        places += [*([before] if before != places[-1] else []), (after, y(reached))]
    if places[-1][0] < 100:
        places.append((100.0, y(reached)))
    line = "M" + "L".join(f"{x:g} {height:g}" for x, height in places)
    base = PLOT_TOP + PLOT_HEIGHT
    return RisingChart(line, f"{line}V{base}H0z", y(goal) if goal else None, ticks(top, step))
