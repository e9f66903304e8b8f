"""Settings about the instances: how they are reached, and when they are read."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.limits import seconds_to_wait
from accounts.settings_site import CompanyAdmin
from integrations import directory, tasks
from integrations.connection import Connection, TakesLonger, access_to, connect_at_once
from integrations.forms import CLOUD_ONLY, LONGEST_EMAIL, NEEDS_EMAIL, UrlField
from integrations.models import JiraCredential, SyncRun, SyncSchedule, TempoCredential
from integrations.secrets import UnreadableSecret
from integrations.session import ApiError
from worklogs.admin import SluggedAdmin
from worklogs.models import InstanceGroupMember, Issue, JiraInstance, Worklog
from worklogs.sync_words import in_readers_words

KEEP = gettext_lazy("Leave empty to keep the stored token. It’s never shown.")
MOST_CONNECTIONS = 16


def secret_field(label: Any) -> forms.CharField:
    """Written and never read back: the widget renders no value, not even one that was just typed."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"})
    return forms.CharField(required=False, max_length=4000, label=label, widget=widget, help_text=KEEP)


class InstanceSettingsForm(forms.ModelForm[JiraInstance]):
    connections = forms.IntegerField(
        min_value=1,
        max_value=MOST_CONNECTIONS,
        label=gettext_lazy("Connections"),
        help_text=gettext_lazy("Number of parallel requests."),
    )
    email = forms.EmailField(
        required=False, max_length=LONGEST_EMAIL, label=gettext_lazy("E-mail of the token’s account")
    )
    token = secret_field(gettext_lazy("Jira token"))
    tempo_url = UrlField(required=False, label=gettext_lazy("Tempo’s address"))
    tempo_token = secret_field(gettext_lazy("Tempo token"))
    forget_tempo = forms.BooleanField(
        required=False,
        label=gettext_lazy("Remove the Tempo token"),
        help_text=gettext_lazy("From the next sync on, worklogs are read from Jira instead."),
    )

    class Meta:
        model = JiraInstance
        fields = ["name", "slug", "timezone", "connections", "is_active"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.jira = JiraCredential.objects.filter(instance=self.instance).first()
        self.tempo = TempoCredential.objects.filter(instance=self.instance).first()
        self.initial["forget_tempo"] = False
        self.initial["email"] = self.jira.email if self.jira else ""
        self.initial["tempo_url"] = (
            self.tempo.url if self.tempo else TempoCredential._meta.get_field("url").get_default()
        )

    def clean_tempo_url(self) -> str:
        return str(self.cleaned_data["tempo_url"] or self.initial["tempo_url"])

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        is_cloud = self.instance.kind == JiraInstance.Kind.CLOUD
        if is_cloud and not asked.get("email") and (asked.get("token") or self.jira):
            self.add_error("email", NEEDS_EMAIL)
        if not is_cloud and asked.get("tempo_token"):
            self.add_error("tempo_token", CLOUD_ONLY)
        # Else whoever may change the address could have the stored token sent to a host of their own.
        moves = self.tempo and asked.get("tempo_url") != self.tempo.url and not asked.get("forget_tempo")
        if moves and not asked.get("tempo_token"):
            self.add_error("tempo_token", _("Enter the token again when you change the address."))
        if asked.get("forget_tempo") and asked.get("tempo_token"):
            self.add_error("forget_tempo", _("Enter a new token or remove it, not both."))
        if asked.get("token") == "" and not self.jira and asked.get("email"):
            self.add_error("token", _("There’s no stored token yet."))
        return asked

    def store_credentials(self) -> None:
        """Of a form that is valid and whose instance is saved."""
        asked = self.cleaned_data
        if asked["token"] or (self.jira and self.jira.email != asked["email"]):
            self._store(self.jira or JiraCredential(instance=self.instance), asked["token"], email=asked["email"])
        if asked["forget_tempo"] and self.tempo:
            self.tempo.delete()
            JiraInstance.objects.filter(pk=self.instance.pk).update(has_tempo=False)
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
class JiraInstanceAdmin(SluggedAdmin):
    part = "instance"
    form = InstanceSettingsForm
    list_display = ["name", "url", "kind", "has_tempo", "is_active", "synced_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "url"]
    readonly_fields = ["url", "kind"]
    actions = ["test_connection", "fetch_issue_types", "fetch_accounts"]
    deletable = True

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        tempo = ["tempo_url", "tempo_token"]
        if TempoCredential.objects.filter(instance=obj).exists():
            tempo.append("forget_tempo")
        return [
            (None, {"fields": ["name", "slug", "url", "kind", "timezone", "connections", "is_active"]}),
            (_("Credentials"), {"fields": ["email", "token", *tempo]}),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("first_instance")  # which asks the instance before it is added

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.store_credentials()

    def refusal(self, obj: JiraInstance) -> str:
        member = InstanceGroupMember.objects.filter(instance=obj).select_related("group").first()
        if member and not self.history(obj):
            return _("It belongs to the group %(group)s. Remove it from the group first.") % {"group": member.group}
        return ""

    def history(self, obj: JiraInstance) -> str:
        of_instance = (model.objects.filter(instance=obj) for model in (Worklog, Issue, SyncRun))
        if any(rows.exists() for rows in of_instance):
            return _("its worklogs are kept, and it won’t be synced any more.")
        return ""

    @admin.action(description=gettext_lazy("Test connection"))
    def test_connection(self, request: HttpRequest, queryset: "QuerySet[JiraInstance]") -> None:
        def check(instance: JiraInstance, connection: Connection) -> str:
            name = connection.check(timezone.now().date())
            self.audit(request, "connection tested", instance, account=name)
            return _("%(instance)s: connected as %(name)s.") % {"instance": instance, "name": name}

        self.ask_each(request, queryset, check)

    @admin.action(description=gettext_lazy("Fetch issue types"))
    def fetch_issue_types(self, request: HttpRequest, queryset: "QuerySet[JiraInstance]") -> None:
        def fetch(instance: JiraInstance, connection: Connection) -> str:
            counts = asdict(directory.fetch_issue_types(instance, connection.jira))
            self.audit(request, "issue types fetched", instance, **counts)
            text = _(
                "%(instance)s: issue types fetched. New: %(new)s, changed: %(changed)s, unchanged: %(unchanged)s, "
                "deactivated because they no longer exist: %(gone)s."
            )
            return text % {"instance": instance, **counts}

        self.ask_each(request, queryset, fetch, "issue types")

    @admin.action(description=gettext_lazy("Fetch accounts"))
    def fetch_accounts(self, request: HttpRequest, queryset: "QuerySet[JiraInstance]") -> None:
        def fetch(instance: JiraInstance, connection: Connection) -> str:
            counts = asdict(directory.fetch_accounts(instance, connection.jira))
            self.audit(request, "accounts fetched", instance, **counts)
            text = _(
                "%(instance)s: accounts fetched. New accounts: %(new)s, new people: %(people)s, already known: "
                "%(known)s, skipped apps, customers and inactive users: %(left_out)s."
            )
            return text % {"instance": instance, **counts}

        self.ask_each(request, queryset, fetch, "accounts")

    def ask_each(
        self,
        request: HttpRequest,
        instances: "QuerySet[JiraInstance]",
        ask: Callable[[JiraInstance, Connection], str],
        what: str = "",
    ) -> None:
        """Tells of each instance what `ask` says of it, or why it could not be asked.

        `what` of directory.FETCHES goes on in the background when it takes longer than a page can wait.
        """
        for instance in instances:
            if seconds := seconds_to_wait(request, "ask instance", "20/m"):
                text = _("%(instance)s was skipped: too many requests. Try again in %(n)s seconds.")
                self.message_user(request, text % {"instance": instance, "n": seconds}, messages.ERROR)
                return
            try:
                with connect_at_once(access_to(instance)) as connection:
                    told = ask(instance, connection)
            except (ApiError, UnreadableSecret) as error:
                if what and isinstance(error, TakesLonger):
                    self.fetch_later(request, instance, what)
                    continue
                self.audit(request, "instance unreachable", instance, reason=str(error))
                self.message_user(request, f"{instance}: {in_readers_words(str(error))}", messages.ERROR)
            else:
                self.message_user(request, told, messages.SUCCESS)

    def fetch_later(self, request: Any, instance: JiraInstance, what: str) -> None:
        tasks.fetch.enqueue(request.company.pk, request.user.pk, instance.pk, what)
        text = _("%(instance)s is taking longer. Fetching continues in the background. The audit log shows the result.")
        self.message_user(request, text % {"instance": instance}, messages.INFO)


@admin.register(SyncSchedule)
class SyncScheduleAdmin(CompanyAdmin):
    """How often every instance is read by the worker; one row a company."""

    list_display = ["__str__", "last_queued_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and not SyncSchedule.objects.exists()
