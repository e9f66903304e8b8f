"""Saved reports: keep, rename, share, duplicate, delete, open first."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs import saved_reports
from worklogs.filters import BadFilter
from worklogs.forms import AS_DAYS, ReportForm, SaveForm
from worklogs.models import ReportSchedule, SavedReport
from worklogs.models.reports import Page
from worklogs.periods import PRESETS, BadPeriod
from worklogs.reports.unknown_names import UnknownNames
from worklogs.saved_reports import may_change, url_of, visible
from worklogs.views.schedules import may_manage
from worklogs.views.scope import own_people


def report_of(request: CompanyRequest, pk: int, *, to_change: bool = False) -> SavedReport:
    """404 for one that is not there, is somebody else's, or is not theirs to change."""
    report: SavedReport = get_object_or_404(visible(request.user), pk=pk)
    if to_change and not may_change(request, report):
        raise Http404
    return report


@require_safe
@require_role(Role.USER)
def saved_report(request: CompanyRequest, pk: int) -> HttpResponse:
    return redirect(url_of(report_of(request, pk)))


@require_POST
@require_role(Role.USER)
def save(request: CompanyRequest) -> HttpResponse:
    form = SaveForm(request.POST)
    if form.is_valid():
        try:
            report = kept(request, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tell_saved(request, report)
            return redirect(url_of(report))
    return render(request, "worklogs/reports/save.html", {"form": form, "left_out": not_kept(request)}, status=422)


def tell_saved(request: CompanyRequest, report: SavedReport) -> None:
    told = _("“%(name)s” saved.") % {"name": report.name}
    if parts := not_kept(request):
        told = f"{told} {_('Left out because it can’t be read: %(parts)s.') % {'parts': ', '.join(parts)}}"
    messages.success(request, told)


def not_kept(request: CompanyRequest) -> list[str]:
    """The parts of the page that was posted that can't be read."""
    today = timezone.localdate(timezone=request.company.zone)
    return [fault.condition for fault in saved_reports.left_out(posted(request), today, request.company.week_start)]


def kept(request: CompanyRequest, asked: dict[str, Any]) -> SavedReport:
    """ValidationError when the name is taken, or the query cannot be kept."""
    report = SavedReport(
        name=asked["name"],
        owner=request.user,
        is_shared=asked["is_shared"],
        page=asked["page"],
        query=query_of(request),
    )
    saved_reports.save(request, report)
    if asked["is_default"]:
        saved_reports.set_default(request.user, report, is_default=True)
    return report


def query_of(request: CompanyRequest) -> str:
    """The canonical one of the page that was posted."""
    query, keep = posted(request), request.POST.get("keep", "")
    try:
        today = timezone.localdate(timezone=request.company.zone)
        preset = keep if keep in PRESETS else ""
        return saved_reports.canonical(query, today, request.company.week_start, preset=preset)
    except (BadFilter, BadPeriod) as error:
        raise ValidationError(str(error)) from error


def posted(request: CompanyRequest) -> QueryDict:
    query = QueryDict(request.POST.get("query", "").removeprefix("?"), mutable=True)
    if request.POST.get("keep") == AS_DAYS:
        query.pop("period", None)
    return query


@require_POST
@require_role(Role.USER)
def update(request: CompanyRequest, pk: int) -> HttpResponse:
    """The report asks what its page, changed since, asks now."""
    report = report_of(request, pk, to_change=True)
    try:
        report.query = query_of(request)
        saved_reports.save(request, report)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        tell_saved(request, report)
    return redirect(url_of(report))


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.USER)
def edit(request: CompanyRequest, pk: int) -> HttpResponse:
    report = report_of(request, pk, to_change=request.method == "POST")
    form = ReportForm(request.POST or None, initial={"name": report.name, "is_shared": report.is_shared})
    if form.is_valid():
        try:
            saved_reports.change(request, report, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            report.refresh_from_db()
        else:
            messages.success(request, _("“%(name)s” saved.") % {"name": report.name})
            is_seen = visible(request.user).filter(pk=report.pk).exists()
            return redirect("report_edit", pk=report.pk) if is_seen else redirect("reports")
    every = ReportSchedule.objects.filter(report=report).prefetch_related("recipients__membership__user")
    context = {
        "report": report,
        "form": form,
        "may_change": may_change(request, report),
        "is_default": report.defaults.filter(user=request.user).exists(),
        "can_be_sent": report.page == Page.REPORTS,
        "schedules": [each for each in every if may_manage(request, each)],
        "url": url_of(report),
        "unknown": unknown_in(request, report),
    }
    return render(request, "worklogs/reports/edit.html", context, status=422 if form.errors else 200)


def unknown_in(request: CompanyRequest, report: SavedReport) -> UnknownNames | None:
    own = None if has_role(request, Role.MANAGER) else tuple(own_people(request))
    today = timezone.localdate(timezone=request.company.zone)
    return saved_reports.unknown_of_each([report], today, own).get(report.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.USER)
def delete(request: CompanyRequest, pk: int) -> HttpResponse:
    report = report_of(request, pk, to_change=True)
    if request.method == "POST":
        name = report.name
        saved_reports.delete(request, report)
        messages.success(request, _("“%(name)s” deleted.") % {"name": name})
        return redirect("reports")
    return render(request, "worklogs/reports/delete.html", {"report": report})


@require_POST
@require_role(Role.USER)
def duplicate(request: CompanyRequest, pk: int) -> HttpResponse:
    copy = saved_reports.duplicate(request, report_of(request, pk))
    messages.success(request, _("You can now edit “%(name)s”.") % {"name": copy.name})
    return redirect("report_edit", pk=copy.pk)


@require_POST
@require_role(Role.USER)
def default(request: CompanyRequest, pk: int) -> HttpResponse:
    """Opens its page with it from now on, or no longer."""
    report = report_of(request, pk)
    is_default = request.POST.get("is_default") == "yes"
    saved_reports.set_default(request.user, report, is_default=is_default)
    told = {"name": report.name, "page": report.get_page_display()}
    if is_default:
        messages.success(request, _("%(page)s now opens with “%(name)s”.") % told)
    else:
        messages.success(request, _("%(page)s no longer opens with “%(name)s”.") % told)
    return redirect(url_of(report))
