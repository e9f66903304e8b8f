"""Settings about instances that belong together, and the types of their issues."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.settings_site import CompanyAdmin
from worklogs.admin.rows import HoursAdmin, RowsInline, kept
from worklogs.models import InstanceGroup, InstanceGroupMember, IssueType

LEAST = 2


class MembersFormSet(forms.BaseInlineFormSet[InstanceGroupMember, InstanceGroup, Any]):
    def clean(self) -> None:
        if any(self.errors):
            return
        members = [form.cleaned_data for form in kept(self)]
        instances = [member["instance"] for member in members]
        for instance in instances:
            if instances.count(instance) > 1:
                raise ValidationError(_("%(instance)s is in the group twice.") % {"instance": instance})
        if len(instances) < LEAST:
            raise ValidationError(_("A group has at least two instances, which are compared to each other."))
        primaries = [str(member["instance"]) for member in members if member["is_primary"]]
        if not primaries:
            raise ValidationError(_("Mark one instance as the primary one: its hours are those that count."))
        if len(primaries) > 1:
            raise ValidationError(_("Only one can be the primary one: %(names)s.") % {"names": ", ".join(primaries)})


class MembersInline(RowsInline):
    model = InstanceGroupMember
    formset = MembersFormSet
    fields = ["instance", "is_primary"]
    ordering = ["-is_primary", "instance__name"]

    def get_extra(self, request: HttpRequest, obj: Any = None, **options: Any) -> int:
        return 0 if obj else LEAST


@admin.register(InstanceGroup)
class InstanceGroupAdmin(HoursAdmin):
    list_display = ["name", "primary", "others"]
    search_fields = ["name", "members__instance__name"]
    fields = ["name"]
    inlines = [MembersInline]
    deletable = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[InstanceGroup]":
        members = InstanceGroupMember.objects.select_related("instance")
        return InstanceGroup.objects.prefetch_related(Prefetch("members", members))

    @admin.display(description=gettext_lazy("Primary"))
    def primary(self, group: InstanceGroup) -> str:
        return ", ".join(str(each.instance) for each in group.members.all() if each.is_primary)

    @admin.display(description=gettext_lazy("Others"))
    def others(self, group: InstanceGroup) -> str:
        return ", ".join(str(each.instance) for each in group.members.all() if not each.is_primary)

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """The one that becomes the primary comes last: two at a time are refused by the database."""
        rows = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        for row in sorted(rows, key=lambda row: row.is_primary):
            row.save()

    def refusal(self, obj: InstanceGroup) -> str:
        keys = ", ".join(map(str, obj.generic_issues.all()))
        return _("These generic issues belong to it: %(keys)s. Delete them first.") % {"keys": keys} if keys else ""


@admin.register(IssueType)
class IssueTypeAdmin(CompanyAdmin):
    """They are Jira's: “Fetch issue types” at the instances brings them up to date."""

    list_display = ["name", "instance", "is_subtask", "level", "is_active"]
    list_filter = ["instance", "is_subtask", "is_active"]
    list_select_related = ["instance"]
    search_fields = ["name", "instance__name"]
    fields = ["name", "instance", "external_id", "is_subtask", "level", "is_active"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_add_permission
