"""How allauth signs people in here: Google alone, verified addresses, invited people and founders."""

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, hosted_domains, second_step
from accounts.invitations import invitations_for
from accounts.models import Membership, User
from accounts.navigation import is_own_path
from accounts.sessions import UNKNOWN_ADDRESS
from accounts.tenancy import ALL_COMPANIES, company_scope

REFUSAL = "sign_in_refusal"  # in the session: what the sign-in page tells
DEACTIVATED = gettext_lazy("This user is deactivated. Only the operator can reactivate it.")
ERROR_CODE = re.compile(r"[a-z_]{1,40}")  # RFC 6749 4.1.2.1; anything else in its place was made up


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> Any:
        return refusal(request, user.email, str(DEACTIVATED), user)

    def post_login(self, request: HttpRequest, user: User, *, signal_kwargs: Any = None, **options: Any) -> Any:
        """Once the second step is done too: what Google vouches for counts for the whole session."""
        if sociallogin := (signal_kwargs or {}).get("sociallogin"):
            hosted_domains.remember(request, str(sociallogin.account.extra_data.get("hd") or ""))
        return super().post_login(request, user, signal_kwargs=signal_kwargs, **options)

    def is_safe_url(self, url: str) -> bool:
        return is_own_path(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        return audit.address_from(request) or UNKNOWN_ADDRESS


class GoogleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Google's `sub` is the key; the address counts only when Google says that it has verified it.

    A user who has no Google account yet (create_company, create_superuser) gets the first one with his address. After
    that the address alone opens nothing: another account may have got it from somebody who has left.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") != "login":
            # Connecting a second account of Google's would be a way in that no invitation has opened.
            raise ImmediateHttpResponse(redirect("account"))
        claims = sociallogin.account.extra_data
        known = sociallogin.user if sociallogin.user.pk else None  # by `sub`
        email = verified_address(claims)
        namesake = User.objects.filter(email=email).first()
        reason = reason_against_account(email, known, namesake)
        reason = reason or reason_against(known or namesake, email, hosted_domain=str(claims.get("hd") or ""))
        if reason:
            raise ImmediateHttpResponse(refusal(request, str(claims.get("email", ""))[:254], reason, known))
        if known:
            follow_address(request, known, email)
        elif namesake:
            sociallogin.connect(request, namesake)
            audit.record("Google account connected", user=namesake, request=request)

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
        # allauth hands on the parts of a name alone, and an account may have none.
        name = " ".join(part for part in parts if part) or sociallogin.account.extra_data.get("name")
        user.name = str(name or "")[:200]
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


def verified_address(claims: dict[str, Any]) -> str:
    """In lower case; empty when Google vouches for none."""
    is_verified = claims.get("email_verified", claims.get("verified_email")) is True
    email = str(claims.get("email", "")).lower()
    try:
        User._meta.get_field("email").clean(email, None)
    except ValidationError:
        return ""
    return email if is_verified else ""


def reason_against_account(email: str, known: User | None, namesake: User | None) -> str:
    """Why this Google account is nobody's here: `known` is the user of its `sub`, `namesake` that of its address."""
    if not email:
        return _("Google has not verified this e-mail address.")
    if (user := known or namesake) and not user.is_active:
        return str(DEACTIVATED)
    if known and namesake and known != namesake:
        return _("This Google address already belongs to another user here. Ask the operator for help.")
    if known is None and namesake and SocialAccount.objects.filter(user=namesake).exists():
        return _(
            "This address is linked to a different Google account. Sign in with that account, or ask "
            "the operator for help."
        )
    return ""


def follow_address(request: HttpRequest, user: User, email: str) -> None:
    """The user's address is what Google says now: invitations and people are found by it."""
    if user.email == email:
        return
    before, user.email = user.email, email
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).delete()  # allauth's own copy would keep the old address from its next owner
    audit.record("e-mail changed", user=user, request=request, changes={"e-mail": [before, email]})


def reason_against(user: User | None, email: str, *, hosted_domain: str) -> str:
    """Why this Google account gets in nowhere; empty when it does.

    Which company it opens is asked at every request (CompanyMiddleware): one that lets it in opens no other.
    """
    invited = invitations_for(email)
    with company_scope(ALL_COMPANIES):
        places = list(Membership.objects.filter(user=user).select_related("company")) if user else []
    companies = [place.company for place in places] + [invitation.company for invitation in invited]
    if not companies:
        if user or settings.FOUNDING == "open":
            return ""
        return _("This address hasn’t been invited. Ask an admin of your company to invite it.")
    # An address of a company's domain may be of a private Google account: `hd` is what Google vouches for.
    if not any(hosted_domains.lets_in(company, hosted_domain) for company in companies):
        return _("Your company only accepts accounts from its own domains. Sign in with your work account.")
    return ""


def refusal(request: HttpRequest, email: str, reason: str, user: User | None = None) -> Any:
    audit.record("sign-in refused", user=user, request=request, email=email, reason=reason)
    request.session[REFUSAL] = reason
    return redirect("sign_in")
