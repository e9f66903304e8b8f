"""Invites people into a company: a link for one e-mail address, once, for 72 hours."""

import hashlib
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.dates import date_format
from accounts.hosted_domains import hosted_domain, lets_in
from accounts.mail import NoMailServer
from accounts.models import Company, Invitation, InvitationState, Membership, Role, User
from accounts.tenancy import ALL_COMPANIES, company_scope

MOST, AN_HOUR, A_MINUTE = 30, timedelta(hours=1), timedelta(minutes=1)
logger = logging.getLogger(__name__)


class InvitationRefused(Exception):
    """The invitation lets this user in no more, or never did; the message says what to do."""


class MailFailed(Exception):
    """The invitation stands, but its e-mail did not go out; the message says why, and nothing of the mail server.

    `link` is what it would have said: it may be passed on by hand, since it works for the invited address alone.
    """

    def __init__(self, reason: str, link: str) -> None:
        super().__init__(reason)
        self.link = link


def invite(company: Company, email: str, role: Role, by: User | None) -> Invitation:
    """Writes the invitation and sends its link. ValidationError for an address that may not be invited; MailFailed."""
    invitation, token = written(company, email, role, by)
    send(company, invitation, token)
    return invitation


def written(company: Company, email: str, role: Role, by: User | None) -> tuple[Invitation, str]:
    """The invitation and the token of its link, to be sent once the transaction is over: a mail server may be slow."""
    email = email.strip().lower()
    if reason := _reason_not_to_invite(company, email) or _too_many():
        raise ValidationError(reason)
    token = secrets.token_urlsafe(32)
    return Invitation.objects.create(email=email, role=role, invited_by=by, token_hash=_hash(token)), token


def _reason_not_to_invite(company: Company, email: str) -> str:
    if not company.allows(email):
        return _("%(company)s only accepts addresses from these domains: %(domains)s.") % {
            "company": company,
            "domains": company.allowed_domains,
        }
    if Membership.objects.filter(user__email=email).exists():
        return _("%(email)s is already a member.") % {"email": email}
    pending = Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    if pending.exists():
        return _("%(email)s has already been invited. Resend the invitation instead.") % {"email": email}
    return ""


