"""People who are one human: suggested, merged, or told apart."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import in_english
from worklogs.admin.rows import HoursAdmin
from worklogs.hours import h_mm, in_figures
from worklogs.ingest import merge_people, tell_apart
from worklogs.models import Person, PersonSchedule
from worklogs.suggestions import Sign, suggested_merges

SIGNS: dict[Sign, Promise] = {
    Sign.ACCOUNT_ID: gettext_lazy("same account ID"),
    Sign.EMAIL: gettext_lazy("same e-mail"),
    Sign.NAME: gettext_lazy("same name"),
}


class DifferentPeopleForm(forms.Form):
    first = forms.ModelChoiceField(Person.objects.all())
    second = forms.ModelChoiceField(Person.objects.all())


class MergingAdmin(HoursAdmin):
    """Of people."""

    actions = ["merge"]

    def get_urls(self) -> list[URLPattern]:
        suggestions = self.admin_site.admin_view(self.suggestions)
        return [path("suggestions/", suggestions, name="worklogs_person_suggestions"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        suggested = {"suggested": len(suggested_merges())} if request.method == "GET" else {}
        return super().changelist_view(request, (extra_context or {}) | suggested)

    def suggestions(self, request: HttpRequest) -> HttpResponse:
        """Who may be one human; by a POST, the two who are not."""
        form = DifferentPeopleForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            first, second = form.cleaned_data["first"], form.cleaned_data["second"]
            tell_apart(first, second)
            self.audit(request, "marked as different people", first, people=[str(first), str(second)])
            return redirect("admin:worklogs_person_suggestions")
        context = {
            "title": _("Suggested merges"),
            "rows": [(each, SIGNS[each.sign]) for each in suggested_merges()],
            "errors": form.errors,
            "opts": self.opts,
            "selected": ACTION_CHECKBOX_NAME,
        }
        context |= self.admin_site.each_context(request)
        template = "admin/worklogs/person/suggestions.html"
        return render(request, template, context, status=422 if form.errors else 200)

    @admin.action(description=gettext_lazy("Merge"))
    def merge(self, request: HttpRequest, queryset: "QuerySet[Person]") -> HttpResponse | None:
        """They are one human: accounts and time move to the one that is chosen on the page in between."""
        logged = queryset.annotate(seconds=Coalesce(Sum("worklogs__seconds"), 0))
        known = logged.select_related("team", "user").prefetch_related("accounts__instance", "schedules__schedule")
        people = sorted(known, key=lambda person: -person.seconds)
        if reason := reason_not_to_merge(people):
            self.message_user(request, reason, messages.WARNING)
            return None
        into = next((person for person in people if str(person.pk) == request.POST.get("into")), None)
        if into is None:
            rows = [(person, in_figures(h_mm(person.seconds))) for person in people]
            context = {"title": _("Merge people"), "rows": rows, "opts": self.opts, "selected": ACTION_CHECKBOX_NAME}
            return render(request, "admin/worklogs/person/merge.html", self.admin_site.each_context(request) | context)
        self._merge(request, into, [person for person in people if person != into])
        return None

    @transaction.atomic
    def _merge(self, request: HttpRequest, into: Person, others: "list[Any]") -> None:
        with in_english():
            told = {
                "merged": [f"{each.name} ({h_mm(each.seconds)})" for each in others],
                "accounts": accounts_of(others),
            }
        lost: list[str] = []
        for other in others:
            with in_english():
                lost += not_taken(other, into)
            merge_people(other, into=into)
        self.audit(request, "people merged", into, **told, **({"lost": lost} if lost else {}))
        self.message_user(request, _("Merged into %(name)s.") % {"name": into.name})
        if lost:
            text = _("Not kept, because %(lost)s was already set.") % {"lost": "; ".join(lost)}
            self.message_user(request, text, messages.WARNING)


def accounts_of(people: "Sequence[Person]") -> list[str]:
    return [
        f"{person.name}: {account.account_id} on {account.instance}"
        for person in people
        for account in person.accounts.all()
    ]


def reason_not_to_merge(people: "list[Any]") -> str:
    if len(people) < 2:
        return _("Choose at least two people.")
    users = {str(person.user.email) for person in people if person.user}
    if len(users) > 1:
        text = _("They’re different users: %(users)s. Unlink all but one first.")
        return text % {"users": ", ".join(sorted(users))}
    return ""


def not_taken(other: Person, into: Person) -> list[str]:
    """What the one that stays does not take over, having it already: as merge_people decides."""
    schedules = list(other.schedules.all()) if PersonSchedule.objects.filter(person=into).exists() else []
    emails = [other.email] if into.email and other.email.lower() not in ("", into.email.lower()) else []
    teams = [other.team.name] if other.team and into.team and other.team != into.team else []
    return [f"{other.name}: {lost}" for lost in (*emails, *teams, *map(str, schedules))]
