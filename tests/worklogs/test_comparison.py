"""Like is compared with like, on every page, in mails and in the command: one hour every day is no change."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import Membership
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.models import (
    Holiday,
    HolidayCalendar,
    JiraInstance,
    Person,
    PersonSchedule,
    ReportRecipient,
    ReportSchedule,
    SavedReport,
    Team,
    WorkSchedule,
)
from worklogs.schedules import send_due

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
FIRST = date(2025, 10, 1)
HOUR = 3600


@pytest.fixture
def daily(alborada: Cast) -> Iterator[JiraInstance]:
    """Ann logs an hour every day, weekends too, and has planned two hours of tomorrow."""
    with company_scope(alborada.company):
        instance = InstanceFactory.create(name="Main", slug="main", synced_at=NOW)
        days = [FIRST + timedelta(days=number) for number in range((NOW.date() - FIRST).days + 1)]
        records = [worklog(day.isoformat(), HOUR, day=day) for day in days]
        book(instance).upsert([*records, worklog("planned", 2 * HOUR, day=date(2026, 11, 28))])
        Person.objects.update(name="Ann", team=Team.objects.create(name="Core", slug="core"))
    with time_machine.travel(NOW, tick=False):
        yield instance


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def pages() -> list[str]:
    return ["/", "/people/", "/teams/", "/teams/core/", "/worklogs/", "/issues/", "/epics/", "/reports/?rows=person"]


def test_an_hour_every_day_is_no_change_on_any_page(signed_in: Client, daily: JiraInstance, alborada: Cast) -> None:
    with company_scope(alborada.company):
        ann = Person.objects.get().pk
    for path in [*pages(), f"/people/{ann}/"]:
        text = text_of(signed_in, path)
        assert "vs 1–27 Oct" in text, path
        assert "0.0%" in text, path
        assert not [sign for sign in ("−12.9", "+7.4", "+3.2") if sign in text], path


@pytest.mark.parametrize(
    ("query", "told", "seconds"),
    [
        ("", "vs 1–27 Oct", 27 * HOUR),
        ("compare=year", "vs 1–27 Nov 2025", 27 * HOUR),
        ("period=this-week", "vs 16–20 Nov", 5 * HOUR),
        ("period=last-month", "vs 1–30 Sep", 30 * HOUR),
    ],
)
def test_the_choice_stands_in_the_address(
    signed_in: Client, daily: JiraInstance, query: str, told: str, seconds: int
) -> None:
    response = signed_in.get(f"/?{query}")
    assert told in response.content.decode()
    assert response.context["report"].before.seconds == seconds
    compare = "compare=year" if "year" in query else "compare="
    assert (compare in response.context["report"].query) == ("year" in query)


def test_no_comparison_says_no_percentage(signed_in: Client, daily: JiraInstance) -> None:
    response = signed_in.get("/?compare=none")
    assert response.context["report"].change is None
    assert "not compared" in response.content.decode()
    assert "compare=none" in response.context["report"].teams.rows[0].url


@pytest.mark.parametrize("query", ["period=last-year", "from=2025-10-20&to=2025-11-08"])
def test_where_data_begins_later_there_is_no_percentage(signed_in: Client, daily: JiraInstance, query: str) -> None:
    response = signed_in.get(f"/?{query}")
    assert (response.context["report"].change, response.context["report"].before.seconds) == (None, 0)
    assert "no earlier data" in response.content.decode()


def test_what_was_not_read_is_not_compared_with(signed_in: Client, daily: JiraInstance, alborada: Cast) -> None:
    with company_scope(alborada.company):
        JiraInstance.objects.update(days_read=[["2026-10-05", "2999-12-31"]])
    assert signed_in.get("/").context["report"].change is None
    assert signed_in.get("/?period=this-week").context["report"].change == 0


def test_a_saved_view_keeps_its_comparison(signed_in: Client, daily: JiraInstance, alborada: Cast) -> None:
    query = "period=this-month&compare=year"
    signed_in.post("/reports/save/", {"name": "Mine", "page": "dashboard", "query": query, "keep": "this-month"})
    with company_scope(alborada.company):
        assert "compare=year" in SavedReport.objects.get().query


def command(**options: Any) -> Any:
    out = StringIO()
    call_command("report", company="alborada", by="person", format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_command_says_what_it_compares_with(daily: JiraInstance) -> None:
    found = command(query="period=this-month")
    assert found["total_seconds"] == 29 * HOUR
    assert found["compared"] == {"from": "2026-10-01", "to": "2026-10-27", "seconds": 27 * HOUR, "change": 0.0}
    assert found["coverage"] == {"instances": 1, "covered": 1, "lacking": [], "text": ""}
    assert command(query="period=this-month&compare=none")["compared"] is None


def test_a_mail_compares_the_same_days_and_says_what_it_covers(daily: JiraInstance, alborada: Cast) -> None:
    with company_scope(alborada.company):
        InstanceFactory.create(name="Other", slug="other")
        report = SavedReport.objects.create(name="Now", owner=alborada.admin, query="period=this-month&rows=person")
        schedule = ReportSchedule.objects.create(report=report, next_at=NOW, created_by=alborada.admin)
        membership = Membership.objects.get(user=alborada.admin)
        ReportRecipient.objects.create(schedule=schedule, membership=membership)
    send_due(NOW)
    body = str(mail.outbox[0].body)
    assert "(0.0% vs 1–27 Oct)" in body
    assert "Covers 1 of 2 instances. Other: never synced." in body


def test_an_average_is_of_working_days_and_weekends_stand_apart(
    signed_in: Client, daily: JiraInstance, alborada: Cast
) -> None:
    """November has 20 working days up to the 27th, and 7 days of weekends."""
    with company_scope(alborada.company):
        ann = Person.objects.get().pk
    average = signed_in.get("/").context["report"].average
    assert (average.days, average.seconds, average.off_seconds) == (20, HOUR, 7 * HOUR)
    assert "+ 7:00 on weekends" in text_of(signed_in, "/")
    assert "+ 7:00 on weekends" in text_of(signed_in, f"/people/{ann}/")
    with company_scope(alborada.company):
        calendar = HolidayCalendar.objects.create(name="Madrid", is_default=True)
        Holiday.objects.create(calendar=calendar, day=date(2026, 11, 9), name="Almudena")
    average = signed_in.get("/?x=1").context["report"].average
    assert (average.days, average.seconds, average.off_seconds, average.is_weekend) == (19, HOUR, 8 * HOUR, False)


def test_a_person_has_gaps_on_the_own_working_days_alone(
    signed_in: Client, daily: JiraInstance, alborada: Cast
) -> None:
    days = [date(2026, 11, day) for day in range(1, 27)]
    with company_scope(alborada.company):
        book(daily).remove("jira", [day.isoformat() for day in days])
        part = WorkSchedule.objects.create(name="Part", wednesday_seconds=0, sunday_seconds=6 * HOUR)
        ann = Person.objects.get()
        PersonSchedule.objects.create(person=ann, schedule=part, first_day=date(2026, 1, 1))
    report = signed_in.get(f"/people/{ann.pk}/").context["report"]
    assert list(report.gaps) == [day for day in days if day.weekday() not in (2, 5)]
    shades = {day.day: day.shade for span in report.calendar.spans for day in span.days}
    assert (shades[date(2026, 11, 18)], shades[date(2026, 11, 22)], shades[date(2026, 11, 21)]) == ("off", "", "off")
    cells = signed_in.get("/teams/core/?by=day").context["report"].matrix.rows[0].cells
    assert [cells[day - 1].shade for day in (18, 21, 22)] == ["off", "off", "gap"]


def test_days_are_as_long_as_the_companys(signed_in: Client, daily: JiraInstance, alborada: Cast) -> None:
    signed_in.cookies["hours"] = "days"
    assert "0.62 d" in text_of(signed_in, "/worklogs/?period=this-week")  # 5 h of 8
    alborada.company.working_day_seconds = 27_000
    alborada.company.save()
    text = text_of(signed_in, "/worklogs/?period=last-7-days")
    assert "0.93 d" in text  # 7 h of 7.5
    assert "days (1 d = 7:30)" in text
    report = text_of(signed_in, "/reports/?period=last-7-days&rows=person")
    assert "0.93 d" in report
