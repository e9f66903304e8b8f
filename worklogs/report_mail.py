"""A saved report as a mail: its first rows and its total, a link, and the whole of it as a spreadsheet."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, Membership, Role
from accounts.permissions import RANK
from worklogs.exports.reports import report_sheet
from worklogs.exports.xlsx import CONTENT_TYPE, TooManyRows, refuse_too_many, xlsx_file
from worklogs.filters import WorklogFilter
from worklogs.hours import DEFAULT_FORMAT
from worklogs.models import Person, SavedReport
from worklogs.reports.builder import Ask, Built, build
from worklogs.reports.pivot import whole_of
from worklogs.reports.tallies import change

TOP = 10
LARGEST = 8_000_000  # bytes of an attachment
NOBODY = 0


@dataclass(frozen=True)
class Summary:
    """What the mail's templates show."""

    company: Company
    report: SavedReport
    period: str
    title: str
    built: Built
    change: float | None
    url: str
    is_own: bool  # own hours only
    has_sheet: bool


def mail_of(company: Company, report: SavedReport, membership: Membership, now: datetime) -> EmailMultiAlternatives:
    """As this member may see it. Needs the company scope to be open."""
    with timezone.override(company.zone):
        query = QueryDict(report.query)
        today = now.astimezone(company.zone).date()
        chosen, is_own = seen_by(membership, WorklogFilter.from_query(query, today, company.week_start))
        ask = Ask.from_query(query)
        sheet = _attachment(chosen, ask)
        summary = _summary(company, report, chosen, ask, today, is_own=is_own, has_sheet=bool(sheet))
        subject = " ".join(f"{report.name}: {chosen.period.title}".split())
        mail = EmailMultiAlternatives(subject, _body("txt", summary), None, [membership.user.email])
        mail.attach_alternative(_body("html", summary), "text/html")
        if sheet:
            days = f"{chosen.period.first}-{chosen.period.last}"
            mail.attach(f"{ask.rows}-{company.slug}-{days}.xlsx", sheet, CONTENT_TYPE)
        return mail


def seen_by(membership: Membership, chosen: WorklogFilter) -> tuple[WorklogFilter, bool]:
    """The filter as far as the member's role reaches, and whether that is own worklogs only."""
    if RANK[Role(membership.role)] >= RANK[Role.MANAGER]:
        return chosen, False
    own = tuple(Person.objects.filter(user=membership.user).values_list("id", flat=True))
    return replace(chosen, people=own or (NOBODY,)), True


def _summary(
    company: Company,
    report: SavedReport,
    chosen: WorklogFilter,
    ask: Ask,
    today: date,
    *,
    is_own: bool,
    has_sheet: bool,
) -> Summary:
    built = build(chosen, replace(ask, columns="", shape="table"), {}, DEFAULT_FORMAT, today, most_rows=TOP)
    before = whole_of(chosen.at(chosen.period.previous), ask.measure)
    return Summary(
        company=company,
        report=report,
        period=chosen.period.label,
        title=ask.title,
        built=built,
        change=change(built.amount, before),
        url=f"{settings.SITE_URL}{reverse('reports')}{_link(chosen, is_own)}&{ask.query}",
        is_own=is_own,
        has_sheet=has_sheet,
    )


def _link(chosen: WorklogFilter, is_own: bool) -> str:
    """Of the days of this mail, not of the day on which it is read."""
    return (replace(chosen, people=()) if is_own else chosen).query()


def _attachment(chosen: WorklogFilter, ask: Ask) -> bytes | None:
    """None when it would be too much for a mail."""
    sheet, rows = report_sheet(chosen, ask.rows, ask.columns, ask.measure)
    try:
        refuse_too_many(rows)
    except TooManyRows:
        return None
    with xlsx_file(sheet) as file:
        content = file.read(LARGEST + 1)
    return content if len(content) <= LARGEST else None


def _body(kind: str, summary: Summary) -> str:
    return render_to_string(f"worklogs/reports/mail.{kind}", {"mail": summary, "site": settings.SITE_URL})
