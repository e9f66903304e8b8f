"""A report as people put it together: rows, columns, a measure, and how it is shown."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import date_format
from worklogs import charts
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.hours import formatted, in_figures
from worklogs.periods import week_label
from worklogs.query_parts import Parts
from worklogs.reports.bars import other_swatch
from worklogs.reports.dimensions import DIMENSIONS, Dimension, Group, page_of
from worklogs.reports.line_chart import LineChart, line_chart
from worklogs.reports.pivot import IN_SECONDS, MEASURES, Cell, Pivot, PivotRow, others_group, pivot
from worklogs.reports.row_order import IN_COLUMN, known
from worklogs.reports.without_hours import LEVELS

SHAPES: Mapping[str, str | Promise] = {
    "table": gettext_lazy("Table"),
    "bar": gettext_lazy("Bars"),
    "line": gettext_lazy("Line"),
    "heatmap": gettext_lazy("Heatmap"),
}
MOST_ROWS, MOST_COLUMNS, MOST_PARTS = 100, 62, 8  # of a page; the rest is one row, one column, one part
OF_TWO_LEVELS, IN_TABLE = (50, 20), (15, 10)  # rows of the first level, and within each: in a list, and with columns
SHADES = 6


@dataclass(frozen=True)
class Ask:
    """`then` are rows within rows; `sort` is the column that orders them, as a heading asks for it. `has_zeros`:
    people who logged nothing are rows too."""

    rows: str = "person"
    columns: str = ""
    measure: str = "hours"
    shape: str = "table"
    then: str = ""
    sort: str = ""
    has_zeros: bool = False

    @classmethod
    def read(cls, parts: Parts) -> Self:
        """What can't be read is a fault of the parts, and the default."""
        rows = parts.value("rows", _of("rows", DIMENSIONS)) or cls.rows
        then = parts.value("then", _of("then", DIMENSIONS)) or ""
        return cls(
            rows,
            parts.value("columns", _of("columns", DIMENSIONS)) or "",
            parts.value("measure", _of("measure", MEASURES)) or cls.measure,
            parts.value("as", _of("as", SHAPES)) or cls.shape,
            then if then != rows else "",
            known(parts.query.get("sort", "")),
            parts.query.get("zeros") == "1",
        )

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """For whoever keeps or sends it: all of the query, or BadFilter."""
        parts = Parts(query)
        ask = cls.read(parts)
        for fault in parts.faults:
            raise fault.error
        return ask

    @property
    def query(self) -> str:
        parts = {"rows": self.rows, "then": self.then, "columns": self.columns, "measure": self.measure}
        parts |= {"as": self.shape, "sort": self.sort, "zeros": "1" if self.has_zeros else ""}
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def may_have_zeros(self) -> bool:
        return [name for name in (self.rows, self.then) if name] in LEVELS

    @property
    def rows_label(self) -> str:
        return " › ".join(str(DIMENSIONS[name].label) for name in (self.rows, self.then) if name)

    @property
    def file_name(self) -> str:
        by = "-".join(filter(None, [self.rows, self.then, f"by-{self.columns}" if self.columns else ""]))
        by = f"{by}-with-zeros" if self.has_zeros and self.may_have_zeros else by
        return by if self.measure == "hours" else f"{by}-{self.measure}"

    @property
    def title(self) -> str:
        told = {
            "measure": MEASURES[self.measure],
            "rows": _lower(self.rows_label),
            "columns": _lower(DIMENSIONS[self.columns].label) if self.columns else "",
        }
        if self.columns:
            return _("%(measure)s by %(rows)s and %(columns)s") % told
        return _("%(measure)s by %(rows)s") % told


def _of(name: str, known: Mapping[str, object]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            raise BadFilter(_("“%(name)s” must be one of %(known)s.") % {"name": name, "known": ", ".join(known)})
        return value

    return read


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
        gettext_lazy("How the year is split between teams."),
        "period=this-year&rows=team&columns=month&measure=hours&as=heatmap",
    ),
    Start(
        gettext_lazy("People by day"),
        gettext_lazy("Hours per person per day, like a timesheet."),
        "period=this-month&rows=person&columns=day&measure=hours&as=table",
    ),
    Start(
        gettext_lazy("Epics by person"),
        gettext_lazy("Who works on what, and for how long."),
        "period=this-month&rows=epic&columns=person&measure=hours&as=bar",
    ),
    Start(
        gettext_lazy("Weekdays by person"),
        gettext_lazy("Which days of the week people log time on."),
        "period=last-30-days&rows=person&columns=weekday&measure=hours&as=heatmap",
    ),
    Start(
        gettext_lazy("Hours per week by project"),
        gettext_lazy("Where time goes, week by week."),
        "period=this-quarter&rows=project&columns=week&measure=hours&as=line",
    ),
    Start(
        gettext_lazy("Billable hours by project and month"),
        gettext_lazy("What you can bill, and when the work was done."),
        "period=this-year&rows=project&columns=month&measure=billable&as=table",
    ),
)


