"""What people fill in about instances."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.connection import Access
from integrations.hosts import UnsafeUrl, check_url, site_url
from integrations.instances import KnownInstance, refuse_known
from integrations.session import ApiError
from integrations.typed_tokens import LONGEST_TOKEN
from worklogs.models import JiraInstance
from worklogs.sync_words import in_readers_words

LONGEST_URL, LONGEST_EMAIL = 200, 254  # what the rows take
# What a sync advises, and what fits whoever is only adding the instance: nothing of it is stored, or runs again.
ADVICE = {
    "No data was lost. Sync again later.": "Check the address, or try again later.",
    "Jira rejected the token (401). Create a new API token and put it in the instance’s credentials.": (
        "Jira rejected the token (401). Check the token and its account’s e-mail."
    ),
    "Create a new API token and put it in the instance’s credentials.": "Check the token.",
    "then sync again.": "then try again.",
}
NEEDS_EMAIL = _("Enter the e-mail of the token’s account. Jira Cloud requires it.")
CLOUD_ONLY = _("Only Tempo Cloud is supported. Leave this empty for Data Center.")
KEPT = _("Saved for this form. Leave empty to keep it.")


class UrlField(forms.CharField):
    """An address that may be asked, in the one spelling in which it is stored; any page of a site means the site."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_URL, **options})

    def to_python(self, value: Any) -> str:
        url = site_url(str(super().to_python(value)))
        try:
            return check_url(url) if url else ""
        except UnsafeUrl as error:
            raise forms.ValidationError(in_readers_words(str(error))) from error


class TokenInput(forms.PasswordInput):
    """Written and never shown again, not even when the form comes back."""

    def use_required_attribute(self, initial: Any) -> bool:
        return not initial


class TokenField(forms.CharField):
    """One that was kept from an earlier try of the form is meant where none is typed."""

    widget = TokenInput
    kept = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TOKEN, **options})
        self.widget.attrs["autocomplete"] = "off"

    def keep(self, token: str) -> None:
        self.kept, self.help_text, self.initial = token, KEPT, True

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)) or self.kept


class InstanceForm(forms.Form):
    """A Jira, with or without Tempo. `kept` are tokens of an earlier try."""

    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("Shown in reports and filters."))
    url = UrlField(
        label=_("Address"),
        help_text=_("https://yourcompany.atlassian.net, or https://api.atlassian.com/ex/jira/… for scoped tokens."),
    )
    is_data_center = forms.BooleanField(required=False, label=_("Jira Data Center"))
    email = forms.EmailField(
        required=False,
        max_length=LONGEST_EMAIL,
        label=_("E-mail of the token’s account"),
        help_text=_("Not needed for Data Center."),
    )
    token = TokenField(
        label=_("API token"),
        help_text=_("Create one at id.atlassian.com under Security, API tokens. It’s stored encrypted."),
    )
    tempo_token = TokenField(
        required=False,
        label=_("Tempo token"),
        help_text=_("Create one in Tempo under Settings, Data Access, API integration."),
    )
    forget_tempo = forms.BooleanField(required=False, label=_("Add without Tempo"))
    tempo_url = UrlField(
        label=_("Tempo address"), initial="https://api.tempo.io", help_text=_("Depends on your region.")
    )

    def __init__(self, *args: Any, kept: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = kept or {}
        for name, token in kept.items():
            self.fields[name].keep(token)  # type: ignore[attr-defined]
        if "tempo_token" not in kept:
            del self.fields["forget_tempo"]

    def access(self) -> Access:
        """Of a form that is valid."""
        asked = self.cleaned_data
        return Access(
            kind=JiraInstance.Kind.DATA_CENTER if asked["is_data_center"] else JiraInstance.Kind.CLOUD,
            url=asked["url"],
            email=asked["email"],
            token=asked["token"],
            tempo_url=asked["tempo_url"],
            tempo_token=asked["tempo_token"],
        )

    def tell(self, error: ApiError) -> None:
        """Why the instance cannot be reached, beside the field that may be wrong."""
        told = str(error)
        for advice, instead in ADVICE.items():
            told = told.replace(advice, instead)
        self.add_error(field_of(error), in_readers_words(told))

    def clean_tempo_token(self) -> str:
        return "" if "forget_tempo" in self.data else str(self.cleaned_data["tempo_token"])

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if JiraInstance.objects.filter(name=name).exists():
            raise forms.ValidationError(_("An instance with this name already exists."))
        return name

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            refuse_known(url)
        except KnownInstance as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("is_data_center") and not cleaned.get("email"):
            self.add_error("email", NEEDS_EMAIL)
        if cleaned.get("is_data_center") and cleaned.get("tempo_token"):
            self.add_error("tempo_token", CLOUD_ONLY)
        return cleaned


def field_of(error: ApiError) -> str | None:
    is_refused = error.status in (401, 403)
    if error.service == "Tempo":
        return "tempo_token" if is_refused else "tempo_url"
    if error.service == "Jira":
        return "token" if is_refused else "url"
    return None
