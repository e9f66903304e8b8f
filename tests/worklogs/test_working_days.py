"""What each person is to work on each day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tenancy import company_scope
from tests.conftest import Cast
from worklogs.models import Holiday, HolidayCalendar, Person, PersonSchedule, WorkSchedule
from worklogs.periods import Period
from worklogs.working_days import ANYBODY, WorkingDays, expected_seconds

HOUR = 3600
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
MONDAY = date(2026, 11, 2)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]


@pytest.fixture
def ana(in_alborada: Cast) -> int:
    return Person.objects.create(name="Ana").pk


def schedule(name: str, *hours: float, **fields: object) -> WorkSchedule:
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    seconds = {f"{day}_seconds": int(each * HOUR) for day, each in zip(week, hours, strict=True)}
    return WorkSchedule.objects.create(name=name, **seconds, **fields)


def hours_of(person: int, days: list[date] | None = None) -> list[float]:
    known = WorkingDays.of([person], NOVEMBER)
    return [known.seconds(person, day) / HOUR for day in days or WEEK]


def test_a_company_without_schedules_works_from_monday_to_friday(ana: int) -> None:
    assert hours_of(ana) == hours_of(ANYBODY) == [8, 8, 8, 8, 8, 0, 0]


def test_the_default_schedule_holds_for_who_has_none(ana: int) -> None:
    schedule("Office", 7.5, 7.5, 7.5, 7.5, 6, 0, 0, is_default=True)
    schedule("Nobody's", 1, 1, 1, 1, 1, 1, 1)
    assert hours_of(ana) == hours_of(ANYBODY) == [7.5, 7.5, 7.5, 7.5, 6, 0, 0]


def test_of_ones_own_schedules_the_one_that_began_last_holds_and_only_on_its_days(ana: int) -> None:
    office = schedule("Office", 8, 8, 8, 8, 8, 0, 0, is_default=True)
    part, sunday = schedule("Part time", 8, 8, 0, 8, 4, 0, 0), schedule("Sundays", 0, 0, 0, 0, 0, 0, 6)
    PersonSchedule.objects.create(person_id=ana, schedule=part, first_day=date(2025, 1, 1))
    PersonSchedule.objects.create(person_id=ana, schedule=sunday, first_day=WEEK[3], last_day=WEEK[6])
    ben = Person.objects.create(name="Ben").pk
    PersonSchedule.objects.create(person_id=ben, schedule=office, first_day=WEEK[3])
    assert hours_of(ana) == [8, 8, 0, 0, 0, 0, 6]
    assert hours_of(ana, [MONDAY + timedelta(days=7), MONDAY + timedelta(days=11)]) == [8, 4]
    assert hours_of(ben) == [8, 8, 8, 8, 8, 0, 0]


def test_holidays_are_those_of_the_schedules_calendar_else_of_the_default_one(ana: int) -> None:
    everywhere = HolidayCalendar.objects.create(name="Everywhere", is_default=True)
    madrid = HolidayCalendar.objects.create(name="Madrid")
    for calendar, day, fields in (
        (everywhere, WEEK[0], {}),
        (everywhere, WEEK[1], {"is_half_day": True}),
        (everywhere, WEEK[2], {"is_active": False}),
        (everywhere, WEEK[5], {}),
        (madrid, WEEK[4], {}),
        (madrid, WEEK[4], {"is_half_day": True}),
    ):
        Holiday.objects.create(calendar=calendar, day=day, name=f"{day} {fields}", **fields)
    assert hours_of(ana) == [0, 4, 8, 8, 8, 0, 0]
    odd = WorkSchedule.objects.create(name="Madrid", calendar=madrid, friday_seconds=25_201, tuesday_seconds=25_201)
    PersonSchedule.objects.create(person_id=ana, schedule=odd, first_day=MONDAY)
    known = WorkingDays.of([ana], NOVEMBER)
    assert [known.seconds(ana, day) for day in WEEK[:5]] == [28_800, 25_201, 28_800, 28_800, 0]
    assert known.holiday(ana, WEEK[4]) == f"{WEEK[4]} {{}}"
    assert (known.holiday(ana, WEEK[0]), known.is_weekend(ana, WEEK[4])) == ("", False)
    assert (known.holiday(ANYBODY, WEEK[1]), known.is_weekend(ANYBODY, WEEK[5])) == ("", True)
    Holiday.objects.filter(calendar=madrid, is_half_day=False).delete()
    assert WorkingDays.of([ana], NOVEMBER).seconds(ana, WEEK[4]) == 12_600  # the odd second is free


def test_expected_seconds_name_the_working_days_alone(ana: int) -> None:
    days = expected_seconds([ana], Period(WEEK[3], WEEK[6]))
    assert days == {ana: {WEEK[3]: 8 * HOUR, WEEK[4]: 8 * HOUR}}


def test_another_companys_schedules_and_holidays_say_nothing(ana: int, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        schedule("Night", 0, 0, 0, 0, 0, 9, 9, is_default=True)
        theirs = HolidayCalendar.objects.create(name="Theirs", is_default=True)
        Holiday.objects.create(calendar=theirs, day=MONDAY, name="Theirs")
    assert hours_of(ana) == [8, 8, 8, 8, 8, 0, 0]


@pytest.mark.parametrize("count", [0, 1, 300])
def test_one_statement_whatever_the_number_of_people(in_alborada: Cast, count: int) -> None:
    office = schedule("Office", 8, 8, 8, 8, 8, 0, 0, is_default=True)
    people = Person.objects.bulk_create(Person(name=f"P{number}") for number in range(count))
    PersonSchedule.objects.bulk_create(
        PersonSchedule(person=each, schedule=office, first_day=MONDAY) for each in people
    )
    with CaptureQueriesContext(connection) as captured:
        known = WorkingDays.of([each.pk for each in people], NOVEMBER)
        assert all(known.is_working_day(each.pk, MONDAY) for each in people)
    assert len(captured) == 1
