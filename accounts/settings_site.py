"""The admin site as a company's settings: for its ADMINs, about that company alone."""

from functools import wraps
from typing import Any, NoReturn
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import audit
from accounts.models import Role

NEEDS_ADMIN = gettext_lazy("Settings need the role Admin.")
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
        told = _("%(row)s was deactivated, not deleted: %(reason)s") % {"row": kept, "reason": self.history(kept)}
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
        with audit.in_english():
            query = urlencode({"text": str(obj)} if obj else {})
        return redirect(f"{reverse('audit')}?{query}")


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
