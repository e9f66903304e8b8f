"""The people whose time is logged, and who they are on each instance."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.folded import FoldedField, WithFolded
from worklogs.models.instances import JiraInstance


def validate_team_slug(slug: str) -> None:
    if slug == "none":
        raise ValidationError(_("“none” is reserved for people without a team."))


class Team(WithFolded, TenantModel):
    name = models.CharField(gettext_lazy("name"), max_length=100)
    slug = models.SlugField(max_length=100, validators=[validate_team_slug])
    folded = FoldedField(of=["name"])

    class Meta(TenantModel.Meta):
        ordering = ["folded"]
        verbose_name = gettext_lazy("team")
        verbose_name_plural = gettext_lazy("teams")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_team_a_name"),
            models.UniqueConstraint(fields=["company", "slug"], name="one_team_a_slug"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(WithFolded, TenantModel):
    """Someone whose time is logged. Deactivated people keep their history."""

    name = models.CharField(gettext_lazy("name"), max_length=255)
    email = models.EmailField(gettext_lazy("e-mail"), blank=True)
    team = TenantKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=gettext_lazy("team"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("user"),
    )
    # An ADMIN has said which user it is, or that it is none: no address changes that.
    has_settled_user = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)
    folded = FoldedField(of=["name", "email"])

    of_members: ClassVar = ("user",)  # `check_isolation` looks after it

    class Meta(TenantModel.Meta):
        ordering = ["folded"]
        verbose_name = gettext_lazy("person")
        verbose_name_plural = gettext_lazy("people")
        indexes = [
            models.Index(fields=["company", "email"]),
            models.Index(fields=["company", "user"]),
            models.Index(fields=["company", "name"], name="person_name"),  # who else has it
        ]

    def __str__(self) -> str:
        return self.name


class JiraAccount(TenantModel):
    """A person's identity on one instance: the accountId of Cloud, the user key of Data Center."""

    instance = TenantKey(
        JiraInstance, on_delete=models.CASCADE, related_name="accounts", verbose_name=gettext_lazy("instance")
    )
    account_id = models.CharField(gettext_lazy("account ID"), max_length=255)
    person = TenantKey(Person, on_delete=models.PROTECT, related_name="accounts", verbose_name=gettext_lazy("person"))
    former = TenantKey(
        "FormerPerson", on_delete=models.SET_NULL, null=True, editable=False, related_name="accounts"
    )  # whose it was before a merge
    name = models.CharField(gettext_lazy("name"), max_length=255, blank=True)
    email = models.EmailField(gettext_lazy("e-mail"), blank=True)
    joined_by = models.EmailField(blank=True, editable=False)  # the address that made it its person's; a hint only
    timezone = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)

    class Meta(TenantModel.Meta):
        verbose_name = gettext_lazy("Jira account")
        verbose_name_plural = gettext_lazy("Jira accounts")
        constraints = [
            models.UniqueConstraint(fields=["company", "instance", "account_id"], name="one_account_an_id"),
        ]
        indexes = [models.Index(fields=["company", "account_id"])]

    def __str__(self) -> str:
        return self.name or self.account_id
