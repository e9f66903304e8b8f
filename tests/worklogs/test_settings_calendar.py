"""Calendars, holidays and schedules as an admin settles them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from tests.conftest import Cast
from worklogs.ingest import merge_people
from worklogs.models import Holiday, HolidayCalendar, Person, PersonSchedule, WorkSchedule
from worklogs.models.absences import WEEKDAYS

CALENDARS = "admin:worklogs_holidaycalendar_changelist"
HOUR = 3600


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def add_calendar(client: Client, **sent: Any) -> Any:
    return client.post(reverse("admin:worklogs_holidaycalendar_add"), {"name": "Madrid", "country": "ES"} | sent)


def calendar_of(cast: Cast, name: str = "Madrid", **fields: Any) -> HolidayCalendar:
    with company_scope(cast.company):
        return HolidayCalendar.objects.create(name=name, **{"country": "ES", **fields})


def add_year(client: Client, year: object, *calendars: HolidayCalendar) -> str:
    asked = {"action": "add_year", "year": year, "_selected_action": [each.pk for each in calendars]}
    response = client.post(reverse(CALENDARS), asked)
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# Calendars


def test_a_calendar_is_of_a_region_that_is_written_by_its_name(signed_in: Client, alborada: Cast) -> None:
    assert add_calendar(signed_in, subdivision="madrid").status_code == 302
    with company_scope(alborada.company):
        assert HolidayCalendar.objects.get().place == "ES, MD"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"subdivision": "Texas"}, "Spain has no region “Texas”. Available: AN (Andalucía)"),
        ({"subdivision": "MD", "country": ""}, "Choose a country."),
        ({"country": "XX"}, "Select a valid choice"),
        ({"country": "VA", "subdivision": "North"}, "Leave this empty."),
    ],
)
def test_a_calendar_of_nowhere_says_why(signed_in: Client, alborada: Cast, wrong: dict[str, str], told: str) -> None:
    assert told in add_calendar(signed_in, **wrong).content.decode()
    with company_scope(alborada.company):
        assert not HolidayCalendar.objects.exists()


def test_the_first_calendar_is_offered_as_the_default_and_the_last_that_is_made_it_is(
    signed_in: Client, alborada: Cast
) -> None:
    add = reverse("admin:worklogs_holidaycalendar_add")
    assert 'name="is_default" id="id_is_default" checked' in signed_in.get(add).content.decode()
    for name in ("Madrid", "Rome"):
        assert add_calendar(signed_in, name=name, is_default="on").status_code == 302
    assert 'name="is_default" id="id_is_default" checked' not in signed_in.get(add).content.decode()
    with company_scope(alborada.company):
        assert HolidayCalendar.objects.get(is_default=True).name == "Rome"


def test_another_companys_default_stays(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    theirs = calendar_of(meridiana, is_default=True)
    add_calendar(signed_in, is_default="on")
    with company_scope(meridiana.company):
        theirs.refresh_from_db()
        assert theirs.is_default


def test_the_public_holidays_of_a_year_are_added(signed_in: Client, alborada: Cast) -> None:
    madrid = calendar_of(alborada, subdivision="MD")
    assert "Madrid: added 12 holidays for 2026; 0 already existed." in add_year(signed_in, 2026, madrid)
    assert (last_entry(alborada).action, last_entry(alborada).detail["added"]) == ("holidays added", 12)
    told = AuditEntry.objects.count()
    assert "added 0 holidays for 2026; 12 already existed." in add_year(signed_in, 2026, madrid)
    assert AuditEntry.objects.count() == told


@pytest.mark.parametrize(
    ("year", "country", "told"),
    [
        ("1066", "ES", "Choose a year between 2000 and 2100."),
        ("soon", "ES", "No action selected"),
        ("2026", "", "has no country"),
        ("2000", "ES", "no public holidays are available for 2000."),
    ],
)
def test_a_year_that_cannot_be_added_says_why(
    signed_in: Client, alborada: Cast, year: str, country: str, told: str
) -> None:
    assert told in add_year(signed_in, year, calendar_of(alborada, country=country))
    with company_scope(alborada.company):
        assert not Holiday.objects.exists()


def test_no_holiday_is_added_to_another_companys_calendar(signed_in: Client, meridiana: Cast) -> None:
    theirs = calendar_of(meridiana)
    add_year(signed_in, 2026, theirs)
    with company_scope(meridiana.company):
        assert not Holiday.objects.exists()


def test_a_calendar_that_a_schedule_goes_by_stays(signed_in: Client, alborada: Cast) -> None:
    calendar = calendar_of(alborada)
    with company_scope(alborada.company):
        tomorrow = timezone.localdate() + timedelta(days=1)
        Holiday.objects.create(calendar=calendar, day=tomorrow, name="New Year", public_day=tomorrow)
        schedule = WorkSchedule.objects.create(name="Full time", calendar=calendar)
    url = reverse("admin:worklogs_holidaycalendar_delete", args=[calendar.pk])
    assert "These schedules use it: Full time." in signed_in.post(url, {"post": "yes"}).content.decode()
    with company_scope(alborada.company):
        schedule.delete()
    assert "Also deletes 1 " in signed_in.get(url).content.decode()
    signed_in.post(url, {"post": "yes"})
    with company_scope(alborada.company):
        assert not Holiday.objects.exists()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.detail["holidays"]) == ("holiday calendar deleted", 1)


@pytest.mark.parametrize(("in_days", "is_public"), [(-1, True), (1, False)], ids=["past", "entered by hand"])
def test_a_calendar_with_history_stays(signed_in: Client, alborada: Cast, in_days: int, is_public: bool) -> None:
    calendar, day = calendar_of(alborada), timezone.localdate() + timedelta(days=in_days)
    with company_scope(alborada.company):
        Holiday.objects.create(calendar=calendar, day=day, name="Per day", public_day=day if is_public else None)
    url = reverse("admin:worklogs_holidaycalendar_delete", args=[calendar.pk])
    assert "would be lost." in signed_in.get(url).content.decode()
    signed_in.post(url, {"post": "yes"})
    with company_scope(alborada.company):
        assert Holiday.objects.exists()


# Holidays


def test_a_public_holiday_is_switched_off_and_an_own_one_deleted(signed_in: Client, alborada: Cast) -> None:
    calendar = calendar_of(alborada)
    with company_scope(alborada.company):
        public, own = (
            Holiday.objects.create(calendar=calendar, day=day, name="Per day", public_day=public)
            for day, public in ((date(2026, 1, 6), date(2026, 1, 6)), (date(2026, 1, 7), None))
        )
    for holiday in (public, own):
        signed_in.post(reverse("admin:worklogs_holiday_delete", args=[holiday.pk]), {"post": "yes"})
    with company_scope(alborada.company):
        assert [(each.pk, each.is_active) for each in Holiday.objects.all()] == [(public.pk, False)]


def test_a_holiday_stands_in_a_calendar_once(signed_in: Client, alborada: Cast) -> None:
    calendar = calendar_of(alborada)
    sent = {"calendar": calendar.pk, "day": "2026-12-24", "name": "Christmas Eve", "is_half_day": "on"}
    add = reverse("admin:worklogs_holiday_add")
    assert signed_in.post(add, sent).status_code == 302
    assert "already exists" in signed_in.post(add, sent).content.decode()
    with company_scope(alborada.company):
        assert Holiday.objects.get().is_half_day


# Schedules


def week(*hours: str, **sent: Any) -> dict[str, Any]:
    written = {f"{day}_seconds": text for day, text in zip(WEEKDAYS, [*hours, *[""] * 7], strict=False)}
    return {"name": "Part time", "calendar": ""} | written | sent


def test_hours_are_taken_as_people_write_them(signed_in: Client, alborada: Cast) -> None:
    add = reverse("admin:worklogs_workschedule_add")
    assert signed_in.post(add, week("8", "7:30", "7,5", "7h30", "90m")).status_code == 302
    with company_scope(alborada.company):
        schedule = WorkSchedule.objects.get()
    assert schedule.week == (8 * HOUR, 27_000, 27_000, 27_000, 5_400, 0, 0)
    page = signed_in.get(reverse("admin:worklogs_workschedule_change", args=[schedule.pk])).content.decode()
    assert 'name="tuesday_seconds" value="7:30"' in page
    assert "32:00" in signed_in.get(reverse("admin:worklogs_workschedule_changelist")).content.decode()


def test_a_changed_hour_is_told_in_hours_and_an_unchanged_one_not_at_all(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        schedule = WorkSchedule.objects.create(name="Part time")
    url = reverse("admin:worklogs_workschedule_change", args=[schedule.pk])
    signed_in.post(url, week("8:00", "8", "8,0", "480m", "6"))
    assert last_entry(alborada).detail["changes"] == {"friday": ["8:00", "6:00"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [("much", "isn’t a duration"), ("25", "A day can’t have more than 24 hours."), ("-1", "isn’t a duration")],
)
def test_hours_that_no_day_has_are_refused(signed_in: Client, alborada: Cast, text: str, told: str) -> None:
    page = signed_in.post(reverse("admin:worklogs_workschedule_add"), week(text)).content.decode()
    assert told in page
    with company_scope(alborada.company):
        assert not WorkSchedule.objects.exists()


def test_a_calendar_of_another_company_is_no_choice(signed_in: Client, meridiana: Cast) -> None:
    theirs = calendar_of(meridiana, name="Foreign")
    add = reverse("admin:worklogs_workschedule_add")
    assert b"Foreign" not in signed_in.get(add).content
    assert "Select a valid choice" in signed_in.post(add, week("8", calendar=theirs.pk)).content.decode()


def test_a_schedule_that_people_have_or_that_is_the_default_stays(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        ana = Person.objects.create(name="Ana")
        full, part = (WorkSchedule.objects.create(name=name, is_default=name == "Full") for name in ("Full", "Part"))
        row = PersonSchedule.objects.create(person=ana, schedule=part, first_day=date(2026, 1, 1))
    part_url, full_url = (reverse("admin:worklogs_workschedule_delete", args=[each.pk]) for each in (part, full))
    assert "These people use it: Ana." in signed_in.post(part_url, {"post": "yes"}).content.decode()
    assert (
        "This is the default. Choose another default first."
        in signed_in.post(full_url, {"post": "yes"}).content.decode()
    )
    with company_scope(alborada.company):
        row.delete()
    for url in (part_url, full_url):
        signed_in.post(url, {"post": "yes"})
    with company_scope(alborada.company):
        assert not WorkSchedule.objects.exists()


# Whose schedule


@pytest.fixture
def ana(alborada: Cast) -> Person:
    with company_scope(alborada.company):
        return Person.objects.create(name="Ana")


def spans(cast: Cast, *days: tuple[str, str]) -> dict[str, Any]:
    """What Ana's form sends with a schedule for each of these."""
    with company_scope(cast.company):
        schedule, _ = WorkSchedule.objects.get_or_create(name="Part time")
    sent: dict[str, Any] = {"name": "Ana", "is_active": "on"}
    sent |= {"schedules-TOTAL_FORMS": len(days), "schedules-INITIAL_FORMS": 0}
    for number, (first, last) in enumerate(days):
        row = {"schedule": schedule.pk, "first_day": first, "last_day": last}
        sent |= {f"schedules-{number}-{name}": value for name, value in row.items()}
    return sent


