"""What the settings about hours share: pages that are out of date after a change, and rows inside of a row."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.audit import in_english, in_words
from accounts.settings_site import CompanyAdmin, changes_of
from worklogs.former_names import renamed
from worklogs.ingest.totals import mark_changed


def only_chosen(field: Any) -> Any:
    """A row that another one refers to is chosen here; it is changed and deleted on its own page."""
    if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget.can_change_related = field.widget.can_delete_related = field.widget.can_view_related = False
    return field


class HoursAdmin(CompanyAdmin):
    """Of rows that pages of hours show: every cached page is out of date after a change."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        return only_chosen(super().formfield_for_dbfield(db_field, request, **options))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        mark_changed()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        mark_changed()

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            mark_changed()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        changes: dict[str, Any] = super().construct_change_message(request, form, formsets, add)
        with in_english():
            for name in changes:
                if isinstance(form.fields[name], forms.MultipleChoiceField):
                    changes[name] = [
                        labels(form, name, form.initial.get(name)),
                        labels(form, name, form.cleaned_data[name]),
                    ]
            for formset in formsets or ():
                changes |= dict(changed_rows(formset))
        return changes


class SluggedAdmin(HoursAdmin):
    """Of rows that addresses call by a slug, in the part of a query that is named so."""

    part: str

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data:
            renamed(self.part, form.initial["slug"], obj.slug)


def labels(form: Any, name: str, chosen: Iterable[object] | None) -> str:
    wanted = {str(value) for value in chosen or ()}
    return ", ".join(str(label) for value, label in form.fields[name].choices if str(value) in wanted)


def changed_rows(formset: Any) -> Iterator[tuple[str, str]]:
    """What of the rows was added, changed and removed, in words: the audit shows a list of two as before and after."""
    rows = str(formset.model._meta.verbose_name_plural)
    if formset.new_objects:
        yield f"{rows} added", ", ".join(map(str, formset.new_objects))
    changed = {id(row) for row, _fields in formset.changed_objects}
    told = [
        f"{form.instance} ({in_words({'changes': changes_of(form)})})"
        for form in formset.initial_forms
        if id(form.instance) in changed
    ]
    if told:
        yield f"{rows} changed", ", ".join(told)
    if formset.deleted_objects:
        yield f"{rows} removed", ", ".join(map(str, formset.deleted_objects))


class RowsFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
    """Django compares the rows of a form with each other, and not with those that the form does not show."""

    def clean(self) -> None:
        super().clean()
        shown = {form.instance.pk for form in self.initial_forms}
        model: Any = self.model
        stored = model._default_manager.filter(**{self.fk.name: self.instance}) if self.instance.pk else ()
        if {row.pk for row in stored} - shown:
            raise ValidationError(_("Someone else has added rows in the meantime. Reload the page."))


class RowsInline(admin.TabularInline):  # type: ignore[type-arg]
    """For whoever may change the row they belong to."""

    extra = 0
    formset = RowsFormSet

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        return only_chosen(super().formfield_for_dbfield(db_field, request, **options))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


def kept(formset: Any) -> list[Any]:
    """The forms of rows that are filled in and stay."""
    return [
        form
        for form in formset.forms
        if (form.instance.pk or form.has_changed()) and not formset._should_delete_form(form)
    ]
