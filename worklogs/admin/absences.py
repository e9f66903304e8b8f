"""Settings about holidays and hours of work."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from worklogs.admin.rows import HoursAdmin, RowsFormSet, RowsInline, kept
from worklogs.countries import countries
from worklogs.folding import sort_key
from worklogs.hours import h_mm, seconds_of
from worklogs.models import Holiday, HolidayCalendar, PersonSchedule, WorkSchedule
from worklogs.models.absences import WEEKDAYS
from worklogs.public_holidays import UnknownPlace, add_public_holidays, subdivision_of

A_DAY = 24 * 3600
FIRST_YEAR, LAST_YEAR = 2000, 2100


def this_year() -> int:
    return timezone.localdate().year


class DefaultAdmin(HoursAdmin):
    """Of rows of which one is the company's default: the first one is, unless somebody says otherwise."""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        has_default = self.model._default_manager.filter(is_default=True).exists()
        return {"is_default": not has_default} | super().get_changeform_initial_data(request)


class CalendarForm(forms.ModelForm[HolidayCalendar]):
    country = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Country"),
        choices=lambda: [("", gettext_lazy("None: enter every holiday by hand")), *countries().items()],
        help_text=gettext_lazy("Its public holidays can be added year by year with the list’s action."),
    )

    class Meta:
        model = HolidayCalendar
        fields = ["name", "country", "subdivision", "is_default"]

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        country, subdivision = asked.get("country", ""), asked.get("subdivision", "").strip()
        if subdivision and not country:
            self.add_error("subdivision", _("Choose a country."))
        elif subdivision:
            try:
                asked["subdivision"] = subdivision_of(country, subdivision)
            except UnknownPlace as error:
                told = {"text": subdivision, "country": countries()[country], "known": error}
                text = _("%(country)s has no region “%(text)s”. Available: %(known)s.")
                none = _("No regions of %(country)s are known. Leave this empty.")
                self.add_error("subdivision", (text if str(error) else none) % told)
        return asked


