"""The pages of people."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role


@require_safe
@require_role(Role.USER)
def people(request: CompanyRequest) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def person(request: CompanyRequest, pk: int) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def day(request: CompanyRequest, pk: int, day: str) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def moved(request: CompanyRequest, pk: int | None = None) -> HttpResponse:
    raise Http404
