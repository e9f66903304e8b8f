"""Settings about the instances: how they are reached, and when they are read."""

import time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.settings_site import CompanyAdmin
from integrations.connection import access_to, connect
from integrations.forms import safe_url
from integrations.hosts import check_url
from integrations.models import JiraCredential, SyncRun, SyncSchedule, TempoCredential
from integrations.secrets import UnreadableSecret
from integrations.session import ApiError
from worklogs.admin import HoursAdmin
from worklogs.models import Issue, JiraInstance, Worklog

KEEP = gettext_lazy("Leave it empty to keep the stored one, which is never shown.")
MOST_CONNECTIONS = 16


def secret_field(label: Any) -> forms.CharField:
    """Written and never read back: the widget renders no value, not even one that was just typed."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"})
    return forms.CharField(required=False, max_length=4000, label=label, widget=widget, help_text=KEEP)


class InstanceSettingsForm(forms.ModelForm[JiraInstance]):
    connections = forms.IntegerField(min_value=1, max_value=MOST_CONNECTIONS, help_text="Requests at the same time.")
    email = forms.EmailField(required=False, label=gettext_lazy("E-mail of the token's account"))
    token = secret_field(gettext_lazy("Jira token"))
    tempo_url = forms.CharField(required=False, label=gettext_lazy("Tempo's address"), validators=[safe_url])
    tempo_token = secret_field(gettext_lazy("Tempo token"))

    class Meta:
        model = JiraInstance
        fields = ["name", "slug", "timezone", "connections", "is_active"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.jira = JiraCredential.objects.filter(instance=self.instance).first()
        self.tempo = TempoCredential.objects.filter(instance=self.instance).first()
        self.initial["email"] = self.jira.email if self.jira else ""
        self.initial["tempo_url"] = (
            self.tempo.url if self.tempo else TempoCredential._meta.get_field("url").get_default()
        )

    def clean_tempo_url(self) -> str:
        url: str = self.cleaned_data["tempo_url"]
        return check_url(url) if url else str(self.initial["tempo_url"])

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        is_cloud = self.instance.kind == JiraInstance.Kind.CLOUD
        if is_cloud and not asked.get("email") and (asked.get("token") or self.jira):
            self.add_error("email", _("Jira Cloud knows a token by its account: give its e-mail."))
        if not is_cloud and asked.get("tempo_token"):
            self.add_error("tempo_token", _("Tempo is read from its cloud; Data Center has another Tempo."))
        # Else whoever may change the address could have the stored token sent to a host of their own.
        if self.tempo and asked.get("tempo_url") != self.tempo.url and not asked.get("tempo_token"):
            self.add_error("tempo_token", _("At another address the token has to be given again."))
        if asked.get("token") == "" and not self.jira and asked.get("email"):
            self.add_error("token", _("There is no stored token yet."))
        return asked

    def store_credentials(self) -> None:
        """Of a form that is valid and whose instance is saved."""
        asked = self.cleaned_data
        if asked["token"] or (self.jira and self.jira.email != asked["email"]):
            self._store(self.jira or JiraCredential(instance=self.instance), asked["token"], email=asked["email"])
        if asked["tempo_token"]:
            tempo = self.tempo or TempoCredential(instance=self.instance)
            self._store(tempo, asked["tempo_token"], url=asked["tempo_url"])
            JiraInstance.objects.filter(pk=self.instance.pk).update(has_tempo=True)

    def _store(self, credential: JiraCredential | TempoCredential, token: str, **columns: str) -> None:
        for name, value in columns.items():
            setattr(credential, name, value)
        if token:
            credential.token = token
        credential.save()


@admin.register(JiraInstance)
class JiraInstanceAdmin(HoursAdmin):
    form = InstanceSettingsForm
    list_display = ["name", "url", "kind", "has_tempo", "is_active", "synced_at"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "url", "kind", "timezone", "connections", "is_active"]}),
        (gettext_lazy("Credentials"), {"fields": ["email", "token", "tempo_url", "tempo_token"]}),
    ]
    readonly_fields = ["url", "kind"]
    actions = ["test_connection"]
    deletable = True

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("first_instance")  # which asks the instance before it is added

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.store_credentials()

    def history(self, obj: JiraInstance) -> str:
        of_instance = (model.objects.filter(instance=obj) for model in (Worklog, Issue, SyncRun))
        if any(rows.exists() for rows in of_instance):
            return _("what was read from it stays, and is no longer read again.")
        return ""

    @admin.action(description=gettext_lazy("Test the connection"))
    def test_connection(self, request: HttpRequest, queryset: "QuerySet[JiraInstance]") -> None:
        for instance in queryset:
            try:
                with connect(access_to(instance), time.sleep) as connection:
                    name = connection.check(timezone.now().date())
            except (ApiError, UnreadableSecret) as error:
                self.message_user(request, f"{instance}: {error}", messages.ERROR)
            else:
                told = _("%(instance)s: connected as %(name)s.") % {"instance": instance, "name": name}
                self.message_user(request, told, messages.SUCCESS)


@admin.register(SyncSchedule)
class SyncScheduleAdmin(CompanyAdmin):
    """How often every instance is read by the worker; one row a company."""

    list_display = ["__str__", "last_queued_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and not SyncSchedule.objects.exists()
