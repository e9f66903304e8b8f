"""Totals of the worklogs, kept by ingest in the transaction that writes them, so that a year reads like a day.

Each table is one GROUP BY of the worklogs; `TOTALS` lists them all and `keys` names the columns it groups by.
An epic of 0 means "no epic": NULL would need its own case in every key, index and comparison.
"""

from typing import Any, ClassVar

from django.db import models

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.instances import JiraInstance
from worklogs.models.people import Person
from worklogs.models.work import Issue

NO_EPIC = 0


def key_to(model: type[models.Model], **options: Any) -> TenantKey:
    """A key without constraint or index of its own: totals are derived, and the unique index leads with company."""
    return TenantKey(
        model, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options
    )


class Total(TenantModel):
    keys: ClassVar[tuple[str, ...]]
    instance = key_to(JiraInstance)
    seconds = models.BigIntegerField()
    billable_seconds = models.BigIntegerField()
    worklogs = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        abstract = True


class DayTotal(Total):
    day = models.DateField()
    keys = ("day", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "instance"], name="day_total")]


class MonthTotal(Total):
    """`day` is the first of the month, here and below."""

    day = models.DateField()
    keys = ("day", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "instance"], name="month_total")]


class PersonDayTotal(Total):
    day = models.DateField()
    person = key_to(Person)
    keys = ("day", "person_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "person", "instance"], name="person_day_total")
        ]
        indexes = [models.Index(fields=["company", "person", "day"], name="person_day_total_person")]


class PersonMonthTotal(Total):
    day = models.DateField()
    person = key_to(Person)
    keys = ("day", "person_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "person", "instance"], name="person_month_total")
        ]


class EpicDayTotal(Total):
    day = models.DateField()
    epic = key_to(Issue, default=NO_EPIC)
    keys = ("day", "epic_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "epic", "instance"], name="epic_day_total")]


class EpicMonthTotal(Total):
    day = models.DateField()
    epic = key_to(Issue, default=NO_EPIC)
    keys = ("day", "epic_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "epic", "instance"], name="epic_month_total")]


GRAINS: tuple[tuple[type[Total], type[Total]], ...] = (
    (DayTotal, MonthTotal),
    (PersonDayTotal, PersonMonthTotal),
    (EpicDayTotal, EpicMonthTotal),
)
TOTALS: tuple[type[Total], ...] = tuple(total for grain in GRAINS for total in grain)
