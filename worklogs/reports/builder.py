"""A report as people put it together: rows, columns, a measure, and how it is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs import charts
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.hours import formatted, in_figures
from worklogs.periods import week_label
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, page_of
from worklogs.reports.line_chart import LineChart, line_chart
from worklogs.reports.pivot import IN_SECONDS, MEASURES, Cell, Pivot, pivot

SHAPES: Mapping[str, str | Promise] = {
    "table": gettext_lazy("Table"),
    "bar": gettext_lazy("Bars"),
    "line": gettext_lazy("Line"),
    "heatmap": gettext_lazy("Heatmap"),
}
MOST_ROWS, MOST_COLUMNS, MOST_PARTS = 100, 62, 8  # of a page; the rest is one row, one column, one part
SHADES = 6


@dataclass(frozen=True)
class Ask:
    rows: str = "person"
    columns: str = ""
    measure: str = "hours"
    shape: str = "table"

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Raises BadFilter."""
        return cls(
            _known(query, "rows", DIMENSIONS) or cls.rows,
            _known(query, "columns", DIMENSIONS),
            _known(query, "measure", MEASURES) or cls.measure,
            _known(query, "as", SHAPES) or cls.shape,
        )

    @property
    def query(self) -> str:
        parts = {"rows": self.rows, "columns": self.columns, "measure": self.measure, "as": self.shape}
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def title(self) -> str:
        told = {
            "measure": MEASURES[self.measure],
            "rows": _lower(DIMENSIONS[self.rows].label),
            "columns": _lower(DIMENSIONS[self.columns].label) if self.columns else "",
        }
        if self.columns:
            return _("%(measure)s by %(rows)s and %(columns)s") % told
        return _("%(measure)s by %(rows)s") % told


def _known(query: QueryDict, name: str, known: Mapping[str, object]) -> str:
    value = query.get(name, "")
    if value and value not in known:
        raise BadFilter(_("%(name)s is one of %(known)s.") % {"name": name, "known": ", ".join(known)})
    return value


def _lower(label: str | Promise) -> str:
    return str(label).lower()


@dataclass(frozen=True)
class Start:
    """A report to start from."""

    name: str | Promise
    says: str | Promise
    query: str


STARTS = (
    Start(
        gettext_lazy("Hours by team and month"),
        gettext_lazy("How the year is spread over the teams."),
        "period=this-year&rows=team&columns=month&measure=hours&as=heatmap",
    ),
    Start(
        gettext_lazy("People by day"),
        gettext_lazy("Who logged how much on each day, as on a timesheet."),
        "period=this-month&rows=person&columns=day&measure=hours&as=table",
    ),
    Start(
        gettext_lazy("Epics by person"),
        gettext_lazy("Who works on what, and how much."),
        "period=this-month&rows=epic&columns=person&measure=hours&as=bar",
    ),
    Start(
        gettext_lazy("Weekdays by person"),
        gettext_lazy("On which days of the week people log their time."),
        "period=last-30-days&rows=person&columns=weekday&measure=hours&as=heatmap",
    ),
    Start(
        gettext_lazy("Hours a week by project"),
        gettext_lazy("Where the time goes, week after week."),
        "period=this-quarter&rows=project&columns=week&measure=hours&as=line",
    ),
    Start(
        gettext_lazy("Billable hours by project and month"),
        gettext_lazy("What can be charged, and when it was worked."),
        "period=this-year&rows=project&columns=month&measure=billable&as=table",
    ),
)


class ShownCell(NamedTuple):
    """Written out, since a page has thousands. `shade` is 0 for nothing and up to SHADES."""

    text: str
    query: str
    shade: int


@dataclass(frozen=True)
class ShownRow:
    """`url` is its own page. One without a key stands for all that are not shown. `heading` is short, for columns."""

    group: Group
    url: str
    cells: tuple[ShownCell, ...]
    total: ShownCell
    parts: tuple[charts.Part, ...] = ()
    heading: str = ""
    is_off: bool = False  # a day of the weekend


@dataclass(frozen=True)
class LegendEntry:
    label: str
    text: str
    query: str
    swatch: int


@dataclass(frozen=True)
class Built:
    ask: Ask
    query: str  # of all its worklogs
    columns: tuple[ShownRow, ...]  # each with its total; in a table they stand above
    rows: tuple[ShownRow, ...]
    total: ShownCell
    amount: int  # of the total
    legend: tuple[LegendEntry, ...]
    line: LineChart | None
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def is_matrix(self) -> bool:
        return bool(self.ask.columns)


def build(
    chosen: WorklogFilter, ask: Ask, colours: Mapping[str, int], style: str, today: date, *, most_rows: int = MOST_ROWS
) -> Built:
    """`colours` are those of instances, by slug; `style` is how hours are written. Three statements."""
    if ask.shape == "line":
        return _with_line(chosen, ask, colours, style, today)
    is_bar = ask.shape == "bar"
    found = pivot(
        chosen, ask.rows, ask.columns, ask.measure, most_rows=most_rows, most_columns=None if is_bar else MOST_COLUMNS
    )
    write, notes = writer(ask.measure, style), [*_notes(ask, found)]
    swatches = _swatches(found, colours) if is_bar else None
    if is_bar and found.columns and swatches is None:
        notes.append(_("Bars are cut into few parts that add up: for this, a heatmap shows more."))
    shown = _shown_rows(chosen, found, write, swatches)
    columns = tuple(
        ShownRow(
            group,
            page_of(group, chosen),
            (),
            ShownCell(write(cell.amount), cell.query, 0),
            heading=_heading(found.columns_by, group, number),
            is_off=ask.columns == "day" and bool(group.key) and date.fromisoformat(group.key).isoweekday() > 5,
        )
        for number, (group, cell) in enumerate(zip(found.columns, found.column_totals, strict=True))
    )
    total = ShownCell(write(found.total.amount), found.total.query, 0)
    legend = _legend(columns, swatches) if swatches else ()
    return Built(ask, chosen.query(), columns, shown, total, found.total.amount, legend, None, tuple(notes))