@dataclass(frozen=True)
class SortLink:
    """What a click on a heading asks for, and how its column is sorted now: ascending, descending or not at all."""

    sort: str
    direction: str

    @property
    def values(self) -> str:
        return json.dumps({"sort": self.sort})


def sort_link(name: str, current: str, *, is_figure: bool = True) -> SortLink:
    """Figures start with the largest, words with the first."""
    down = f"-{name}"
    if current.removeprefix("-") == name:
        return SortLink(name, "descending") if current == down else SortLink(down, "ascending")
    return SortLink(down if is_figure else name, "")


class ShownCell(NamedTuple):
    """Written out, since a page has thousands. `shade` is 0 for nothing and up to SHADES."""

    text: str
    query: str
    shade: int


@dataclass(frozen=True)
class ShownRow:
    """`url` is its own page. One without a key stands for all that are not shown. `heading` and `sort` are for columns.

    A row `has_within` those that follow it and are `is_within`: it is their subtotal.
    """

    group: Group
    url: str
    cells: tuple[ShownCell, ...]
    total: ShownCell
    parts: tuple[charts.Part, ...] = ()
    share: float | None = None
    is_within: bool = False
    has_within: bool = False
    heading: str = ""
    sort: SortLink | None = None
    is_off: bool = False  # a day of the weekend

    @property
    def classes(self) -> str:
        told = {"rest": not self.group.key, "within": self.is_within, "subtotal": self.has_within}
        return " ".join(name for name, is_so in told.items() if is_so)


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
    by_name: SortLink
    by_total: SortLink
    by_share: SortLink
    has_share: bool  # people who count once in a total are no shares of it
    is_unsorted: bool  # it is asked to be sorted by a column that it doesn't have

    @property
    def whole_share(self) -> float | None:
        return 1.0 if self.amount else None

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def is_matrix(self) -> bool:
        return bool(self.ask.columns)


def build(
    chosen: WorklogFilter, ask: Ask, colours: Mapping[str, int], style: str, today: date, *, most_rows: int = MOST_ROWS
) -> Built:
    """`colours` are those of instances, by slug; `style` is how hours are written. As many statements as a pivot."""
    if ask.shape == "line":
        return _with_line(chosen, ask, colours, style, today)
    is_bar = ask.shape == "bar"
    most, most_within = (IN_TABLE if ask.columns else OF_TWO_LEVELS) if ask.then else (most_rows, None)
    found = pivot(
        chosen,
        ask.rows,
        ask.columns,
        ask.measure,
        then=ask.then,
        sort=ask.sort,
        has_zeros=ask.has_zeros,
        most_rows=most,
        most_within=most_within,
        most_columns=None if is_bar else MOST_COLUMNS,
    )
    write, notes = writer(ask.measure, style), [*_notes(ask, found)]
    swatches = _swatches(found, colours) if is_bar else None
    if is_bar and found.columns and swatches is None:
        notes.append(_("Bars work best with a few columns that add up. Use a heatmap to see more."))
    shown, columns = tuple(_shown_rows(chosen, found, write, swatches)), _shown_columns(chosen, ask, found, write)
    legend = _legend(columns, swatches, found.other_columns) if swatches else ()
    return _built(chosen, ask, found, write, columns=columns, rows=shown, legend=legend, line=None, notes=tuple(notes))


def _built(chosen: WorklogFilter, ask: Ask, found: Pivot, write: Callable[[int], str], **parts: Any) -> Built:
    is_in_order = found.rows_by.is_time or found.rows_by.name == "weekday"
    sort = ask.sort or ("name" if is_in_order else "-total")
    return Built(
        ask,
        chosen.query(),
        total=ShownCell(write(found.total.amount), found.total.query, 0),
        amount=found.total.amount,
        by_name=sort_link("name", sort, is_figure=False),
        by_total=sort_link("total", sort),
        by_share=sort_link("share", sort),
        has_share=ask.measure != "people",
        is_unsorted=_is_unsorted(ask, found),
        **parts,
    )


def _is_unsorted(ask: Ask, found: Pivot) -> bool:
    """A line has an order of its own."""
    asked = ask.sort.removeprefix("-")
    if not asked.startswith(IN_COLUMN) or ask.shape == "line":
        return False
    return asked.removeprefix(IN_COLUMN) not in {group.key for group in found.columns}


