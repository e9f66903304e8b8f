"""Getting into a company: by an invitation, or by founding one."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.companies import found_company
from accounts.forms import CompanyForm
from accounts.hosted_domains import hosted_domain
from accounts.invitations import (
    InvitationRefused,
    accept,
    invitation_of,
    invitation_with,
    invitations_for,
    reason_against,
    reason_against_link,
    record_refusal,
)
from accounts.limits import limited
from accounts.middleware import SignedInRequest
from accounts.models import Invitation, User
from accounts.permissions import for_anyone, for_signed_in

OPENED = "invitation"  # in the session: the one whose link was opened, since its token is kept nowhere


@require_safe
@for_anyone
@never_cache
@limited("invitation", "60/m", method="GET")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitation_of(token)
    if found is None:
        return render(request, "accounts/invitation.html", {"reason": _("This link isn’t valid.")}, status=404)
    request.session[OPENED] = found.pk
    return shown(request, found)


@require_safe
@for_anyone
@never_cache
@limited("invitation", "60/m", method="GET")
def opened_invitation(request: HttpRequest) -> HttpResponse:
    """The same under an address that may be remembered: where signing in leads back to."""
    found = opened(request)
    if found is None:
        reason = _("Open the link in the invitation e-mail.")
        return render(request, "accounts/invitation.html", {"reason": reason}, status=404)
    return shown(request, found)


def opened(request: HttpRequest) -> Invitation | None:
    pk = request.session.get(OPENED)
    return invitation_with(pk) if pk else None


def shown(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Tells what the link is worth; it says whose company it is only to the address it was sent to."""
    user = request.user if isinstance(request.user, User) else None
    reason = reason_against(found, user, hosted_domain(request)) if user else reason_against_link(found)
    if user and reason:
        record_refusal(found, user, request)
    context = {"reason": reason, "invitation": found if user and not reason else None}
    return render(request, "accounts/invitation.html", context, status=403 if reason else 200)


@require_POST
@for_signed_in
@limited("invitation accept", "20/m")
def accept_invitation(request: SignedInRequest) -> HttpResponse:
    found = opened(request)
    # Another one may have been opened since the page was shown.
    if found is None or str(found.pk) != request.POST.get("invitation"):
        return redirect("opened_invitation")
    try:
        membership = accept(found, request.user, request)
    except InvitationRefused:
        return shown(request, opened(request) or found)  # as it is by now: somebody may have been faster
    request.session["company"] = membership.company_id
    messages.success(request, _("Welcome to %(company)s.") % {"company": found.company})
    return redirect("dashboard")


@require_safe
@for_signed_in
def no_company(request: SignedInRequest) -> HttpResponse:
    """Where a user lands who belongs to none: open invitations of the address, or founding one."""
    context = {"invitations": invitations_for(request.user.email), "founding": settings.FOUNDING == "open"}
    return render(request, "accounts/no_company.html", context)


@require_http_methods(["GET", "POST"])
@for_signed_in
@limited("found", "10/h")
def found(request: SignedInRequest) -> HttpResponse:
    """The first step of three: the company. The next ones are its first instance and its first sync."""
    if settings.FOUNDING != "open":
        raise PermissionDenied(_("Only the operator can create companies here: manage.py create_company."))
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        company = found_company(admin=request.user.email, request=request, **form.cleaned_data)
        request.session["company"] = company.pk
        return redirect("first_instance")
    return render(request, "accounts/found.html", {"form": form}, status=422 if form.is_bound else 200)
