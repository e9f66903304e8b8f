"""Who did what, when, from where."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from ipaddress import ip_address
from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_logged_out
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import translation

from accounts.limits import address_of
from accounts.models import AuditEntry, Company, Membership, User
from accounts.spreadsheets import csv_rows
from accounts.tenancy import ALL_COMPANIES, company_scope

# What older entries say, which stay as they are: they are shown, chosen and found as what is said today.
FORMER = {
    "company founded": "company created",
    "Google account forgotten": "Google account unlinked",
    "instance not reached": "instance unreachable",
    "invitation mail failed": "invitation e-mail failed",
    "people told apart": "marked as different people",
    "report unsubscribed": "unsubscribed from report",
    "second step added": "two-step verification added",
    "second step failed": "two-step verification failed",
    "second step removed": "two-step verification removed",
    "second step renewed": "recovery codes renewed",
    "superuser made": "superuser created",
}


def in_english() -> translation.override:
    """What is told is told in one language, whoever's request it is: the audit is searched and compared by its words.

    Pages show it in the reader's own (audit_words).
    """
    return translation.override("en")


def english(told: object) -> str:
    with in_english():
        return str(told)


def record(
    action: str,
    *,
    user: User | None = None,
    company: Company | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> None:
    """Never pass a secret: `detail` is shown to the company's admins.

    Without a company it is told to every one that the user, or who has the `email` of the detail, is a member of. An
    invitation opens nothing: else any company could invite an address to learn what its owner does in others.
    """
    address = address_from(request) if request else None
    told = [company] if company else companies_of(user.email if user else str(detail.get("email", "")))
    with company_scope(ALL_COMPANIES):  # what is told may be another company's than the one that is acted for
        for each in told or (None,):
            AuditEntry.objects.create(action=action, user=user, company=each, address=address, detail=detail)


def address_from(request: HttpRequest) -> str | None:
    """None where no proxy tells one that can be read."""
    try:
        found = ip_address(address_of(request))
    except ValueError:
        return None
    return None if "%" in str(found) else str(found)


def companies_of(email: str) -> list[Company]:
    if not email:
        return []
    with company_scope(ALL_COMPANIES):
        members = Membership.objects.filter(user__email=email.lower())
        return list(Company.objects.filter(pk__in=members.values("company")).order_by("pk"))


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    record("sign-in", user=user, request=request)


@receiver(user_logged_out)
def record_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user:
        record("sign-out", user=user, request=request)


HIDDEN = ("changes", "id")  # of a detail: told by themselves, and told to nobody
KINDS = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}


@receiver(authenticator_added)
def record_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("two-step verification added", user=user, request=request, kind=KINDS[authenticator.type])


@receiver(authenticator_removed)
def record_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("two-step verification removed", user=user, request=request, kind=KINDS[authenticator.type])


@receiver(authenticator_reset)
def record_factor_renewed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("recovery codes renewed", user=user, request=request, kind=KINDS[authenticator.type])


@receiver(authenticator_used)
def record_recovery(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record("recovery code used", user=user, request=request)


@receiver(authentication_failed)
def record_wrong_code(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("two-step verification failed", user=user, request=request, kind=KINDS[authenticator.type])


@dataclass(frozen=True)
class AuditFilter:
    """Days are those of the company's time zone, both included."""

    first: date | None = None
    last: date | None = None
    user_id: int | None = None
    action: str = ""
    text: str = ""


def entries(company: Company | None, chosen: AuditFilter) -> "QuerySet[AuditEntry]":
    """The company's own, the latest first; without one, those of no company, which are the operator's to read.

    Entries are of no tenant model: this is where they are kept apart.
    """
    found = AuditEntry.objects.filter(company=company).select_related("user").order_by("-at", "-pk")
    zone = company.zone if company else UTC
    if chosen.first:
        found = found.filter(at__gte=datetime.combine(chosen.first, time.min, zone))
    if chosen.last:
        found = found.filter(at__lte=datetime.combine(chosen.last, time.max, zone))
    if chosen.user_id:
        found = found.filter(user=chosen.user_id)
    if chosen.action:
        former = [old for old, today in FORMER.items() if today == chosen.action]
        found = found.filter(action__in=[chosen.action, *former])
    return found.filter(_saying(chosen.text)) if chosen.text else found


def _saying(text: str) -> Q:
    former = [old for old, today in FORMER.items() if text.lower() in today.lower()]
    told = (
        Q(action__icontains=text)
        | Q(action__in=former)
        | Q(user__email__icontains=text)
        | Q(user__name__icontains=text)
    )
    # SQLite keeps JSON as text with everything beyond ASCII escaped.
    spelled = json.dumps(text)[1:-1] if connection.vendor == "sqlite" else text
    written = AuditEntry.objects.annotate(said=Cast("detail", TextField()))
    return told | Q(pk__in=written.filter(said__icontains=spelled).values("pk"))


@dataclass(frozen=True)
class AuditPage:
    rows: tuple[AuditEntry, ...]
    next_after: int | None


def audit_page(company: Company, chosen: AuditFilter, *, after: int | None = None, size: int = 100) -> AuditPage:
    """The entries that follow the one of key `after`; from the latest on when the company has no such entry."""
    found = entries(company, chosen)
    if after and (last := AuditEntry.objects.filter(company=company, pk=after).first()):
        found = found.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    rows = tuple(found[: size + 1])
    return AuditPage(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def actions_of(company: Company) -> list[str]:
    told = AuditEntry.objects.filter(company=company).order_by("action")
    actions = told.values_list("action", flat=True).distinct()
    return sorted({FORMER.get(action, action) for action in actions})


def users_of(company: Company) -> list[User]:
    """Everyone who ever did something here, members or not."""
    told = AuditEntry.objects.filter(company=company, user__isnull=False)
    return sorted(User.objects.filter(pk__in=told.values("user")), key=str)


class AsKept:
    """The words of the audit as they are stored."""

    def action(self, action: str) -> str:
        return action

    def name(self, name: str) -> str:
        return name

    def value(self, name: str, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self.value(name, each) for each in value) or "nothing"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "nothing" if value in (None, "") else str(value)


def in_words(detail: Mapping[str, Any], words: AsKept | None = None) -> str:
    """`row: Ana; role: User → Admin`"""
    words = words or AsKept()
    changes = detail.get("changes") or {}
    parts = [f"{words.name(name)}: {words.value(name, told)}" for name, told in detail.items() if name not in HIDDEN]
    parts += [f"{words.name(name)}: {_change(name, change, words)}" for name, change in changes.items()]
    return "; ".join(parts)


def _change(name: str, change: Any, words: AsKept) -> str:
    if not isinstance(change, list) or len(change) != 2:
        return words.value(name, change)
    before, after = change
    return f"{words.value(name, before)} → {words.value(name, after)}"


def audit_csv(company: Company | None, chosen: AuditFilter) -> Iterator[str]:
    """Line by line, the latest first; times are UTC. In English whoever asks: what reads it goes by its words."""
    yield from csv_rows([["At (UTC)", "User", "E-mail", "Action", "Detail", "Address"]])
    yield from csv_rows(_cells(entry) for entry in entries(company, chosen).iterator(chunk_size=2000))


def _cells(entry: AuditEntry) -> list[object]:
    user = entry.user
    who = (user.name, user.email) if user else ("", str(entry.detail.get("email", "")))
    return [f"{entry.at:%Y-%m-%d %H:%M:%S}", *who, entry.action, in_words(entry.detail), entry.address]
