"""The report builder and its downloads."""

from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.limits import limited, one_at_a_time
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role
from worklogs.caching import unchanged_is_304
from worklogs.exports.reports import report_json, report_sheet
from worklogs.folding import sort_key
from worklogs.query_parts import Parts
from worklogs.reports.bars import swatches
from worklogs.reports.builder import SHAPES, STARTS, Ask, build, writer
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.facets import chips
from worklogs.reports.pivot import MEASURES, compared_with
from worklogs.reports.row_order import IN_COLUMN, unsorted
from worklogs.saved_reports import listed, unknown_of_each
from worklogs.shell import hours_format
from worklogs.views.defaults import opens_default, viewed
from worklogs.views.downloads import as_json, contents, download
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
    is_dropped = drop_sort_of_other_columns(request)
    ask = asked_report(request, asked)
    context = {
        "ask": ask,
        "filter": asked.filter,
        "chips": chips(asked.conditions, asked.names),
        "dimensions": DIMENSIONS.values(),
        "measures": MEASURES,
        "shapes": SHAPES,
        "kinds": KINDS,
        "rows_label": ask.rows_label,
        "measure_label": MEASURES[ask.measure],
        "view": viewed(request, asked),
    }
    if "rows" in request.GET:
        context |= result(request, asked, ask)
    else:
        saved = sorted(listed(request.user), key=lambda report: sort_key(report.name))
        unknown = unknown_of_each(saved, asked.today, asked.own)
        context |= {"starts": STARTS, "saved": [(report, unknown.get(report.pk)) for report in saved]}
    template = "_report.html" if request.htmx else "reports.html"
    response = render(request, f"worklogs/reports/{template}", context)
    if is_dropped:
        response["HX-Push-Url"] = f"{request.path}?{request.GET.urlencode()}"
        response["Cache-Control"] = "no-store"  # it depends on where the reader was
    return response


def drop_sort_of_other_columns(request: CompanyRequest) -> bool:
    """Whoever chooses other columns leaves the one that sorted the rows."""
    was = urlsplit(request.htmx.current_url or "").query if request.htmx else ""
    is_by_column = request.GET.get("sort", "").removeprefix("-").startswith(IN_COLUMN)
    if not (was and is_by_column) or QueryDict(was).get("columns", "") == request.GET.get("columns", ""):
        return False
    kept = request.GET.copy()
    del kept["sort"]
    request.GET = kept  # type: ignore[assignment]
    return True


def asked_report(request: CompanyRequest, asked: Asked) -> Ask:
    """Noted, what of it can't be read, and the default of that alone."""
    parts = Parts(request.GET)
    ask = Ask.read(parts)
    asked.notes.extend(str(fault.error) for fault in parts.faults)
    sort = request.GET.get("sort", "")
    if sort and not ask.sort:
        asked.notes.append(unsorted(sort))
    return ask


def result(request: CompanyRequest, asked: Asked, ask: Ask) -> dict[str, object]:
    by_id = swatches(list(asked.instances.values()))
    colours = {slug: by_id[instance.pk] for slug, instance in asked.instances.items()}
    style = hours_format(request)
    built = build(asked.filter, ask, colours, style, asked.today)
    if built.is_unsorted:
        asked.notes.append(unsorted(ask.sort))
    comparing = compared_with(asked.filter, ask.measure)
    before = writer(ask.measure, style)(comparing.before)
    return {"built": built, "before": before, "change": comparing.change}


def exported_json(request: CompanyRequest) -> HttpResponseBase:
    asked = read_query(request)
    ask = asked_report(request, asked)
    about = contents(request, asked, ask.title)
    told = report_json(asked.filter, ask) | {"about": dict(about.lines())}
    return as_json(request, told, about.file_name(ask.file_name))


@require_safe
@require_role(Role.USER)
@limited("export", "20/m", method="GET")
@one_at_a_time
def export(request: CompanyRequest, kind: str) -> HttpResponseBase:
    if kind not in KINDS:
        raise Http404("A report is CSV, XLSX or JSON.")
    if kind == "json":
        with translation.override("en"):  # programs look its parts up
            return exported_json(request)
    asked = read_query(request)
    ask = asked_report(request, asked)
    sheet, rows = report_sheet(asked.filter, ask)
    return download(request, kind, ask.file_name, asked, sheet, lambda: rows, title=ask.title)
