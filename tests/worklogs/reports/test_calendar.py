"""A person's days: what the calendar, the gaps, the trend and the clock of a day tell."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.reports.test_teams import behind, naive
from tests.worklogs.test_filters import filters, one_scene, periods, resolved
from worklogs import charts
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance, Worklog
from worklogs.periods import Period
from worklogs.reports.calendar import calendar, gaps, shown
from worklogs.reports.day import DayReport, day_report
from worklogs.reports.person import TREND, PersonReport, person_report, profile
from worklogs.reports.tallies import summed
from worklogs.working_days import USUAL_WEEK, DayOff, Schedule, WorkingDays

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 20, 12, tzinfo=MADRID)
WINTER = Period(date(2025, 12, 1), date(2026, 3, 20))
USUAL = WorkingDays(Schedule(USUAL_WEEK), {}, {})


def resting(day: tuple[int, int, int], name: str) -> WorkingDays:
    """The usual week with one holiday."""
    return replace(USUAL, holidays={(None, date(*day)): DayOff(name, is_half=False)})


def report(scene: Scene, name: str, chosen: WorklogFilter) -> PersonReport:
    pk = scene.people[name].pk
    someone = profile(pk)
    assert someone is not None
    narrowed = replace(chosen, people=(pk,), teams=())
    known = WorkingDays.of([pk], chosen.period)
    return person_report(narrowed, someone, list(JiraInstance.objects.all()), NOW, known)


@one_scene
@given(named=filters, name=st.sampled_from(["Ana", "Ben", "Cleo", "Dan", "Eve"]))
def test_a_person_adds_up_in_every_block(scene: Scene, named: WorklogFilter, name: str) -> None:
    chosen = replace(resolved(named, scene), people=(scene.people[name].pk,), teams=())
    found, total = report(scene, name, chosen), naive(chosen)
    assert found.total == total == found.epics.total == found.projects.total
    assert found.before == naive(chosen.at(chosen.period.previous))
    assert summed(place.tally for place in found.places) == total
    assert found.calendar.seconds == total.seconds
    if found.calendar.by != "week":
        assert sum(span.seconds for span in found.calendar.spans) == total.seconds
    if found.calendar.by != "year":
        days = [day for span in found.calendar.spans for day in span.days]
        assert sum(day.seconds for day in days if not day.is_out) == total.seconds
    assert found.days_worked == len(set(chosen.worklogs().values_list("day", flat=True)))
    assert len(found.latest) == min(total.worklogs, 20)


@one_scene
@given(period=periods, week_start=st.sampled_from([1, 6, 7]))
def test_a_calendar_shows_every_day_once_and_whole_weeks_or_months(
    scene: Scene, period: Period, week_start: int
) -> None:
    found = calendar(WorklogFilter(period), {}, date(2026, 3, 20), USUAL, 0, week_start=week_start)
    spans = [span.period for span in found.spans]
    around = shown(period, week_start)
    assert (spans[0].first, spans[-1].last) == (around.first, around.last)
    assert around == period or found.by == "week"
    assert all(one.last + timedelta(days=1) == two.first for one, two in zip(spans, spans[1:], strict=False))
    inside = [day.day for span in found.spans for day in span.days if not day.is_out]
    if found.by == "year":
        assert inside == []
    else:
        assert inside == [period.first + timedelta(days=number) for number in range(period.days)]
    if found.by == "week":
        assert all(len(span.days) == 7 and span.days[0].day.isoweekday() == week_start for span in found.spans)


def test_a_month_is_told_by_weeks_a_year_by_months_and_more_by_years() -> None:
    def by(first: date, last: date) -> str:
        return calendar(WorklogFilter(Period(first, last)), {}, date(2026, 3, 20), USUAL, 0).by

    assert by(date(2026, 3, 20), date(2026, 3, 20)) == by(date(2026, 8, 1), date(2026, 8, 31)) == "week"
    assert by(date(2026, 1, 1), date(2026, 3, 31)) == by(date(2025, 1, 1), date(2026, 12, 31)) == "month"
    assert by(date(2024, 12, 31), date(2026, 12, 31)) == "year"


def test_weeks_begin_on_the_companys_day() -> None:
    march = WorklogFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
    found = calendar(march, {}, date(2026, 3, 20), USUAL, 0, week_start=7)
    assert found.weekdays == ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
    assert (found.spans[0].days[0].day, found.spans[0].label) == (date(2026, 3, 1), "W10")  # of its Monday, the 2nd
    year = calendar(
        WorklogFilter(Period(date(2026, 1, 1), date(2026, 12, 31))), {}, date(2026, 3, 20), USUAL, 0, week_start=7
    )
    assert [span.start for span in year.spans[:3]] == [5, 1, 1]  # Thursday, Sunday, Sunday


def test_weeks_at_the_edge_of_a_month_are_whole(scene: Scene) -> None:
    """March 2026 begins on a Sunday, so its first week is mostly of February; its own total stays that of March."""
    book(scene.instances["alpha"]).upsert(
        [
            worklog("e1", 3600, account_id="ana", day=date(2026, 2, 27)),
            worklog("e2", account_id="ana", day=date(2026, 4, 1)),
        ]
    )
    march = WorklogFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
    found = report(scene, "Ana", march).calendar
    assert [span.period.first for span in found.spans][::5] == [date(2026, 2, 23), date(2026, 3, 30)]
    assert [span.seconds for span in found.spans] == [behind(span.query) for span in found.spans]
    outside = {day.day: day for span in found.spans for day in span.days if day.is_out}
    assert outside[date(2026, 2, 27)].seconds >= 3600
    assert {day.shade for day in outside.values()} == {"out"}
    assert found.is_wider
    assert found.seconds == report(scene, "Ana", march).total.seconds < sum(span.seconds for span in found.spans)


def test_days_say_what_they_are() -> None:
    march = WorklogFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
    hours = {date(2026, 3, 2): 8 * 3600, date(2026, 3, 3): 0}
    found = calendar(march, hours, date(2026, 3, 20), resting((2026, 3, 19), "San José"), 0, {date(2026, 3, 4)})
    days = {day.day: day for span in found.spans for day in span.days}
    assert (days[date(2026, 2, 28)].shade, days[date(2026, 2, 28)].label) == ("out", "28 Feb")
    assert (days[date(2026, 3, 1)].shade, days[date(2026, 3, 1)].label) == ("off", "1 Mar")
    assert (days[date(2026, 3, 2)].shade, days[date(2026, 3, 3)].shade) == ("l4", "")
    assert (days[date(2026, 3, 19)].shade, days[date(2026, 3, 19)].note) == ("holiday", "San José")
    assert [day.day for day in days.values() if day.is_gap] == [date(2026, 3, 4)]
    assert [day.day for day in days.values() if day.is_today] == [date(2026, 3, 20)]
    assert days[date(2026, 3, 23)].shade == "future"


def test_gaps_are_working_days_before_today_without_any_time() -> None:
    march = Period(date(2026, 3, 9), date(2026, 3, 31))
    hours = {date(2026, 3, 9): 60, date(2026, 3, 10): 0, date(2026, 3, 14): 60}
    found = gaps(march, hours, date(2026, 3, 18), resting((2026, 3, 12), "A holiday"), 0)
    assert found == (date(2026, 3, 11), date(2026, 3, 13), date(2026, 3, 16), date(2026, 3, 17))
    assert gaps(march, {}, date(2026, 3, 9), USUAL, 0) == gaps(march, {}, date(2026, 1, 1), USUAL, 0) == ()


def test_gaps_say_nothing_under_a_filter_and_of_who_has_left(scene: Scene) -> None:
    chosen = WorklogFilter(WINTER)
    assert report(scene, "Ana", chosen).gaps
    assert report(scene, "Ana", replace(chosen, instances=("alpha",))).gaps is None
    assert report(scene, "Ana", replace(chosen, billable="yes")).gaps is None
    assert report(scene, "Eve", chosen).gaps is None


@pytest.mark.parametrize("period", [WINTER, Period(date(2026, 3, 1), date(2026, 12, 31))])
def test_the_trend_is_of_the_last_weeks_that_have_begun(scene: Scene, period: Period) -> None:
    found = report(scene, "Ana", WorklogFilter(period))
    sums: defaultdict[date, int] = defaultdict(int)
    for row in Worklog.objects.filter(person=scene.people["Ana"]):
        sums[row.day - timedelta(days=row.day.weekday())] += row.seconds
    points = found.trend.points
    mondays = [WorklogFilter.from_query(QueryDict(point.query[1:]), NOW.date()).period.first for point in points]
    assert mondays == [date(2026, 3, 16) - timedelta(weeks=TREND - 1 - number) for number in range(TREND)]
    assert [point.seconds for point in points] == [sums[monday] for monday in mondays]
    assert found.trend_seconds == sum(behind(point.query) for point in points) > 0


def test_every_number_of_a_person_leads_to_its_worklogs(scene: Scene) -> None:
    found = report(scene, "Ben", WorklogFilter(WINTER, instances=("alpha", "beta")))
    assert [span.seconds for span in found.calendar.spans] == [behind(span.query) for span in found.calendar.spans]
    places = {place.name: place for place in found.places}
    assert places["Closed"].query == ""
    assert [places[name].tally.seconds for name in ("Alpha", "Beta")] == [
        behind(places[name].query) for name in ("Alpha", "Beta")
    ]
    assert found.total.seconds == behind(found.query)


def test_a_person_is_among_the_active_people_of_the_team(scene: Scene) -> None:
    names = ["Ana", "Ben", "Cleo", "Dan", "Eve"]
    found = {name: profile(scene.people[name].pk) for name in names}
    told = {name: [mate.name for mate in each.teammates] for name, each in found.items() if each}
    assert told == {"Ana": ["Ana", "Ben"], "Ben": ["Ana", "Ben"], "Cleo": ["Cleo"], "Dan": [], "Eve": ["Cleo", "Eve"]}
    ana = found["Ana"]
    assert ana is not None
    assert (ana.position, ana.previous, ana.next and ana.next.name, len(ana.accounts)) == (1, None, "Ben", 3)
    own = profile(scene.people["Ana"].pk, [scene.people["Ana"].pk])
    assert own is not None
    assert [mate.name for mate in own.teammates] == ["Ana"]


def test_nobody_is_found_by_a_number_of_nobody(scene: Scene) -> None:
    assert profile(987_654_321) is profile(2**80) is profile(scene.people["Ben"].pk, [scene.people["Ana"].pk]) is None


# The clock of a day

DAY = date(2025, 10, 6)  # nothing else is logged on it


def clock(scene: Scene, *logged: tuple[int, int, int]) -> DayReport:
    """Of (hour and minute in UTC, seconds), on alpha; Madrid is two hours ahead."""
    records = [
        worklog(
            f"clock {number}",
            seconds,
            day=DAY,
            started_at=datetime(2025, 10, 6, hour, minute, tzinfo=UTC),
            account_id="ana",
            utc_offset_minutes=120,
        )
        for number, (hour, minute, seconds) in enumerate(logged)
    ]
    book(scene.instances["alpha"]).upsert(records)
    chosen = WorklogFilter(Period(DAY, DAY), people=(scene.people["Ana"].pk,))
    return day_report(chosen, list(JiraInstance.objects.all()))


def test_a_day_tells_its_worklogs_by_the_clock_and_what_lies_between(scene: Scene) -> None:
    found = clock(scene, (12, 0, 3600), (7, 0, 3600), (8, 0, 1800), (8, 15, 7200))
    assert [step.entry.clock for step in found.steps] == ["09:00", "10:00", "10:15", "14:00"]
    pauses = [(step.pause.seconds, step.pause.is_overlap) if step.pause else None for step in found.steps]
    assert pauses == [None, None, (900, True), (6300, False)]
    assert (found.tally.seconds, found.tally.worklogs) == (16_200, 4)
    assert [(bar.x, bar.width, bar.y) for bar in found.bars] == [
        ("10.000%", "10.000%", 0),
        ("20.000%", "5.000%", 0),
        ("22.500%", "20.000%", 14),  # in a lane of its own
        ("60.000%", "10.000%", 0),
    ]
    assert [hour.label for hour in found.hours] == ["8", "10", "12", "14", "16", "18"]
    assert (found.before, found.after) == (date(2025, 10, 5), date(2025, 10, 7))


def test_work_at_night_widens_the_clock(scene: Scene) -> None:
    found = clock(scene, (3, 30, 3600), (21, 0, 7200), (22, 0, 0))
    assert (found.hours[0].label, found.hours[0].x) == ("5", "0.000%")
    assert all(float(bar.x[:-1]) >= 0 and float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.001 for bar in found.bars)


def test_a_day_without_work_has_a_clock_and_nothing_on_it(scene: Scene) -> None:
    found = clock(scene)
    assert (found.steps, found.bars, found.tally.worklogs) == ((), (), 0)
    assert [hour.label for hour in found.hours][::5] == ["8", "18"]


# Lines


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_lines_stay_within_their_frame(values: list[int]) -> None:
    line = charts.line_chart([(str(number), "", "", value) for number, value in enumerate(values)])
    assert all(line.top - 0.01 <= point.y <= line.base and 0 < point.x < 100 for point in line.points)
    assert line.points[-1].is_major
    spark = charts.sparkline(values)
    places = [tuple(map(float, place.split())) for place in spark.path[1:].split("L")]
    assert len(places) == len(values)
    assert all(0 <= x <= charts.SPARK_WIDTH and 0 <= y <= charts.SPARK_HEIGHT for x, y in places)
    assert places[-1] == (float(spark.x), float(spark.y))
