"""Settings about accounts: whose they are."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.settings_site import CompanyAdmin
from worklogs.admin.rows import only_chosen
from worklogs.hours import h_mm
from worklogs.ingest import map_account, separate_account
from worklogs.models import JiraAccount, Worklog


class AccountForm(forms.ModelForm[JiraAccount]):
    is_separate = forms.BooleanField(
        required=False,
        label=gettext_lazy("Separate account"),
        help_text=gettext_lazy(
            "Its hours move to a new person, or to the person it had before a merge. Syncs won’t join them again."
        ),
    )

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("is_separate") and "person" in self.changed_data:
            raise ValidationError(_("Choose another person or separate the account, not both."))
        return asked


@admin.register(JiraAccount)
class JiraAccountAdmin(CompanyAdmin):
    """Accounts open by themselves; here they are given to the person they belong to, or taken from them."""

    form = AccountForm
    list_display = ["__str__", "instance", "account_id", "person", "is_active"]
    list_filter = ["is_active", "instance"]
    list_select_related = ["instance", "person"]
    search_fields = ["name", "account_id", "email", "person__name"]
    fields = ["instance", "account_id", "name", "email", "person", "is_separate"]
    readonly_fields = ["instance", "account_id", "name", "email"]
    actions = ["separate"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        return only_chosen(super().formfield_for_dbfield(db_field, request, **options))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.cleaned_data["is_separate"]:
            self._separate(request, obj)
        else:
            map_account(obj, obj.person)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """A separation is told by itself, with the hours that went."""
        changes: dict[str, Any] = super().construct_change_message(request, form, formsets, add)
        return {name: change for name, change in changes.items() if name != "is_separate"}

    @admin.action(description=gettext_lazy("Separate account"))
    def separate(self, request: HttpRequest, queryset: "QuerySet[JiraAccount]") -> None:
        for account in queryset.select_related("person", "former"):
            with transaction.atomic():
                self._separate(request, account)

    def _separate(self, request: HttpRequest, account: JiraAccount) -> None:
        before = account.person
        person = separate_account(account)
        seconds = Worklog.objects.filter(account=account).aggregate(seconds=Sum("seconds"))["seconds"] or 0
        told: dict[str, Any] = {"instance": str(account.instance), "account_id": account.account_id}
        told |= {"hours": h_mm(seconds), "changes": {"person": [str(before), str(person)]}}
        self.audit(request, "account separated", account, **told)
        text = _("%(account)s on %(instance)s was separated from %(before)s. Its hours now belong to %(person)s.")
        names = {"account": account, "instance": account.instance, "before": before, "person": person}
        self.message_user(request, text % names)
