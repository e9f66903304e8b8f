"""What the audit tells, in the reader's words. Entries are kept in English, and what has no word here stays so."""

from functools import cache
from typing import Any

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from accounts.audit import FORMER, AsKept, english

ACTIONS = {
    _("account separated"),
    _("accounts fetched"),
    _("company created"),
    _("connection tested"),
    _("credentials rotated"),
    _("deletions confirmed"),
    _("demo sign-in"),
    _("e-mail changed"),
    _("Google account connected"),
    _("Google account unlinked"),
    _("holidays added"),
    _("instance added"),
    _("instance unreachable"),
    _("invitation accepted"),
    _("invitation e-mail failed"),
    _("invitation refused"),
    _("invitation resent"),
    _("invitation revoked"),
    _("invitation sent"),
    _("issue synced"),
    _("issue types fetched"),
    _("marked as different people"),
    _("member left"),
    _("name changed"),
    _("people merged"),
    _("person linked"),
    _("person unlinked"),
    _("recovery code used"),
    _("recovery codes renewed"),
    _("report changed"),
    _("report deleted"),
    _("report no longer scheduled"),
    _("report no longer shared"),
    _("report saved"),
    _("report scheduled"),
    _("report shared"),
    _("session ended"),
    _("sign-in by link"),
    _("sign-in failed"),
    _("sign-in link issued"),
    _("sign-in link refused"),
    _("sign-in refused"),
    _("sign-in"),
    _("sign-out"),
    _("signed out everywhere else"),
    _("superuser acts for the company"),
    _("superuser created"),
    _("sync cancelled"),
    _("sync ended"),
    _("sync started"),
    _("two-step verification added"),
    _("two-step verification failed"),
    _("two-step verification removed"),
    _("unsubscribed from report"),
    _("user deactivated"),
    _("user reactivated"),
}
# What the settings do to a row, by the last word of the action; the others are its name.
DEEDS = {
    "added": gettext_lazy("%(what)s added"),
    "changed": gettext_lazy("%(what)s changed"),
    "deactivated": gettext_lazy("%(what)s deactivated"),
    "deleted": gettext_lazy("%(what)s deleted"),
    "removed": gettext_lazy("%(what)s removed"),
}
# What a detail is of, beside the fields of the settings, which go by their own names.
NAMES: dict[str, Promise] = {
    "account": gettext_lazy("account"),
    "accounts": gettext_lazy("accounts"),
    "added": gettext_lazy("added"),
    "browser": gettext_lazy("browser"),
    "cadence": gettext_lazy("how often"),
    "changed": gettext_lazy("changed"),
    "deleted": gettext_lazy("deleted"),
    "e-mail": gettext_lazy("e-mail"),
    "element_names": gettext_lazy("elements"),
    "elements": gettext_lazy("elements"),  # in entries of before
    "error": gettext_lazy("error"),
    "errors": gettext_lazy("errors"),
    "exception": gettext_lazy("exception"),
    "forget_tempo": gettext_lazy("Tempo token removed"),
    "gone": gettext_lazy("no longer exist"),
    "holidays": gettext_lazy("holidays"),
    "hours": gettext_lazy("hours"),
    "instance": gettext_lazy("instance"),
    "instances": gettext_lazy("instances"),
    "is_separate": gettext_lazy("separate account"),
    "issue": gettext_lazy("issue"),
    "issue_types": gettext_lazy("issue types"),
    "kind": gettext_lazy("kind"),
    "known": gettext_lazy("known"),
    "left_out": gettext_lazy("skipped"),
    "lost": gettext_lazy("lost"),
    "merged": gettext_lazy("merged"),
    "new": gettext_lazy("new"),
    "of_address": gettext_lazy("address"),
    "people": gettext_lazy("people"),
    "provider": gettext_lazy("provider"),
    "reason": gettext_lazy("reason"),
    "report": gettext_lazy("report"),
    "result": gettext_lazy("result"),
    "row": gettext_lazy("row"),
    "run": gettext_lazy("sync"),
    "sessions": gettext_lazy("sessions"),
    "tempo_token": gettext_lazy("Tempo token"),
    "tempo_url": gettext_lazy("Tempo’s address"),
    "to": gettext_lazy("to"),
    "token": gettext_lazy("Jira token"),
    "unchanged": gettext_lazy("unchanged"),
    "working_day": gettext_lazy("working day"),
    "year": gettext_lazy("year"),
}
# Of these names the values are words of the product's; all others are somebody's own, whatever they look like.
VALUES: dict[str, dict[str, Promise]] = {
    "cadence": {
        "daily": gettext_lazy("Every day"),
        "weekly": gettext_lazy("Every week"),
        "monthly": gettext_lazy("Every month"),
    },
    "kind": {
        "authenticator app": gettext_lazy("authenticator app"),
        "passkey": gettext_lazy("passkey"),
        "recovery codes": gettext_lazy("recovery codes"),
    },
    "result": {
        "succeeded": gettext_lazy("succeeded"),
        "failed": gettext_lazy("failed"),
        "cancelled": gettext_lazy("cancelled"),
    },
    "role": {label: gettext_lazy(label) for label in ("Admin", "Manager", "User")},
    "token": {"changed": gettext_lazy("changed")},
    "tempo_token": {"changed": gettext_lazy("changed")},
    "week_start": {label: gettext_lazy(label) for label in ("Monday", "Saturday", "Sunday")},
}


class InTheReadersWords(AsKept):
    def action(self, action: str) -> str:
        action = FORMER.get(action, action)
        if action in ACTIONS:
            return gettext(action)
        what, _space, deed = action.rpartition(" ")
        if deed in DEEDS and what in rows():
            return str(DEEDS[deed]) % {"what": rows()[what]}
        return action

    def name(self, name: str) -> str:
        found = NAMES.get(name) or fields().get(name)
        return str(found) if found else self.action(name)  # rows inside of a row are told as an action is

    def value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if value in (None, "", []):
            return gettext("nothing")
        known = VALUES.get(name, {}).get(value) if isinstance(value, str) else None
        return str(known) if known else super().value(name, value)


@cache
def rows() -> dict[str, Any]:
    """What rows of the settings are called, one and many, by how the audit calls them."""
    found: dict[str, Any] = {}
    for model, settings in admin.site._registry.items():
        for each in (model, *(inline.model for inline in settings.inlines)):
            for name in (each._meta.verbose_name, each._meta.verbose_name_plural):
                found[english(name).lower()] = name
    return found


@cache
def fields() -> dict[str, Any]:
    """What the settings call their fields."""
    found: dict[str, Any] = {}
    for model, settings in admin.site._registry.items():
        for each in (model, *(inline.model for inline in settings.inlines)):
            found |= {field.name: field.verbose_name for field in each._meta.concrete_fields}
    return found
