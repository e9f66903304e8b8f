"""Settings about people, teams and instances."""

from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest

from accounts.settings_site import CompanyAdmin
from worklogs.ingest import map_account, merge_people
from worklogs.ingest.totals import mark_changed
from worklogs.models import JiraAccount, JiraInstance, Person, Team


class HoursAdmin(CompanyAdmin):
    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        mark_changed()


@admin.register(Team)
class TeamAdmin(HoursAdmin):
    list_display = ["name", "slug"]
    fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]
    deletable = True


@admin.register(Person)
class PersonAdmin(HoursAdmin):
    list_display = ["name", "email", "team", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "team", "is_active"]
    actions = ["merge"]

    @admin.action(description="Merge into the one with the most worklogs")
    def merge(self, request: HttpRequest, queryset: "models.QuerySet[Person]") -> None:
        """Both were one human: accounts and time move together, and the others are gone."""
        people = sorted(queryset, key=lambda person: -person.worklogs.count())
        if len(people) < 2:
            self.message_user(request, "Choose at least two people.", messages.WARNING)
            return
        with transaction.atomic():
            for other in people[1:]:
                merge_people(other, into=people[0])
            self.log_change(request, people[0], f"merged: {', '.join(person.name for person in people[1:])}")
        self.message_user(request, f"They are now all {people[0].name}.")


@admin.register(JiraAccount)
class JiraAccountAdmin(CompanyAdmin):
    """Accounts open by themselves; here they are given to the person they belong to."""

    list_display = ["__str__", "instance", "account_id", "person", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["instance", "person"]
    search_fields = ["name", "account_id", "email"]
    fields = ["instance", "account_id", "name", "email", "person"]
    readonly_fields = ["instance", "account_id", "name", "email"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: JiraAccount, form: Any, change: bool) -> None:
        map_account(obj, obj.person)


@admin.register(JiraInstance)
class JiraInstanceAdmin(HoursAdmin):
    list_display = ["name", "url", "kind", "has_tempo", "is_active", "synced_at"]
    fields = ["name", "slug", "url", "kind", "timezone", "connections", "is_active"]
    readonly_fields = ["url", "kind"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an instance needs a token: `manage.py add_instance`
