"""What people fill in about instances."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.connection import Access
from integrations.hosts import UnsafeUrl, check_url
from integrations.instances import KnownInstance, refuse_known
from integrations.session import ApiError
from worklogs.models import JiraInstance
from worklogs.sync_words import in_readers_words

LONGEST_URL, LONGEST_EMAIL = 200, 254  # what the rows take
# What a sync advises, and what fits whoever is only adding the instance: nothing of it is stored, or runs again.
ADVICE = {
    "Nothing is lost: run it again later.": "Check the address, or try again later.",
    "Create a new API token and put it in the instance's credentials.": "Check the token and its account's e-mail.",
    "then run it again.": "then try again.",
}


class UrlField(forms.CharField):
    """An address that may be asked, in the one spelling in which it is stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_URL, **options})

    def to_python(self, value: Any) -> str:
        url = str(super().to_python(value))
        try:
            return check_url(url) if url else ""
        except UnsafeUrl as error:
            raise forms.ValidationError(in_readers_words(str(error))) from error


class InstanceForm(forms.Form):
    """A Jira, with or without Tempo. Tokens are written here and never shown again."""

    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("As your people call it."))
    url = UrlField(
        label=_("Address"),
        help_text=_("https://yours.atlassian.net, or https://api.atlassian.com/ex/jira/… for tokens with scopes."),
    )
    is_data_center = forms.BooleanField(required=False, label=_("It is a Jira Data Center"))
    email = forms.EmailField(
        required=False,
        max_length=LONGEST_EMAIL,
        label=_("E-mail of the token's account"),
        help_text=_("Not needed for Data Center."),
    )
    token = forms.CharField(
        label=_("API token"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Made at id.atlassian.com, Security, API tokens. It is stored encrypted."),
    )
    tempo_token = forms.CharField(
        required=False,
        label=_("Tempo token"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Where time is logged in Tempo: Settings, Data Access, API integration."),
    )
    tempo_url = UrlField(label=_("Tempo's address"), initial="https://api.tempo.io", help_text=_("By region."))

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
        """Why the instance cannot be reached."""
        told = str(error)
        for advice, instead in ADVICE.items():
            told = told.replace(advice, instead)
        self.add_error(None, in_readers_words(told))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if JiraInstance.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is an instance of this name already."))
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
            self.add_error("email", _("Jira Cloud knows a token by its account: give its e-mail."))
        if cleaned.get("is_data_center") and cleaned.get("tempo_token"):
            self.add_error("tempo_token", _("Tempo is read from its cloud; Data Center has another Tempo."))
        return cleaned
