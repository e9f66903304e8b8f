"""The pages of issues."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import require_role


@require_safe
@require_role(Role.USER)
def issues(request: CompanyRequest) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def issue_by_id(request: CompanyRequest, pk: int) -> HttpResponse:
    raise Http404


@require_safe
@require_role(Role.USER)
def issue(request: CompanyRequest, key: str) -> HttpResponse:
    raise Http404
