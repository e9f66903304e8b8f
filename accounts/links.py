"""One-time sign-in links, for the operator while Google is away."""

import hashlib
import secrets

from django.utils import timezone

from accounts.models import Company, SigninLink, User
from accounts.tenancy import ALL_COMPANIES, company_scope


def issue_link(user: User, company: Company | None) -> str:
    """Returns the token; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    SigninLink.objects.create(user=user, company=company, token_hash=_hash(token))
    return token


def use_link(token: str) -> SigninLink | None:
    """The link, the first time and while it is fresh; None otherwise."""
    now = timezone.now()
    fresh = SigninLink.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now, user__is_active=True)
    if not fresh.update(used_at=now):
        return None
    with company_scope(ALL_COMPANIES):  # whoever is signed in here may act for another company
        return SigninLink.objects.select_related("user", "company").get(token_hash=_hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
