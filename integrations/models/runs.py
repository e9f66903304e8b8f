"""What reading an instance did, and when it is read again."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models import Issue, JiraInstance

LEASE = timedelta(minutes=6)  # a running run that has been silent for longer is dead


class Feed(models.TextChoices):
    """What an incremental sync follows."""

    WORKLOGS = "worklogs", "Changed worklogs"
    DELETIONS = "deletions", "Deleted worklogs"
    ISSUES = "issues", "Changed issues"


class Cursor(TenantModel):
    """Up to when a feed of an instance has been read, in milliseconds since 1970 as Jira counts."""

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=5)
    feed = models.CharField(max_length=10, choices=Feed)
    position = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "source", "feed"], name="one_cursor_a_feed")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.feed}"


class SyncRun(TenantModel):
    """One reading of one instance: what was asked, how far it is, what it did."""

    class Mode(models.TextChoices):
        INCREMENTAL = "incremental", gettext_lazy("What changed")
        RANGE = "range", gettext_lazy("A period")
        FULL = "full", gettext_lazy("Everything")
        ISSUE = "issue", gettext_lazy("One issue")

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Queued")
        RUNNING = "running", gettext_lazy("Running")
        SUCCEEDED = "succeeded", pgettext_lazy("sync", "Done")
        FAILED = "failed", gettext_lazy("Failed")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    class Phase(models.TextChoices):
        CONNECT = "connect", gettext_lazy("Connection")
        WORKLOGS = "worklogs", gettext_lazy("Worklogs")
        ISSUES = "issues", gettext_lazy("Issues")
        DELETIONS = "deletions", gettext_lazy("Deletions")

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=11, choices=Mode, default=Mode.INCREMENTAL)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    issue = TenantKey(Issue, on_delete=models.CASCADE, null=True, related_name="+")
    confirm_deletions = models.BooleanField(default=False)
    trigger = models.CharField(max_length=20, default="command")  # command, page, schedule
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    phase = models.CharField(max_length=9, choices=Phase, default=Phase.CONNECT)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=255, blank=True, help_text=gettext_lazy("The process that runs this sync."))
    cancel_requested = models.BooleanField(default=False)
    checkpoint = models.JSONField(default=dict)

    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    requests = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    unconfirmed_deletions = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["company", "-queued_at"]), models.Index(fields=["company", "status"])]
        constraints = [
            # The lease: the database itself holds two readings of one instance apart.
            models.UniqueConstraint(
                fields=["company", "instance"], condition=Q(status="running"), name="one_running_run_an_instance"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.instance}"

    @property
    def is_active(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def seconds(self) -> float:
        """How long it has been or was running."""
        if self.started_at is None:
            return 0.0
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class SyncChange(TenantModel):
    """A worklog that a run changed or removed; of the created ones only the first are kept."""

    run = TenantKey(SyncRun, on_delete=models.CASCADE, related_name="changes")
    external_id = models.CharField(max_length=64)
    issue = models.CharField(max_length=255)
    person = models.CharField(max_length=255)
    day = models.DateField()
    before = models.PositiveIntegerField(null=True)
    after = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.issue} on {self.day}"


class SyncSchedule(TenantModel):
    """The company's automatic sync; off until someone switches it on."""

    every_minutes = models.PositiveIntegerField(
        gettext_lazy("minutes between syncs"), default=0, help_text=gettext_lazy("0 turns automatic sync off.")
    )
    last_queued_at = models.DateTimeField(gettext_lazy("last queued"), null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = gettext_lazy("sync schedule")
        verbose_name_plural = gettext_lazy("sync schedules")
        constraints = [models.UniqueConstraint(fields=["company"], name="one_schedule_a_company")]

    def __str__(self) -> str:
        if not self.every_minutes:
            return _("off")
        text = ngettext("every minute", "every %(n)s minutes", self.every_minutes)
        return text % {"n": self.every_minutes}

    def is_due(self, now: Any) -> bool:
        if not self.every_minutes:
            return False
        return self.last_queued_at is None or now - self.last_queued_at >= timedelta(minutes=self.every_minutes)
