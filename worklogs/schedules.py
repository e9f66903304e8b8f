"""When reports go out by e-mail: each due time once, whatever dies, and however many processes look."""

import calendar
import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.mail import get_connection
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Company
from accounts.tenancy import ALL_COMPANIES, company_scope
from worklogs.models import ReportRecipient, ReportSchedule
from worklogs.report_mail import mail_of

RETRY = timedelta(minutes=15)  # and twice as long after each further failure
MOST_ATTEMPTS = 6
LONGEST_ERROR = 300
ONE_DAY = timedelta(days=1)
logger = logging.getLogger(__name__)


def next_due(schedule: ReportSchedule, after: datetime, zone: ZoneInfo) -> datetime:
    """The first due time later than `after`, as the clocks of the zone show it."""
    day = after.astimezone(zone).date()
    while True:
        at = datetime.combine(day, time(schedule.hour), zone).astimezone(after.tzinfo)
        if _is_on(schedule, day) and at > after:
            return at
        day += ONE_DAY


def latest_due(schedule: ReportSchedule, now: datetime, zone: ZoneInfo) -> datetime:
    """The last due time of a schedule that is due, however long ago it should have gone out."""
    day = now.astimezone(zone).date()
    while True:
        at = datetime.combine(day, time(schedule.hour), zone).astimezone(now.tzinfo)
        if at <= schedule.next_at:
            return schedule.next_at
        if _is_on(schedule, day) and at <= now:
            return at
        day -= ONE_DAY


def _is_on(schedule: ReportSchedule, day: date) -> bool:
    if schedule.cadence == ReportSchedule.Cadence.WEEKLY:
        return day.isoweekday() == schedule.weekday
    if schedule.cadence == ReportSchedule.Cadence.MONTHLY:
        return day.day == min(schedule.month_day, calendar.monthrange(day.year, day.month)[1])
    return True


def send_due(now: datetime) -> int:
    """Sends what is due, in every company; how many mails went out."""
    with company_scope(ALL_COMPANIES):
        due = set(ReportSchedule.objects.filter(is_active=True, next_at__lte=now).values_list("company", flat=True))
        due |= set(ReportRecipient.objects.filter(due_at__lte=now).values_list("company", flat=True))
    sent = 0
    for company in Company.objects.filter(pk__in=due).order_by("pk"):
        with company_scope(company):
            for schedule in ReportSchedule.objects.filter(is_active=True, next_at__lte=now):
                claim(schedule, now, company.zone)
            sent += send_waiting(company, now)
    return sent


def claim(schedule: ReportSchedule, now: datetime, zone: ZoneInfo) -> bool:
    """Moves the schedule on and puts its recipients in the queue; False when another process was first.

    What an earlier due time has left waiting is overtaken: nobody gets the same report twice. The mail is of the
    latest due time, whenever it goes: last month of 1 November is October, though it goes on the 2nd.
    """
    following, as_of = next_due(schedule, now, zone), latest_due(schedule, now, zone)
    with transaction.atomic():
        still = ReportSchedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at, is_active=True)
        if not still.update(next_at=following, last_error=""):
            return False
        ReportRecipient.objects.filter(schedule=schedule).update(due_at=now, as_of=as_of, attempts=0)
    return True


def send_waiting(company: Company, now: datetime) -> int:
    waiting = ReportRecipient.objects.filter(due_at__lte=now, schedule__is_active=True)
    related = ("schedule__report", "schedule__created_by", "membership__user")
    return sum(deliver(company, each, now) for each in waiting.select_related(*related).order_by("pk"))


def deliver(company: Company, recipient: ReportRecipient, now: datetime) -> bool:
    """Whether it went. It leaves the queue before it goes, so that no other process sends it too."""
    mine = ReportRecipient.objects.filter(pk=recipient.pk, due_at=recipient.due_at).update(due_at=None)
    if not mine or not recipient.membership.user.is_active:
        return False
    schedule = ReportSchedule.objects.filter(pk=recipient.schedule_id)
    try:
        with translation.override(recipient.schedule.language):
            mail = mail_of(company, recipient, now)
        mail.connection = get_connection()
        mail.send()
    except Exception as error:  # of whatever kind: the mails of the others still go
        logger.exception("Report %s could not be sent", recipient.schedule.report_id)
        _try_again(recipient, now)
        told = {"email": recipient.membership.user.email, "error": f"{type(error).__name__}: {error}"}
        schedule.update(last_error=(_("%(email)s: %(error)s") % told)[:LONGEST_ERROR])
        return False
    schedule.update(last_sent_at=now)
    if recipient.attempts and not schedule.filter(recipients__due_at__isnull=False).exists():
        schedule.update(last_error="")
    return True


def _try_again(recipient: ReportRecipient, now: datetime) -> None:
    attempts = recipient.attempts + 1
    due_at = now + RETRY * 2**recipient.attempts if attempts < MOST_ATTEMPTS else None
    ReportRecipient.objects.filter(pk=recipient.pk, due_at=None).update(due_at=due_at, attempts=attempts)
