"""Opens the company scope round one request: pages, API and admin alike."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.models import Company, Membership, User
from accounts.tenancy import ALL_COMPANIES, company_scope


class CompanyRequest(HttpRequest):
    """A request of a signed-in member: `company` is the one that is acted for, `membership` the user's place in it."""

    user: User
    company: Company
    membership: Membership


def choose_membership(user: User, company_id: int | None) -> Membership | None:
    """The user's membership in that company, else the oldest one."""
    with company_scope(ALL_COMPANIES):
        memberships = list(Membership.objects.filter(user=user).select_related("company").order_by("id"))
    chosen = [m for m in memberships if m.company_id == company_id]  # type: ignore[attr-defined]
    return next(iter(chosen + memberships), None)


class CompanyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company = request.membership = None  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        membership = choose_membership(request.user, request.session.get("company"))
        if membership is None:
            return self.get_response(request)
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company  # type: ignore[attr-defined]
        with company_scope(membership.company):
            return self.get_response(request)
