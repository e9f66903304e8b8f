"""When people work: the hours of their week, and the days on which nobody does."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenancy import TenantKey, TenantModel
from worklogs.models.people import Person

FULL_DAY = 8 * 3600
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OneDefault(TenantModel):
    """One row of the company is its default: the one that was made it last."""

    is_default = models.BooleanField(gettext_lazy("default"), default=False)

    class Meta(TenantModel.Meta):
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints({*(exclude or ()), "is_default"})

    @transaction.atomic
    def save(self, *args: Any, **options: Any) -> None:
        if self.is_default:
            type(self).objects.filter(is_default=True).exclude(pk=self.pk).update(is_default=False)
        super().save(*args, **options)


class HolidayCalendar(OneDefault):
    """The holidays of one place. Country and subdivision as the library of public holidays names them."""

    name = models.CharField(gettext_lazy("name"), max_length=100)
    country = models.CharField(
        gettext_lazy("country"),
        max_length=2,
        blank=True,
        help_text=gettext_lazy("Used to add public holidays."),
    )
    subdivision = models.CharField(
        gettext_lazy("region"),
        max_length=40,
        blank=True,
        help_text=gettext_lazy("For example MD for Madrid, Spain. Leave empty for the whole country."),
    )

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        verbose_name = gettext_lazy("holiday calendar")
        verbose_name_plural = gettext_lazy("holiday calendars")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_calendar_a_name"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="one_default_calendar"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """`ES, MD`; empty where the company enters every holiday itself."""
        return ", ".join(part for part in (self.country, self.subdivision) if part)


class Holiday(TenantModel):
    """`public_day` is the day that the library gives it: whatever the company changes, it is not added again."""

    calendar = TenantKey(
        HolidayCalendar, on_delete=models.CASCADE, related_name="holidays", verbose_name=gettext_lazy("calendar")
    )
    day = models.DateField(gettext_lazy("day"))
    name = models.CharField(gettext_lazy("name"), max_length=200)
    is_half_day = models.BooleanField(gettext_lazy("half day"), default=False)
    is_active = models.BooleanField(
        gettext_lazy("active"), default=True, help_text=gettext_lazy("Inactive holidays count as ordinary days.")
    )
    public_day = models.DateField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ["day", "name"]
        verbose_name = gettext_lazy("holiday")
        verbose_name_plural = gettext_lazy("holidays")
        constraints = [
            models.UniqueConstraint(fields=["company", "calendar", "day", "name"], name="one_holiday_a_name"),
            models.UniqueConstraint(fields=["company", "calendar", "public_day"], name="one_public_holiday_a_day"),
        ]

    def __str__(self) -> str:
        return _("%(name)s, %(day)s") % {"name": self.name, "day": self.day}


def seconds_column(weekday: Any, seconds: int) -> Any:
    return models.PositiveIntegerField(weekday, default=seconds)


class WorkSchedule(OneDefault):
    """The hours of one's week, and the calendar of one's holidays."""

    name = models.CharField(gettext_lazy("name"), max_length=100)
    monday_seconds = seconds_column(gettext_lazy("Monday"), FULL_DAY)
    tuesday_seconds = seconds_column(gettext_lazy("Tuesday"), FULL_DAY)
    wednesday_seconds = seconds_column(gettext_lazy("Wednesday"), FULL_DAY)
    thursday_seconds = seconds_column(gettext_lazy("Thursday"), FULL_DAY)
    friday_seconds = seconds_column(gettext_lazy("Friday"), FULL_DAY)
    saturday_seconds = seconds_column(gettext_lazy("Saturday"), 0)
    sunday_seconds = seconds_column(gettext_lazy("Sunday"), 0)
    calendar = TenantKey(
        HolidayCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="schedules",
        verbose_name=gettext_lazy("calendar"),
        help_text=gettext_lazy("Leave empty to use the default calendar."),
    )

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        verbose_name = gettext_lazy("work schedule")
        verbose_name_plural = gettext_lazy("work schedules")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_work_schedule_a_name"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="one_default_schedule"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def week(self) -> tuple[int, ...]:
        """Seconds from Monday to Sunday."""
        return tuple(getattr(self, f"{weekday}_seconds") for weekday in WEEKDAYS)


class PersonSchedule(TenantModel):
    """From when to when a person has a schedule; on other days the default one holds."""

    person = TenantKey(Person, on_delete=models.CASCADE, related_name="schedules")
    schedule = TenantKey(
        WorkSchedule, on_delete=models.PROTECT, related_name="people", verbose_name=gettext_lazy("work schedule")
    )
    first_day = models.DateField(gettext_lazy("first day"))
    last_day = models.DateField(
        gettext_lazy("last day"), null=True, blank=True, help_text=gettext_lazy("Leave empty if it has no end.")
    )

    class Meta(TenantModel.Meta):
        ordering = ["first_day"]
        verbose_name = gettext_lazy("schedule of the person")
        verbose_name_plural = gettext_lazy("schedules of the person")
        constraints = [
            models.UniqueConstraint(fields=["company", "person", "first_day"], name="one_schedule_a_day"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="schedule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        text = _("%(schedule)s from %(first)s to %(last)s") if self.last_day else _("%(schedule)s from %(first)s")
        return text % {"schedule": self.schedule, "first": self.first_day, "last": self.last_day}

    def clean(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The last day is before the first day.")})
