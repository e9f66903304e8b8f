"""allauth's forms of the second step, each code good for once and each failure told to the audit."""

import logging
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts import audit
from accounts.second_step import UnreadableSecret

LOCKED = "too_many_login_attempts"
logger = logging.getLogger(__name__)


class OneUse:
    """allauth remembers a used code for one period; with its neighbours let in, a code is good for three."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except UnreadableSecret:
            logger.exception("A second step cannot be read with the current CREDENTIALS_KEY.")
            raise get_adapter().validation_error("incorrect_code") from None
        except ValidationError as error:
            if error.code == LOCKED:  # allauth tells of the wrong codes before, and of nothing after
                user = self.user  # type: ignore[attr-defined]
                reason = "too many codes"
                audit.record("two-step verification failed", user=user, request=context.request, reason=reason)
            raise
        used = f"second-step-used:{self.user.pk}:{normalize_user_code(code)}"  # type: ignore[attr-defined]
        periods = 2 * app_settings.TOTP_TOLERANCE + 1
        if not cache.add(used, True, timeout=periods * app_settings.TOTP_PERIOD):
            self._emit_authentication_failed(self.authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(OneUse, AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmingCodeForm(OneUse, ReauthenticateForm):  # type: ignore[misc]
    pass


MALFORMED = (AttributeError, KeyError, TypeError, ValueError)  # what fido2 says of JSON that no browser has made


class ToldPasskey:
    """allauth sends no signal for a passkey that fails."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValidationError, *MALFORMED) as error:
            audit.record("two-step verification failed", user=self.user, request=context.request, kind="passkey")  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyForm(ToldPasskey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmingPasskeyForm(ToldPasskey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def clean(self) -> Any:
        try:
            return super().clean()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error

    def clean_name(self) -> str:
        return str(super().clean_name())[:60]