def _shown_columns(chosen: WorklogFilter, ask: Ask, found: Pivot, write: Callable[[int], str]) -> tuple[ShownRow, ...]:
    return tuple(
        ShownRow(
            group,
            page_of(group, chosen),
            (),
            ShownCell(write(cell.amount), cell.query, 0),
            heading=_heading(found.columns_by, group, number),
            sort=sort_link(f"{IN_COLUMN}{group.key}", ask.sort),
            is_off=ask.columns == "day" and bool(group.key) and date.fromisoformat(group.key).isoweekday() > 5,
        )
        for number, (group, cell) in enumerate(zip(found.columns, found.column_totals, strict=True))
    )


def _heading(dimension: Dimension | None, group: Group, number: int) -> str:
    if not (dimension and dimension.is_time and group.key):
        return group.short
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
) -> Iterator[ShownRow]:
    """Each row, and behind it those within. What is added up of others has no shade and no bar."""
    largest, whole = found.largest, found.total.amount if found.measure != "people" else 0
    longest = max((row.total.amount for row in found.rows if row.group.key), default=0)

    def cell(each: Cell, *, is_shaded: bool) -> ShownCell:
        shade = min(-(-SHADES * each.amount // largest), SHADES) if largest and is_shaded else 0
        return ShownCell(write(each.amount), each.query, shade)

    def parts(row: PivotRow) -> tuple[charts.Part, ...]:
        if not row.group.key:
            return ()
        pieces = _pieces(row.cells, swatches) if swatches else [(0, row.total.amount)]
        return charts.stacked_row(pieces, longest)

    def shown(row: PivotRow, *, is_within: bool) -> ShownRow:
        is_shaded = bool(row.group.key) and not row.within
        return ShownRow(
            row.group,
            page_of(row.group, chosen),
            tuple(cell(each, is_shaded=is_shaded) for each in row.cells),
            ShownCell(write(row.total.amount), row.total.query, 0),
            parts(row),
            row.total.amount / whole if whole else None,
            is_within,
            bool(row.within),
        )

    for row in found.rows:
        yield shown(row, is_within=False)
        for each in row.within:
            yield shown(each, is_within=True)


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
    return [other_swatch(number) if number < alone and group.key else 0 for number, group in enumerate(found.columns)]


def _pieces(cells: Sequence[Cell], swatches: Sequence[int]) -> list[tuple[int, int]]:
    named = [(swatch, cell.amount) for swatch, cell in zip(swatches, cells, strict=True) if swatch]
    return [*named, (0, sum(cell.amount for swatch, cell in zip(swatches, cells, strict=True) if not swatch))]


def _legend(columns: Sequence[ShownRow], swatches: Sequence[int], other_columns: int) -> tuple[LegendEntry, ...]:
    named = [
        LegendEntry(column.group.label, column.total.text, column.total.query, swatch)
        for column, swatch in zip(columns, swatches, strict=True)
        if swatch
    ]
    others = len(columns) - len(named) + max(other_columns - 1, 0)
    return (*named, *([LegendEntry(others_group(others).label, "", "", 0)] if others else []))


def _notes(ask: Ask, found: Pivot) -> Iterator[str]:
    if ask.measure == "people":
        yield _("Totals count each person once, even across several rows and columns.")
    if found.other_columns:
        told = {"n": found.other_columns, "shown": len(found.columns) - 1}
        text = _("Showing %(shown)s columns. The last one sums up %(n)s more. CSV and XLSX contain all of them.")
        yield text % told
        if found.columns_by and found.columns_by.is_time:
            yield _("Choose weeks or months to see the whole period.")


def _with_line(chosen: WorklogFilter, ask: Ask, colours: Mapping[str, int], style: str, today: date) -> Built:
    """Without a dimension of time there is no line, and a note says so."""
    is_over_columns = bool(ask.columns) and DIMENSIONS[ask.columns].is_time
    over, split = (ask.columns, ask.rows) if is_over_columns else (ask.rows, ask.columns)
    if not DIMENSIONS[over].is_time:
        table = build(chosen, replace(ask, shape="table"), colours, style, today)
        note = _("A line chart needs days, weeks or months as rows or columns.")
        return replace(table, ask=ask, notes=(note, *table.notes))
    found = pivot(chosen, split or "instance", over, ask.measure, most_rows=MOST_PARTS - 1)
    write = writer(ask.measure, style)
    line = line_chart(found, colours, write, today, is_split=bool(split))
    notes = [*_notes(ask, found)]
    if ask.then:
        notes.append(_("Line charts can’t break rows down. Use a table."))
    rows = tuple(_shown_rows(chosen, found, write, None))
    return _built(chosen, ask, found, write, columns=(), rows=rows, legend=(), line=line, notes=tuple(notes))
