"""Geometry of the SVG charts: numbers in, coordinates out. x in per cent, y in pixels, so that type keeps its size."""

from collections.abc import Sequence
from dataclasses import dataclass

PLOT_TOP, PLOT_HEIGHT = 14, 224


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


def ticks(top: float, step: float) -> tuple[Tick, ...]:
    count = round(top / step)
    return tuple(
        Tick(
            PLOT_TOP + PLOT_HEIGHT * (1 - number / count), f"{number * step:,.10g}" + (" h" if number == count else "")
        )
        for number in range(count + 1)
    )


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


def percent(value: float) -> str:
    return f"{value:.3f}%"
