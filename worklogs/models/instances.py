"""The Jiras that a company logs time in."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import validate_timezone
from accounts.tenancy import TenantKey, TenantModel


class JiraInstance(TenantModel):
    """One Jira, with or without Tempo. Its credentials live with the integrations."""

    class Kind(models.TextChoices):
        CLOUD = "cloud", "Cloud"
        DATA_CENTER = "data_center", "Data Center"

    name = models.CharField(gettext_lazy("name"), max_length=100)
    slug = models.SlugField(max_length=100)
    url = models.URLField(
        "URL",
        help_text=gettext_lazy(
            "The instance’s address, or https://api.atlassian.com/ex/jira/<cloud id> for scoped tokens."
        ),
    )
    kind = models.CharField(gettext_lazy("kind"), max_length=12, choices=Kind, default=Kind.CLOUD)
    timezone = models.CharField(
        gettext_lazy("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_timezone],
        help_text=gettext_lazy(
            "Used for authors whose time zone isn’t available from Jira. Leave empty to use the company’s."
        ),
    )
    has_tempo = models.BooleanField(gettext_lazy("with Tempo"), default=False, editable=False)
    connections = models.PositiveSmallIntegerField(
        gettext_lazy("connections"), default=4, help_text=gettext_lazy("Number of parallel requests.")
    )
    is_active = models.BooleanField(gettext_lazy("active"), default=True)
    synced_at = models.DateTimeField(gettext_lazy("last synced"), null=True, editable=False)
    sync_error = models.TextField(blank=True, editable=False)
    # First and last day of each span of days that was read, in their order; empty while nobody knows.
    days_read = models.JSONField(default=list, editable=False)

    first_day: date | None = None  # of its worklogs, where `with_first_days` has asked for it

    class Meta(TenantModel.Meta):
        ordering = ["id"]
        verbose_name = gettext_lazy("Jira instance")
        verbose_name_plural = gettext_lazy("Jira instances")
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


class InstanceGroup(TenantModel):
    """Complementary instances: the same work is logged on each of them, and the primary one's hours count."""

    name = models.CharField(gettext_lazy("name"), max_length=100)

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        verbose_name = gettext_lazy("instance group")
        verbose_name_plural = gettext_lazy("instance groups")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_group_a_name")]

    def __str__(self) -> str:
        return self.name


class InstanceGroupMember(TenantModel):
    group = TenantKey(InstanceGroup, on_delete=models.CASCADE, related_name="members")
    instance = TenantKey(
        JiraInstance, on_delete=models.CASCADE, related_name="+", verbose_name=gettext_lazy("instance")
    )
    is_primary = models.BooleanField(gettext_lazy("primary"), default=False)

    class Meta(TenantModel.Meta):
        ordering = ["-is_primary", "instance__name"]
        verbose_name = gettext_lazy("member of the group")
        verbose_name_plural = gettext_lazy("members of the group")
        constraints = [
            models.UniqueConstraint(fields=["company", "instance"], name="one_group_an_instance"),
            models.UniqueConstraint(
                fields=["company", "group"], condition=models.Q(is_primary=True), name="one_primary_a_group"
            ),
        ]

    def __str__(self) -> str:
        return _("%(instance)s (primary)") % {"instance": self.instance} if self.is_primary else str(self.instance)

    def unique_error_message(self, model_class: Any, unique_check: Any) -> ValidationError:
        return ValidationError(_("%(instance)s is already in a group.") % {"instance": self.instance})

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Less the one primary: members that trade places are right only together, as the form that has them sees."""
        super().validate_constraints({*(exclude or ()), "group"})


class IssueType(TenantModel):
    """What an instance calls a kind of issue. Types that it no longer tells are inactive."""

    instance = TenantKey(
        JiraInstance, on_delete=models.CASCADE, related_name="issue_types", verbose_name=gettext_lazy("instance")
    )
    external_id = models.CharField(gettext_lazy("ID in Jira"), max_length=64)
    name = models.CharField(gettext_lazy("name"), max_length=255)
    level = models.SmallIntegerField(
        gettext_lazy("level"),
        null=True,
        help_text=gettext_lazy("Jira’s hierarchyLevel. Data Center doesn’t provide it."),
    )
    is_subtask = models.BooleanField(gettext_lazy("sub-task"), default=False)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)

    class Meta(TenantModel.Meta):
        verbose_name = gettext_lazy("issue type")
        verbose_name_plural = gettext_lazy("issue types")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "external_id"], name="one_issue_type_an_id"),
        ]

    def __str__(self) -> str:
        return self.name
