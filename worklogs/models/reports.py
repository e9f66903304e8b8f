"""Reports that people keep, open first, and have sent to them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.tenancy import TenantKey, TenantModel


class Page(models.TextChoices):
    """A page that can be kept as it is seen: its filter, order and grouping."""

    REPORTS = "reports", _("Reports")
    WORKLOGS = "worklogs", _("Worklogs")
    DASHBOARD = "dashboard", _("Dashboard")


class SavedReport(TenantModel):
    """A page's query under a name. `query` says `period=last-month`, and no days, where the period goes with time.

    Whoever opens it sees what their own role lets them see, whoever has made it.
    """

    name = models.CharField(_("name"), max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    is_shared = models.BooleanField(_("shared with the company"), default=False)
    page = models.CharField(max_length=9, choices=Page, default=Page.REPORTS)
    query = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "owner", "name"], condition=Q(is_shared=False), name="one_own_report_a_name"
            ),
            models.UniqueConstraint(
                fields=["company", "name"], condition=Q(is_shared=True), name="one_shared_report_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(TenantModel):
    """What a page shows a user who asks for nothing in particular."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=9, choices=Page)
    report = TenantKey(SavedReport, on_delete=models.CASCADE, related_name="defaults")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "user", "page"], name="one_default_a_page")]

    def __str__(self) -> str:
        return f"{self.report_id} on {self.page}"


class ReportSchedule(TenantModel):
    """A report by e-mail. `next_at` is when it is due; days and hour are of the company's time zone.

    The mails are in the `language` of who has written the schedule last: the worker that sends them has none.
    """

    class Cadence(models.TextChoices):
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    report = TenantKey(SavedReport, on_delete=models.CASCADE, related_name="schedules")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    cadence = models.CharField(_("how often"), max_length=7, choices=Cadence, default=Cadence.WEEKLY)
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=1)  # 1 is Monday, as in ISO 8601
    month_day = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )  # beyond a month's end: its last
    hour = models.PositiveSmallIntegerField(_("hour"), default=7, validators=[MaxValueValidator(23)])
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(max_length=10, default=settings.LANGUAGE_CODE, editable=False)
    next_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "next_at"], name="schedule_due")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.cadence}"

    @property
    def day_name(self) -> str:
        return str(WEEKDAYS[self.weekday - 1])


class ReportRecipient(TenantModel):
    """A member who gets the mails of a schedule; it goes with the membership.

    `due_at` is when a mail is to be sent, or tried again; nothing is waiting without it. `as_of` is the moment that its
    periods are counted from: when it was due, however late it goes.
    """

    schedule = TenantKey(ReportSchedule, on_delete=models.CASCADE, related_name="recipients")
    membership = TenantKey(Membership, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "schedule", "membership"], name="one_recipient_a_membership")
        ]
        indexes = [models.Index(fields=["company", "due_at"], name="recipient_due")]

    def __str__(self) -> str:
        return f"{self.membership_id} of {self.schedule_id}"


class FormerName(TenantModel):
    """What queries called a row before it was renamed or merged: links in mails and bookmarks still do."""

    part = models.CharField(max_length=8)  # of a query: person, team, type, instance
    old = models.CharField(max_length=300)
    new = models.CharField(max_length=300)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "part", "old"], name="one_name_a_former_one")]

    def __str__(self) -> str:
        return f"{self.part} {self.old}"
