"""The admin site as a company's settings: for its ADMINs, about that company alone."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.models import Role


class SettingsSite(admin.AdminSite):
    site_header = site_title = "Settings"
    index_title = "Settings"

    def has_permission(self, request: HttpRequest) -> bool:
        membership = getattr(request, "membership", None)
        return bool(request.user.is_active and membership and membership.role == Role.ADMIN)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied("Settings need the role Admin.")
        return redirect_to_login(request.get_full_path())


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

    # Django's own log is of no company: what happens here goes to the company's audit instead.
    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self._audit(request, "added", obj, {})

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        self._audit(request, "changed", obj, {"change": message})

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        for obj in queryset:
            self._audit(request, "deleted", obj, {})

    def _audit(self, request: Any, verb: str, obj: models.Model, detail: dict[str, Any]) -> None:
        audit.record(
            f"{obj._meta.verbose_name} {verb}",
            user=request.user,
            company=request.company,
            request=request,
            row=str(obj),
            id=obj.pk,
            **detail,
        )
