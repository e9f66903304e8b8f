"""Where a user is signed in, and how that ends."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  # the column is never empty
# The first that is in the header counts: Edge also calls itself Chrome, and every one of them Safari.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class OpenSession:
    pk: int
    browser: str
    address: str  # empty when no proxy told one
    began_at: datetime
    seen_at: datetime
    is_this: bool


def browser_in_words(user_agent: str) -> str:
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent[:60] or _("Unknown browser")


def open_sessions(request: HttpRequest, user: User) -> list[OpenSession]:
    """This one first, then the latest seen; those that have ended are forgotten."""
    rows = list(UserSession.objects.filter(user=user))
    keys = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    alive = set(keys.values_list("session_key", flat=True))  # allauth's own way asks for each
    UserSession.objects.filter(user=user).exclude(session_key__in=alive).delete()
    found = [_told(row, request.session.session_key) for row in rows if row.session_key in alive]
    return sorted(found, key=lambda each: (each.is_this, each.seen_at), reverse=True)


def _told(row: UserSession, this: str | None) -> OpenSession:
    address = "" if row.ip == UNKNOWN_ADDRESS else row.ip
    browser = browser_in_words(row.user_agent)
    return OpenSession(row.pk, browser, address, row.created_at, row.last_seen_at, row.session_key == this)


def end_session(session: UserSession) -> None:
    session.end()


def end_other_sessions(request: HttpRequest, user: User) -> int:
    """Every session but this one, also those that no list knows. Returns how many were listed.

    Each session carries a hash of the user's password, which nobody has here: a new unusable one ends them all.
    """
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    ended = [each.end() for each in others]
    this = UserSession.objects.filter(user=user, session_key=request.session.session_key)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    kept = list(this.values_list("pk", flat=True))
    update_session_auth_hash(request, user)
    UserSession.objects.filter(pk__in=kept).update(session_key=request.session.session_key)
    return len(ended)
