"""What people fill in about their reports."""

from typing import Any, cast

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.middleware import CompanyRequest
from accounts.models import Membership, Role
from accounts.permissions import has_role
from worklogs.models import ReportSchedule
from worklogs.models.reports import Page

AS_DAYS = "days"


class SaveForm(forms.Form):
    """`query` is that of the page as it stands; `keep` is a preset, or that the days stay."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"class": "input"}))
    keep = forms.CharField(required=False, max_length=20)
    is_shared = forms.BooleanField(required=False, label=_("Share with the company"))
    is_default = forms.BooleanField(required=False, label=_("Make it the default view of this page"))
    page = forms.ChoiceField(choices=Page.choices)
    query = forms.CharField(required=False, max_length=20_000, strip=False)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class ReportForm(forms.Form):
    """What may be changed of a report; whether the name is taken is for whoever saves to say."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"class": "input"}))
    is_shared = forms.BooleanField(
        required=False,
        label=_("Share with the company"),
        help_text=_("Everyone opens it with their own access: users only see their own hours."),
    )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class ScheduleForm(forms.ModelForm[ReportSchedule]):
    """`members` are the company's for a MANAGER; anyone else sends to nobody but themselves."""

    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=[(day + 1, name) for day, name in WEEKDAYS.items()]
    )
    hour = forms.TypedChoiceField(label=_("Time"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)])
    members = forms.ModelMultipleChoiceField(
        label=_("To"), queryset=Membership.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ReportSchedule
        fields = ["cadence", "weekday", "month_day", "hour", "is_active"]

    def __init__(self, *args: Any, request: CompanyRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        everyone = Membership.objects.filter(user__is_active=True).select_related("user").order_by("user__email")
        field = cast("forms.ModelMultipleChoiceField[Membership]", self.fields["members"])
        field.queryset = everyone if has_role(request, Role.MANAGER) else everyone.filter(user=request.user)
        field.initial = [request.membership.pk]
        if self.instance.pk:
            field.initial = list(self.instance.recipients.values_list("membership", flat=True))
        for name in ("cadence", "weekday", "month_day", "hour"):
            self.fields[name].widget.attrs["class"] = "input"
