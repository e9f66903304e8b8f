"""What a browser saves as a file."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from accounts.middleware import CompanyRequest
from accounts.tenancy import company_scope
from worklogs.exports.about import Contents, contents_of
from worklogs.exports.sheet import Sheet, csv_lines
from worklogs.exports.xlsx import CONTENT_TYPE, TooManyRows, refuse_too_many, xlsx_file
from worklogs.filters import WorklogFilter
from worklogs.reports.facets import Chip
from worklogs.views.scope import Asked


def download(
    request: CompanyRequest,
    kind: str,
    told: str,
    asked: Asked,
    sheet: Sheet,
    rows: Callable[[], int],
    *,
    title: str = "",
    chosen: WorklogFilter | None = None,
    also: Sequence[Chip] = (),
) -> HttpResponseBase:
    """As CSV or XLSX, called after what is in it, which begins with `told`; `rows` counts what is to come.

    More than a spreadsheet holds is told before anything is sent. `chosen` is the filter, if not all that was asked;
    `also` is what else narrows the rows of a list.
    """
    about = contents(request, asked, title or sheet.name, chosen, also)
    name, sheet = about.file_name(told), replace(sheet, about=about.lines())
    if kind == "csv":
        return _noted(request, _streamed(request, name, sheet))
    if kind != "xlsx":
        raise Http404("A table is CSV or XLSX.")
    try:
        refuse_too_many(rows())
    except TooManyRows as error:
        query = request.GET.urlencode()
        return render(request, "worklogs/reports/too_many.html", {"reason": error, "query": query}, status=422)
    file = FileResponse(xlsx_file(sheet), as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)
    return _noted(request, file)


def contents(
    request: CompanyRequest,
    asked: Asked,
    title: str,
    chosen: WorklogFilter | None = None,
    also: Sequence[Chip] = (),
) -> Contents:
    also = [replace(chip, value=" ".join(chip.value.replace("\x00", "").split())) for chip in also if chip.value]
    return contents_of(request.company, title, chosen or asked.conditions, asked.own, asked.now, also, asked.notes)


def _streamed(request: CompanyRequest, name: str, sheet: Sheet) -> HttpResponseBase:
    company, has_about = request.company, request.GET.get("about") == "1"

    def lines() -> Iterator[str]:
        with company_scope(company):  # the middleware's scope has ended when the response streams
            yield from csv_lines(sheet, has_about=has_about)

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=_attached(f"{name}.csv"))


def as_json(request: CompanyRequest, told: dict[str, Any], name: str) -> HttpResponseBase:
    file = JsonResponse(told, headers=_attached(f"{name}.json"), json_dumps_params={"ensure_ascii": False})
    return _noted(request, file)


def _noted(request: CompanyRequest, file: HttpResponseBase) -> HttpResponseBase:
    """With what of the query isn't applied, as the page names it: a header holds ASCII alone, so it is JSON."""
    if notes := request.asked.notes:  # type: ignore[attr-defined]
        file["X-Filter-Notes"] = json.dumps(notes)
    return file


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
