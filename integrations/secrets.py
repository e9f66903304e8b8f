"""Credentials at rest: Fernet with a key of each company's own, derived from CREDENTIALS_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from accounts.tenancy import current_company_id


class UnreadableSecret(RuntimeError):
    """Stored under a CREDENTIALS_KEY that is no longer listed, or under another company's."""


def encrypt(secret: str) -> str:
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    try:
        return _cipher().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret(
            "A stored token can’t be decrypted with the current CREDENTIALS_KEY. Add the old key after the new one, "
            "separated by a comma, or enter the token again."
        ) from None


def rotated(stored: str) -> str:
    """The same secret under the first of CREDENTIALS_KEY."""
    return encrypt(decrypt(stored))


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(_company_key(key)) for key in settings.CREDENTIALS_KEYS])


def _company_key(key: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"company {current_company_id()}".encode())
    return base64.urlsafe_b64encode(derived.derive(key.encode()))
