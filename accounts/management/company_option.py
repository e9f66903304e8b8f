"""The --company of every command."""

from django.core.management.base import CommandError

from accounts.models import Company


def company_named(slug: str) -> Company:
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f"Unknown company “{slug}”. Companies: {known}.", returncode=2)
    return company
