"""What is known of instances beside their connection: the types of their issues."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.settings_site import CompanyAdmin
from worklogs.models import IssueType


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
