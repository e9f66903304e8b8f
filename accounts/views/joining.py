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
    invitations_for,
    reason_against,
    reason_against_link,
)
from accounts.limits import limited
from accounts.middleware import SignedInRequest
from accounts.models import User
from accounts.permissions import for_anyone, for_signed_in


@require_safe
@for_anyone
@never_cache
@limited("invitation", "60/m", method="GET")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Tells what the link is worth; it says whose company it is only to the address it was sent to."""
    found = invitation_of(token)
    if found is None:
        return render(request, "accounts/invitation.html", {"reason": _("This link is not one of ours.")}, status=404)
    user = request.user if isinstance(request.user, User) else None
    reason = reason_against(found, user, hosted_domain(request)) if user else reason_against_link(found)
    if user is None and not reason:
        return render(request, "accounts/invitation.html", {"token": token})
    context = {"reason": reason, "token": token, "invitation": None if reason else found}
    return render(request, "accounts/invitation.html", context, status=403 if reason else 200)


@require_POST
@for_signed_in
@limited("invitation accept", "20/m")
def accept_invitation(request: SignedInRequest, token: str) -> HttpResponse:
    found = invitation_of(token)
    if found is None:
        return redirect("invitation", token)
    try:
        membership = accept(found, request.user, request)
    except InvitationRefused:
        return redirect("invitation", token)
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
        raise PermissionDenied(_("Companies are founded by the operator here: manage.py create_company."))
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        company = found_company(admin=request.user.email, request=request, **form.cleaned_data)
        request.session["company"] = company.pk
        return redirect("first_instance")
    return render(request, "accounts/found.html", {"form": form}, status=422 if form.is_bound else 200)
