"""Settings about reading the instances."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.settings_site import CompanyAdmin
from integrations.models import SyncSchedule


@admin.register(SyncSchedule)
class SyncScheduleAdmin(CompanyAdmin):
    """How often every instance is read by the worker; one row a company."""

    list_display = ["__str__", "last_queued_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and not SyncSchedule.objects.exists()
