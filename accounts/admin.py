"""Settings about the company, its members and whom it invites."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import invitations
from accounts.audit import english
from accounts.hosted_domains import hosted_domain, lets_in
from accounts.memberships import is_last_admin
from accounts.middleware import CompanyRequest
from accounts.models import Company, Invitation, InvitationState, Membership, Role
from accounts.second_step import has_second_step
from accounts.settings_site import CompanyAdmin
from accounts.tenancy import current_company_id

LAST_ADMIN = gettext_lazy("This is the last admin. Make someone else an admin first.")


class CompanySettingsForm(forms.ModelForm[Company]):
    request: CompanyRequest
    working_day = forms.DecimalField(
        label=gettext_lazy("Working day"),
        min_value=Decimal("0.25"),
        max_value=24,
        max_digits=4,
        decimal_places=2,
        help_text=gettext_lazy("Hours in a full working day, for example 7.5. Used to show hours as days."),
    )

    class Meta:
        model = Company
        fields = ["name", "timezone", "allowed_domains", "week_start", "requires_second_step"]
        widgets = {"allowed_domains": forms.TextInput(attrs={"class": "vTextField"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["working_day"] = round(Decimal(self.instance.working_day_seconds) / 3600, 2)

    def clean_working_day(self) -> Decimal:
        hours: Decimal = self.cleaned_data["working_day"]
        if "working_day" in self.changed_data:
            self.instance.working_day_seconds = int(hours * 60) * 60
        return hours

    def clean_requires_second_step(self) -> bool:
        requires: bool = self.cleaned_data["requires_second_step"]
        if requires and "requires_second_step" in self.changed_data and not has_second_step(self.request.user):
            raise ValidationError(_("Set up two-step verification for your own account first, under Your account."))
        return requires

    def clean_allowed_domains(self) -> str:
        """By what sign-in goes by. A superuser, whom no rule keeps out, is asked as little as the operator is."""
        domains: str = self.cleaned_data["allowed_domains"]
        is_asked = "allowed_domains" in self.changed_data and self.request.membership.pk is not None
        domain = hosted_domain(self.request)
        if is_asked and not lets_in(Company(allowed_domains=domains), domain):
            raise ValidationError(own_domain_missing(domain))
        return domains


def own_domain_missing(domain: str) -> str:
    if domain:
        return _("You would lock yourself out: you sign in with the domain %(domain)s. Keep it in the list.") % {
            "domain": domain
        }
    return _("You would lock yourself out: your Google account doesn’t belong to a company domain.")


@admin.register(Company)
class CompanySettingsAdmin(CompanyAdmin):
    """One row, which is there from the founding on. A company is no tenant model: get_queryset keeps it apart."""

    form = CompanySettingsForm
    fields = ["name", "timezone", "working_day", "week_start", "allowed_domains", "requires_second_step"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Company]":
        return Company.objects.filter(pk=current_company_id())

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **options)
        form.request = request
        return form

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:accounts_company_change", current_company_id())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(update_fields=[*CompanySettingsForm.Meta.fields, "working_day_seconds"])
        Company.objects.filter(pk=obj.pk).update(data_version=F("data_version") + 1)  # every page may look different


class MembershipForm(forms.ModelForm[Membership]):
    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role != Role.ADMIN and is_last_admin(self.instance):
            raise ValidationError(LAST_ADMIN)
        return role


@admin.register(Membership)
class MembershipAdmin(CompanyAdmin):
    form = MembershipForm
    list_display = ["user", "email", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__email"]
    fields = ["user", "email", "role", "created_at"]
    readonly_fields = ["user", "email", "created_at"]
    ordering = ["user__name", "user__email"]
    deletable = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # members come by invitation

    @admin.display(description=gettext_lazy("E-mail"))
    def email(self, membership: Membership) -> str:
        return membership.user.email

    def refusal(self, obj: Membership) -> str:
        return str(LAST_ADMIN) if is_last_admin(obj) else ""

    def lost(self, obj: Membership) -> dict[str, Any]:
        return {"email": obj.user.email}

    def response_change(self, request: HttpRequest, obj: Membership) -> HttpResponse:
        response = super().response_change(request, obj)
        gave_up = obj.user == request.user and obj.role != Role.ADMIN
        return redirect("dashboard") if gave_up else response  # the settings would be answered with 403

    def response_delete(self, request: Any, obj_display: str, obj_id: Any) -> HttpResponse:
        response = super().response_delete(request, obj_display, obj_id)
        return redirect("dashboard") if obj_id == request.membership.pk else response


def role_of(invitation: Invitation) -> str:
    """As the audit keeps it."""
    return english(Role(invitation.role).label)


class InvitationForm(forms.ModelForm[Invitation]):
    request: CompanyRequest
    token = ""

    class Meta:
        model = Invitation
        fields = ["email", "role"]

    def clean(self) -> dict[str, Any]:
        """Invites: whether an address may be invited is only known once it is."""
        asked: dict[str, Any] = super().clean() or {}
        if not self.errors:
            by = self.request.user
            self.instance, self.token = invitations.written(
                self.request.company, asked["email"], Role(asked["role"]), by
            )
            asked["email"] = self.instance.email
        return asked


@admin.register(Invitation)
class InvitationAdmin(CompanyAdmin):
    form = InvitationForm
    list_display = ["email", "role", "state", "invited_by", "created_at", "expires_at"]
    list_filter = ["role"]
    list_select_related = ["invited_by"]
    search_fields = ["email"]
    ordering = ["-created_at"]
    actions = ["resend", "revoke"]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **options)
        form.request = request
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["email", "role", "state", "invited_by", "created_at", "expires_at"] if obj else ["email", "role"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    @admin.display(description=gettext_lazy("State"))
    def state(self, invitation: Invitation) -> str:
        return str(invitation.state.label)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """The form has invited. The e-mail follows when the transaction is over: see changeform_view."""
        request.invited = (obj, form.token)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Once it is sent."""

    def changeform_view(
        self, request: Any, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if written := getattr(request, "invited", None):
            invitation, token = written
            with self.telling(request, invitation, "invitation sent", role=role_of(invitation)):
                invitations.send(request.company, invitation, token)
        return response

    @contextmanager
    def telling(self, request: Any, invitation: Invitation, action: str, **detail: Any) -> Iterator[None]:
        """Audits that it was sent, or that it was not: then the invitation stands, and can be sent again."""
        try:
            yield
        except invitations.MailFailed as error:
            told = {"email": invitation.email, "reason": str(error)}
            self.audit(request, "invitation e-mail failed", invitation, **told, **detail)
            text = _(
                "The invitation for %(email)s was created, but the e-mail couldn’t be sent: %(reason)s. "
                "Resend it, or pass on this link yourself. It’s shown only once and works only for that "
                "address: %(link)s"
            )
            self.message_user(request, text % {**told, "link": error.link}, messages.ERROR)
        else:
            self.audit(request, action, invitation, email=invitation.email, **detail)

    @admin.action(description=gettext_lazy("Resend with a new link"))
    def resend(self, request: Any, queryset: "QuerySet[Invitation]") -> None:
        for invitation in queryset:
            try:
                renewed, token = invitations.renewed(request.company, invitation, request.user)
            except invitations.InvitationRefused as error:
                self.message_user(request, f"{invitation.email}: {error}", messages.ERROR)
                continue
            with self.telling(request, renewed, "invitation resent", role=role_of(renewed)):
                invitations.send(request.company, renewed, token)
                self.message_user(request, _("Invitation resent to %(email)s.") % {"email": renewed.email})

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, queryset: "QuerySet[Invitation]") -> None:
        for invitation in queryset:
            told = {"email": invitation.email}
            if invitation.state == InvitationState.ACCEPTED:
                refused = _("%(email)s has already accepted. Remove the member instead.") % told
                self.message_user(request, refused, messages.ERROR)
            elif invitations.revoke(invitation):
                self.audit(request, "invitation revoked", invitation, **told)
                self.message_user(request, _("The link sent to %(email)s no longer works.") % told)
            else:
                self.message_user(request, _("The invitation for %(email)s was already revoked.") % told, messages.INFO)
