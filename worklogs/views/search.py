"""The palette: pages, people, teams, epics and issues by a few letters."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs.filters import LONGEST_TEXT
from worklogs.folding import fold
from worklogs.reports.search import Hit, Hits
from worklogs.reports.search import search as found_by
from worklogs.shell import carried, carrying, sections
from worklogs.views.scope import own_people


@require_safe
@require_role(Role.USER)
@limited("search", "120/m", method="GET")
def search(request: CompanyRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    own = None if has_role(request, Role.MANAGER) else own_people(request)
    links = [link for section in sections(request) for link in section.links if fold(text) in fold(link.name)]
    pages = Hits(_("Pages"), "compass", tuple(Hit(link.name, link.url) for link in links))
    pairs = carried(request)
    results = [*([pages] if pages.rows else []), *(carrying_on(hits, pairs) for hits in found_by(text, own))]
    context = {
        "text": text,
        "results": results,
        "worklogs_url": carrying(f"{reverse('worklogs')}?{urlencode({'q': text})}", pairs),
    }
    return render(request, "worklogs/_search.html" if request.htmx else "worklogs/search.html", context)


def carrying_on(hits: Hits, pairs: list[tuple[str, str]]) -> Hits:
    return replace(hits, rows=tuple(replace(hit, url=carrying(hit.url, pairs)) for hit in hits.rows))
