"""Settings about the comparison of complementary instances."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from worklogs.admin.rows import HoursAdmin
from worklogs.models import Exclusion, GenericIssue, GenericIssueType, InstanceGroupMember, IssueType


class ExclusionForm(forms.ModelForm[Exclusion]):
    def clean_pattern(self) -> str:
        return str(self.cleaned_data["pattern"]).upper()


@admin.register(Exclusion)
class ExclusionAdmin(HoursAdmin):
    form = ExclusionForm
    list_display = ["pattern", "description"]
    search_fields = ["pattern", "description"]
    fields = ["pattern", "description"]
    deletable = True


def known_types() -> dict[str, str]:
    """The names of the issue types of instances that are in a group and not its primary, with where they are found."""
    others = InstanceGroupMember.objects.filter(is_primary=False).values("instance")
    types = IssueType.objects.filter(instance__in=others, is_active=True).select_related("instance")
    found: dict[str, set[str]] = {}
    for each in types:
        found.setdefault(each.name, set()).add(each.instance.name)
    return {name: f"{name} ({', '.join(sorted(instances))})" for name, instances in found.items()}


class GenericIssueForm(forms.ModelForm[GenericIssue]):
    issue_types = forms.MultipleChoiceField(
        label=gettext_lazy("Issue types"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Of the other instances: time on issues of these types is compared to this one issue."),
        error_messages={
            "required": gettext_lazy("Choose at least one. Where none is shown, fetch them at the instances.")
        },
    )

    class Meta:
        model = GenericIssue
        fields = ["group", "key", "issue_types", "team", "description"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [each.name for each in self.instance.types.all()] if self.instance.pk else []
        choices = {name: name for name in chosen} | known_types()
        self.initial["issue_types"] = chosen
        self.fields["issue_types"].choices = sorted(choices.items())  # type: ignore[attr-defined]

    def clean_key(self) -> str:
        return str(self.cleaned_data["key"]).upper()

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self._refuse_claimed(asked)
        return asked

    def _refuse_claimed(self, asked: dict[str, Any]) -> None:
        """Else the time on one issue would be collected by two."""
        others = GenericIssue.objects.filter(group=asked["group"], team=asked["team"]).exclude(pk=self.instance.pk)
        claimed = GenericIssueType.objects.filter(generic_issue__in=others, name__in=asked["issue_types"])
        for claim in claimed.select_related("generic_issue"):
            told = {"name": claim.name, "key": claim.generic_issue.key}
            self.add_error("issue_types", ValidationError(_("%(name)s is collected by %(key)s already.") % told))

    def store_types(self) -> None:
        """Of a form that is valid and whose row is saved."""
        names = set(self.cleaned_data["issue_types"])
        stored = {each.name: each for each in GenericIssueType.objects.filter(generic_issue=self.instance)}
        for name in stored.keys() - names:
            stored[name].delete()
        for name in sorted(names - stored.keys()):
            GenericIssueType.objects.create(generic_issue=self.instance, name=name)


@admin.register(GenericIssue)
class GenericIssueAdmin(HoursAdmin):
    form = GenericIssueForm
    list_display = ["key", "group", "issue_types", "team", "description"]
    list_filter = ["group", "team"]
    list_select_related = ["group", "team"]
    search_fields = ["key", "description", "types__name"]
    fields = ["group", "key", "issue_types", "team", "description"]
    deletable = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[GenericIssue]":
        return GenericIssue.objects.prefetch_related("types")

    @admin.display(description=gettext_lazy("Issue types"))
    def issue_types(self, issue: GenericIssue) -> str:
        return ", ".join(each.name for each in issue.types.all())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.store_types()