def test_a_persons_schedules_follow_each_other(signed_in: Client, alborada: Cast, ana: Person) -> None:
    url = reverse("admin:worklogs_person_change", args=[ana.pk])
    sent = spans(alborada, ("2026-07-01", ""), ("2026-01-01", "2026-06-30"))
    assert signed_in.post(url, sent).status_code == 302
    with company_scope(alborada.company):
        assert PersonSchedule.objects.filter(person=ana).count() == 2
    assert last_entry(alborada).detail["changes"] == {
        "schedules of the person added": "Part time from 2026-07-01, Part time from 2026-01-01 to 2026-06-30"
    }


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([("2026-01-01", ""), ("2026-07-01", "")], "Two schedules overlap on 2026-07-01"),
        ([("2026-01-01", "2026-07-01"), ("2026-07-01", "")], "Two schedules overlap on 2026-07-01"),
        ([("2026-01-01", "2025-12-31")], "The last day is before the first day."),
    ],
)
def test_nobody_has_two_schedules_at_once(
    signed_in: Client, alborada: Cast, ana: Person, days: list[tuple[str, str]], told: str
) -> None:
    page = signed_in.post(reverse("admin:worklogs_person_change", args=[ana.pk]), spans(alborada, *days))
    assert told in page.content.decode()
    with company_scope(alborada.company):
        assert not PersonSchedule.objects.exists()


def test_who_stays_after_a_merge_takes_the_others_schedules_unless_there_are_own_ones(in_alborada: Cast) -> None:
    schedule = WorkSchedule.objects.create(name="Part time")
    ana, ben, cleo = (Person.objects.create(name=name) for name in ("Ana", "Ben", "Cleo"))
    PersonSchedule.objects.create(person=ana, schedule=schedule, first_day=date(2026, 1, 1))
    PersonSchedule.objects.create(person=ben, schedule=schedule, first_day=date(2026, 2, 1))
    merge_people(ana, into=cleo)
    merge_people(ben, into=cleo)
    assert [row.first_day for row in PersonSchedule.objects.filter(person=cleo)] == [date(2026, 1, 1)]
