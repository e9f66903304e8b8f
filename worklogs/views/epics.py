"""The pages of epics."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role


@require_safe
@require_role(Role.USER)
def epics(request: CompanyRequest) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def epic_by_id(request: CompanyRequest, pk: int) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def epic(request: CompanyRequest, key: str) -> HttpResponse:
    raise Http404
