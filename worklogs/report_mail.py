"""A saved report as a mail: its first rows and its total, a link, and the whole of it as a spreadsheet."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, Membership, Role, User
from accounts.permissions import RANK
from worklogs.coverage import comparable, with_first_days
from worklogs.exports.about import Contents, contents_of
from worklogs.exports.reports import report_sheet
from worklogs.exports.xlsx import CONTENT_TYPE, TooManyRows, refuse_too_many, xlsx_file
from worklogs.filters import WorklogFilter
from worklogs.former_names import by_present_names
from worklogs.hours import DEFAULT_FORMAT
from worklogs.models import Person, ReportRecipient, ReportSchedule, SavedReport
from worklogs.reports.builder import Ask, Built, build
from worklogs.reports.pivot import compared_with
from worklogs.reports.unknown_names import UnknownNames, unknown_names
from worklogs.unsubscribing import unsubscribe_url

TOP = 10
LARGEST = 8_000_000  # bytes of an attachment


@dataclass(frozen=True)
class Summary:
    """What the mail's templates show. `saved_url` and `manage_url` are empty where they lead nowhere."""

    company: Company
    report: SavedReport
    sender: User | None  # who has scheduled it, while a member
    period: str
    title: str
    built: Built
    change: float | None
    versus: str  # vs 1–27 Oct
    coverage: str  # what of the instances is not in it
    unknown: UnknownNames
    url: str  # of the report as in this mail
    saved_url: str
    manage_url: str
    unsubscribe_url: str
    is_own: bool  # own hours only
    has_sheet: bool


def mail_of(company: Company, recipient: ReportRecipient, now: datetime) -> EmailMultiAlternatives:
    """As this member may see it, of the moment that it was due. Needs the company scope to be open."""
    report, membership = recipient.schedule.report, recipient.membership
    with timezone.override(company.zone):
        query, as_of = QueryDict(report.query), (recipient.as_of or now).astimezone(company.zone)
        asked = by_present_names(WorklogFilter.from_query(query, as_of.date(), company.week_start))
        asked, own = comparable(asked, with_first_days()), own_people(membership)
        chosen = asked.kept_to(own)
        ask = Ask.from_query(query)
        contents = contents_of(company, ask.title, asked, own, now)
        sheet = _attachment(chosen, ask, contents)
        summary = _summary(contents, recipient, asked, own, ask, as_of.date(), has_sheet=bool(sheet))
        subject = _on_one_line(f"{report.name}: {chosen.period.title}")
        mail = EmailMultiAlternatives(subject, _body("txt", summary), _from(company), [membership.user.email])
        mail.attach_alternative(_body("html", summary), "text/html")
        mail.extra_headers = {
            "List-Unsubscribe": f"<{summary.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        }
        if summary.sender:
            mail.reply_to = [summary.sender.email]
        if sheet:
            mail.attach(f"{contents.file_name(ask.file_name)}.xlsx", sheet, CONTENT_TYPE)
        return mail


def _from(company: Company) -> str:
    """The product's address under the company's name."""
    return formataddr((_on_one_line(company.name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def own_people(membership: Membership) -> tuple[int, ...] | None:
    """The people to whose worklogs the member is kept; None where everyone's are seen."""
    if RANK[Role(membership.role)] >= RANK[Role.MANAGER]:
        return None
    return tuple(Person.objects.filter(user=membership.user).values_list("id", flat=True))


def _summary(
    contents: Contents,
    recipient: ReportRecipient,
    asked: WorklogFilter,
    own: tuple[int, ...] | None,
    ask: Ask,
    today: date,
    *,
    has_sheet: bool,
) -> Summary:
    report, user, chosen = recipient.schedule.report, recipient.membership.user, contents.chosen
    built = build(chosen, replace(ask, columns="", then="", shape="table"), {}, DEFAULT_FORMAT, today, most_rows=TOP)
    is_theirs = report.is_shared or report.owner_id == user.pk
    return Summary(
        company=contents.company,
        report=report,
        sender=_sender(recipient.schedule),
        period=chosen.period.label,
        title=ask.title,
        built=built,
        change=compared_with(chosen, ask.measure).change,
        versus=chosen.period.versus,
        coverage=contents.coverage,
        unknown=unknown_names(asked, own),
        url=f"{settings.SITE_URL}{reverse('reports')}{asked.query()}&{ask.query}",
        saved_url=_address("saved_report", report) if is_theirs else "",
        manage_url=_address("report_edit", report) if is_theirs else "",
        unsubscribe_url=unsubscribe_url(recipient),
        is_own=own is not None,
        has_sheet=has_sheet,
    )


def _sender(schedule: ReportSchedule) -> User | None:
    """Answers hold hours of the company: who has left it gets none."""
    is_member = Membership.objects.filter(user=schedule.created_by_id).exists()
    return schedule.created_by if is_member else None


def _address(page: str, report: SavedReport) -> str:
    return settings.SITE_URL + reverse(page, args=[report.pk])


def _attachment(chosen: WorklogFilter, ask: Ask, contents: Contents) -> bytes | None:
    """None when it would be too much for a mail."""
    sheet, rows = report_sheet(chosen, ask)
    try:
        refuse_too_many(rows)
    except TooManyRows:
        return None
    with xlsx_file(replace(sheet, about=contents.lines())) as file:
        content = file.read(LARGEST + 1)
    return content if len(content) <= LARGEST else None


def _body(kind: str, summary: Summary) -> str:
    return render_to_string(f"worklogs/reports/mail.{kind}", {"mail": summary, "site": settings.SITE_URL})
