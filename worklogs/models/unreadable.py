"""What a Jira or a Tempo shows and nobody can read: kept in sight until it is corrected there."""

from django.db import models

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.instances import JiraInstance

NO_ID = "? "  # begins what stands in place of an id, which has no space


class UnreadableRow(TenantModel):
    """A row that came with a value that cannot be: a negative time, a year 12026. Its hours are as stored before, or
    missing."""

    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=5)
    kind = models.CharField(max_length=20)  # worklog, issue, change, deletion
    external_id = models.CharField(max_length=64, blank=True)  # NO_ID and a digest of the row where it has none
    field = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=255)
    issue_id = models.CharField(max_length=64, blank=True)  # its id in Jira, of a worklog that tells one
    seen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["company", "instance", "source", "kind", "external_id"], name="one_unreadable_row_an_id"
            ),
        ]

    def __str__(self) -> str:
        own_id = "" if self.external_id.startswith(NO_ID) else self.external_id
        return f"{self.source.title()} {self.kind} {own_id}".strip()
