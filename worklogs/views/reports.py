"""The report builder and its downloads."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limits import limited, one_at_a_time
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.reports import report_json, report_sheet
from worklogs.filters import BadFilter
from worklogs.hours import DEFAULT_FORMAT, FORMATS
from worklogs.reports.bars import swatches
from worklogs.reports.builder import SHAPES, STARTS, Ask, build, writer
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.facets import chips
from worklogs.reports.pivot import MEASURES, whole_of
from worklogs.reports.tallies import change
from worklogs.saved_reports import listed
from worklogs.shell import HOURS_COOKIE
from worklogs.views.defaults import opens_default, viewed
from worklogs.views.downloads import as_json, download, file_name
from worklogs.views.filtering import with_issues_of_key
from worklogs.views.scope import Asked, read_query

KINDS = ("csv", "xlsx", "json")


@require_safe
@require_role(Role.USER)
@opens_default("reports")
@unchanged_is_304
def reports(request: CompanyRequest) -> HttpResponse:
    """With `rows` the report; without, what there is to start from."""
    asked = read_query(request)
    if "issue-key" in request.GET:
        return with_issues_of_key(request, asked, "reports")
    ask = asked_report(request)
    context = {
        "ask": ask,
        "filter": asked.filter,
        "chips": chips(asked.conditions, asked.own),
        "dimensions": DIMENSIONS.values(),
        "measures": MEASURES,
        "shapes": SHAPES,
        "kinds": KINDS,
        "rows_label": DIMENSIONS[ask.rows].label,
        "measure_label": MEASURES[ask.measure],
        "view": viewed(request, asked),
    }
    if "rows" in request.GET:
        context |= result(request, asked, ask)
    else:
        context |= {"starts": STARTS, "saved": listed(request.user)}
    template = "_report.html" if request.htmx else "reports.html"
    return render(request, f"worklogs/reports/{template}", context)


def asked_report(request: CompanyRequest) -> Ask:
    try:
        return Ask.from_query(request.GET)
    except BadFilter as error:
        messages.warning(request, str(error))
        return Ask()


def result(request: CompanyRequest, asked: Asked, ask: Ask) -> dict[str, object]:
    by_id = swatches(list(asked.instances.values()))
    colours = {slug: by_id[instance.pk] for slug, instance in asked.instances.items()}
    style = hours_style(request)
    built = build(asked.filter, ask, colours, style, asked.today)
    before = whole_of(asked.filter.at(asked.filter.period.previous), ask.measure)
    return {"built": built, "before": writer(ask.measure, style)(before), "change": change(built.amount, before)}


def hours_style(request: CompanyRequest) -> str:
    wanted = request.COOKIES.get(HOURS_COOKIE, "")
    return wanted if wanted in FORMATS else DEFAULT_FORMAT


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
@one_at_a_time
def export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    if kind not in KINDS:
        raise Http404("A report is CSV, XLSX or JSON.")
    asked = read_query(request, is_page=False)
    try:
        ask = Ask.from_query(request.GET)
    except BadFilter as error:
        raise Http404(str(error)) from error
    by = f"{ask.rows}-by-{ask.columns}" if ask.columns else ask.rows
    name = file_name(request, by, asked.filter.period)
    if kind == "json":
        return as_json(report_json(asked.filter, ask.rows, ask.columns, ask.measure), name)
    sheet, rows = report_sheet(asked.filter, ask.rows, ask.columns, ask.measure)
    return download(request, kind, name, sheet, lambda: rows)
