"""Projects, issues and worklogs, as in Jira."""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.folded import FoldedField, TextIndex, WithFolded
from worklogs.models.instances import JiraInstance
from worklogs.models.people import JiraAccount, Person


class Project(TenantModel):
    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="projects")
    external_id = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    name = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "external_id"], name="one_project_an_id"),
        ]
        indexes = [models.Index(fields=["company", "key"])]

    def __str__(self) -> str:
        return self.key


class Issue(WithFolded, TenantModel):
    """An issue of any level. One that cannot be read has an id and no key, and still carries its worklogs.

    `own_level` is what the issue itself tells; `level` is at least 1 where an Epic Link points at it. `epic_link` is
    the key that Data Center's Epic Link tells, be its issue known here, and then the parent, or not yet.
    """

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="issues")
    external_id = models.CharField(max_length=64)
    key = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    type = models.CharField(max_length=255, blank=True)
    type_external_id = models.CharField(max_length=64, blank=True)
    own_level = models.SmallIntegerField(default=0)
    level = models.SmallIntegerField(
        default=0, help_text=gettext_lazy("Jira’s hierarchyLevel: -1 sub-task, 0 issue, 1 epic.")
    )
    status = models.CharField(max_length=255, blank=True)
    status_external_id = models.CharField(max_length=64, blank=True)
    estimate_seconds = models.PositiveIntegerField(null=True, help_text=gettext_lazy("Jira’s original estimate."))
    project = TenantKey(Project, on_delete=models.PROTECT, null=True, related_name="issues")
    epic_link = models.CharField(max_length=255, blank=True)
    parent = TenantKey("self", on_delete=models.SET_NULL, null=True, related_name="children")
    epic = TenantKey("self", on_delete=models.SET_NULL, null=True, related_name="descendants")
    folded = FoldedField(of=["key", "summary"])

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "external_id"], name="one_issue_an_id"),
        ]
        indexes = [
            models.Index(fields=["company", "key"]),
            models.Index(fields=["company", "epic_link"], name="issue_epic_link"),
        ]

    def __str__(self) -> str:
        return self.key or f"issue {self.external_id}"

    @property
    def is_readable(self) -> bool:
        return bool(self.key)


class FormerKey(TenantModel):
    """A key that an issue had before it moved, or before its project was renamed. Jira still finds it by that."""

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    issue = TenantKey(Issue, on_delete=models.CASCADE, related_name="former_keys")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "key"], name="one_former_key"),
        ]
        indexes = [models.Index(fields=["company", "key"], name="former_key")]

    def __str__(self) -> str:
        return self.key


def authors_clock(moment: datetime, utc_offset_minutes: int) -> datetime:
    """What the author's clock showed then: without a time zone, so that no reader's zone moves it."""
    return moment.astimezone(UTC).replace(tzinfo=None) + timedelta(minutes=utc_offset_minutes)


def after(start: datetime, seconds: int) -> datetime:
    """So many seconds later, but within the calendar: a mistyped year may begin at its end."""
    latest = datetime.max.replace(tzinfo=start.tzinfo)
    return latest if latest - start < timedelta(seconds=seconds) else start + timedelta(seconds=seconds)


class Worklog(WithFolded, TenantModel):
    """Time that one account logged on one issue; `day` is the author's own calendar day.

    person, epic and project repeat what account and issue say: reports read this table alone.
    """

    class Source(models.TextChoices):
        JIRA = "jira", "Jira"
        TEMPO = "tempo", "Tempo"

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=5, choices=Source)
    external_id = models.CharField(max_length=64)
    account = TenantKey(JiraAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = TenantKey(Person, on_delete=models.PROTECT, related_name="worklogs", db_index=False)
    issue = TenantKey(Issue, on_delete=models.PROTECT, related_name="worklogs", db_index=False)
    epic = TenantKey(Issue, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    project = TenantKey(Project, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    started_at = models.DateTimeField()
    utc_offset_minutes = models.SmallIntegerField(
        default=0, help_text=gettext_lazy("The author’s offset from UTC when it started.")
    )
    seconds = models.PositiveIntegerField()
    billable_seconds = models.PositiveIntegerField()
    comment = models.TextField(blank=True)
    folded = FoldedField(of=["comment"])
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    missing_since = models.DateTimeField(
        null=True, help_text=gettext_lazy("When its source stopped showing it without reporting a deletion.")
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "source", "external_id"], name="one_worklog_an_id"),
        ]
        indexes = [
            models.Index(fields=["company", "day", "started_at"], name="worklog_day"),
            models.Index(fields=["company", "person", "day", "started_at"], name="worklog_person"),
            # Covering: the page of an epic and the totals of a filter read the index alone.
            models.Index(
                fields=["company", "epic", "day", "person", "issue", "seconds", "billable_seconds"], name="worklog_epic"
            ),
            # As covering: the lists of issues, and since when one is worked on.
            models.Index(
                fields=["company", "issue", "day", "person", "instance", "seconds", "billable_seconds"],
                name="worklog_issue",
            ),
            # Of next to none: every dashboard counts them.
            models.Index(
                fields=["company", "day"], condition=models.Q(missing_since__isnull=False), name="worklog_missing"
            ),
            # As covering: a search reads the texts of a period, and no row.
            TextIndex(fields=["company", "day", "issue", "folded"], name="worklog_text"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} on {self.day}"

    @property
    def starts_at(self) -> datetime:
        """By the author's clock."""
        return authors_clock(self.started_at, self.utc_offset_minutes)

    @property
    def ends_at(self) -> datetime:
        return after(self.starts_at, self.seconds)
