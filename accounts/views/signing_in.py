"""Signing in and out, and choosing the company."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import audit, hosted_domains
from accounts.adapters import REFUSAL
from accounts.limits import limited, too_many
from accounts.links import use_link
from accounts.middleware import ACTS_FOR, SignedInRequest, memberships_of
from accounts.models import Company, Membership, User
from accounts.navigation import safe_next
from accounts.permissions import for_anyone, for_signed_in
from accounts.second_step import record_sign_in_without_it
from accounts.tenancy import ALL_COMPANIES, company_scope

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@require_safe
@for_anyone
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and "again" not in request.GET:
        return redirect(safe_next(request))
    error = request.session.pop(REFUSAL, "")
    response = render(request, "accounts/sign_in.html", sign_in_context(request, error), status=403 if error else 200)
    # Browsers hold a form's redirects against form-action: the way to Google must be in it.
    response._csp_update = {"form-action": [provider_origin()]}  # type: ignore[attr-defined]
    return response


def provider_origin() -> str:
    google = settings.SOCIALACCOUNT_PROVIDERS["google"]
    url = urlsplit(str(google.get("AUTHORIZE_URL", "https://accounts.google.com")))
    return f"{url.scheme}://{url.netloc}"


def sign_in_context(request: HttpRequest, error: str = "") -> dict[str, object]:
    return {
        "google": settings.HAS_GOOGLE,
        "demo_users": demo_users() if settings.DEMO else [],
        "next": request.GET.get("next", ""),
        "again": request.user.is_authenticated,
        "error": error,
    }


def demo_users() -> list[Membership]:
    """Everyone of the demo's companies. Real companies keep to Google even where DEMO=1 was left on."""
    with company_scope(ALL_COMPANIES):
        members = Membership.objects.filter(user__email__endswith=settings.DEMO_DOMAIN, user__is_active=True)
        return list(members.select_related("user", "company").order_by("company_id", "id"))


def let_in(request: HttpRequest, user: User, method: str) -> None:
    """Without a second step. The demo asks for no proof at all: one visitor's factor must not keep the others out. An
    operator's link is the rescue of who has lost his factor: he can then remove it and set up another. Both vouch for
    the user's address, and open what is open to its domain."""
    login(request, user, backend=BACKEND)
    hosted_domains.remember(request, hosted_domains.domain_of(user))
    record_sign_in_without_it(request, user, method)


@require_POST
@for_anyone
@limited("demo sign-in", "30/m")
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    user = next((each.user for each in demo_users() if each.user.email == request.POST.get("email")), None)
    if user is None:
        raise Http404
    let_in(request, user, "demo")
    audit.record("demo sign-in", user=user, request=request)
    return redirect(safe_next(request))


@require_GET  # a HEAD, of a preview in some mail program, would use the link up
@for_anyone
@never_cache
@limited("sign-in link", "20/m", method="GET")
def use_signin_link(request: HttpRequest, token: str) -> HttpResponse:
    link = use_link(token)
    if link is None:
        audit.record("sign-in link refused", request=request)
        error = _("This sign-in link has been used or is more than 10 minutes old. Request a new one.")
        return render(request, "accounts/sign_in.html", sign_in_context(request, error), status=403)
    let_in(request, link.user, "link")
    if link.company:
        request.session["company"] = link.company.pk
    audit.record("sign-in by link", user=link.user, company=link.company, request=request)
    return redirect("dashboard")


@require_POST
@for_anyone
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_POST
@for_signed_in
def switch_company(request: SignedInRequest) -> HttpResponse:
    """A superuser who goes to a company of his own no longer acts for the one that he chose."""
    slugs = {place.company.slug: place.company for place in memberships_of(request.user)}
    company: Company | None = slugs.get(request.POST.get("company", ""))
    if company is None:
        raise Http404
    if company in request.closed:
        told = _("%(company)s only accepts accounts from its own domains. Sign in with your work account.")
        messages.error(request, told % {"company": company})
        return redirect("account")
    request.session["company"] = company.pk
    request.session.pop(ACTS_FOR, None)
    return redirect(safe_next(request))


def too_many_at_once(request: HttpRequest) -> HttpResponse:
    """Where allauth limits by itself: its windows are minutes."""
    return too_many(request, 60)
