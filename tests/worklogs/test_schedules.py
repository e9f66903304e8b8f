"""Reports by e-mail: when they are due, that each goes once, to whom, and what is in it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import override_settings

from accounts.models import AuditEntry, Membership, Role, User
from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.worklogs.conftest import Scene
from tests.worklogs.workbooks import opened
from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm
from worklogs.models import Person, ReportRecipient, ReportSchedule, SavedReport
from worklogs.periods import Period
from worklogs.reports.worklog_list import filter_total
from worklogs.schedules import MOST_ATTEMPTS, RETRY, claim, deliver, next_due, send_due
from worklogs.templatetags.hours import change

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday, 13:00 in Madrid
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))


class Failing(EmailBackend):
    """A mail server that refuses one address."""

    def send_messages(self, messages: Any) -> int:
        if any("manager@" in address for each in messages for address in each.to):
            raise ConnectionRefusedError("no server today")
        return super().send_messages(messages)


def scheduled(cast: Cast, *users: User, **fields: Any) -> ReportSchedule:
    """Last month by person, due now; needs no open scope."""
    with company_scope(cast.company):
        report = SavedReport.objects.create(
            name="Monthly", owner=cast.admin, is_shared=True, query="period=last-month&rows=person&columns=week"
        )
        values = {"cadence": "daily", "next_at": NOW, "created_by": cast.admin, **fields}
        schedule = ReportSchedule.objects.create(report=report, **values)
        for membership in Membership.objects.filter(user__in=users):
            ReportRecipient.objects.create(schedule=schedule, membership=membership)
    return schedule


def sent_to() -> list[str]:
    return sorted(address for each in mail.outbox for address in each.to)


def fresh(schedule: ReportSchedule) -> ReportSchedule:
    with company_scope(schedule.company):
        return ReportSchedule.objects.get(pk=schedule.pk)


# When


@pytest.mark.parametrize(
    ("fields", "after", "due"),
    [
        ({"cadence": "daily", "hour": 7}, "2026-03-02T05:59", "2026-03-02T06:00"),
        ({"cadence": "daily", "hour": 7}, "2026-03-02T06:00", "2026-03-03T06:00"),
        ({"cadence": "daily", "hour": 0}, "2026-12-31T23:30", "2027-01-01T23:00"),
        ({"cadence": "weekly", "weekday": 1, "hour": 7}, "2026-03-02T05:00", "2026-03-02T06:00"),
        ({"cadence": "weekly", "weekday": 1, "hour": 7}, "2026-03-02T07:00", "2026-03-09T06:00"),
        ({"cadence": "weekly", "weekday": 7, "hour": 23}, "2026-03-02T07:00", "2026-03-08T22:00"),
        ({"cadence": "monthly", "month_day": 31, "hour": 7}, "2026-02-01T00:00", "2026-02-28T06:00"),
        ({"cadence": "monthly", "month_day": 31, "hour": 7}, "2028-02-01T00:00", "2028-02-29T06:00"),
        ({"cadence": "monthly", "month_day": 1, "hour": 7}, "2026-03-01T06:00", "2026-04-01T05:00"),  # summer time
        ({"cadence": "daily", "hour": 2}, "2026-03-28T12:00", "2026-03-29T01:00"),  # an hour that there is not
        ({"cadence": "daily", "hour": 2}, "2026-10-24T12:00", "2026-10-25T00:00"),  # and one that there is twice
        ({"cadence": "daily", "hour": 2}, "2026-10-25T00:00", "2026-10-26T01:00"),
    ],
)
def test_a_report_is_due_when_the_companys_clocks_say_so(fields: dict[str, Any], after: str, due: str) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert next_due(ReportSchedule(company_id=1, **fields), moment(after), MADRID) == moment(due)


# Once


def test_a_due_time_is_sent_once(busy: Scene) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.admin, cast.manager)
    assert [send_due(NOW), send_due(NOW), send_due(NOW + timedelta(minutes=1))] == [2, 0, 0]
    assert sent_to() == ["admin@alborada.example", "manager@alborada.example"]
    after = fresh(schedule)
    assert (after.last_sent_at, after.last_error, after.next_at) == (NOW, "", datetime(2026, 3, 3, 6, tzinfo=UTC))
    assert send_due(after.next_at) == 2


def test_days_that_nobody_sent_anything_are_one_mail(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin, next_at=NOW - timedelta(days=5))
    assert [send_due(NOW), send_due(NOW)] == [1, 0]


def test_of_two_processes_that_look_at_once_one_sends(busy: Scene) -> None:
    schedule = scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        first, second = (ReportSchedule.objects.get(pk=schedule.pk) for _ in range(2))
        assert [claim(first, NOW, MADRID), claim(second, NOW, MADRID)] == [True, False]
    assert [send_due(NOW), send_due(NOW)] == [1, 0]


def test_of_two_processes_that_took_up_the_same_mail_one_sends(busy: Scene) -> None:
    schedule = scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        claim(schedule, NOW, MADRID)
        first, second = (ReportRecipient.objects.select_related("schedule__report").get() for _ in range(2))
        assert [deliver(busy.cast.company, each, NOW) for each in (first, second)] == [True, False]
    assert sent_to() == ["admin@alborada.example"]


def test_what_is_not_due_or_paused_waits(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin, next_at=NOW + timedelta(seconds=1))
    assert send_due(NOW) == 0
    with company_scope(busy.cast.company):
        ReportSchedule.objects.update(next_at=NOW, is_active=False)
    assert send_due(NOW) == 0
    assert mail.outbox == []


def test_a_failing_server_is_told_tried_again_and_keeps_nobody_else_waiting(busy: Scene) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.admin, cast.manager, cast.user)
    with override_settings(EMAIL_BACKEND="tests.worklogs.test_schedules.Failing"):
        assert send_due(NOW) == 2
        assert sent_to() == ["admin@alborada.example", "user@alborada.example"]
        page = browser_of(cast.admin).get(f"/reports/{schedule.report_id}/edit/").content.decode()
        assert "manager@alborada.example: ConnectionRefusedError: no server today" in page
        assert send_due(NOW + RETRY - timedelta(seconds=1)) == 0
        assert send_due(NOW + RETRY) == 0
    assert send_due(NOW + RETRY + 2 * RETRY) == 1
    assert sent_to().count("manager@alborada.example") == 1
    assert fresh(schedule).last_error == ""


def test_a_server_that_always_fails_is_given_up_until_the_next_time(busy: Scene) -> None:
    schedule = scheduled(busy.cast, busy.cast.manager, cadence="monthly", month_day=1)
    with override_settings(EMAIL_BACKEND="tests.worklogs.test_schedules.Failing"):
        for hours in range(0, 200, 2):
            send_due(NOW + timedelta(hours=hours))
    with company_scope(busy.cast.company):
        waiting = ReportRecipient.objects.get()
    assert (waiting.due_at, waiting.attempts) == (None, MOST_ATTEMPTS)
    assert "no server today" in fresh(schedule).last_error


def test_a_report_that_cannot_be_read_any_more_is_told(busy: Scene) -> None:
    schedule = scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        SavedReport.objects.update(query="rows=money")
    assert send_due(NOW) == 0
    assert "rows is one of" in fresh(schedule).last_error


def test_the_command_sends_what_is_due(busy: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scheduled(busy.cast, busy.cast.admin)
    with time_machine.travel(NOW, tick=False):
        call_command("send_reports")
        call_command("send_reports")
    assert capsys.readouterr().out == "1 mails were sent.\n0 mails were sent.\n"


# To whom, and what


def test_each_mail_shows_what_its_reader_may_see(busy: Scene) -> None:
    cast = busy.cast
    with company_scope(cast.company):
        Person.objects.filter(name="Ana").update(user=cast.user)
        everything = filter_total(WorklogFilter(FEBRUARY)).tally.seconds
        own = filter_total(WorklogFilter(FEBRUARY, people=(busy.people["Ana"].pk,))).tally.seconds
    scheduled(cast, cast.admin, cast.user)
    send_due(NOW)
    mails = {each.to[0]: each for each in mail.outbox}
    for address, seconds, names in (("admin", everything, 5), ("user", own, 1)):
        message: Any = mails[f"{address}@alborada.example"]
        bodies = [str(message.body), *[str(each.content) for each in message.alternatives]]
        for body in bodies:
            assert h_mm(seconds) in body
            assert sum(name in body for name in busy.people) == names
        page = opened(message.attachments[0][1])
        assert page.column("Total seconds")[-1].number == seconds
        assert len(page.rows) == names + 2


def test_a_mail_compares_what_it_measures_with_the_period_before(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        SavedReport.objects.update(query="period=last-month&rows=person&measure=billable")
        now, before = (filter_total(WorklogFilter(each)).tally for each in (FEBRUARY, FEBRUARY.previous))
    send_due(NOW)
    told = change((now.billable_seconds - before.billable_seconds) / before.billable_seconds)
    assert f"({told} against the period before)" in str(mail.outbox[0].body)


def test_a_user_who_is_nobody_gets_a_report_of_nothing(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.user)
    send_due(NOW)
    assert "No time was logged in these days." in str(mail.outbox[0].body)


def test_the_link_shows_the_days_of_the_mail(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin)
    send_due(NOW)
    assert mail.outbox[0].subject == "Monthly: February 2026"
    link = next(line for line in str(mail.outbox[0].body).splitlines() if "http" in line).split()[-1]
    assert link.startswith("http://testserver/reports/?from=2026-02-01&to=2026-02-28")
    response = browser_of(busy.cast.admin).get(link.removeprefix("http://testserver"))
    assert h_mm(response.context["built"].amount) in str(mail.outbox[0].body)


def test_a_mail_is_in_the_language_of_who_wrote_its_schedule(busy: Scene) -> None:
    cast = busy.cast
    report, admin = scheduled(cast).report_id, browser_of(cast.admin)
    with time_machine.travel(NOW):
        sent = asked(cast, cast.admin, cadence="daily")
        admin.post(f"/reports/{report}/schedules/add/", sent, headers={"Accept-Language": "it"})
    send_due(NOW + timedelta(days=1))
    assert mail.outbox[0].subject == "Monthly: Febbraio 2026"
    assert "L’intero report:" in str(mail.outbox[0].body)


def test_a_member_who_was_removed_gets_nothing(busy: Scene) -> None:
    cast = busy.cast
    scheduled(cast, cast.admin, cast.manager, cast.user)
    with company_scope(cast.company):
        Membership.objects.get(user=cast.manager).delete()
    User.objects.filter(pk=cast.user.pk).update(is_active=False)
    send_due(NOW)
    assert sent_to() == ["admin@alborada.example"]


def test_a_manager_who_is_one_no_longer_gets_own_hours_alone(busy: Scene) -> None:
    cast = busy.cast
    scheduled(cast, cast.manager)
    with company_scope(cast.company):
        Membership.objects.filter(user=cast.manager).update(role=Role.USER)
    send_due(NOW)
    assert not [name for name in busy.people if name in str(mail.outbox[0].body)]


def test_two_companies_mails_are_their_own(busy: Scene, meridiana: Cast) -> None:
    scheduled(busy.cast, busy.cast.admin)
    scheduled(meridiana, meridiana.admin)
    assert send_due(NOW) == 2
    theirs = next(each for each in mail.outbox if each.to == ["admin@meridiana.example"])
    assert not [name for name in busy.people if name in str(theirs.body)]
    assert "Alborada" not in str(theirs.body)


def test_a_name_with_a_line_break_is_no_header(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        SavedReport.objects.update(name="Monthly\nBcc: all@example.org <b>")
    assert send_due(NOW) == 1
    assert mail.outbox[0].recipients() == ["admin@alborada.example"]
    message: Any = mail.outbox[0]
    assert "&lt;b&gt;</h2>" in str(message.alternatives[0].content)


# On the page


def asked(cast: Cast, *users: User, **fields: Any) -> dict[str, Any]:
    with company_scope(cast.company):
        members = list(Membership.objects.filter(user__in=users).values_list("pk", flat=True))
    rest = {"cadence": "weekly", "weekday": 1, "month_day": 1, "hour": 7, "is_active": "on"}
    return {**rest, "members": members, **fields}


def test_a_manager_sends_to_the_members_of_the_company(busy: Scene) -> None:
    cast = busy.cast
    report = scheduled(cast).report_id
    manager = browser_of(cast.manager)
    with time_machine.travel(NOW):
        manager.post(f"/reports/{report}/schedules/add/", asked(cast, cast.admin, cast.user))
    with company_scope(cast.company):
        added = ReportSchedule.objects.latest("pk")
        assert {each.membership.user for each in added.recipients.all()} == {cast.admin, cast.user}
        assert (added.created_by, added.next_at) == (cast.manager, datetime(2026, 3, 9, 6, tzinfo=UTC))
    page = manager.get(f"/reports/{report}/edit/").content.decode()
    assert "Every week, Monday, 07:00" in page
    assert AuditEntry.objects.get(action="report scheduled").detail["to"] == [
        "admin@alborada.example",
        "user@alborada.example",
    ]


def test_a_user_sends_to_nobody_else(busy: Scene) -> None:
    cast = busy.cast
    report, user = scheduled(cast).report_id, browser_of(cast.user)
    path = f"/reports/{report}/schedules/add/"
    assert "admin@" not in user.get(path).content.decode()
    assert user.post(path, asked(cast, cast.admin)).status_code == 422
    assert user.post(path, asked(cast, cast.user)).status_code == 302
    with company_scope(cast.company):
        assert [each.membership.user for each in ReportRecipient.objects.all()] == [cast.user]


def test_anothers_schedule_is_not_a_users_to_see_or_change(busy: Scene) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.admin, cast.user)
    user = browser_of(cast.user)
    assert "Nobody gets it by e-mail" in user.get(f"/reports/{schedule.report_id}/edit/").content.decode()
    for action in ("", "remove/", "send/"):
        assert user.post(f"/reports/schedules/{schedule.pk}/{action}").status_code == 404


def test_nobody_of_another_company_is_sent_to(busy: Scene, meridiana: Cast) -> None:
    report = scheduled(busy.cast).report_id
    path = f"/reports/{report}/schedules/add/"
    assert browser_of(busy.cast.admin).post(path, asked(meridiana, meridiana.admin)).status_code == 422


@pytest.mark.parametrize(
    "fields",
    [{"members": []}, {"hour": 24}, {"month_day": 0}, {"month_day": 32}, {"weekday": 8}, {"cadence": "yearly"}],
)
def test_a_schedule_that_makes_no_sense_is_told(busy: Scene, fields: dict[str, Any]) -> None:
    report = scheduled(busy.cast).report_id
    response = browser_of(busy.cast.admin).post(
        f"/reports/{report}/schedules/add/", asked(busy.cast, busy.cast.admin, **fields)
    )
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()


def test_a_schedule_is_changed_sent_now_and_removed(busy: Scene) -> None:
    cast = busy.cast
    schedule, manager = scheduled(cast, cast.admin, next_at=NOW + timedelta(days=1)), browser_of(cast.manager)
    manager.post(f"/reports/schedules/{schedule.pk}/", asked(cast, cast.manager, cadence="monthly", month_day=15))
    assert (fresh(schedule).cadence, fresh(schedule).month_day) == ("monthly", 15)
    manager.post(f"/reports/schedules/{schedule.pk}/send/")
    assert sent_to() == ["manager@alborada.example"]
    manager.post(f"/reports/schedules/{schedule.pk}/remove/")
    with company_scope(cast.company):
        assert not ReportSchedule.objects.exists()


def test_only_reports_of_the_builder_are_sent(busy: Scene) -> None:
    with company_scope(busy.cast.company):
        listed = SavedReport.objects.create(name="List", owner=busy.cast.admin, page="worklogs", query="sort=day")
    admin = browser_of(busy.cast.admin)
    assert admin.get(f"/reports/{listed.pk}/schedules/add/").status_code == 404
    assert "By e-mail" not in admin.get(f"/reports/{listed.pk}/edit/").content.decode()
