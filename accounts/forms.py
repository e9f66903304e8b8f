"""What people fill in about companies and themselves."""

import zoneinfo
from itertools import groupby

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_timezone


def zones() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Every zone of a place, by continent, and UTC. Other spellings of the same zones are accepted and not offered."""
    places = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    by_continent = groupby(places, key=lambda name: name.split("/")[0])
    return [("UTC", "UTC")] + [
        (continent, [(name, name.partition("/")[2].replace("_", " ")) for name in names])
        for continent, names in by_continent
    ]


class CompanyForm(forms.Form):
    name = forms.CharField(max_length=200, label=_("Company name"))
    timezone = forms.CharField(
        max_length=64,
        label=_("Time zone"),
        initial="UTC",
        validators=[validate_timezone],
        widget=forms.Select(choices=zones(), attrs={"data-own-zone": True}),
        help_text=_("Used for authors whose time zone isn’t available from Jira."),
    )
