"""Opens the company scope round one request, pages, API and admin alike; and remembers where users are signed in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.models import Company, Membership, Role, User
from accounts.second_step import has_second_step
from accounts.tenancy import ALL_COMPANIES, company_scope

ACTS_FOR = "acts_for"  # in the session of a superuser: the company that was chosen


SEEN_EVERY = 300  # seconds: a request more often than that writes nothing


class SignedInRequest(HttpRequest):
    """`withheld` is the company whose pages wait until the user has set up a second step."""

    user: User
    memberships: list[Membership]
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
    """A platform superuser is no member anywhere, and acts as ADMIN for the company chosen in this session."""
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
        request.memberships = []  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        memberships = memberships_of(request.user) or acted_for(request)
        if not memberships:
            return self.get_response(request)
        chosen = request.session.get("company")
        membership = next((each for each in memberships if each.company_id == chosen), memberships[0])
        request.memberships = memberships  # type: ignore[attr-defined]
        if membership.company.requires_second_step and not has_second_step(request.user):
            # No scope is opened: whatever answers this request can read nothing of the company.
            request.withheld = membership.company  # type: ignore[attr-defined]
            return self.get_response(request)
        request.membership = membership  # type: ignore[attr-defined]
        request.company = membership.company  # type: ignore[attr-defined]
        with timezone.override(membership.company.zone), company_scope(membership.company):
            return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Whatever is not declared to be of no company waits for the second step: a view that declares nothing too."""
        if request.withheld is None or getattr(view, "required_role", "undeclared") is None:
            return None
        wanted = {"next": request.get_full_path()} if request.method == "GET" and not request.htmx else {}
        place = f"{reverse('second_step')}?{urlencode(wanted)}".rstrip("?")
        return HttpResponseClientRedirect(place) if request.htmx else HttpResponseRedirect(place)
