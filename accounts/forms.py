"""What people fill in about companies and themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_timezone


class CompanyForm(forms.Form):
    name = forms.CharField(max_length=200, label=_("Name of the company"))
    timezone = forms.CharField(
        max_length=64,
        label=_("Time zone"),
        validators=[validate_timezone],
        help_text=_("As in Europe/Madrid. It says which day it is for authors whose own zone Jira does not tell."),
    )
