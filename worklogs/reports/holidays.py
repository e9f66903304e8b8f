"""On which days a person does not work because nobody of the place does."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from worklogs.models import Holiday, HolidayCalendar, PersonSchedule, WorkSchedule
from worklogs.periods import Period


def holidays_of(person: int, period: Period) -> Mapping[date, str]:
    """Their names, in one statement. Half days are days of work.

    The calendar is that of the person's own schedule in the period, else of the default schedule, else the default one.
    """
    own = PersonSchedule.objects.filter(person=person, first_day__lte=period.last)
    own = own.filter(Q(last_day=None) | Q(last_day__gte=period.first)).order_by("-first_day")
    calendar = Coalesce(
        Subquery(own.values("schedule__calendar")[:1]),
        Subquery(WorkSchedule.objects.filter(is_default=True).order_by().values("calendar")[:1]),
        Subquery(HolidayCalendar.objects.filter(is_default=True).order_by().values("id")[:1]),
    )
    days = Holiday.objects.filter(is_active=True, is_half_day=False, day__gte=period.first, day__lte=period.last)
    return dict(days.filter(calendar=calendar).values_list("day", "name"))
