"""Reports under a name: kept, found again, shared, and opened first. What they show is never kept, only how to ask."""

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit
from accounts.middleware import CompanyRequest
from accounts.models import Role, User
from accounts.permissions import has_role
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.former_names import by_present_names, by_present_names_of_each
from worklogs.ingest.totals import mark_changed
from worklogs.models import DefaultView, ReportSchedule, SavedReport
from worklogs.periods import MONDAY, PRESETS, BadPeriod, Period, preset_period
from worklogs.query_parts import Fault, Parts
from worklogs.reports.builder import Ask
from worklogs.reports.unknown_names import UnknownNames, unknown_names_of_each

LONGEST = 4000  # characters of a query
LINKS = {"after", "open", "view", "csrfmiddlewaretoken"}  # what a link brings along
OF_ONE_VIEW = {"from", "to", "period", *LINKS}
ALL = "none"  # in `view`: not the default view


def visible(user: User) -> "QuerySet[SavedReport]":
    """The user's own, and those that anyone has shared with the company."""
    return SavedReport.objects.filter(Q(is_shared=True) | Q(owner=user)).select_related("owner")


def listed(user: User) -> "QuerySet[SavedReport]":
    """With what a list says of each: `is_default` for the user, how many schedules are `sent`, and any is `failing`."""
    schedules = ReportSchedule.objects.filter(report=OuterRef("pk"))
    return visible(user).annotate(
        is_default=Exists(DefaultView.objects.filter(report=OuterRef("pk"), user=user)),
        sent=Count("schedules", filter=Q(schedules__is_active=True)),
        failing=Exists(schedules.exclude(last_error="")),
    )


def unknown_of_each(
    reports: Sequence[SavedReport], today: date, own: tuple[int, ...] | None
) -> dict[int, UnknownNames]:
    """By report, what it names that no longer exists; for a reader who is kept to the worklogs of `own`."""
    filters = by_present_names_of_each([_filter_of(report, today) for report in reports])
    found = zip(reports, unknown_names_of_each(filters, own), strict=True)
    return {report.pk: unknown for report, unknown in found if unknown.text}


def _filter_of(report: SavedReport, today: date) -> WorklogFilter:
    """What cannot be read any more names nothing."""
    try:
        return WorklogFilter.from_query(QueryDict(report.query), today)
    except (BadFilter, BadPeriod):
        return WorklogFilter(Period(today, today))


def may_change(request: CompanyRequest, report: SavedReport) -> bool:
    """Its owner; and an ADMIN, so that what is shared outlives who has shared it."""
    return report.owner_id == request.user.pk or (report.is_shared and has_role(request, Role.ADMIN))


def left_out(query: QueryDict, today: date, week_start: int = MONDAY) -> tuple[Fault, ...]:
    """The parts that can't be read: a page shows what is left without them, and that is kept."""
    parts = Parts(query)
    Ask.read(parts)
    return (*WorklogFilter.read(query, today, week_start).faults, *parts.faults)


def canonical(query: QueryDict, today: date, week_start: int = MONDAY, *, preset: str = "") -> str:
    """The query string as it is kept, without empty parts and those that can't be read: a mail of a schedule could not
    do without them. BadFilter or BadPeriod where there are no others.

    What was renamed goes by its name of today. A preset stays one, so that “last month” is last month whenever it is
    opened; `preset` makes it one.
    """
    faults = left_out(query, today, week_start)
    bad = {(fault.name, fault.value) for fault in faults}
    if bad and bad.issuperset((name, value) for name, value in _given(query) if name not in LINKS):
        raise faults[0].error
    chosen = by_present_names(WorklogFilter.read(query, today, week_start).filter)
    told = QueryDict(chosen.query().removeprefix("?"), mutable=True)
    if preset := preset or chosen.period.preset:
        del told["from"], told["to"]
        told["period"] = preset
    rest = [(name, value) for name, value in _given(query) if name not in OF_ONE_VIEW and name not in told]
    if "rows" in {name for name, _value in bad}:  # without any there is no report
        told["rows"] = Ask.rows
    for name, value in sorted(rest, key=lambda each: each[0]):
        if (name, value) not in bad:
            told.appendlist(name, value)
    text = told.urlencode()
    if len(text) > LONGEST or "%00" in text:
        raise ValidationError(_("This view has too many filters to be saved."))
    return text


def _given(query: QueryDict) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in query.lists() for value in values if value)


def presets_of(period: Period, today: date, week_start: int) -> Iterator[tuple[str, str]]:
    """The presets that are these very days today."""
    for name, label in PRESETS.items():
        each = preset_period(name, today, week_start)
        if (each.first, each.last) == (period.first, period.last):
            yield name, str(label)


def save(request: CompanyRequest, report: SavedReport) -> None:
    """Writes it, new or changed; ValidationError when the name is taken."""
    is_new = report.pk is None
    same = visible(request.user).filter(name=report.name, is_shared=report.is_shared).exclude(pk=report.pk)
    if not report.is_shared:
        same = same.filter(owner=report.owner)
    taken = ValidationError({"name": _("A report with this name already exists.")})
    if same.exists():
        raise taken
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError as error:  # somebody else was as quick
        raise taken from error
    mark_changed()
    _record("report saved" if is_new else "report changed", request, report)


def change(request: CompanyRequest, report: SavedReport, *, name: str, is_shared: bool) -> None:
    """Renames it, shares it or shares it no longer; ValidationError when the name is taken there."""
    was_shared = report.is_shared
    report.name, report.is_shared = name, is_shared
    save(request, report)
    if is_shared == was_shared:
        return
    if not report.is_shared:  # what others have made of it ends
        DefaultView.objects.filter(report=report).exclude(user=report.owner).delete()
        ReportSchedule.objects.filter(report=report).exclude(created_by=report.owner).delete()
    _record("report shared" if report.is_shared else "report no longer shared", request, report)


def duplicate(request: CompanyRequest, report: SavedReport) -> SavedReport:
    """The user's own copy, under a name that is free."""
    taken = set(SavedReport.objects.filter(owner=request.user, is_shared=False).values_list("name", flat=True))
    names = (
        _("%(name)s (copy %(n)s)") % {"name": report.name[:80], "n": number} for number in range(1, len(taken) + 2)
    )
    copy = SavedReport(
        name=next(name for name in names if name not in taken), owner=request.user, page=report.page, query=report.query
    )
    save(request, copy)
    return copy


def delete(request: CompanyRequest, report: SavedReport) -> None:
    told = {"report": report.name, "id": report.pk}
    report.delete()
    mark_changed()
    audit.record("report deleted", user=request.user, company=request.company, request=request, **told)


def default_of(user: User, page: str) -> SavedReport | None:
    """What the user wants to see first on this page."""
    found = DefaultView.objects.filter(user=user, page=page).select_related("report").first()
    return found.report if found else None


def set_default(user: User, report: SavedReport, *, is_default: bool) -> None:
    if is_default:
        DefaultView.objects.update_or_create(user=user, page=report.page, defaults={"report": report})
    else:
        DefaultView.objects.filter(user=user, page=report.page, report=report).delete()
    mark_changed()


def url_of(report: SavedReport) -> str:
    """Its page with its query, and `view`, which says whose query it is."""
    return f"{reverse(report.page)}?{report.query}&{urlencode({'view': report.pk})}"


def _record(action: str, request: CompanyRequest, report: SavedReport) -> None:
    audit.record(action, user=request.user, company=request.company, request=request, report=report.name, id=report.pk)
