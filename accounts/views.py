"""Signing in and out, and choosing the company."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.links import use_link
from accounts.middleware import memberships_of
from accounts.models import Company, Membership, User
from accounts.navigation import safe_next
from accounts.tenancy import ALL_COMPANIES, company_scope

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@require_GET
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    return render(request, "accounts/sign_in.html", sign_in_context(request))


def sign_in_context(request: HttpRequest, error: str = "") -> dict[str, object]:
    return {
        "google": settings.HAS_GOOGLE,
        "demo_users": demo_users() if settings.DEMO else [],
        "next": request.GET.get("next", ""),
        "error": error,
    }


def demo_users() -> list[Membership]:
    """Everyone of the demo's companies. Real companies keep to Google even where DEMO=1 was left on."""
    with company_scope(ALL_COMPANIES):
        members = Membership.objects.filter(user__email__endswith=settings.DEMO_DOMAIN, user__is_active=True)
        return list(members.select_related("user", "company").order_by("company_id", "id"))


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    user = next((each.user for each in demo_users() if each.user.email == request.POST.get("email")), None)
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    audit.record("demo sign-in", user=user, request=request)
    return redirect(safe_next(request))


@require_GET
@never_cache
def use_signin_link(request: HttpRequest, token: str) -> HttpResponse:
    link = use_link(token)
    if link is None:
        audit.record("sign-in link refused", request=request)
        error = _("This sign-in link has been used or is older than 10 minutes. Ask for a new one.")
        return render(request, "accounts/sign_in.html", sign_in_context(request, error), status=403)
    login(request, link.user, backend=BACKEND)
    if link.company:
        request.session["company"] = link.company.pk
    audit.record("sign-in by link", user=link.user, company=link.company, request=request)
    return redirect("dashboard")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_POST
def switch_company(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, User):
        return redirect("sign_in")
    slugs = {membership.company.slug: membership.company for membership in memberships_of(request.user)}
    company: Company | None = slugs.get(request.POST.get("company", ""))
    if company is None:
        raise Http404
    request.session["company"] = company.pk
    return redirect("dashboard")


@require_GET
def no_company(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return render(request, "accounts/no_company.html")
