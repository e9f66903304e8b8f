"""How allauth signs people in here: Google alone, verified addresses, members only."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.shortcuts import render

from accounts import audit


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class GoogleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        claims = sociallogin.account.extra_data
        if not claims.get("email_verified", claims.get("verified_email")):
            self.refuse(request, claims.get("email", ""), "Google has not verified this e-mail address.")
        if not sociallogin.is_existing:
            self.refuse(
                request, claims.get("email", ""), "No company has invited this address. Ask an admin of yours to do so."
            )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def refuse(self, request: HttpRequest, email: str, reason: str) -> None:
        audit.record("sign-in refused", request=request, email=email, reason=reason)
        raise ImmediateHttpResponse(render(request, "accounts/sign_in.html", {"error": reason}, status=403))
