"""How allauth signs people in here: Google alone, verified addresses, invited people and founders."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import audit
from accounts.invitations import invitations_for
from accounts.models import Membership, User
from accounts.tenancy import ALL_COMPANIES, company_scope

REFUSAL = "sign_in_refusal"  # in the session: what the sign-in page tells


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> Any:
        return refusal(request, user.email, _("This user has been deactivated. Ask an admin of your company."))


class GoogleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Google's `sub` is the key; the address counts only when Google says that it has verified it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        claims = sociallogin.account.extra_data
        email = str(claims.get("email", "")).lower()
        if claims.get("email_verified", claims.get("verified_email")) is not True:
            raise ImmediateHttpResponse(refusal(request, email, _("Google has not verified this e-mail address.")))
        if reason := reason_against(sociallogin.user, email, hosted_domain=str(claims.get("hd") or "")):
            raise ImmediateHttpResponse(refusal(request, email, reason))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True  # pre_social_login has refused who may not

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        parts = (data.get("first_name"), data.get("last_name"))
        user.name = (data.get("name") or " ".join(part for part in parts if part))[:200]
        return user


def reason_against(user: User, email: str, *, hosted_domain: str) -> str:
    """Why this Google account gets in nowhere; empty when it does."""
    invited = invitations_for(email)
    with company_scope(ALL_COMPANIES):
        places = list(Membership.objects.filter(user=user.pk).select_related("company")) if user.pk else []
    companies = [place.company for place in places] + [invitation.company for invitation in invited]
    if not companies:
        if user.pk or settings.FOUNDING == "open":
            return ""
        return _("No company has invited this address. Ask an admin of yours to do so.")
    # An address of a company's domain may be of a private Google account: `hd` is what Google vouches for.
    if not any(company.allows(f"@{hosted_domain}") for company in companies):
        return _("Your company lets in accounts of its own domains only. Use the one it gave you.")
    return ""


def refusal(request: HttpRequest, email: str, reason: str) -> Any:
    audit.record("sign-in refused", request=request, email=email, reason=reason)
    request.session[REFUSAL] = reason
    return redirect("sign_in")
