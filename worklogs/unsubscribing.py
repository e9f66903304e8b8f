"""The way out of a schedule that each of its mails carries. Whoever holds the mail may follow it, signed in or not."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from accounts import audit
from accounts.models import Company, Membership
from accounts.tenancy import company_scope
from worklogs.models import ReportRecipient, ReportSchedule

SALT = "unsubscribe from a report"


@dataclass(frozen=True)
class Subscription:
    """`recipient` is None where the mails have ended already."""

    company: Company
    report: str
    email: str
    recipient: ReportRecipient | None


def unsubscribe_url(recipient: ReportRecipient) -> str:
    """Names the schedule and the member, so that an old mail's link still counts after they were chosen anew."""
    named = [recipient.company_id, recipient.schedule_id, recipient.membership_id]
    return settings.SITE_URL + reverse("unsubscribe", args=[signing.dumps(named, salt=SALT)])


def subscription_of(token: str) -> Subscription | None:
    """None for a token that is not ours, and for a schedule or a membership that is no longer there."""
    try:
        company_id, schedule, membership = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    with company_scope(company_id):
        company = Company.objects.filter(pk=company_id).first()
        found = ReportSchedule.objects.select_related("report").filter(pk=schedule).first()
        member = Membership.objects.select_related("user").filter(pk=membership).first()
        if company is None or found is None or member is None:
            return None
        recipient = ReportRecipient.objects.filter(schedule=found, membership=member).first()
    return Subscription(company, found.report.name, member.user.email, recipient)


def unsubscribe(found: Subscription, request: HttpRequest) -> None:
    """A second time changes nothing. It is the recipient who does it: the link went to nobody else."""
    if found.recipient is None:
        return
    with company_scope(found.company):
        deleted, _rows = ReportRecipient.objects.filter(pk=found.recipient.pk).delete()
        if deleted:
            audit.record(
                "unsubscribed from report",
                company=found.company,
                request=request,
                report=found.report,
                email=found.email,
            )
