"""The second step of sign-in: what a user has for it, and its secrets at rest."""

import base64
import time
from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

Kind = Authenticator.Type
SECRETS = ("secret", "seed")  # of an app, of the recovery codes


@dataclass(frozen=True)
class SecondStep:
    app: Authenticator | None
    passkeys: tuple[Authenticator, ...]
    codes_left: int | None  # None: there are no recovery codes

    @property
    def is_on(self) -> bool:
        return bool(self.app or self.passkeys)


def has_second_step(user: User) -> bool:
    """Recovery codes alone are none: they only stand in for an app or a passkey."""
    return bool(Authenticator.objects.filter(user=user, type__in=(Kind.TOTP, Kind.WEBAUTHN)).exists())


def second_step_of(user: User) -> SecondStep:
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    codes = next((each for each in found if each.type == Kind.RECOVERY_CODES), None)
    return SecondStep(
        app=next((each for each in found if each.type == Kind.TOTP), None),
        passkeys=tuple(each for each in found if each.type == Kind.WEBAUTHN),
        codes_left=_left(codes) if codes else None,
    )


def _left(codes: Authenticator) -> int:
    try:
        return len(codes.wrap().get_unused_codes())
    except UnreadableSecret:  # they help nobody any more; the page offers new ones
        return 0


# Who may change it


def record_sign_in_without_it(request: HttpRequest, user: User, method: str) -> None:
    """The demo and the operator's link let in without the second step, and let it be changed for a while."""
    record_authentication(request, user, method, reauthenticated=True)


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether this session began, or was confirmed, a few minutes ago. allauth asks nothing of who has no factor."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records)


@receiver(authenticator_added)
def count_as_confirmed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Who has just added a factor has just proved to hold it: the recovery codes are shown without asking again."""
    if authenticator.type != Kind.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)


# Secrets at rest


class UnreadableSecret(RuntimeError):
    """Stored under a CREDENTIALS_KEY that is no longer listed."""


def encrypt(secret: str) -> str:
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    try:
        return _cipher().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret("Put the old CREDENTIALS_KEY behind the new one, separated by a comma.") from None


@transaction.atomic
def encrypt_anew() -> int:
    """All of them under the first of CREDENTIALS_KEY; returns how many."""
    count = 0
    for factor in Authenticator.objects.select_for_update().exclude(type=Kind.WEBAUTHN):
        factor.data |= {name: encrypt(decrypt(factor.data[name])) for name in SECRETS if name in factor.data}
        factor.save(update_fields=["data"])
        count += 1
    return count


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in settings.CREDENTIALS_KEYS])


def _derived(key: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"second step")
    return base64.urlsafe_b64encode(derived.derive(key.encode()))
