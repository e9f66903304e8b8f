"""The Jiras that a company logs time in."""

from django.db import models

from accounts.models import validate_timezone
from accounts.tenancy import TenantModel


class JiraInstance(TenantModel):
    """One Jira, with or without Tempo. Its credentials live with the integrations."""

    class Kind(models.TextChoices):
        CLOUD = "cloud", "Cloud"
        DATA_CENTER = "data_center", "Data Center"

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    url = models.URLField(
        "URL", help_text="The site, or https://api.atlassian.com/ex/jira/<cloud id> for scoped tokens."
    )
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CLOUD)
    timezone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_timezone],
        help_text="Of authors whose own time zone Jira does not tell; empty: the company's.",
    )
    has_tempo = models.BooleanField(default=False, editable=False)
    connections = models.PositiveSmallIntegerField(default=4, help_text="Requests at the same time.")
    is_active = models.BooleanField(default=True)
    synced_at = models.DateTimeField(null=True, editable=False)
    sync_error = models.TextField(blank=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_instance_a_name"),
            models.UniqueConstraint(fields=["company", "slug"], name="one_instance_a_slug"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What kind of Jira it is, in words: `Cloud, Tempo`."""
        return self.get_kind_display() + (", Tempo" if self.has_tempo else "")
