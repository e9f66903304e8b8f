"""The palette: pages, people, teams, epics and issues by a few letters."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.limits import limited
from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role, require_role
from worklogs.filters import LONGEST_TEXT
from worklogs.reports.search import Hit, Hits
from worklogs.reports.search import search as found_by
from worklogs.shell import sections
from worklogs.views.scope import own_people


@require_safe
@require_role(Role.USER)
@limited("search", "120/m", method="GET")
def search(request: CompanyRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    own = None if has_role(request, Role.MANAGER) else own_people(request)
    links = [link for section in sections(request) for link in section.links if text.lower() in link.name.lower()]
    pages = Hits(_("Pages"), "compass", tuple(Hit(link.name, link.url) for link in links))
    context = {"text": text, "results": [*([pages] if pages.rows else []), *found_by(text, own)]}
    return render(request, "worklogs/_search.html" if request.htmx else "worklogs/search.html", context)