class YearForm(ActionForm):
    year = forms.IntegerField(
        required=False, label=gettext_lazy("Year:"), initial=this_year, widget=forms.NumberInput(attrs={"size": 5})
    )


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(DefaultAdmin):
    form = CalendarForm
    action_form = YearForm
    list_display = ["name", "place", "holidays", "is_default"]
    search_fields = ["name", "country"]
    fields = ["name", "country", "subdivision", "is_default"]
    actions = ["add_year"]
    deletable = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[HolidayCalendar]":
        return HolidayCalendar.objects.annotate(number=Count("holidays"))

    @admin.display(description=gettext_lazy("Place"))
    def place(self, calendar: HolidayCalendar) -> str:
        return calendar.place

    @admin.display(description=gettext_lazy("Holidays"), ordering="number")
    def holidays(self, calendar: Any) -> int:
        return int(calendar.number)

    def refusal(self, obj: HolidayCalendar) -> str:
        names = ", ".join(map(str, obj.schedules.all()))
        if names:
            return _("These schedules use it: %(names)s. Assign another calendar to them first.") % {"names": names}
        kept = obj.holidays.filter(Q(day__lt=timezone.localdate()) | Q(public_day=None)).count()
        text = ngettext(
            "%(n)s past or manually entered holiday would be lost. You can keep the calendar: it has "
            "no effect unless a schedule uses it or it’s the default.",
            "%(n)s past or manually entered holidays would be lost. You can keep the calendar: it "
            "has no effect unless a schedule uses it or it’s the default.",
            kept,
        )
        return text % {"n": kept} if kept else ""

    def lost(self, obj: HolidayCalendar) -> dict[str, Any]:
        return {"holidays": obj.holidays.count()}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        stays, _counts, lacking, refusals = super().get_deleted_objects(objs, request)
        return stays, {_("holidays"): Holiday.objects.filter(calendar__in=objs).count()}, lacking, refusals

    @admin.action(description=gettext_lazy("Add a year’s public holidays"))
    def add_year(self, request: HttpRequest, queryset: "QuerySet[HolidayCalendar]") -> None:
        year = forms.IntegerField(required=False).clean(request.POST.get("year")) or this_year()
        if not FIRST_YEAR <= year <= LAST_YEAR:
            told = _("Choose a year between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            self.message_user(request, told, messages.ERROR)
            return
        for calendar in queryset:
            self._add_year(request, calendar, year)

    def _add_year(self, request: HttpRequest, calendar: HolidayCalendar, year: int) -> None:
        told: dict[str, Any] = {"calendar": calendar, "year": year}
        if not calendar.country:
            self.message_user(request, _("%(calendar)s has no country. Choose one first.") % told, messages.ERROR)
            return
        added = add_public_holidays(calendar, year)
        told |= {"n": len(added.new), "known": added.known}
        if not added.new and not added.known:
            text = _("%(calendar)s: no public holidays are available for %(year)s.") % told
            self.message_user(request, text, messages.WARNING)
            return
        text = ngettext(
            "%(calendar)s: added %(n)s holiday for %(year)s; %(known)s already existed.",
            "%(calendar)s: added %(n)s holidays for %(year)s; %(known)s already existed.",
            len(added.new),
        )
        if added.new:
            self.audit(request, "holidays added", calendar, year=year, added=len(added.new))
        self.message_user(request, text % told, messages.SUCCESS)


@admin.register(Holiday)
class HolidayAdmin(HoursAdmin):
    list_display = ["name", "day", "calendar", "is_half_day", "is_active"]
    list_filter = ["calendar", "is_half_day", "is_active"]
    list_select_related = ["calendar"]
    search_fields = ["name", "calendar__name"]
    date_hierarchy = "day"
    ordering = ["-day", "name"]
    fields = ["calendar", "day", "name", "is_half_day", "is_active"]
    deletable = True

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        default = HolidayCalendar.objects.filter(is_default=True).first()
        return ({"calendar": default.pk} if default else {}) | super().get_changeform_initial_data(request)

    def history(self, obj: Holiday) -> str:
        if obj.public_day:
            return _("it’s a public holiday and would return the next time public holidays are added.")
        return ""


class HoursField(forms.CharField):
    """Hours as people write them, seconds for the model."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"size": 6}), **options})

    def prepare_value(self, value: Any) -> Any:
        return h_mm(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return 0
        try:
            seconds = seconds_of(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if seconds > A_DAY:
            raise ValidationError(_("A day can’t have more than 24 hours."))
        return seconds


class ScheduleForm(forms.ModelForm[WorkSchedule]):
    monday_seconds = HoursField(required=False, label=gettext_lazy("Monday"))
    tuesday_seconds = HoursField(required=False, label=gettext_lazy("Tuesday"))
    wednesday_seconds = HoursField(required=False, label=gettext_lazy("Wednesday"))
    thursday_seconds = HoursField(required=False, label=gettext_lazy("Thursday"))
    friday_seconds = HoursField(required=False, label=gettext_lazy("Friday"))
    saturday_seconds = HoursField(required=False, label=gettext_lazy("Saturday"))
    sunday_seconds = HoursField(required=False, label=gettext_lazy("Sunday"))


HOURS = tuple(f"{weekday}_seconds" for weekday in WEEKDAYS)


@admin.register(WorkSchedule)
class WorkScheduleAdmin(DefaultAdmin):
    form = ScheduleForm
    list_display = ["name", "hours_a_week", "calendar", "is_default"]
    list_filter = ["calendar"]
    list_select_related = ["calendar"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "calendar", "is_default"]}),
        (
            gettext_lazy("Hours"),
            {
                "fields": [HOURS],
                "description": gettext_lazy("For example 8, 7:30 or 7.5. Leave empty if the day isn’t worked."),
            },
        ),
    ]
    deletable = True

    @admin.display(description=gettext_lazy("Hours per week"))
    def hours_a_week(self, schedule: WorkSchedule) -> str:
        return h_mm(sum(schedule.week))

    def refusal(self, obj: WorkSchedule) -> str:
        names = ", ".join(sorted({str(each.person) for each in obj.people.select_related("person")}, key=sort_key))
        if names:
            return _("These people use it: %(names)s. Assign another schedule to them first.") % {"names": names}
        if obj.is_default and WorkSchedule.objects.exclude(pk=obj.pk).exists():
            return _("This is the default. Choose another default first.")
        return ""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        changes: dict[str, Any] = super().construct_change_message(request, form, formsets, add)
        return {
            name.removesuffix("_seconds"): [None if each is None else h_mm(each) for each in change]
            if name in HOURS
            else change
            for name, change in changes.items()
        }


class SchedulesFormSet(RowsFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = sorted((form.instance for form in kept(self)), key=lambda row: row.first_day)
        for earlier, later in zip(rows, rows[1:], strict=False):
            if earlier.last_day is None or earlier.last_day >= later.first_day:
                raise ValidationError(
                    _("Two schedules overlap on %(day)s: “%(earlier)s” and “%(later)s”.")
                    % {"day": later.first_day, "earlier": earlier, "later": later}
                )


class SchedulesInline(RowsInline):
    model = PersonSchedule
    formset = SchedulesFormSet
    fields = ["schedule", "first_day", "last_day"]
