"""Settings about people and their teams."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.limits import limited
from accounts.models import Membership, User
from worklogs.admin.absences import SchedulesInline
from worklogs.admin.merging import MergingAdmin
from worklogs.admin.rows import SluggedAdmin
from worklogs.models import GenericIssue, Person, Team
from worklogs.roster import Moved, add_people, addresses_in, put_into_team, unreadable_in

PASTED = 100_000  # characters: some thousand people


@admin.register(Team)
class TeamAdmin(SluggedAdmin):
    part = "team"
    list_display = ["name", "slug"]
    fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    deletable = True

    def refusal(self, obj: Team) -> str:
        people = obj.people.count()
        text = ngettext("%(n)s person belongs to this team.", "%(n)s people belong to this team.", people) % {
            "n": people
        }
        if people:
            return f"{text} {_('Give them another team first.')}"
        issues = ", ".join(each.key for each in GenericIssue.objects.filter(team=obj))
        return _("These generic issues belong to this team: %(keys)s.") % {"keys": issues} if issues else ""


class PasteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        max_length=PASTED,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 80, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Paste any text with addresses: a list, a table or an e-mail header."),
    )
    team = forms.ModelChoiceField(Team.objects.all(), required=False, label=gettext_lazy("Team"))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not addresses_in(text):
            left_out = unreadable_in(text)
            none = _("No e-mail addresses found in this text.")
            raise forms.ValidationError(told_left_out(left_out) if left_out else none)
        return text


class TeamActionForm(ActionForm):
    team = forms.ModelChoiceField(
        Team.objects.all(), required=False, label=gettext_lazy("Team:"), empty_label=gettext_lazy("Choose a team")
    )


def told_left_out(words: tuple[str, ...]) -> str:
    return _("Skipped: %(who)s. These aren’t valid e-mail addresses.") % {"who": ", ".join(words)}


@admin.register(Person)
class PersonAdmin(MergingAdmin):
    list_display = ["name", "email", "team", "user", "is_active"]
    list_filter = ["is_active", "team"]
    list_select_related = ["team", "user"]
    readonly_fields = ["their_accounts"]
    inlines = [SchedulesInline]
    action_form = TeamActionForm
    actions = ["assign_team", "merge"]
    deletable = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["name", "email", "team", "user", "is_active", *(["their_accounts"] if obj else [])]

    @admin.display(description=gettext_lazy("Jira accounts"))
    def their_accounts(self, person: Person) -> str:
        """Each with a link to where it can be given to somebody else, or separated."""
        accounts = person.accounts.select_related("instance").order_by("instance", "name")
        links = [
            (reverse("admin:worklogs_jiraaccount_change", args=[each.pk]), each, each.instance) for each in accounts
        ]
        return format_html_join(", ", '<a href="{}">{} ({})</a>', links)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "user":  # users are of no company: only the members may be seen
            options["queryset"] = User.objects.filter(pk__in=Membership.objects.values("user")).order_by(
                "name", "email"
            )
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "user" in form.changed_data:
            obj.has_settled_user = True
        super().save_model(request, obj, form, change)
        if change and "user" in form.changed_data:
            obj.save(update_fields=["has_settled_user"])

    def history(self, obj: Person) -> str:
        if obj.worklogs.exists() or obj.accounts.exists():
            return _("this person has accounts and worklogs, which are kept.")
        return ""

    def get_urls(self) -> list[URLPattern]:
        paste = self.admin_site.admin_view(limited("paste people", "20/m")(self.paste))
        return [path("paste/", paste, name="worklogs_person_paste"), *super().get_urls()]

    def paste(self, request: Any) -> HttpResponse:
        """Adds many people at once by their e-mail addresses."""
        form = PasteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._add(request, form.cleaned_data["text"], form.cleaned_data["team"])
            return redirect("admin:worklogs_person_changelist")
        context = self.admin_site.each_context(request) | {"title": _("Add people"), "form": form, "opts": self.opts}
        return render(request, "admin/worklogs/person/paste.html", context, status=422 if form.is_bound else 200)

    @transaction.atomic
    def _add(self, request: HttpRequest, text: str, team: Team | None) -> None:
        pasted = add_people(text, team)
        for person in pasted.added:
            self.audit(request, "person added", person, email=person.email, team=str(person.team or ""))
        if pasted.added:
            self.message_user(request, _("Added: %(who)s.") % {"who": ", ".join(p.email for p in pasted.added)})
        if team:
            self._tell_moved(request, pasted.moved, team)
        if pasted.unchanged:
            told = _("Already existed: %(who)s.") % {"who": ", ".join(p.email for p in pasted.unchanged)}
            self.message_user(request, told, messages.INFO)
        if pasted.ambiguous:
            told = _("Not assigned: %(who)s. Several people have this address. Choose one in the list.")
            self.message_user(request, told % {"who": ", ".join(pasted.ambiguous)}, messages.WARNING)
        if pasted.left_out:
            self.message_user(request, told_left_out(pasted.left_out), messages.WARNING)

    def _tell_moved(self, request: HttpRequest, moved: "Sequence[Moved]", team: Team) -> None:
        for each in moved:
            self.audit(request, "person changed", each.person, changes={"team": [each.before, str(team)]})
        if moved:
            names = ", ".join(each.person.name for each in moved)
            self.message_user(request, _("Assigned to %(team)s: %(who)s.") % {"team": team, "who": names})

    @admin.action(description=gettext_lazy("Assign to the chosen team"))
    def assign_team(self, request: HttpRequest, queryset: "QuerySet[Person]") -> None:
        team = Team.objects.filter(pk=request.POST.get("team") or 0).first()  # a team that the form knows
        if team is None:
            self.message_user(request, _("Choose a team next to the action."), messages.WARNING)
            return
        with transaction.atomic():
            people = list(queryset.select_related("team"))
            moved = put_into_team(people, team)
            self._tell_moved(request, moved, team)
        if unchanged := len(people) - len(moved):
            told = ngettext("%(n)s person was already in it.", "%(n)s people were already in it.", unchanged)
            self.message_user(request, told % {"n": unchanged}, messages.INFO)
