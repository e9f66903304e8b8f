"""The list of people: its rows, pages, sums and orders."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given

from tests.factories import book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.reports.test_calendar import report
from tests.worklogs.reports.test_teams import behind, naive
from tests.worklogs.test_filters import filters, one_scene, resolved
from worklogs.filters import NONE, BadFilter, Excluded, WorklogFilter
from worklogs.models import Holiday, HolidayCalendar, Person, PersonSchedule, Worklog, WorkSchedule
from worklogs.models.absences import WEEKDAYS
from worklogs.periods import Period
from worklogs.reports.people import COLUMNS, PAGE, PeopleList, Wanted, everyone, people_list
from worklogs.reports.tallies import Tally, summed

TODAY = date(2026, 3, 20)
WINTER = WorklogFilter(Period(date(2025, 12, 1), TODAY))


def listed(chosen: WorklogFilter = WINTER, **how: Any) -> PeopleList:
    wanted = Wanted(**{name: how.pop(name) for name in ("name", "status", "under", "is_missing") if name in how})
    return people_list(chosen, TODAY, wanted=wanted, **how)


def names(found: PeopleList) -> list[str]:
    return [row.member.name for row in found.rows]


@one_scene
@given(named=filters)
def test_people_add_up_to_the_filter(scene: Scene, named: WorklogFilter) -> None:
    chosen = resolved(named, scene)
    found = listed(chosen)
    assert found.total == found.shown == summed(row.tally for row in found.rows) == naive(chosen)
    assert found.before == summed(row.before for row in found.rows)
    for row in found.rows:
        assert row.tally == naive(replace(chosen, people=(row.member.id,)))
        assert row.days == len(set(chosen.worklogs().filter(person=row.member.id).values_list("day", flat=True)))


def test_who_left_is_listed_while_there_are_hours(scene: Scene) -> None:
    assert set(names(listed())) == {"Ana", "Ben", "Cleo", "Dan", "Eve"}
    quiet = WINTER.at(Period(date(2030, 1, 1), date(2030, 1, 31)))
    assert names(listed(quiet)) == ["Ana", "Ben", "Cleo", "Dan"]
    assert names(listed(quiet, status="deactivated")) == ["Eve"]
    assert set(names(listed(quiet, status="all"))) == {"Ana", "Ben", "Cleo", "Dan", "Eve"}
    assert set(names(listed(status="active"))) == {"Ana", "Ben", "Cleo", "Dan"}


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ({"teams": ("core",)}, {"Cleo", "Dan", "Eve"}),
        ({"teams": (NONE, "web")}, {"Ana", "Ben"}),
        ({"people": ("Ana",)}, {"Ben", "Cleo", "Dan", "Eve"}),
    ],
)
def test_who_is_excluded_is_in_no_list(scene: Scene, excluded: dict[str, Any], left: set[str]) -> None:
    parts = excluded | {"people": tuple(scene.people[name].pk for name in excluded.get("people", ()))}
    chosen = replace(WINTER, excluded=Excluded(**parts))
    assert set(names(listed(chosen))) == left
    assert set(names(listed(chosen.at(Period(date(2030, 1, 1), date(2030, 1, 31))), status="all"))) == left
    assert {row.member.name for row in everyone(chosen, TODAY)} == left


def test_people_are_found_by_name_mail_and_team(scene: Scene) -> None:
    Person.objects.filter(name="Dan").update(email="d.ortiz@alborada.example")
    assert names(listed(name="AN")) == names(listed(name="an"))
    assert set(names(listed(name="an"))) == {"Ana", "Dan"}
    assert names(listed(name="ortiz")) == names(listed(replace(WINTER, teams=(NONE,)))) == ["Dan"]
    assert set(names(listed(replace(WINTER, teams=("core",))))) == {"Ana", "Ben"}
    assert names(listed(replace(WINTER, teams=("core",), people=(scene.people["Ben"].pk,)))) == ["Ben"]


@pytest.mark.parametrize("how", [{}, {"name": "an"}, {"status": "active"}, {"status": "all"}])
def test_every_number_leads_to_its_worklogs(scene: Scene, how: dict[str, Any]) -> None:
    found = listed(**how)
    assert [row.tally.seconds for row in found.rows] == [behind(row.query) for row in found.rows]
    assert found.total.seconds == behind(found.query)


def test_a_hundred_stand_on_a_page_and_the_total_is_of_all(scene: Scene) -> None:
    Person.objects.bulk_create(Person(name=f"Member {n:03}", company=scene.cast.company) for n in range(PAGE + 20))
    first, second = listed(sort="name"), listed(sort="name", page=2)
    assert (len(first.rows), len(second.rows), first.pages, first.count) == (PAGE, 25, 2, PAGE + 25)
    assert not set(names(first)) & set(names(second))
    assert first.total == second.total == first.shown + second.shown == naive(WINTER)
    assert listed(sort="name", page=99) == second
    assert listed(name="Member").query == ""
    assert listed(name="Member").total == Tally()


def test_columns_sort_both_ways_and_the_unknown_stands_last(scene: Scene) -> None:
    Person.objects.create(name="Flo")
    for name, column in COLUMNS.items():
        if column.key is None:
            continue
        for sort in (name, f"-{name}"):
            rows = listed(sort=sort).rows
            known = [column.key(row) for row in rows if column.key(row) is not None]
            assert known == sorted(known, reverse=sort.startswith("-")), sort
            assert all(column.key(row) is None for row in rows[len(known) :])
    with pytest.raises(BadFilter):
        listed(sort="accounts")


def test_a_trend_has_a_place_for_each_of_twelve_months(scene: Scene) -> None:
    sums: defaultdict[date, int] = defaultdict(int)
    for row in Worklog.objects.filter(person__name="Ana", day__gte=date(2025, 4, 1), day__lte=date(2026, 3, 31)):
        sums[row.day.replace(day=1)] += row.seconds
    line = next(row.trend for row in listed().rows if row.member.name == "Ana")
    assert line is not None
    heights = [float(place.split()[1]) for place in line.path[1:].split("L")]
    months = [date(2025 + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 16)]
    largest = max(sums.values())
    assert heights == [pytest.approx(17 - 14 * sums[month] / largest, abs=0.06) for month in months]


def test_accounts_are_counted(scene: Scene) -> None:
    assert {row.accounts for row in listed().rows} == {3}


def test_who_has_not_logged_is_told_by_the_own_schedule_and_its_holidays(scene: Scene) -> None:
    """March 2026 begins on a Sunday: until yesterday, the 19th, there are 14 days from Monday to Friday."""
    march = WINTER.at(Period(date(2026, 3, 1), date(2026, 3, 31)))
    calendar = HolidayCalendar.objects.create(name="Madrid", is_default=True)
    Holiday.objects.create(calendar=calendar, day=date(2026, 3, 19), name="San José")
    part_time = WorkSchedule.objects.create(name="Mondays", **{f"{day}_seconds": 0 for day in WEEKDAYS[1:]})
    PersonSchedule.objects.create(person=scene.people["Ben"], schedule=part_time, first_day=date(2026, 1, 1))
    Person.objects.create(name="Flo")
    rows = {row.member.name: row for row in listed(march, status="all").rows}
    assert rows["Flo"].missing == 13
    days = {day for day in march.worklogs().filter(person__name="Ana").values_list("day", flat=True)}
    usual = {date(2026, 3, number) for number in range(2, 19)} - {date(2026, 3, number) for number in (7, 8, 14, 15)}
    assert rows["Ana"].missing == len(usual - days)
    mondays = {date(2026, 3, number) for number in (2, 9, 16)}
    days = {day for day in march.worklogs().filter(person__name="Ben").values_list("day", flat=True)}
    assert rows["Ben"].missing == len(mondays - days)
    assert rows["Eve"].missing is None  # has left
    assert listed(march, sort="-missing").rows[0].member.name == "Flo"
    assert {row.member.name for row in everyone(march, TODAY) if row.missing == 13} == {"Flo"}
    missing = listed(march, is_missing=True)
    assert set(names(missing)) == {name for name, row in rows.items() if row.missing}
    assert missing.total == summed(row.tally for row in missing.rows)


def test_hours_per_day_are_those_of_working_days_as_on_the_persons_own_page(scene: Scene) -> None:
    """Ben works on Mondays alone; of a month that runs, the days up to today count."""
    part_time = WorkSchedule.objects.create(name="Mondays", **{f"{day}_seconds": 0 for day in WEEKDAYS[1:]})
    PersonSchedule.objects.create(person=scene.people["Ben"], schedule=part_time, first_day=date(2026, 1, 1))
    Holiday.objects.create(
        calendar=HolidayCalendar.objects.create(name="Madrid", is_default=True), day=date(2026, 3, 3)
    )
    book(scene.instances["alpha"]).upsert([worklog("sunday", 5 * 3600, account_id="ana", day=date(2026, 3, 8))])
    march = WorklogFilter.from_query(QueryDict("from=2026-03-01&to=2026-03-31"), TODAY)
    for chosen in (march, replace(march, instances=("alpha",))):
        rows = {row.member.name: row for row in listed(chosen).rows}
        for name, days in (("Ana", 14), ("Ben", 3)):
            own = report(scene, name, chosen).average
            assert (rows[name].average_seconds, own.days) == (own.seconds, days)
        assert {row.member.name: row.average_seconds for row in everyone(chosen, TODAY)} == {
            name: row.average_seconds for name, row in rows.items()
        }
        in_order = [row.average_seconds for row in listed(chosen, sort="average").rows]
        assert in_order == sorted(in_order, key=lambda each: each or 0)


def test_missing_days_say_nothing_under_a_filter_of_worklogs(scene: Scene) -> None:
    assert {row.missing for row in listed(replace(WINTER, text="review")).rows} == {None}
    assert {row.missing for row in listed(replace(WINTER, instances=("alpha",))).rows} == {None}
    assert None not in {row.missing for row in listed(replace(WINTER, teams=("core",)), status="active").rows}
    less_core = replace(WINTER, excluded=Excluded(teams=("core",)))
    assert None not in {row.missing for row in listed(less_core, status="active").rows}


def test_nobody_is_left_out_where_missing_days_cannot_be_told(scene: Scene) -> None:
    two_years = WINTER.at(Period(date(2024, 3, 20), TODAY))
    for chosen in (replace(WINTER, instances=("alpha",)), replace(WINTER, text="review"), two_years):
        assert names(listed(chosen, is_missing=True)) == names(listed(chosen))
        assert len(everyone(chosen, TODAY, wanted=Wanted(is_missing=True))) == len(everyone(chosen, TODAY))


def test_people_under_so_many_hours_are_listed(scene: Scene) -> None:
    every = {row.member.name: row.tally.seconds for row in listed().rows}
    middle = sorted(every.values())[2]
    assert set(names(listed(under=middle))) == {name for name, seconds in every.items() if seconds < middle}
    Person.objects.create(name="Flo")
    assert names(listed(under=1)) == ["Flo"]