def _too_many() -> str:
    """Each is an e-mail to somebody who has not asked for it, so a company sends no more than MOST within an hour."""
    now = timezone.now()
    sent = Invitation.objects.filter(created_at__gt=now - AN_HOUR).order_by("-created_at")
    first = sent.values_list("created_at", flat=True)[MOST - 1 : MOST].first()
    if first is None:
        return ""
    minutes = -(-(first + AN_HOUR - now) // A_MINUTE)
    return ngettext(
        "Too many invitations in the last hour. Wait %(n)s minute before sending the next one.",
        "Too many invitations in the last hour. Wait %(n)s minutes before sending the next one.",
        minutes,
    ) % {"n": minutes}


def renewed(company: Company, invitation: Invitation, by: User | None) -> tuple[Invitation, str]:
    """Another invitation in its place, for another 72 hours, and the token of its link. InvitationRefused.

    Another one, so that who opens the old link learns that there is a newer one.
    """
    if invitation.state == InvitationState.ACCEPTED:
        raise InvitationRefused(_("This invitation has already been accepted."))
    try:
        with transaction.atomic():
            revoke(invitation)
            return written(company, invitation.email, Role(invitation.role), by)
    except ValidationError as error:
        raise InvitationRefused(" ".join(error.messages)) from error


def revoke(invitation: Invitation) -> bool:
    """Whether it is this that revoked it: what was accepted or revoked before stays as it is."""
    open_one = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    return bool(open_one.update(revoked_at=timezone.now()))


def invitation_of(token: str) -> Invitation | None:
    """Whatever company it is of: who holds the link does not act for one yet."""
    with company_scope(ALL_COMPANIES):
        return Invitation.objects.select_related("company").filter(token_hash=_hash(token)).first()


def invitation_with(pk: int) -> Invitation | None:
    """The same of one whose link was opened before."""
    with company_scope(ALL_COMPANIES):
        return Invitation.objects.select_related("company").filter(pk=pk).first()


def invitations_for(email: str) -> list[Invitation]:
    """The pending ones of an address, in every company."""
    with company_scope(ALL_COMPANIES):
        open_ones = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        return list(open_ones.filter(email=email.lower()).select_related("company").order_by("id"))


def reason_against(invitation: Invitation, user: User, domain: str = "") -> str:
    """Why this user, whose sign-in is of this domain, cannot accept it; empty when nothing speaks against it."""
    if invitation.email != user.email.lower():
        return _("This invitation was sent to a different e-mail address. Sign in with that address.")
    if not invitation.company.allows(user.email):
        return _("The company no longer accepts addresses from this domain. Ask one of its admins for help.")
    if not lets_in(invitation.company, domain):
        return _("The company only accepts accounts from its own domains. Sign in with your work account.")
    return reason_against_link(invitation)


def reason_against_link(invitation: Invitation) -> str:
    """Why nobody can accept it, whoever it is for; it names neither the company nor the address."""
    if invitation.state == InvitationState.REVOKED and _is_replaced(invitation):
        return _("This link has been replaced by a newer one. Open the link in the latest e-mail.")
    return {
        InvitationState.PENDING: "",
        InvitationState.ACCEPTED: _("This invitation has already been used."),
        InvitationState.REVOKED: _("This invitation was revoked. Ask a company admin for a new one."),
        InvitationState.EXPIRED: _("This invitation has expired. Ask a company admin to resend it."),
    }[invitation.state]


def _is_replaced(invitation: Invitation) -> bool:
    with company_scope(invitation.company):
        return Invitation.objects.filter(email=invitation.email, pk__gt=invitation.pk).exists()


def accept(invitation: Invitation, user: User, request: HttpRequest | None = None) -> Membership:
    """Makes the user a member, once. InvitationRefused with the reason when something speaks against it."""
    if reason := reason_against(invitation, user, hosted_domain(request) if request else ""):
        raise InvitationRefused(reason)
    with company_scope(invitation.company), transaction.atomic():
        pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not pending.update(accepted_at=timezone.now()):
            raise InvitationRefused(_("This invitation has already been used."))
        membership, _created = Membership.objects.get_or_create(user=user, defaults={"role": invitation.role})
        told = {"email": invitation.email, "role": audit.english(Role(invitation.role).label)}
        audit.record("invitation accepted", user=user, company=invitation.company, request=request, **told)
    return membership


def record_refusal(invitation: Invitation, user: User, request: HttpRequest) -> None:
    """Tells the inviting company which address tried, and not who that is: the user may have nothing to do with it."""
    with audit.in_english():
        reason = reason_against(invitation, user, hosted_domain(request))
    told: dict[str, Any] = {"row": invitation.email, "email": user.email, "reason": reason}
    audit.record("invitation refused", company=invitation.company, request=request, **told)


def send(company: Company, invitation: Invitation, token: str) -> None:
    link = settings.SITE_URL + reverse("invitation", args=[token])
    text = _(
        "%(by)s has invited you to join %(company)s on Worklog Dashboard.\n\n%(link)s\n\nThe link "
        "works once, for %(email)s only, until %(until)s UTC."
    ) % {
        "by": invitation.invited_by or company,
        "company": company,
        "link": link,
        "email": invitation.email,
        "until": date_format(invitation.expires_at, "j M Y, H:i"),
    }
    subject = _("Join %(company)s on Worklog Dashboard") % {"company": company}
    try:
        send_mail(" ".join(subject.split()), text, None, [invitation.email])
    except (SMTPException, OSError) as error:
        logger.warning("The e-mail of an invitation could not be sent", exc_info=True)
        raise MailFailed(_reason_of(error), link) from error


def _reason_of(error: Exception) -> str:
    """What an ADMIN can act on. The mail server's own words are the operator's, and in the log."""
    if isinstance(error, NoMailServer):
        return _("no mail server is configured")
    if isinstance(error, SMTPRecipientsRefused):
        return _("the mail server rejected this address")
    if isinstance(error, TimeoutError):
        return _("the mail server didn’t respond in time")
    if isinstance(error, OSError) and not isinstance(error, SMTPException):
        return _("can’t reach the mail server")
    return _("the mail server refused to send it")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
