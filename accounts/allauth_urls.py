"""What of allauth is reachable, page by page: whatever else it brings, now or in its next release, is not."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.google import views as google
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.generic import RedirectView

from accounts.limits import limited
from accounts.permissions import after_recent_sign_in, for_anyone, for_signed_in

View = Callable[..., HttpResponse]


class ConfirmByPasskey(passkeys.ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        """allauth would lead to the start page."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return answer


def refused_is_422(view: View) -> View:
    """As our own forms answer what is filled in wrongly; all that is accepted redirects."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 200:
            response.status_code = 422
        return response

    return never_cache(told)


def own(view: View) -> View:
    """A page of someone who has signed in, about his own second step."""
    return for_signed_in(refused_is_422(view))  # type: ignore[return-value]


def adding(view: View) -> View:
    return for_signed_in(after_recent_sign_in(refused_is_422(view)))  # type: ignore[return-value]


def leading_to(name: str) -> View:
    return for_anyone(RedirectView.as_view(pattern_name=name))  # type: ignore[return-value]


def start(request: HttpRequest) -> HttpResponse:
    """To Google, from our own sign-in page alone: whoever opens the address gets that page, not allauth's."""
    if request.method != "POST":
        return leading_to("sign_in")(request)
    answer: HttpResponse = google.oauth2_login(request)
    return answer


# Google's redirect is a GET; allauth would take anything, and write an entry of the audit for each.
callback = require_GET(limited("google callback", "60/m", method="GET")(google.oauth2_callback))

urlpatterns = [
    path("login/", leading_to("sign_in"), name="account_login"),  # allauth's own sign-in page is not ours
    path("google/login/", for_anyone(limited("google sign-in", "60/m")(start)), name="google_login"),
    path("google/login/callback/", for_anyone(callback), name="google_callback"),
    path("3rdparty/login/cancelled/", for_anyone(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("3rdparty/signup/", leading_to("sign_in"), name="socialaccount_signup"),  # it would take any typed address
    path("2fa/", leading_to("account"), name="mfa_index"),
    path("2fa/authenticate/", for_anyone(refused_is_422(second_step.authenticate)), name="mfa_authenticate"),
    path("2fa/reauthenticate/", own(second_step.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", adding(app.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", own(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", own(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/", own(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "2fa/recovery-codes/download/", own(recovery_codes.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
    path("2fa/webauthn/", leading_to("account"), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", adding(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", own(ConfirmByPasskey.as_view()), name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", own(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
]
