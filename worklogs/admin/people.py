"""Settings about people, their teams and their accounts."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audit import in_english
from accounts.limits import limited
from accounts.models import Membership, User
from accounts.settings_site import CompanyAdmin
from worklogs.admin.absences import SchedulesInline
from worklogs.admin.rows import HoursAdmin
from worklogs.hours import h_mm, in_figures
from worklogs.ingest import map_account, merge_people
from worklogs.models import GenericIssue, JiraAccount, Person, PersonSchedule, Team
from worklogs.roster import add_people, addresses_in, unreadable_in

PASTED = 100_000  # characters: some thousand people


@admin.register(Team)
class TeamAdmin(HoursAdmin):
    list_display = ["name", "slug"]
    fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]
    deletable = True

    def refusal(self, obj: Team) -> str:
        people = obj.people.count()
        text = ngettext("%(n)s person is in this team.", "%(n)s people are in this team.", people) % {"n": people}
        if people:
            return f"{text} {_('Give them another team first.')}"
        issues = ", ".join(each.key for each in GenericIssue.objects.filter(team=obj))
        return _("These generic issues are of this team: %(keys)s.") % {"keys": issues} if issues else ""


class PasteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        max_length=PASTED,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 80, "class": "vLargeTextField"}),
        help_text=gettext_lazy("In any text: a list, a table, the header of an e-mail."),
    )
    team = forms.ModelChoiceField(Team.objects.all(), required=False, label=gettext_lazy("Team"))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not addresses_in(text):
            left_out = unreadable_in(text)
            none = _("There is no e-mail address in this text.")
            raise forms.ValidationError(told_left_out(left_out) if left_out else none)
        return text


def told_left_out(words: tuple[str, ...]) -> str:
    return _("Left out: %(who)s. These cannot be read as e-mail addresses.") % {"who": ", ".join(words)}


@admin.register(Person)
class PersonAdmin(HoursAdmin):
    list_display = ["name", "email", "team", "user", "is_active"]
    list_filter = ["is_active", "team"]
    list_select_related = ["team", "user"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "team", "user", "is_active"]
    inlines = [SchedulesInline]
    actions = ["merge"]
    deletable = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "user":  # users are of no company: only the members may be seen
            options["queryset"] = User.objects.filter(pk__in=Membership.objects.values("user")).order_by(
                "name", "email"
            )
        return super().formfield_for_foreignkey(db_field, request, **options)

    def history(self, obj: Person) -> str:
        if obj.worklogs.exists() or obj.accounts.exists():
            return _("accounts and worklogs belong to this person, and stay so.")
        return ""

    def get_urls(self) -> list[URLPattern]:
        paste = self.admin_site.admin_view(limited("paste people", "20/m")(self.paste))
        return [path("paste/", paste, name="worklogs_person_paste"), *super().get_urls()]

    def paste(self, request: Any) -> HttpResponse:
        """Adds many people at once by their e-mail addresses."""
        form = PasteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            pasted = add_people(form.cleaned_data["text"], form.cleaned_data["team"])
            for person in pasted.added:
                self.audit(request, "person added", person, email=person.email, team=str(person.team or ""))
            if pasted.added:
                self.message_user(request, _("Added: %(who)s.") % {"who": ", ".join(p.email for p in pasted.added)})
            if pasted.known:
                told = _("Already there: %(who)s.") % {"who": ", ".join(pasted.known)}
                self.message_user(request, told, messages.INFO)
            if pasted.left_out:
                self.message_user(request, told_left_out(pasted.left_out), messages.WARNING)
            return redirect("admin:worklogs_person_changelist")
        context = self.admin_site.each_context(request) | {"title": _("Add people"), "form": form, "opts": self.opts}
        return render(request, "admin/worklogs/person/paste.html", context, status=422 if form.is_bound else 200)

    @admin.action(description=gettext_lazy("Merge"))
    def merge(self, request: HttpRequest, queryset: "QuerySet[Person]") -> HttpResponse | None:
        """They are one human: accounts and time move to the one that is chosen on the page in between."""
        logged = queryset.annotate(seconds=Coalesce(Sum("worklogs__seconds"), 0))
        known = logged.select_related("team", "user").prefetch_related("accounts", "schedules__schedule")
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
        into.user = into.user or next((other.user for other in others if other.user), None)
        into.team = into.team or next((other.team for other in others if other.team), None)
        into.save(update_fields=["user", "team"])
        names, lost = [f"{other.name} ({h_mm(other.seconds)})" for other in others], []
        for other in others:
            with in_english():
                lost += not_taken(other, into)
            merge_people(other, into=into)
        self.audit(request, "people merged", into, merged=names, **({"lost": lost} if lost else {}))
        self.message_user(request, _("They are now all %(name)s.") % {"name": into.name})
        if lost:
            told = _("Not taken over, since there was another one: %(lost)s.") % {"lost": "; ".join(lost)}
            self.message_user(request, told, messages.WARNING)


def reason_not_to_merge(people: "list[Any]") -> str:
    if len(people) < 2:
        return _("Choose at least two people.")
    users = {str(person.user.email) for person in people if person.user}
    if len(users) > 1:
        text = _("They are different users: %(users)s. If one human has several, unlink all but one first.")
        return text % {"users": ", ".join(sorted(users))}
    return ""


def not_taken(other: Person, into: Person) -> list[str]:
    """What is lost with the other one, since who stays has it already: as merge_people decides."""
    schedules = list(other.schedules.all()) if PersonSchedule.objects.filter(person=into).exists() else []
    emails = [other.email] if into.email and other.email.lower() not in ("", into.email.lower()) else []
    teams = [other.team.name] if other.team and other.team != into.team else []
    return [f"{other.name}: {lost}" for lost in (*emails, *teams, *map(str, schedules))]


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
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        map_account(obj, obj.person)
