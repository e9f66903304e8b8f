"""Reports by e-mail: when they are due, that each goes once, to whom, and what is in it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail, signing
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client, override_settings

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
from worklogs.unsubscribing import SALT

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
    assert "“rows” must be one of" in fresh(schedule).last_error


def test_the_command_sends_what_is_due(busy: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scheduled(busy.cast, busy.cast.admin)
    with time_machine.travel(NOW, tick=False):
        call_command("send_reports")
        call_command("send_reports")
    assert capsys.readouterr().out == "Sent 1 e-mail.\nSent 0 e-mails.\n"


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
    assert f"({told} vs 1–31 Jan)" in str(mail.outbox[0].body)


def test_a_user_who_is_nobody_gets_a_report_of_nothing(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.user)
    send_due(NOW)
    assert "No time was logged in this period." in str(mail.outbox[0].body)


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
    assert mail.outbox[0].subject == "Monthly: febbraio 2026"
    assert "Report completo:" in str(mail.outbox[0].body)


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
    assert "Not sent to anyone by e-mail" in user.get(f"/reports/{schedule.report_id}/edit/").content.decode()
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


# Late


LATE = [
    ("monthly", "2026-02-01T06:00", "2026-02-02T09:00", "January 2026"),  # a day late
    ("monthly", "2026-02-01T06:00", "2026-02-28T09:00", "January 2026"),  # nearly overtaken
    ("monthly", "2026-02-01T06:00", "2026-03-05T09:00", "February 2026"),  # one mail, of what was due last
    ("daily", "2026-02-28T06:00", "2026-03-01T05:30", "January 2026"),  # that of 1 March is not due yet
]


@pytest.mark.parametrize(("cadence", "due", "runs", "period"), LATE)
def test_a_mail_is_of_the_period_that_was_due(busy: Scene, cadence: str, due: str, runs: str, period: str) -> None:
    due_at, now = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (due, runs))
    scheduled(busy.cast, busy.cast.admin, cadence=cadence, next_at=due_at)
    assert [send_due(now), send_due(now)] == [1, 0]
    assert mail.outbox[0].subject == f"Monthly: {period}"


def test_a_mail_that_is_tried_again_next_month_is_of_its_own(busy: Scene) -> None:
    due_at = datetime(2026, 2, 28, 22, tzinfo=UTC)
    scheduled(busy.cast, busy.cast.manager, cadence="monthly", month_day=28, hour=23, next_at=due_at)
    with override_settings(EMAIL_BACKEND="tests.worklogs.test_schedules.Failing"):
        for hours in (0, 1, 2):
            assert send_due(due_at + timedelta(hours=hours)) == 0
    assert send_due(due_at + timedelta(hours=12)) == 1
    assert mail.outbox[0].subject == "Monthly: January 2026"


# Names that go


def test_a_mail_of_what_is_gone_says_so_and_tells_no_total(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin)
    with company_scope(busy.cast.company):
        SavedReport.objects.update(query="period=last-month&rows=person&team=gone")
    send_due(NOW)
    message: Any = mail.outbox[0]
    for body in (str(message.body), str(message.alternatives[0].content)):
        assert "No longer exists: Team gone." in body
        assert "Total" not in body


# Who sends it, and the way out


def test_a_mail_says_who_sends_it_and_leads_to_the_report_and_its_schedules(busy: Scene) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.manager)
    send_due(NOW)
    message: Any = mail.outbox[0]
    assert message.from_email.startswith("Alborada <")
    assert message.reply_to == [cast.admin.email]
    for body in (str(message.body), str(message.alternatives[0].content)):
        assert f"Alborada sends you this report. {cast.admin} scheduled it." in body
        assert f"http://testserver/reports/{schedule.report_id}/" in body
        assert f"http://testserver/reports/{schedule.report_id}/edit/" in body
    with company_scope(cast.company):  # only whoever may open it is led to it
        SavedReport.objects.update(is_shared=False)
    send_due(NOW + timedelta(days=1))
    assert f"/reports/{schedule.report_id}/" not in str(mail.outbox[1].body)


def test_who_has_left_the_company_gets_no_answers(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.manager)
    with company_scope(busy.cast.company):
        Membership.objects.get(user=busy.cast.admin).delete()
    send_due(NOW)
    message: Any = mail.outbox[0]
    assert message.reply_to == []
    assert "Alborada sends you this report." in str(message.body)
    assert "scheduled it" not in str(message.body)


def test_the_file_of_a_mail_says_what_it_is(busy: Scene) -> None:
    scheduled(busy.cast, busy.cast.admin)
    send_due(NOW)
    message: Any = mail.outbox[0]
    name, content, _kind = message.attachments[0]
    assert name == "person-by-week-alborada-2026-02-01-2026-02-28.xlsx"
    about = {row[0].text: row[1].text for row in opened(content, sheet=2).rows}
    assert (about["Company"], about["Filter"]) == ("Alborada", "none")
    assert about["Period"] == "1 – 28 Feb 2026 (2026-02-01 – 2026-02-28)"


def unsubscribe_link(message: Any) -> str:
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link: str = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert link in str(message.body)
    return link


def test_a_recipient_leaves_with_one_click_and_without_signing_in(busy: Scene, client: Client) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.admin, cast.manager)
    send_due(NOW)
    link = unsubscribe_link(next(each for each in mail.outbox if each.to == [cast.manager.email]))
    strict = Client(enforce_csrf_checks=True)
    assert "Stop receiving “Monthly” by e-mail?" in strict.get(link).content.decode()
    assert recipients_of(schedule) == {cast.admin, cast.manager}  # asking changes nothing
    for _ in range(2):
        response = strict.post(link, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert "You’re unsubscribed" in response.content.decode()
    assert recipients_of(schedule) == {cast.admin}
    told = AuditEntry.objects.get(action="unsubscribed from report")
    assert (told.company, told.detail["email"]) == (cast.company, cast.manager.email)
    assert "no longer sends" in client.get(link).content.decode()


def recipients_of(schedule: ReportSchedule) -> set[User]:
    with company_scope(schedule.company):
        return {each.membership.user for each in schedule.recipients.select_related("membership__user")}


def test_who_was_chosen_again_leaves_by_an_old_mail(busy: Scene, client: Client) -> None:
    cast = busy.cast
    schedule = scheduled(cast, cast.manager)
    send_due(NOW)
    link = unsubscribe_link(mail.outbox[0])
    client.post(link)
    with company_scope(cast.company):
        membership = Membership.objects.get(user=cast.manager)
        ReportRecipient.objects.create(schedule=schedule, membership=membership)
    client.post(link)
    assert recipients_of(schedule) == set()


def test_a_forged_link_and_another_companys_schedule_are_not_found(
    busy: Scene, meridiana: Cast, client: Client
) -> None:
    theirs = scheduled(meridiana, meridiana.admin)
    scheduled(busy.cast, busy.cast.admin)
    with company_scope(meridiana.company):
        recipient = ReportRecipient.objects.get()
    named = [busy.cast.company.pk, theirs.pk, recipient.membership_id]
    send_due(NOW)
    tokens = ["x", signing.dumps(named, salt=SALT), signing.dumps(named, salt="another"), signing.dumps("x", salt=SALT)]
    tokens += [unsubscribe_link(each).split("/")[-2][:-1] for each in mail.outbox]
    for token in tokens:
        for ask in (client.get, client.post):
            assert ask(f"/unsubscribe/{token}/").status_code == 404
    assert recipients_of(theirs) == {meridiana.admin}


def test_guessing_links_is_limited(client: Client) -> None:
    assert {client.post("/unsubscribe/x/").status_code for _ in range(21)} == {404, 429}
