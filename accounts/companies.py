"""Founds companies and finds them."""

import logging

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.text import slugify

from accounts import audit
from accounts.models import Company, Membership, Role, User
from accounts.tenancy import ALL_COMPANIES, company_scope

ATTEMPTS = 4  # so many more may found one of the same name at the same moment
logger = logging.getLogger(__name__)


def free_slug(name: str) -> str:
    base = slugify(name)[:40] or "company"
    with company_scope(ALL_COMPANIES):
        taken = set(Company.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)


def found_company(
    name: str, *, admin: str, slug: str = "", timezone: str = "UTC", request: HttpRequest | None = None
) -> Company:
    """A company with its first ADMIN, who is invited by being named here. ValidationError on bad values."""
    for _attempt in range(ATTEMPTS):
        try:
            return _founded(name, admin, slug, timezone, request)
        except IntegrityError:
            logger.info("Somebody else has just founded a company of the same name, or for the same person")
    return _founded(name, admin, slug, timezone, request)


@transaction.atomic
def _founded(name: str, admin: str, slug: str, timezone: str, request: HttpRequest | None) -> Company:
    company = Company(name=name, slug=slug or free_slug(name), timezone=timezone)
    with company_scope(ALL_COMPANIES):  # it is none of those that can be acted for yet
        company.full_clean(validate_unique=bool(slug))
        company.save()
    email = admin.strip().lower()
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    user.full_clean(exclude=["password"])
    with company_scope(company):
        Membership.objects.create(user=user, role=Role.ADMIN)
    audit.record("company created", company=company, user=user, request=request, name=name)
    return company
