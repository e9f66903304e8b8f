"""People by days, weeks or months: who logged when, with rows and columns that add up."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.dates import date_format
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.periods import LONGEST, Period, week_label
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.hours_chart import grain_of
from worklogs.reports.members import Member, query_of
from worklogs.reports.missing import is_whole
from worklogs.reports.tallies import tallies
from worklogs.working_days import ANYBODY, WorkingDays

GRAINS = ("day", "week", "month")
MOST_DAYS = {"day": 92, "week": 732, "month": LONGEST}  # wider than that, nobody reads it; months fit every period
SHOWN = 60  # rows
SHADES = 6
STEPS = {"day": 2, "week": 10, "month": 40}  # hours that one shade more stands for


@dataclass(frozen=True)
class MatrixColumn:
    label: str
    band: str  # the week or year that it begins; empty where it stands under the one before
    name: str
    shade: str  # off, today, future or ""
    query: str  # of its worklogs, by anyone


@dataclass(frozen=True)
class Cell:
    seconds: int
    shade: str  # l1 to l6 by hours, else gap or off by the person's own days, else that of the column
    query: str  # empty where nothing was logged


@dataclass(frozen=True)
class MatrixRow:
    name: str
    url: str
    query: str
    cells: tuple[Cell, ...]
    seconds: int
    is_active: bool = True


@dataclass(frozen=True)
class Matrix:
    grain: str
    grains: tuple[str, ...]  # that the period is short enough for
    columns: tuple[MatrixColumn, ...]
    bands: tuple[tuple[str, int], ...]  # with how many columns each spans
    rows: tuple[MatrixRow, ...]
    more: int
    rest: MatrixRow | None  # the people who have no row of their own; only its sum opens worklogs
    total: MatrixRow

    @property
    def has_gaps(self) -> bool:
        return any(cell.shade == "gap" for row in self.rows for cell in row.cells)


def heat(seconds: int, grain: str = "day") -> str:
    """The shade of hours: l1 for up to 2 a day, l4 for up to 8, l6 beyond 10; weeks and months in proportion."""
    return f"l{min(-(-seconds // (STEPS[grain] * 3600)), SHADES)}" if seconds > 0 else ""


def matrix(chosen: WorklogFilter, people: Sequence[Member], today: date, grain: str = "") -> Matrix:
    """Two statements. BadFilter on a grain that the period is too long for, or that is none."""
    allowed = tuple(each for each in GRAINS if chosen.period.days <= MOST_DAYS[each])
    grain = grain or grain_of(chosen.period)
    if grain not in allowed:
        raise BadFilter(
            _("This grouping isn’t available for this period. Choose one of these: %(names)s.")
            % {"names": ", ".join(allowed)}
        )
    by = DIMENSIONS[grain]
    sums: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (person, day), tally in tallies(chosen, "person", by.column).items():
        sums[person][by.value_of(day)] += tally.seconds
    values = list(by.values_in(chosen.period))
    spans = [clipped(by.span_of(value), chosen.period) for value in values if by.span_of]
    known = WorkingDays.of([each.id for each in people], chosen.period)
    columns = tuple(_columns(chosen, spans, grain, today, known))
    ranked = sorted((each for each in people if each.is_active or each.id in sums), key=lambda each: -_sum(sums, each))
    over = today if grain == "day" and is_whole(chosen) else date.min
    rest, row = ranked[SHOWN:], _rows(chosen, values, columns, grain, known, over)
    return Matrix(
        grain=grain,
        grains=allowed,
        columns=columns,
        bands=tuple(_bands(columns)),
        rows=tuple(row(each, sums.get(each.id, {})) for each in ranked[:SHOWN]),
        more=len(rest),
        rest=replace(row(None, _together(sums, rest)), query=_query(chosen, sums, rest)) if rest else None,
        total=row(None, _together(sums, ranked)),
    )


def clipped(span: Period, period: Period) -> Period:
    return Period(max(span.first, period.first), min(span.last, period.last))


def _sum(sums: Mapping[int, Mapping[date, int]], member: Member) -> int:
    return sum(sums[member.id].values()) if member.id in sums else 0


def _query(chosen: WorklogFilter, sums: Collection[int], people: Sequence[Member]) -> str:
    return query_of(chosen, [member.id for member in people if member.id in sums])


def _together(sums: Mapping[int, Mapping[date, int]], people: Sequence[Member]) -> Mapping[date, int]:
    found: defaultdict[date, int] = defaultdict(int)
    for member in people:
        for value, seconds in sums.get(member.id, {}).items():
            found[value] += seconds
    return found


def _rows(
    chosen: WorklogFilter,
    values: Sequence[date],
    columns: Sequence[MatrixColumn],
    grain: str,
    known: WorkingDays,
    over: date,
) -> Callable[[Member | None, Mapping[date, int]], MatrixRow]:
    """Before the day `over`, a working day without time is a gap."""
    page = chosen.plain.query()

    def shade(column: MatrixColumn, member: Member | None, day: date) -> str:
        """That of the column, but for the days on which this person alone works, or does not."""
        if member is None or column.shade not in ("off", ""):
            return column.shade
        return _off(known, member.id, day, grain) or ("gap" if member.is_active and day < over else "")

    def row(member: Member | None, found: Mapping[date, int]) -> MatrixRow:
        whose = f"&person={member.id}" if member else ""
        cells = tuple(
            Cell(seconds, heat(seconds, grain) if member else column.shade, column.query + whose)
            if (seconds := found.get(value, 0))
            else Cell(0, shade(column, member, value), "")
            for value, column in zip(values, columns, strict=True)
        )
        seconds = sum(found.values())
        if member is None:
            return MatrixRow("", "", chosen.query(), cells, seconds)
        url = reverse("person", args=[member.id]) + page
        return MatrixRow(member.name, url, _anyone(chosen).query() + whose, cells, seconds, member.is_active)

    return row


def _anyone(chosen: WorklogFilter) -> WorklogFilter:
    return replace(chosen, people=())


def _columns(
    chosen: WorklogFilter, spans: Sequence[Period], grain: str, today: date, known: WorkingDays
) -> Iterator[MatrixColumn]:
    band = ""
    for span in spans:
        week, year = week_label(span.first), str(span.first.year)
        under = week if grain == "day" else year
        yield MatrixColumn(
            label=_label(span, grain),
            band=under if under != band else "",
            name=date_format(span.first, "D j M Y") if span.days == 1 else span.label,
            shade=_shade(span, grain, today) or _off(known, ANYBODY, span.first, grain),
            query=_anyone(chosen).at(span).query(),
        )
        band = under


def _label(span: Period, grain: str) -> str:
    if grain == "day":
        return str(span.first.day)
    return week_label(span.first) if grain == "week" else date_format(span.first, "M")


def _shade(span: Period, grain: str, today: date) -> str:
    if span.first > today:
        return "future"
    if span.first <= today <= span.last:
        return "today"
    return ""


def _off(known: WorkingDays, person: int, day: date, grain: str) -> str:
    return "off" if grain == "day" and not known.is_working_day(person, day) else ""


def _bands(columns: Sequence[MatrixColumn]) -> Iterator[tuple[str, int]]:
    starts = [number for number, column in enumerate(columns) if column.band]
    for start, end in zip(starts, [*starts[1:], len(columns)], strict=True):
        yield columns[start].band, end - start
