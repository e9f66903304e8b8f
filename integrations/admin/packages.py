"""Settings about the sets of issues that are created on several instances."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import PackageElement, PackageInstance, PackageTemplate
from worklogs.admin import HoursAdmin
from worklogs.models import IssueType, JiraInstance

MOST_ELEMENTS = 50  # what Jira creates at once
LONGEST = 255


class PackageTemplateForm(forms.ModelForm[PackageTemplate]):
    instances = forms.TypedMultipleChoiceField(
        coerce=int,
        label=gettext_lazy("Instances"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("On which the package is offered."),
        error_messages={"required": gettext_lazy("Choose at least one instance.")},
    )
    # Not "elements": in the page of the form that would stand before the browser's own list of its fields.
    element_names = forms.CharField(
        label=gettext_lazy("Elements"),
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"}),
        help_text=gettext_lazy("One a line, in their order: each becomes an issue below the parent."),
    )

    class Meta:
        model = PackageTemplate
        fields = ["name", "description", "parent_type", "child_type"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offers = list(self.instance.offers.values_list("instance", flat=True)) if self.instance.pk else []
        elements = [str(element) for element in self.instance.elements.all()] if self.instance.pk else []
        active = JiraInstance.objects.filter(is_active=True) | JiraInstance.objects.filter(pk__in=offers)
        self.fields["instances"].choices = [(each.pk, each.name) for each in active]  # type: ignore[attr-defined]
        self.initial.update(instances=offers, element_names="\n".join(elements))

    def clean_element_names(self) -> str:
        """One name a line, each once."""
        names = [name for line in self.cleaned_data["element_names"].splitlines() if (name := line.strip())]
        for name in names:
            if names.count(name) > 1:
                raise ValidationError(_("“%(name)s” is there twice.") % {"name": name})
            if len(name) > LONGEST:
                raise ValidationError(_("“%(name)s…” is longer than Jira takes.") % {"name": name[:40]})
        if len(names) > MOST_ELEMENTS:
            raise ValidationError(_("At most %(n)s elements are created at once.") % {"n": MOST_ELEMENTS})
        return "\n".join(names)

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        for field in ("parent_type", "child_type"):
            if name := asked.get(field):
                self._refuse_unknown(field, name, asked.get("instances", []))
        return asked

    def _refuse_unknown(self, field: str, name: str, chosen: list[int]) -> None:
        """Of instances whose types have been fetched: of the others nobody can tell yet."""
        for instance in JiraInstance.objects.filter(pk__in=chosen):
            names = set(IssueType.objects.filter(instance=instance, is_active=True).values_list("name", flat=True))
            if names and name not in names:
                told = {"instance": instance, "name": name, "names": ", ".join(sorted(names))}
                text = _("%(instance)s has no issue type “%(name)s”. There are: %(names)s.")
                self.add_error(field, ValidationError(text % told))

    def store_parts(self) -> None:
        """Of a form that is valid and whose row is saved."""
        offers = {offer.instance_id: offer for offer in PackageInstance.objects.filter(template=self.instance)}
        chosen = set(self.cleaned_data["instances"])
        for key in offers.keys() - chosen:
            offers[key].delete()
        for key in sorted(chosen - offers.keys()):
            PackageInstance.objects.create(template=self.instance, instance_id=key)
        stored = {element.name: element for element in PackageElement.objects.filter(template=self.instance)}
        names = self.cleaned_data["element_names"].splitlines()
        for name in stored.keys() - set(names):
            stored[name].delete()
        for position, name in enumerate(names, 1):
            element = stored.get(name) or PackageElement(template=self.instance, name=name)
            element.position = position
            element.save()


@admin.register(PackageTemplate)
class PackageTemplateAdmin(HoursAdmin):
    form = PackageTemplateForm
    list_display = ["name", "offered_on", "number_of_elements", "parent_type", "child_type"]
    search_fields = ["name", "description", "elements__name"]
    fields = ["name", "description", "instances", "parent_type", "child_type", "element_names"]
    deletable = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PackageTemplate]":
        return PackageTemplate.objects.prefetch_related("offers__instance", "elements")

    @admin.display(description=gettext_lazy("Instances"))
    def offered_on(self, template: PackageTemplate) -> str:
        return ", ".join(str(offer.instance) for offer in template.offers.all())

    @admin.display(description=gettext_lazy("Elements"))
    def number_of_elements(self, template: PackageTemplate) -> int:
        return len(template.elements.all())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.store_parts()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        changes: dict[str, Any] = super().construct_change_message(request, form, formsets, add)
        if names := changes.pop("element_names", None):
            changes["elements"] = [(text or "").replace("\n", ", ") for text in names]
        return changes
