"""Reports by e-mail: when, and to whom."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.dates import date_format
from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs.forms import ScheduleForm
from worklogs.models import ReportRecipient, ReportSchedule, SavedReport
from worklogs.models.reports import Page
from worklogs.saved_reports import visible
from worklogs.schedules import next_due, send_waiting


def may_manage(request: CompanyRequest, schedule: ReportSchedule) -> bool:
    """Who has made it, and every MANAGER."""
    return schedule.created_by_id == request.user.pk or has_role(request, Role.MANAGER)


def schedule_of(request: CompanyRequest, pk: int) -> ReportSchedule:
    schedule: ReportSchedule = get_object_or_404(ReportSchedule.objects.select_related("report"), pk=pk)
    if not may_manage(request, schedule) or not visible(request.user).filter(pk=schedule.report_id).exists():
        raise Http404
    return schedule


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.USER)
def add(request: CompanyRequest, pk: int) -> HttpResponse:
    report = get_object_or_404(visible(request.user), pk=pk, page=Page.REPORTS)
    return edited(request, ReportSchedule(report=report, created_by=request.user), report)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.USER)
def edit(request: CompanyRequest, pk: int) -> HttpResponse:
    schedule = schedule_of(request, pk)
    return edited(request, schedule, schedule.report)


def edited(request: CompanyRequest, schedule: ReportSchedule, report: SavedReport) -> HttpResponse:
    form = ScheduleForm(request.POST or None, instance=schedule, request=request)
    if request.method == "POST" and form.is_valid():
        schedule.language = get_language() or settings.LANGUAGE_CODE
        schedule.next_at = next_due(schedule, timezone.now(), request.company.zone)
        with transaction.atomic():
            form.save()
            write_recipients(schedule, [member.pk for member in form.cleaned_data["members"]])
            if not schedule.is_active:  # what waits would go out as soon as it is let again
                schedule.recipients.update(due_at=None)
        record("report scheduled", request, schedule)
        messages.success(request, _("Next e-mail: %(at)s.") % {"at": _at(request, schedule)})
        return redirect("report_edit", pk=report.pk)
    context = {"form": form, "report": report, "schedule": schedule}
    return render(request, "worklogs/reports/schedule.html", context, status=422 if form.errors else 200)


def write_recipients(schedule: ReportSchedule, members: list[int]) -> None:
    known = set(schedule.recipients.values_list("membership", flat=True))
    schedule.recipients.exclude(membership__in=members).delete()
    for pk in members:
        if pk not in known:
            ReportRecipient.objects.create(schedule=schedule, membership_id=pk)


def _at(request: CompanyRequest, schedule: ReportSchedule) -> str:
    return date_format(schedule.next_at.astimezone(request.company.zone), "D j M Y, H:i")


@require_POST
@require_role(Role.USER)
def remove(request: CompanyRequest, pk: int) -> HttpResponse:
    schedule = schedule_of(request, pk)
    report = schedule.report_id
    record("report no longer scheduled", request, schedule)
    schedule.delete()
    messages.success(request, _("The report won’t be sent any more."))
    return redirect("report_edit", pk=report)


@require_POST
@require_role(Role.USER)
@limited("report-mail", "6/m")
def send(request: CompanyRequest, pk: int) -> HttpResponse:
    """Now, to its recipients, besides its due times."""
    schedule, now = schedule_of(request, pk), timezone.now()
    if not schedule.is_active:
        messages.error(request, _("This schedule is paused. Resume it first."))
        return redirect("report_edit", pk=schedule.report_id)
    recipients = schedule.recipients.all()
    if not has_role(request, Role.MANAGER):
        recipients = recipients.filter(membership=request.membership)
    recipients.update(due_at=now, as_of=now, attempts=0)
    sent = send_waiting(request.company, now)
    schedule.refresh_from_db()
    if schedule.last_error:
        messages.error(request, _("Some e-mails weren’t sent: %(error)s") % {"error": schedule.last_error})
    else:
        messages.success(request, ngettext("%(n)s e-mail sent.", "%(n)s e-mails sent.", sent) % {"n": sent})
    return redirect("report_edit", pk=schedule.report_id)


def record(action: str, request: CompanyRequest, schedule: ReportSchedule) -> None:
    to = list(schedule.recipients.values_list("membership__user__email", flat=True))
    told = {"report": schedule.report.name, "cadence": schedule.cadence, "to": to}
    audit.record(action, user=request.user, company=request.company, request=request, **told)
