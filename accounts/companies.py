"""Founds companies and finds them."""

from django.db import transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import Company, Membership, Role, User
from accounts.tenancy import company_scope


def free_slug(name: str) -> str:
    base = slugify(name)[:40] or "company"
    taken = set(Company.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)


@transaction.atomic
def found_company(name: str, *, admin: str, slug: str = "", timezone: str = "UTC") -> Company:
    """A company with its first ADMIN, who is invited by being named here. ValidationError on bad values."""
    company = Company(name=name, slug=slug or free_slug(name), timezone=timezone)
    company.full_clean()
    company.save()
    email = admin.strip().lower()
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    user.full_clean(exclude=["password"])
    with company_scope(company):
        Membership.objects.create(user=user, role=Role.ADMIN)
    audit.record("company founded", company=company, user=user, name=name)
    return company
