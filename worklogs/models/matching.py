"""What the comparison of complementary instances leaves out, and what it puts together."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.instances import InstanceGroup
from worklogs.models.people import Team

PATTERN = re.compile(r"[A-Z0-9_*-]+")
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]+-[1-9]\d*")


def validate_pattern(pattern: str) -> None:
    if not PATTERN.fullmatch(pattern.upper()) or not pattern.strip("*-"):
        raise ValidationError(
            _("“%(text)s” isn’t a pattern of issue keys. Use a pattern such as ADMIN-*.") % {"text": pattern}
        )


def validate_issue_key(key: str) -> None:
    if not ISSUE_KEY.fullmatch(key.upper()):
        raise ValidationError(_("“%(text)s” isn’t an issue key. Use a key such as OPS-1.") % {"text": key})


class Exclusion(TenantModel):
    """Issues on which the instances of a group are not compared."""

    pattern = models.CharField(
        gettext_lazy("pattern"),
        max_length=60,
        validators=[validate_pattern],
        help_text=gettext_lazy("An issue key, where * matches anything: ADMIN-* is the whole project ADMIN."),
    )
    description = models.CharField(gettext_lazy("description"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["pattern"]
        verbose_name = gettext_lazy("exclusion")
        verbose_name_plural = gettext_lazy("exclusions")
        constraints = [models.UniqueConstraint(fields=["company", "pattern"], name="one_exclusion_a_pattern")]

    def __str__(self) -> str:
        return self.pattern


class GenericIssue(TenantModel):
    """An issue of a group's primary instance, on which the time stands that the other members log on many.

    `types` name which ones; of people of one team where there is one. A team's own rule goes before the one for all.
    """

    group = TenantKey(
        InstanceGroup, on_delete=models.PROTECT, related_name="generic_issues", verbose_name=gettext_lazy("group")
    )
    key = models.CharField(
        gettext_lazy("issue"),
        max_length=60,
        validators=[validate_issue_key],
        help_text=gettext_lazy("Its key, for example OPS-1."),
    )
    team = TenantKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("team"),
        help_text=gettext_lazy("Leave empty for everyone."),
    )
    description = models.CharField(gettext_lazy("description"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["key", "id"]
        verbose_name = gettext_lazy("generic issue")
        verbose_name_plural = gettext_lazy("generic issues")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "group", "key", "team"],
                name="one_generic_issue_a_team",
                violation_error_message=gettext_lazy("This issue is already a generic issue for this team."),
            ),
            models.UniqueConstraint(
                fields=["company", "group", "key"],
                condition=Q(team=None),
                name="one_generic_issue_for_all",
                violation_error_message=gettext_lazy("This issue is already a generic issue for everyone."),
            ),
        ]

    def __str__(self) -> str:
        return _("%(issue)s for %(team)s") % {"issue": self.key, "team": self.team} if self.team else self.key


class GenericIssueType(TenantModel):
    """By its name: that is what an issue tells of its type."""

    generic_issue = TenantKey(GenericIssue, on_delete=models.CASCADE, related_name="types")
    name = models.CharField(max_length=255)

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "generic_issue", "name"], name="one_generic_issue_type_a_name")
        ]

    def __str__(self) -> str:
        return self.name
