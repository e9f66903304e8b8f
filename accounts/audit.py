"""Who did what, when, from where."""

from typing import Any

from django.http import HttpRequest

from accounts.models import AuditEntry, Company, User


def record(
    action: str,
    *,
    user: User | None = None,
    company: Company | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> None:
    """Never pass a secret: `detail` is shown to the company's admins."""
    address = request.META.get("REMOTE_ADDR") or None if request else None
    AuditEntry.objects.create(action=action, user=user, company=company, address=address, detail=detail)
