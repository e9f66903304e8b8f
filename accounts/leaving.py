"""A member leaves a company by himself."""

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import audit
from accounts.memberships import is_last_admin
from accounts.models import Membership, Role
from accounts.tenancy import company_scope


class LastAdmin(Exception):
    """Nobody else could run the company; the message says what to do."""


def reason_to_stay(membership: Membership) -> str:
    """Empty when the member may leave. To be asked in a transaction."""
    with company_scope(membership.company):
        if is_last_admin(membership):
            return _("You’re the last admin. Make someone else an admin first.")
    return ""


@transaction.atomic
def leave(membership: Membership, request: HttpRequest) -> None:
    """LastAdmin when nobody else could run the company."""
    if reason := reason_to_stay(membership):
        raise LastAdmin(reason)
    user, company = membership.user, membership.company
    with company_scope(company):
        membership.delete()
    role = audit.english(Role(membership.role).label)
    audit.record("member left", user=user, company=company, request=request, role=role)
