"""The settings by concept: an admin looks for holidays, not for the app whose table holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Each kind of row by its model, with what it is for. What is not named here comes last, under the name of its app.
SECTIONS: dict[Any, dict[str, Any]] = {
    _("Company"): {
        "Company": _("Name, time zone, working day and allowed e-mail domains."),
        "Membership": _("Who can sign in, and their roles."),
        "Invitation": _("People invited to join. Links are valid for three days."),
    },
    _("People"): {
        "Team": _("Group people in reports."),
        "Person": _("People who log time, with their teams and schedules."),
        "JiraAccount": _("Which Jira account belongs to which person."),
    },
    _("Instances"): {
        "JiraInstance": _("Connected Jiras and their tokens. Test connections, fetch accounts and issue types."),
        "IssueType": _("Issue types of each instance."),
        "SyncSchedule": _("How often instances are synced."),
    },
    _("Calendar"): {
        "WorkSchedule": _("Weekly working hours, full time or part time."),
        "HolidayCalendar": _("Holidays by location. Add a year’s public holidays in one step."),
        "Holiday": _("Full or half days off for everyone."),
    },
}


@dataclass(frozen=True)
class Entry:
    """`model` as Django's admin describes it."""

    model: dict[str, Any]
    purpose: str


@dataclass(frozen=True)
class Section:
    title: str
    entries: tuple[Entry, ...]


@register.simple_tag
def settings_sections(apps: Iterable[dict[str, Any]]) -> list[Section]:
    rest = {model["object_name"]: (app["name"], model) for app in apps for model in app["models"]}
    found = []
    for title, purposes in SECTIONS.items():
        entries = [Entry(rest.pop(name)[1], str(line)) for name, line in purposes.items() if name in rest]
        found.append(Section(str(title), tuple(entries)))
    for app in dict.fromkeys(app for app, _model in rest.values()):
        found.append(Section(str(app), tuple(Entry(model, "") for of, model in rest.values() if of == app)))
    return [section for section in found if section.entries]
