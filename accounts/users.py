"""What the operator does about a user: no company decides it, and every one of the user's is told."""

from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts import audit
from accounts.middleware import memberships_of
from accounts.models import Company, Membership, Role, User
from accounts.tenancy import company_scope


@transaction.atomic
def make_superuser(email: str) -> User:
    """Of a user who is there already, or of a new one. ValidationError when it is no address."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User(email=email.strip().lower())
        user.clean_fields(exclude=["password"])
        user = User.objects.create_superuser(user.email)
    else:
        user.is_superuser = True
        user.save(update_fields=["is_superuser"])
    audit.record("superuser created", user=user)
    return user


@transaction.atomic
def set_active(user: User, *, is_active: bool) -> None:
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    if not is_active:
        end_sessions(user)
    audit.record("user reactivated" if is_active else "user deactivated", user=user)


@transaction.atomic
def forget_google_account(user: User) -> int:
    """The next Google account with the user's address is then his. Returns how many were forgotten."""
    known = SocialAccount.objects.filter(user=user)
    count: int = known.count()
    known.delete()
    end_sessions(user)
    audit.record("Google account unlinked", user=user)
    return count


def end_sessions(user: User) -> None:
    """All of them, also those that no list knows: each carries a hash of the password that nobody has."""
    for each in UserSession.objects.filter(user=user):
        each.end()
    user.set_unusable_password()
    user.save(update_fields=["password"])


def companies_without_admin(user: User) -> list[Company]:
    """Those of the user that nobody can run any more."""
    return [place.company for place in memberships_of(user) if not _has_admin(place.company)]


def _has_admin(company: Company) -> bool:
    with company_scope(company):
        return Membership.objects.filter(role=Role.ADMIN, user__is_active=True).exists()