def _heading(dimension: Dimension | None, group: Group, number: int) -> str:
    if not (dimension and dimension.is_time and group.key):
        return group.code or group.label
    day = date.fromisoformat(group.key)
    if dimension.name == "week":
        return week_label(day)
    if dimension.name == "month":
        return date_format(day, "M Y" if number == 0 or day.month == 1 else "M")
    return date_format(day, "j M" if number == 0 or day.day == 1 else "j")


def writer(measure: str, style: str) -> Callable[[int], str]:
    """How an amount is written; nothing is an empty text."""
    if measure in IN_SECONDS:
        return lambda amount: formatted(amount, style) if amount else ""
    return lambda amount: in_figures(f"{amount:,}") if amount else ""


def _shown_rows(
    chosen: WorklogFilter, found: Pivot, write: Callable[[int], str], swatches: Sequence[int] | None
) -> tuple[ShownRow, ...]:
    largest = found.largest
    longest = max((row.total.amount for row in found.rows if row.group.key), default=0)

    def cell(each: Cell, *, is_rest: bool) -> ShownCell:
        shade = 0 if is_rest or not largest else min(-(-SHADES * each.amount // largest), SHADES)
        return ShownCell(write(each.amount), each.query, shade)

    def parts(cells: Sequence[Cell], total: Cell) -> tuple[charts.Part, ...]:
        if swatches:
            return charts.stacked_row(_pieces(cells, swatches), longest)
        return charts.stacked_row([(0, total.amount)], longest)

    return tuple(
        ShownRow(
            row.group,
            page_of(row.group, chosen),
            tuple(cell(each, is_rest=not row.group.key) for each in row.cells),
            ShownCell(write(row.total.amount), row.total.query, 0),
            parts(row.cells, row.total) if row.group.key else (),
        )
        for row in found.rows
    )


def _swatches(found: Pivot, colours: Mapping[str, int]) -> list[int] | None:
    """Colours of the columns, 0 for all beyond the first; None where parts are too many in their order, or no parts."""
    if not found.columns_by or found.measure == "people":
        return None
    is_ordered = found.columns_by.is_time or found.columns_by.name == "weekday"
    if is_ordered and len(found.columns) > MOST_PARTS:
        return None
    if found.columns_by.name == "instance":
        return [colours.get(group.key, 0) for group in found.columns]
    alone = MOST_PARTS if len(found.columns) <= MOST_PARTS else MOST_PARTS - 1
    return [number + 1 if number < alone and group.key else 0 for number, group in enumerate(found.columns)]


def _pieces(cells: Sequence[Cell], swatches: Sequence[int]) -> list[tuple[int, int]]:
    named = [(swatch, cell.amount) for swatch, cell in zip(swatches, cells, strict=True) if swatch]
    return [*named, (0, sum(cell.amount for swatch, cell in zip(swatches, cells, strict=True) if not swatch))]


def _legend(columns: Sequence[ShownRow], swatches: Sequence[int]) -> tuple[LegendEntry, ...]:
    named = [
        LegendEntry(column.group.label, column.total.text, column.total.query, swatch)
        for column, swatch in zip(columns, swatches, strict=True)
        if swatch
    ]
    others = len(columns) - len(named)
    return (*named, *([LegendEntry(_("%(n)s more") % {"n": others}, "", "", 0)] if others else []))


def _notes(ask: Ask, found: Pivot) -> list[str]:
    notes = []
    if ask.measure == "people":
        notes.append(_("Everybody counts once in a total, however many rows and columns they stand in."))
    if found.columns and not found.columns[-1].key and found.columns_by and found.columns_by.is_time:
        notes.append(_("There are more columns than a page shows: weeks or months show the whole period."))
    return notes


def _with_line(chosen: WorklogFilter, ask: Ask, colours: Mapping[str, int], style: str, today: date) -> Built:
    """Without a dimension of time there is no line, and a note says so."""
    is_over_columns = bool(ask.columns) and DIMENSIONS[ask.columns].is_time
    over, split = (ask.columns, ask.rows) if is_over_columns else (ask.rows, ask.columns)
    if not DIMENSIONS[over].is_time:
        table = build(chosen, replace(ask, shape="table"), colours, style, today)
        note = _("A line runs over time: take days, weeks or months as rows or columns.")
        return replace(table, ask=ask, notes=(note, *table.notes))
    found = pivot(chosen, split or "instance", over, ask.measure, most_rows=MOST_PARTS - 1)
    write = writer(ask.measure, style)
    line = line_chart(found, colours, write, today, is_split=bool(split))
    total = ShownCell(write(found.total.amount), found.total.query, 0)
    rows = _shown_rows(chosen, found, write, None)
    notes = tuple(_notes(ask, found)[:1])
    return Built(ask, chosen.query(), (), rows, total, found.total.amount, (), line, notes)
