"""A person's worklogs one by one, and a day of them in the order of the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.dates import date_format
from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.models.work import after, authors_clock
from worklogs.periods import ONE_DAY
from worklogs.reports.bars import swatches
from worklogs.reports.tallies import Tally

OPENS, CLOSES = 8, 18  # hours that every timeline shows
LANE = 14  # pixels
FIELDS = ("id", "day", "started_at", "utc_offset_minutes", "seconds", "billable_seconds", "comment", "instance_id")
ISSUE = {"key": F("issue__key"), "summary": F("issue__summary"), "number": F("issue__external_id")}


@dataclass(frozen=True)
class Entry:
    id: int
    day: date
    day_label: str
    starts_at: datetime  # in UTC, as what lies between two worklogs is reckoned
    clock_at: datetime  # by the author's clock, as the timeline shows it
    seconds: int
    billable_seconds: int
    issue: str
    summary: str
    comment: str
    instance: str
    swatch: int

    @property
    def ends_at(self) -> datetime:
        return after(self.starts_at, self.seconds)

    @property
    def clock_ends_at(self) -> datetime:
        return after(self.clock_at, self.seconds)

    @property
    def clock(self) -> str:
        return self.clock_at.strftime("%H:%M")


@dataclass(frozen=True)
class Pause:
    """Between two worklogs, or, as an overlap, where they share time."""

    seconds: int
    is_overlap: bool


@dataclass(frozen=True)
class Step:
    """A worklog and what lies between it and the ones before."""

    entry: Entry
    pause: Pause | None


@dataclass(frozen=True)
class Bar:
    """Of the timeline: x and width in per cent, y in pixels."""

    x: str
    width: str
    y: int
    swatch: int
    name: str


@dataclass(frozen=True)
class Hour:
    x: str
    label: str


@dataclass(frozen=True)
class DayReport:
    day: date
    before: date
    after: date
    steps: tuple[Step, ...]
    tally: Tally
    bars: tuple[Bar, ...]
    height: int  # of all bars, in pixels
    hours: tuple[Hour, ...]
    query: str


def entries(chosen: WorklogFilter, instances: Sequence[JiraInstance], most: int | None = None) -> Iterator[Entry]:
    """Of the filter, the latest first. One statement."""
    names, colours = {each.pk: each.name for each in instances}, swatches(instances)
    rows: Any = chosen.worklogs().order_by("-day", "-started_at", "-id").values(*FIELDS, **ISSUE)[:most]
    for row in rows:
        yield Entry(
            id=row["id"],
            day=row["day"],
            day_label=date_format(row["day"], "D j M"),
            starts_at=row["started_at"].astimezone(UTC),
            clock_at=authors_clock(row["started_at"], row["utc_offset_minutes"]),
            seconds=row["seconds"],
            billable_seconds=row["billable_seconds"],
            issue=row["key"] or f"#{row['number']}",
            summary=row["summary"],
            comment=row["comment"],
            instance=names[row["instance_id"]],
            swatch=colours[row["instance_id"]],
        )


def day_report(chosen: WorklogFilter, instances: Sequence[JiraInstance]) -> DayReport:
    """`chosen` is narrowed to a person and a day, which is the author's own, and so is the clock of its timeline."""
    day = chosen.period.first
    found = list(entries(chosen, instances))[::-1]
    first, last = _opening(found, day)
    bars = tuple(_bars(found, first, last))
    return DayReport(
        day=day,
        before=day - ONE_DAY,
        after=day + ONE_DAY,
        steps=tuple(_steps(found)),
        tally=Tally(sum(each.seconds for each in found), sum(each.billable_seconds for each in found), len(found)),
        bars=bars,
        height=max((bar.y for bar in bars), default=0) + LANE,
        hours=tuple(_hours(first, last)),
        query=chosen.query(),
    )


def _steps(found: Sequence[Entry]) -> Iterator[Step]:
    until: datetime | None = None
    for entry in found:
        apart = int((entry.starts_at - until).total_seconds()) if until else 0
        yield Step(entry, Pause(abs(apart), is_overlap=apart < 0) if apart else None)
        until = max(until or entry.ends_at, entry.ends_at)


def _opening(found: Sequence[Entry], day: date) -> tuple[datetime, datetime]:
    """From 8 to 18 o'clock, and further where there is work."""
    first, last = (datetime.combine(day, time(hour)) for hour in (OPENS, CLOSES))
    first = min([first, *(each.clock_at for each in found)])
    last = max([last, *(after(each.clock_ends_at, 59 * 60) for each in found)])
    return first.replace(minute=0, second=0, microsecond=0), last.replace(minute=0, second=0, microsecond=0)


def _bars(found: Sequence[Entry], first: datetime, last: datetime) -> Iterator[Bar]:
    """Each in the first lane that is free, so that none hides another."""
    whole, free_at = (last - first).total_seconds(), list[datetime]()
    for entry in found:
        lane = next((number for number, free in enumerate(free_at) if free <= entry.clock_at), len(free_at))
        free_at[lane : lane + 1] = [entry.clock_ends_at]
        x = 100 * (entry.clock_at - first).total_seconds() / whole
        width = min(max(100 * entry.seconds / whole, 0.5), 100 - x)
        name = _("%(issue)s at %(time)s") % {"issue": entry.issue, "time": entry.clock}
        yield Bar(charts.percent(x), charts.percent(width), lane * LANE, entry.swatch, name)


def _hours(first: datetime, last: datetime) -> Iterator[Hour]:
    count = round((last - first).total_seconds() / 3600)
    step = next(each for each in (2, 3, 4, 6, 12, 24, count) if count / each <= 6)
    for number in range(0, count + 1, step):
        at = first + timedelta(hours=number)
        yield Hour(charts.percent(100 * number / count), str(at.hour))
