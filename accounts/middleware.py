"""Opens the company scope round one request: pages, API and admin alike."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import Company, Membership, Role, User
from accounts.tenancy import ALL_COMPANIES, company_scope

ACTS_FOR = "acts_for"  # in the session of a superuser: the company that was chosen


class SignedInRequest(HttpRequest):
    user: User


class CompanyRequest(SignedInRequest):
    """A request of a signed-in member: `company` is the one that is acted for, `membership` the user's place in it."""

    company: Company
    membership: Membership
    memberships: list[Membership]
    htmx: HtmxDetails


def memberships_of(user: User) -> list[Membership]:
    """Every company the user belongs to, the oldest membership first."""
    with company_scope(ALL_COMPANIES):
        return list(Membership.objects.filter(user=user).select_related("company").order_by("id"))


def acted_for(request: HttpRequest) -> list[Membership]:
    """A platform superuser is no member anywhere, and acts as ADMIN for the company chosen in this session."""
    chosen = request.session.get(ACTS_FOR)
    if chosen is None or not (isinstance(request.user, User) and request.user.is_superuser):
        return []
    companies = Company.objects.filter(pk=chosen)
    return [Membership(user=request.user, company=company, role=Role.ADMIN) for company in companies]


class CompanyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company = request.membership = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        memberships = memberships_of(request.user) or acted_for(request)
        if not memberships:
            return self.get_response(request)
        chosen = request.session.get("company")
        membership = next((each for each in memberships if each.company_id == chosen), memberships[0])
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company  # type: ignore[attr-defined]
        with timezone.override(membership.company.zone), company_scope(membership.company):
            return self.get_response(request)
