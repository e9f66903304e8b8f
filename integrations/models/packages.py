"""Sets of linked issues that are created on several instances at once."""

from django.db import models
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models import JiraInstance


class PackageTemplate(TenantModel):
    """One parent issue, below it a child for each element, alike on every instance."""

    name = models.CharField(gettext_lazy("name"), max_length=100)
    description = models.TextField(
        gettext_lazy("description"), blank=True, help_text=gettext_lazy("Shown in the parent issue.")
    )
    parent_type = models.CharField(gettext_lazy("parent type"), max_length=255, default="Task")
    child_type = models.CharField(gettext_lazy("child type"), max_length=255, default="Sub-task")

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        verbose_name = gettext_lazy("package template")
        verbose_name_plural = gettext_lazy("package templates")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_package_template_a_name")]

    def __str__(self) -> str:
        return self.name


class PackageInstance(TenantModel):
    """An instance on which the package is offered."""

    template = TenantKey(PackageTemplate, on_delete=models.CASCADE, related_name="offers")
    instance = TenantKey(JiraInstance, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["instance__name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "template", "instance"], name="one_package_an_instance")
        ]

    def __str__(self) -> str:
        return str(self.instance)


class PackageElement(TenantModel):
    """The summary of one child."""

    template = TenantKey(PackageTemplate, on_delete=models.CASCADE, related_name="elements")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["company", "template", "name"], name="one_package_element_a_name")
        ]

    def __str__(self) -> str:
        return self.name
