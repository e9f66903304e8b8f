"""Projects, issues and worklogs, as in Jira."""

from django.db import models
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
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


class Issue(TenantModel):
    """An issue of any level. One that cannot be read has an id and no key, and still carries its worklogs."""

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="issues")
    external_id = models.CharField(max_length=64)
    key = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    type = models.CharField(max_length=255, blank=True)
    level = models.SmallIntegerField(
        default=0, help_text=gettext_lazy("hierarchyLevel of Jira: -1 sub-task, 0 issue, 1 epic.")
    )
    status = models.CharField(max_length=255, blank=True)
    estimate_seconds = models.PositiveIntegerField(null=True, help_text=gettext_lazy("Jira's original estimate."))
    project = TenantKey(Project, on_delete=models.PROTECT, null=True, related_name="issues")
    parent = TenantKey("self", on_delete=models.SET_NULL, null=True, related_name="children")
    epic = TenantKey("self", on_delete=models.SET_NULL, null=True, related_name="descendants")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "external_id"], name="one_issue_an_id"),
        ]
        indexes = [models.Index(fields=["company", "key"])]

    def __str__(self) -> str:
        return self.key or f"issue {self.external_id}"

    @property
    def is_readable(self) -> bool:
        return bool(self.key)


class Worklog(TenantModel):
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
    seconds = models.PositiveIntegerField()
    billable_seconds = models.PositiveIntegerField()
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

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
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} on {self.day}"
