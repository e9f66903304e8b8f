"""Totals of the worklogs, kept by ingest in the transaction that writes them, so that a year reads like a day.

Each table is one GROUP BY of the worklogs; `TOTALS` lists them all and `keys` names the columns it groups by.
Rows of a monthly table have the first of the month as their `day`.
An epic or project of 0 means "without one": NULL would need its own case in every key, index and comparison.
"""

from typing import Any, ClassVar

from django.db import models

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.instances import JiraInstance
from worklogs.models.people import Person
from worklogs.models.work import Issue, Project

WITHOUT = 0


def key_to(model: type[models.Model], **options: Any) -> TenantKey:
    """A key without constraint or index of its own: totals are derived, and the unique index leads with company."""
    return TenantKey(
        model, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options
    )


class Total(TenantModel):
    keys: ClassVar[tuple[str, ...]]
    is_monthly: ClassVar[bool] = False
    day = models.DateField()
    instance = key_to(JiraInstance)
    seconds = models.BigIntegerField()
    billable_seconds = models.BigIntegerField()
    worklogs = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        abstract = True


class DayTotal(Total):
    keys = ("day", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "instance"], name="day_total")]


class MonthTotal(Total):
    is_monthly = True
    keys = ("day", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "instance"], name="month_total")]


class PersonDayTotal(Total):
    person = key_to(Person)
    keys = ("day", "person_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "person", "instance"], name="person_day_total")
        ]
        indexes = [models.Index(fields=["company", "person", "day"], name="person_day_total_person")]


class PersonMonthTotal(Total):
    is_monthly = True
    person = key_to(Person)
    keys = ("day", "person_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "person", "instance"], name="person_month_total")
        ]


class EpicDayTotal(Total):
    epic = key_to(Issue, default=WITHOUT)
    keys = ("day", "epic_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "epic", "instance"], name="epic_day_total")]
        indexes = [models.Index(fields=["company", "epic", "day"], name="epic_day_total_epic")]


class EpicMonthTotal(Total):
    is_monthly = True
    epic = key_to(Issue, default=WITHOUT)
    keys = ("day", "epic_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "day", "epic", "instance"], name="epic_month_total")]


class ProjectDayTotal(Total):
    project = key_to(Project, default=WITHOUT)
    keys = ("day", "project_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "project", "instance"], name="project_day_total")
        ]


class ProjectMonthTotal(Total):
    is_monthly = True
    project = key_to(Project, default=WITHOUT)
    keys = ("day", "project_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "project", "instance"], name="project_month_total")
        ]


class PersonEpicMonthTotal(Total):
    """Has no daily twin: by day, this is hardly smaller than the worklogs."""

    is_monthly = True
    person = key_to(Person)
    epic = key_to(Issue, default=WITHOUT)
    keys = ("day", "person_id", "epic_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["company", "day", "person", "epic", "instance"], name="person_epic_month_total"
            )
        ]


class IssueMonthTotal(Total):
    """Has no daily twin either. An issue is of one instance; the key repeats it as every table's does."""

    is_monthly = True
    issue = key_to(Issue)
    keys = ("day", "issue_id", "instance_id")

    class Meta(Total.Meta):
        constraints = [
            models.UniqueConstraint(fields=["company", "day", "issue", "instance"], name="issue_month_total")
        ]


# The smaller ones first: who asks takes the first that has the columns.
TOTALS: tuple[type[Total], ...] = (
    MonthTotal,
    ProjectMonthTotal,
    PersonMonthTotal,
    EpicMonthTotal,
    PersonEpicMonthTotal,
    IssueMonthTotal,
    DayTotal,
    ProjectDayTotal,
    PersonDayTotal,
    EpicDayTotal,
)
