"""Opens the company scope round one request, pages, API and admin alike; and remembers where users are signed in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.hosted_domains import hosted_domain, lets_in
from accounts.models import Company, Membership, Role, User
from accounts.navigation import whole_page
from accounts.second_step import has_second_step
from accounts.tenancy import ALL_COMPANIES, company_scope

ACTS_FOR = "acts_for"  # in the session of a superuser: the company that was chosen


SEEN_EVERY = 300  # seconds: a request more often than that writes nothing


class SignedInRequest(HttpRequest):
    """`withheld` is the company whose pages wait until the user has set up a second step; `closed` are the user's
    companies that this sign-in does not open, being of no domain that they let in.
    """

    user: User
    memberships: list[Membership]
    closed: list[Company]
    withheld: Company | None


class CompanyRequest(SignedInRequest):
    """A request of a signed-in member: `company` is the one that is acted for, `membership` the user's place in it."""

    company: Company
    membership: Membership
    htmx: HtmxDetails


def memberships_of(user: User) -> list[Membership]:
    """Every company the user belongs to, the oldest membership first."""
    with company_scope(ALL_COMPANIES):
        return list(Membership.objects.filter(user=user).select_related("company").order_by("id"))


def acted_for(request: HttpRequest) -> list[Membership]:
    """A platform superuser acts as ADMIN for the company chosen in this session, whatever companies let in."""
    chosen = request.session.get(ACTS_FOR)
    if chosen is None or not (isinstance(request.user, User) and request.user.is_superuser):
        return []
    companies = Company.objects.filter(pk=chosen)
    return [Membership(user=request.user, company=company, role=Role.ADMIN) for company in companies]


class SessionsMiddleware:
    """allauth's own writes at every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated and cache.add(f"session-seen:{key}", True, timeout=SEEN_EVERY):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


class CompanyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company = request.membership = request.withheld = None  # type: ignore[attr-defined]
        request.memberships, request.closed = [], []  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        membership = self.choose(request)  # type: ignore[arg-type]
        if membership is None:
            return self.get_response(request)
        if membership.company.requires_second_step and not has_second_step(request.user):
            # No scope is opened: whatever answers this request can read nothing of the company.
            request.withheld = membership.company  # type: ignore[attr-defined]
            return self.get_response(request)
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company  # type: ignore[attr-defined]
        with timezone.override(membership.company.zone), company_scope(membership.company):
            return self.get_response(request)

    def choose(self, request: SignedInRequest) -> Membership | None:
        """The one to act by, of those that are open to this session; the domain's rule counts for open sessions too."""
        own, acted, domain = memberships_of(request.user), acted_for(request), hosted_domain(request)
        open_ones = [each for each in own if lets_in(each.company, domain)]
        request.closed = [each.company for each in own if each not in open_ones]
        chosen = {each.company_id for each in acted}
        request.memberships = acted + [each for each in open_ones if each.company_id not in chosen]
        wanted = chosen or {request.session.get("company")}
        first = request.memberships[0] if request.memberships else None
        return next((each for each in request.memberships if each.company_id in wanted), first)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Whatever is not declared to be of no company waits for the second step: a view that declares nothing too."""
        if request.withheld is None or getattr(view, "required_role", "undeclared") is None:
            return None
        wanted = {"next": request.get_full_path()} if request.method == "GET" and not request.htmx else {}
        return whole_page(request, f"{reverse('second_step')}?{urlencode(wanted)}".rstrip("?"))
