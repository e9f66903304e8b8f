"""What a browser saves as a file."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from accounts.middleware import CompanyRequest
from accounts.tenancy import company_scope
from worklogs.exports.sheet import Sheet, csv_lines
from worklogs.exports.xlsx import CONTENT_TYPE, TooManyRows, refuse_too_many, xlsx_file
from worklogs.periods import Period


def download(request: CompanyRequest, kind: str, name: str, sheet: Sheet, rows: Callable[[], int]) -> HttpResponseBase:
    """As CSV or XLSX; `rows` counts what is to come. More than a spreadsheet holds is told before anything is sent."""
    if kind == "csv":
        return _streamed(request, name, sheet)
    if kind != "xlsx":
        raise Http404("A table is CSV or XLSX.")
    try:
        refuse_too_many(rows())
    except TooManyRows as error:
        query = request.GET.urlencode()
        return render(request, "worklogs/reports/too_many.html", {"reason": error, "query": query}, status=422)
    return FileResponse(xlsx_file(sheet), as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)


def file_name(request: CompanyRequest, told: str, period: Period) -> str:
    """Without its ending."""
    return f"{told}-{request.company.slug}-{period.first}-{period.last}"


def _streamed(request: CompanyRequest, name: str, sheet: Sheet) -> HttpResponseBase:
    company = request.company

    def lines() -> Iterator[str]:
        with company_scope(company):  # the middleware's scope has ended when the response streams
            yield from csv_lines(sheet)

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=_attached(f"{name}.csv"))


def as_json(told: dict[str, Any], name: str) -> HttpResponseBase:
    return JsonResponse(told, headers=_attached(f"{name}.json"), json_dumps_params={"ensure_ascii": False})


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
