"""Invites people into a company: a link for one e-mail address, once, for 72 hours."""

import hashlib
import logging
import secrets
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Company, Invitation, InvitationState, Membership, Role, User, invitation_expiry
from accounts.tenancy import ALL_COMPANIES, company_scope

logger = logging.getLogger(__name__)


class InvitationRefused(Exception):
    """The invitation lets this user in no more, or never did; the message says what to do."""


class MailFailed(Exception):
    """The invitation stands, but its e-mail did not go out; the message says why, and nothing of the mail server."""


def invite(company: Company, email: str, role: Role, by: User | None) -> Invitation:
    """Writes the invitation and sends its link. ValidationError for an address that may not be invited; MailFailed."""
    invitation, token = written(company, email, role, by)
    send(company, invitation, token)
    return invitation


def written(company: Company, email: str, role: Role, by: User | None) -> tuple[Invitation, str]:
    """The invitation and the token of its link, to be sent once the transaction is over: a mail server may be slow."""
    email = email.strip().lower()
    if not company.allows(email):
        raise ValidationError(
            _("%(company)s lets in addresses of these domains only: %(domains)s.")
            % {"company": company, "domains": company.allowed_domains}
        )
    if Membership.objects.filter(user__email=email).exists():
        raise ValidationError(_("%(email)s is a member already.") % {"email": email})
    pending = Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    if pending.exists():
        raise ValidationError(_("%(email)s is invited already; send it again instead.") % {"email": email})
    token = secrets.token_urlsafe(32)
    return Invitation.objects.create(email=email, role=role, invited_by=by, token_hash=_hash(token)), token


def resend(company: Company, invitation: Invitation) -> None:
    """A new link for another 72 hours in place of the old one. InvitationRefused once it was accepted; MailFailed."""
    if invitation.state == InvitationState.ACCEPTED:
        raise InvitationRefused(_("This invitation has been accepted."))
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.expires_at, invitation.revoked_at = _hash(token), invitation_expiry(), None
    invitation.save(update_fields=["token_hash", "expires_at", "revoked_at"])
    send(company, invitation, token)


def revoke(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(revoked_at=timezone.now())


def invitation_of(token: str) -> Invitation | None:
    """Whatever company it is of: who holds the link does not act for one yet."""
    with company_scope(ALL_COMPANIES):
        return Invitation.objects.select_related("company").filter(token_hash=_hash(token)).first()


def invitations_for(email: str) -> list[Invitation]:
    """The pending ones of an address, in every company."""
    with company_scope(ALL_COMPANIES):
        open_ones = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        return list(open_ones.filter(email=email.lower()).select_related("company").order_by("id"))


def reason_against(invitation: Invitation, user: User) -> str:
    """Why this user cannot accept it; empty when nothing speaks against it."""
    if invitation.email != user.email.lower():
        return _("This invitation is for another e-mail address. Sign in with the one it was sent to.")
    if not invitation.company.allows(user.email):
        return _("The company no longer lets in addresses of this domain. Ask one of its admins.")
    return reason_against_link(invitation)


def reason_against_link(invitation: Invitation) -> str:
    """Why nobody can accept it, whoever it is for; it names neither the company nor the address."""
    return {
        InvitationState.PENDING: "",
        InvitationState.ACCEPTED: _("This invitation has been used."),
        InvitationState.REVOKED: _("This invitation was withdrawn. Ask an admin of the company for a new one."),
        InvitationState.EXPIRED: _("This invitation has expired. Ask an admin of the company to send it again."),
    }[invitation.state]


def accept(invitation: Invitation, user: User) -> Membership:
    """Makes the user a member, once. InvitationRefused with the reason when something speaks against it."""
    if reason := reason_against(invitation, user):
        raise InvitationRefused(reason)
    with company_scope(invitation.company), transaction.atomic():
        pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not pending.update(accepted_at=timezone.now()):
            raise InvitationRefused(_("This invitation has been used."))
        membership, _created = Membership.objects.get_or_create(user=user, defaults={"role": invitation.role})
        audit.record("invitation accepted", user=user, company=invitation.company, role=invitation.role)
    return membership


def send(company: Company, invitation: Invitation, token: str) -> None:
    link = settings.SITE_URL + reverse("invitation", args=[token])
    text = _(
        "%(by)s invites you to %(company)s on the worklog dashboard.\n\n%(link)s\n\n"
        "The link works for %(email)s, once, until %(until)s UTC."
    ) % {
        "by": invitation.invited_by or company,
        "company": company,
        "link": link,
        "email": invitation.email,
        "until": f"{invitation.expires_at:%Y-%m-%d %H:%M}",
    }
    subject = _("Invitation to %(company)s") % {"company": company}
    try:
        send_mail(" ".join(subject.split()), text, None, [invitation.email])
    except (SMTPException, OSError) as error:
        logger.warning("The e-mail of an invitation could not be sent", exc_info=True)
        raise MailFailed(_reason_of(error)) from error


def _reason_of(error: Exception) -> str:
    """What an ADMIN can act on. The mail server's own words are the operator's, and in the log."""
    if isinstance(error, SMTPRecipientsRefused):
        return _("the mail server refuses this address")
    if isinstance(error, TimeoutError):
        return _("the mail server did not answer in time")
    if isinstance(error, OSError) and not isinstance(error, SMTPException):
        return _("the mail server cannot be reached")
    return _("the mail server refuses to send it")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
