"""How allauth signs people in here: Google alone, verified addresses, invited people and founders."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import audit, second_step
from accounts.invitations import invitations_for
from accounts.models import Membership, User
from accounts.sessions import UNKNOWN_ADDRESS
from accounts.tenancy import ALL_COMPANIES, company_scope

REFUSAL = "sign_in_refusal"  # in the session: what the sign-in page tells
ERROR_CODE = re.compile(r"[a-z_]{1,40}")  # RFC 6749 4.1.2.1; anything else in its place was made up


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> Any:
        return refusal(request, user.email, _("This user has been deactivated. Ask an admin of your company."))

    def get_client_ip(self, request: HttpRequest) -> str:
        return audit.address_from(request) or UNKNOWN_ADDRESS


class GoogleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Google's `sub` is the key; the address counts only when Google says that it has verified it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") != "login":
            # Connecting a second account of Google's would be a way in that no invitation has opened.
            raise ImmediateHttpResponse(redirect("account"))
        claims = sociallogin.account.extra_data
        email = str(claims.get("email", "")).lower()
        if claims.get("email_verified", claims.get("verified_email")) is not True:
            raise ImmediateHttpResponse(refusal(request, email, _("Google has not verified this e-mail address.")))
        if reason := reason_against(sociallogin.user, email, hosted_domain=str(claims.get("hd") or "")):
            raise ImmediateHttpResponse(refusal(request, email, reason))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Of an exception only its kind is told: its text may repeat a token."""
        told = request.GET.get("error", "")
        code = told if ERROR_CODE.fullmatch(told) else str(error)
        detail: dict[str, Any] = {"exception": type(exception).__name__} if exception else {}
        audit.record("sign-in failed", request=request, provider=provider.id, error=code, **detail)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True  # pre_social_login has refused who may not

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        parts = (data.get("first_name"), data.get("last_name"))
        user.name = (data.get("name") or " ".join(part for part in parts if part))[:200]
        return user


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return second_step.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_step.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.MFA_TOTP_ISSUER}


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
