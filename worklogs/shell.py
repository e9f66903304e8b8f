"""What every page shows round its content. Lazy: a fragment pays for nothing that it does not show."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role
from accounts.permissions import has_role
from worklogs.hours import DEFAULT_FORMAT, FORMATS
from worklogs.models import JiraInstance
from worklogs.periods import PRESETS, preset_period
from worklogs.reports.bars import swatches
from worklogs.reports.overview import sync_state
from worklogs.views.scope import Asked

HOURS_COOKIE = "hours"


@dataclass(frozen=True)
class Link:
    name: str
    url: str
    icon: str
    is_current: bool
    is_mobile: bool = True  # in the bar of a phone; the others are under "More" there


@dataclass(frozen=True)
class Section:
    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Choice:
    label: str
    detail: str
    query: str
    is_current: bool
    swatch: int = 0


@dataclass(frozen=True)
class Staleness:
    state: str  # ok, late, stale, never, failed
    text: str
    is_of_all: bool = False  # of every instance, not of the worst alone


def shell(request: HttpRequest) -> dict[str, Any]:
    hours = request.COOKIES.get(HOURS_COOKIE, "")
    context: dict[str, Any] = {
        "demo": settings.DEMO,
        "hours_format": hours if hours in FORMATS else DEFAULT_FORMAT,
        "hours_formats": FORMATS,
    }
    if getattr(request, "membership", None) is None:
        return context
    found = SimpleLazyObject(lambda: sections(request))
    context |= {
        "company": request.company,  # type: ignore[attr-defined]
        "membership": request.membership,  # type: ignore[attr-defined]
        "memberships": request.memberships,  # type: ignore[attr-defined]
        "sections": found,
        "more": SimpleLazyObject(lambda: [link for each in found for link in each.links if not link.is_mobile]),
        "staleness": SimpleLazyObject(lambda: staleness(request)),
    }
    if asked := getattr(request, "asked", None):
        context |= {
            "period": asked.filter.period,
            "presets": SimpleLazyObject(lambda: presets(request, asked)),
            "previous_query": queried(request, asked.filter.period.previous.query),
            "next_query": queried(request, asked.filter.period.next.query),
            "instance_choices": SimpleLazyObject(lambda: instance_choices(request, asked)),
            "chosen_instances": [each for each in asked.instances.values() if each.slug in asked.filter.instances],
        }
    return context


def sections(request: Any) -> list[Section]:
    """A USER finds the own hours alone; the page of people is then the own calendar."""
    current = getattr(request.resolver_match, "view_name", "")
    manages, administers = has_role(request, Role.MANAGER), has_role(request, Role.ADMIN)

    def link(name: str, view: str, icon: str, *pages: str, is_mobile: bool = True) -> Link:
        return Link(name, reverse(view), icon, current == view or current.startswith(pages), is_mobile)

    people = link(_("People") if manages else _("My calendar"), "people", "person" if manages else "calendar", "person")
    worklogs = link(_("Worklogs"), "worklogs", "list", "worklog")
    epics = link(_("Epics"), "epics", "epic", "epic", is_mobile=not manages)
    issues = link(_("Issues"), "issues", "issue", "issue", is_mobile=not manages)
    reports = link(_("Reports"), "reports", "report", "report", is_mobile=not manages)
    if not manages:
        return [Section(_("Work"), (people, worklogs, epics, issues, reports))]
    teams = link(_("Teams"), "teams", "team", "team")
    system = [link(_("Sync"), "sync", "sync", "sync", is_mobile=False)]
    if administers:
        system.append(link(_("Audit"), "audit", "clock", is_mobile=False))
        system.append(Link(_("Settings"), reverse("admin:index"), "gear", is_current=False, is_mobile=False))
    return [
        Section(_("Work"), (link(_("Dashboard"), "dashboard", "grid"), worklogs, reports)),
        Section(_("Organisation"), (teams, people, epics, issues)),
        Section(_("System"), tuple(system)),
    ]


def queried(request: HttpRequest, period_query: str) -> str:
    """The page's query with another period, from its first page on."""
    rest = request.GET.copy()
    for name in ("from", "to", "period", "after"):
        rest.pop(name, None)
    return "?" + "&".join(part for part in (period_query, rest.urlencode()) if part)


def presets(request: HttpRequest, asked: Asked) -> list[Choice]:
    chosen, found = asked.filter.period, []
    for name, label in PRESETS.items():
        period = preset_period(name, asked.today, asked.week_start)
        is_current = (period.first, period.last) == (chosen.first, chosen.last)
        found.append(Choice(str(label), period.label, queried(request, f"period={name}"), is_current))
    return found


def instance_choices(request: HttpRequest, asked: Asked) -> list[Choice]:
    """All of them, then each alone."""
    rest = request.GET.copy()
    rest.pop("after", None)
    rest.pop("instance", None)
    colours = swatches(list(asked.instances.values()))
    found = [Choice(_("All instances"), "", "?" + rest.urlencode(), not asked.filter.instances)]
    for instance in asked.instances.values():
        rest["instance"] = instance.slug
        is_current = instance.slug in asked.filter.instances
        found.append(Choice(instance.name, instance.label, "?" + rest.urlencode(), is_current, colours[instance.pk]))
    return found


def staleness(request: Any) -> Staleness:
    """How old the data is: the worst instance decides."""
    asked: Asked | None = getattr(request, "asked", None)
    known = asked.instances.values() if asked else JiraInstance.objects.all()
    states = [sync_state(instance, timezone.now()) for instance in known if instance.is_active]
    for state in ("failed", "never", "stale", "late"):
        if count := states.count(state):
            text = _in_words(state, count) % {"n": count, "all": len(states)}
            return Staleness(state, text, is_of_all=count == len(states))
    if not known:
        return Staleness("never", _("No instance yet"), is_of_all=True)
    return Staleness("ok", _("All instances up to date"))


def _in_words(state: str, n: int) -> str:
    """Each text is a call of its own, so that it is found and translated."""
    if state == "failed":
        return ngettext("%(n)s of %(all)s instances failed", "%(n)s of %(all)s instances failed", n)
    if state == "never":
        return ngettext("%(n)s of %(all)s instances never read", "%(n)s of %(all)s instances never read", n)
    if state == "stale":
        return ngettext("%(n)s of %(all)s instances stale", "%(n)s of %(all)s instances stale", n)
    return ngettext("%(n)s of %(all)s instances a day old", "%(n)s of %(all)s instances a day old", n)
