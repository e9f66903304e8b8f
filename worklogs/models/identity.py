"""What ADMINs have decided about who is who, so that it can be undone and no sync decides otherwise."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.people import Person, Team


class FormerPerson(TenantModel):
    """Someone who was merged into a person, as they were: their accounts can be separated again, one by one.

    `person` is who they are once the first account was. `schedules` are [id, first day, last day or None];
    `given` names what `into` took over: e-mail, team, user, schedules.
    """

    into = TenantKey(Person, on_delete=models.CASCADE, related_name="former_people")
    person = TenantKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    email = models.EmailField(blank=True)
    team = TenantKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    has_settled_user = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    schedules = models.JSONField(default=list)
    given = models.JSONField(default=list)

    of_members: ClassVar = ("user",)

    class Meta(TenantModel.Meta):
        pass

    def __str__(self) -> str:
        return self.name


class DifferentPeople(TenantModel):
    """Two people that an ADMIN told apart: they are not suggested as one again. The one of the lower key is first."""

    first = TenantKey(Person, on_delete=models.CASCADE, related_name="+")
    second = TenantKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "first", "second"], name="told_apart_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"
