"""The admin site as a company's settings: for its ADMINs, about that company alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import DataError, models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import audit
from accounts.folding import fold
from accounts.models import Role

FOLDED = "folded"  # the column that says a row's texts without case and marks
MOST_FOUND = 10_000  # rows: a statement takes only so many keys
NEEDS_ADMIN = gettext_lazy("Settings require the Admin role.")
LEFT_BY_DJANGO = (gettext_noop("Breadcrumbs"), gettext_noop("Error:"))  # in English, by its own catalogues


class SettingsSite(admin.AdminSite):
    site_header = site_title = index_title = gettext_lazy("Settings")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # rows go one by one: each has its own reason to stay

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Leaves out what other apps register by themselves: their rows are of no company."""
        if admin_class and issubclass(admin_class, CompanyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[Any]:
        """Without Django's way from a row to its page on the site: no row has one, and a UUID is an error to it."""
        return [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        membership = getattr(request, "membership", None)
        return bool(request.user.is_active and membership and membership.role == Role.ADMIN)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Who may not see a page is told so at its own address, from where one can switch to the company it is of."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def told(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if getattr(request, "membership", None) and not self.has_permission(request):
                raise PermissionDenied(NEEDS_ADMIN)
            return guarded(request, *args, **kwargs)

        return told

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_superuser and getattr(request, "membership", None) is None:
            return redirect("act_for")
        raise PermissionDenied(NEEDS_ADMIN)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        if request.method != "POST":  # else any site's image could sign people out
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return redirect("sign_in")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        raise Http404("Nobody has a password here.")

    password_change_done = password_change  # type: ignore[assignment]


class SettingsList(ChangeList):
    """The rows of one kind. What no column can hold is no lookup; names are in the order of letters, not of bytes."""

    def get_queryset(self, *args: Any, **options: Any) -> Any:
        with as_bad_lookup():
            return super().get_queryset(*args, **options)

    def get_results(self, request: HttpRequest) -> None:
        with as_bad_lookup():
            super().get_results(request)

    def get_ordering_field(self, field_name: Any) -> Any:
        is_folded = field_name == "name" and has_folded(self.model)
        return FOLDED if is_folded else super().get_ordering_field(field_name)


@contextmanager
def as_bad_lookup() -> Iterator[None]:
    """SQLite refuses a number that is too large with an error of Python's, PostgreSQL with one of its own."""
    try:
        yield
    except (OverflowError, DataError) as error:
        raise IncorrectLookupParameters(error) from error


def has_folded(model: type[models.Model]) -> bool:
    return any(field.name == FOLDED for field in model._meta.fields)


class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What an ADMIN may see and change. The tenant manager shows the own company's rows and no others."""

    deletable = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.admin_site.has_permission(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes what was changed alone: a sync may write the row's other columns at the same time."""
        columns = {field.name for field in self.opts.concrete_fields}
        obj.save(update_fields=columns & set(form.changed_data) if change else None)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return SettingsList

    def get_search_fields(self, request: HttpRequest) -> Any:
        return (FOLDED,) if has_folded(self.model) else super().get_search_fields(request)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Neither case nor accents matter. Tables without a folded column are small: they are looked through here."""
        words, fields = fold(search_term).split(), self.get_search_fields(request)
        if not words or not fields or has_folded(self.model):
            return super().get_search_results(request, queryset, fold(search_term))
        rows = queryset.order_by().values_list("pk", *fields)
        texts = ((pk, fold("\n".join(map(str, filter(None, values))))) for pk, *values in rows)
        found = [pk for pk, text in texts if all(word in text for word in words)]
        return queryset.filter(pk__in=found[:MOST_FOUND]), False

    # Titles are the product's: "Invitations", and the name of a row, where Django says "Select invitation to change".

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if chosen:  # Django would ask the database for whatever was sent
            post = request.POST.copy()
            post.setlist(ACTION_CHECKBOX_NAME, [key for key in chosen if can_be_key(self.opts.pk, key)])
            request.POST = post  # type: ignore[assignment]
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        if context.get("original"):
            context |= {"title": str(context["original"]), "subtitle": None}
        return super().render_change_form(request, context, *args, **options)

    def render_delete_form(self, request: HttpRequest, context: Any) -> HttpResponse:
        asked = _("Deactivate %(row)s?") if context["deleted_objects"] else _("Delete %(row)s?")
        context |= {"title": asked % {"row": context["object"]}, "subtitle": None}
        return super().render_delete_form(request, context)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        """Django would lead to the start of the settings; a row of another company is offered there instead."""
        raise Http404(f"There is no {opts.verbose_name_raw} {object_id}.")

    # Deleting

    def refusal(self, obj: Any) -> str:
        """Why the row cannot go; empty when it can."""
        return ""

    def history(self, obj: Any) -> str:
        """What would be lost with the row; where there is something, it is deactivated instead."""
        return ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without Django's collector, which reads every row that refers to these: an instance has half a million."""
        refusals = [refusal for obj in objs if (refusal := self.refusal(obj))]
        return [history for obj in objs if (history := self.history(obj))], {}, set(), refusals

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if self.history(obj):
            obj.is_active = False
            obj.save(update_fields=["is_active"])
        else:
            obj.delete()

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        kept = self.get_queryset(request).filter(pk=obj_id).first()
        if kept is None:
            return super().response_delete(request, obj_display, obj_id)
        told = _("%(row)s was deactivated instead of deleted: %(reason)s") % {"row": kept, "reason": self.history(kept)}
        self.message_user(request, told, messages.WARNING)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    # Django's own log is of no company: what happens here goes to the company's audit instead.

    @property
    def audited_as(self) -> str:
        return self.opts.verbose_name_raw.lower()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        with audit.in_english():
            return changes_of(form)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self.audit(request, f"{self.audited_as} added", obj, changes=message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        if message:
            self.audit(request, f"{self.audited_as} changed", obj, changes=message)

    def lost(self, obj: Any) -> dict[str, Any]:
        """What the audit keeps of a row that is deleted, besides its name."""
        return {}

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        for obj in queryset:
            verb = "deactivated" if self.history(obj) else "deleted"
            self.audit(request, f"{self.audited_as} {verb}", obj, **self.lost(obj))

    def audit(self, request: Any, action: str, obj: models.Model, **detail: Any) -> None:
        with audit.in_english():
            row = str(obj)
        audit.record(action, user=request.user, company=request.company, request=request, row=row, id=obj.pk, **detail)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        obj = self.get_object(request, object_id)
        if obj is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        with audit.in_english():
            query = urlencode({"text": str(obj)})
        return redirect(f"{reverse('audit')}?{query}")


def can_be_key(field: "models.Field[Any, Any]", text: str) -> bool:
    """Whether a row can have it: of the right kind, and no larger than a column holds."""
    try:
        field.clean(text, None)
    except forms.ValidationError:
        return False
    return True


def changes_of(form: forms.ModelForm[Any]) -> dict[str, Any]:
    """Before and after of each field that was changed; of a secret only that it was."""
    return {
        name: "changed" if is_secret(form.fields[name]) else [shown(form, name, before), shown(form, name, after)]
        for name in form.changed_data
        if (before := form.initial.get(name)) != (after := form.cleaned_data.get(name))
    }


def is_secret(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.PasswordInput)


def shown(form: forms.ModelForm[Any], name: str, value: Any) -> Any:
    """As the audit keeps it: the words of a choice, the name of a row."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField) and not isinstance(value, models.Model):
        choices: Any = field.choices
        value = next((label for key, label in choices if str(key) == str(value)), value)
    return value if value is None or isinstance(value, bool | int) else str(value)
