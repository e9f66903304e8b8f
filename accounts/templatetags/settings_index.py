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
        "Company": _("Name, time zone, currency, and whose addresses may join."),
        "Membership": _("Who signs in, and as what."),
        "Invitation": _("Who may join, by a link that is good for three days."),
    },
    _("People"): {
        "Team": _("How people are grouped in every report."),
        "Person": _("Whose time is logged, their team and their schedules."),
        "JiraAccount": _("Who a person is on each instance."),
    },
    _("Instances"): {
        "JiraInstance": _("The Jiras that are read, with their tokens. Test them, fetch accounts and issue types."),
        "InstanceGroup": _("Instances on which the same work is logged; the primary one's hours count."),
        "IssueType": _("What each instance calls its kinds of issues."),
        "SyncSchedule": _("How often every instance is read."),
    },
    _("Calendar"): {
        "WorkSchedule": _("Hours of a week, full time or part time."),
        "HolidayCalendar": _("Places whose holidays differ; the public ones of a year are added at once."),
        "Holiday": _("Days on which nobody works, or half a day."),
    },
    _("Matching"): {
        "Exclusion": _("Issues that are not compared between the instances of a group."),
        "GenericIssue": _("One issue for what the other instances log on many."),
    },
    _("Packages"): {
        "PackageTemplate": _("Sets of issues that are created on several instances at once."),
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
