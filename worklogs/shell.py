"""What every page shows round its content. Lazy: a fragment pays for nothing that it does not show."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company, Role
from accounts.permissions import has_role
from worklogs.coverage import Coverage, coverage, sync_state
from worklogs.filters import WorklogFilter
from worklogs.hours import FORMATS, FULL_DAY, HoursFormat, formatted
from worklogs.models import JiraInstance
from worklogs.periods import COMPARISONS, DEFAULT, PRESETS, PREVIOUS, preset_period
from worklogs.reports.bars import swatches
from worklogs.views.scope import Asked, known_own_people

HOURS_COOKIE = "hours"
OWN_PAGES = ("person", "person_day")
SAMPLE = 5400  # seconds, in each of the formats


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
    style = hours_format(request)
    context: dict[str, Any] = {
        "demo": settings.DEMO,
        "hours_format": style,
        "hours_formats": {name: formatted(SAMPLE, HoursFormat(name, style.day_seconds)) for name in FORMATS},
    }
    if getattr(request, "membership", None) is None:
        return context
    found = SimpleLazyObject(lambda: sections(request))
    context |= {
        "company": request.company,  # type: ignore[attr-defined]
        "membership": request.membership,  # type: ignore[attr-defined]
        "memberships": request.memberships,  # type: ignore[attr-defined]
        "sections": found,
        "carried": SimpleLazyObject(lambda: carried(request)),
        "carried_query": SimpleLazyObject(lambda: carrying("", carried(request))),
        "more": SimpleLazyObject(lambda: [link for each in found for link in each.links if not link.is_mobile]),
        "staleness": SimpleLazyObject(lambda: staleness(request)),
    }
    if asked := getattr(request, "asked", None):
        context |= {
            "period": asked.filter.period,
            "notes": asked.notes,
            "is_unlinked": asked.own == (),
            "presets": SimpleLazyObject(lambda: presets(request, asked)),
            "previous_query": queried(request, asked.filter.period.previous.query),
            "next_query": queried(request, asked.filter.period.next.query),
            "comparisons": SimpleLazyObject(lambda: comparisons(request, asked)),
            "compared_query": compared_query(request, asked),
            "coverage": SimpleLazyObject(lambda: covered(request, asked)),
            "instance_choices": SimpleLazyObject(lambda: instance_choices(request, asked)),
            "offers_instances": offers_instances(request, asked),
            "chosen_instances": chosen_instances(asked),
            "has_all_instances": has_all_instances(asked),
            "no_such_instance": no_such_instance(asked),
        }
    return context


def covered(request: HttpRequest, asked: Asked) -> Coverage:
    shown: WorklogFilter = getattr(request, "shown", asked.filter)
    return coverage(shown, asked.now, asked.instances.values())


def hours_format(request: HttpRequest) -> HoursFormat:
    """As the browser remembers it, in days of the company."""
    company: Company | None = getattr(request, "company", None)
    return HoursFormat(request.COOKIES.get(HOURS_COOKIE, ""), company.working_day_seconds if company else FULL_DAY)


def sections(request: Any) -> list[Section]:
    """A USER finds the own hours alone; the page of people is then the own calendar. Whoever sees everyone's hours and
    has own ones finds them beside."""
    current = getattr(request.resolver_match, "view_name", "")
    manages, administers = has_role(request, Role.MANAGER), has_role(request, Role.ADMIN)
    pairs = carried(request)

    def link(name: str, view: str, icon: str, *pages: str, is_mobile: bool = True) -> Link:
        return Link(name, carrying(reverse(view), pairs), icon, current == view or current.startswith(pages), is_mobile)

    people = link(_("People") if manages else _("My calendar"), "people", "person" if manages else "calendar", "person")
    worklogs = link(_("Worklogs"), "worklogs", "list", "worklog")
    epics = link(_("Epics"), "epics", "epic", "epic", is_mobile=not manages)
    issues = link(_("Issues"), "issues", "issue", "issue", is_mobile=not manages)
    reports = link(_("Reports"), "reports", "report", "report", is_mobile=not manages)
    if not manages:
        return [Section(_("Work"), (people, worklogs, epics, issues, reports))]
    mine = my_calendar(request, pairs)
    if any(each.is_current for each in mine):
        people = replace(people, is_current=False)
    teams = link(_("Teams"), "teams", "team", "team")
    system = [link(_("Sync"), "sync", "sync", "sync", is_mobile=False)]
    if administers:
        system.append(link(_("Audit log"), "audit", "clock", is_mobile=False))
        system.append(
            Link(_("Settings"), reverse("admin:index"), "gear", current.startswith("admin:"), is_mobile=False)
        )
    return [
        Section(_("Work"), (link(_("Dashboard"), "dashboard", "grid"), *mine, worklogs, reports)),
        Section(_("Company"), (teams, people, epics, issues)),
        Section(_("System"), tuple(system)),
    ]


def my_calendar(request: Any, pairs: list[tuple[str, str]]) -> list[Link]:
    """Of those who are linked to a person: the first where they are several, whose pages are theirs too."""
    own = known_own_people(request)
    if not own:
        return []
    at = request.resolver_match
    is_current = bool(at and at.view_name in OWN_PAGES and at.kwargs["pk"] in own)
    url = carrying(reverse("person", args=own[:1]), pairs)
    return [Link(_("My calendar"), url, "calendar", is_current, is_mobile=False)]


INSTANCES = ("instance", "not-instance")
CARRIED = ("period", "from", "to", "compare", *INSTANCES)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """The period of the page, what that is compared with, and the instances, which its links carry on. The default goes
    without saying, and a preset stays one."""
    asked: Asked | None = getattr(request, "asked", None)
    if asked is None:  # a page that shows no hours passes on what it was given
        return [(name, value) for name in CARRIED for value in request.GET.getlist(name) if value]
    period, chosen = asked.filter.period, asked.filter
    days = [("from", str(period.first)), ("to", str(period.last))]
    preset = [("period", period.preset)] if period.preset != DEFAULT else []
    compare = [("compare", choice)] if (choice := period.comparison.choice) != PREVIOUS else []
    instances = [("instance", slug) for slug in chosen.instances if slug in asked.instances]
    excluded = [("not-instance", slug) for slug in chosen.excluded.instances if slug in asked.instances]
    return [*(preset if period.preset else days), *compare, *instances, *excluded]


def carrying(url: str, pairs: list[tuple[str, str]]) -> str:
    """An address that names an instance, and so the one that it is on, keeps to it."""
    path, _mark, own = url.partition("?")
    if any(name in INSTANCES for name in QueryDict(own)):
        pairs = [pair for pair in pairs if pair[0] not in INSTANCES]
    query = "&".join(part for part in (own, urlencode(pairs)) if part)
    return f"{path}?{query}" if query else path


def queried(request: HttpRequest, period_query: str) -> str:
    """The page's query with another period, from its first page on."""
    rest = request.GET.copy()
    for name in ("from", "to", "period", "after", "open"):
        rest.pop(name, None)
    return "?" + "&".join(part for part in (period_query, rest.urlencode()) if part)


def presets(request: HttpRequest, asked: Asked) -> list[Choice]:
    chosen, found = asked.filter.period, []
    for name, label in PRESETS.items():
        period = preset_period(name, asked.today, asked.week_start)
        is_current = (period.first, period.last) == (chosen.first, chosen.last)
        found.append(Choice(str(label), period.label, queried(request, f"period={name}"), is_current))
    return found


def comparisons(request: HttpRequest, asked: Asked) -> list[Choice]:
    """What the period can be compared with, and the days of it; what a page does unasked stands in no address."""
    period, found = asked.filter.period, []
    for name, label in COMPARISONS.items():
        rest = request.GET.copy()
        rest.pop("compare", None)
        if name != PREVIOUS:
            rest["compare"] = name
        other = replace(period, comparison=replace(period.comparison, choice=name))
        days = other.counterpart.days_beside(period) if other.counterpart else ""
        found.append(Choice(str(label), days, "?" + rest.urlencode(), name == period.comparison.choice))
    return found


def compared_query(request: HttpRequest, asked: Asked) -> str:
    """The page's query with the days that its own are compared with."""
    compared = asked.filter.period.compared
    return queried(request, f"from={compared.first}&to={compared.last}") if compared else ""


def instance_choices(request: HttpRequest, asked: Asked) -> list[Choice]:
    """All of them, then each alone."""
    rest = request.GET.copy()
    for name in ("after", "open", "instance", "not-instance"):
        rest.pop(name, None)
    colours, has_all = swatches(list(asked.instances.values())), has_all_instances(asked)
    found = [Choice(_("All instances"), "", "?" + rest.urlencode(), has_all and not no_such_instance(asked))]
    for instance in offered_instances(request, asked):
        rest["instance"] = instance.slug
        is_current = not has_all and asked.filter.has_instance(instance.slug)
        found.append(Choice(instance.name, instance.label, "?" + rest.urlencode(), is_current, colours[instance.pk]))
    return found


def offered_instances(request: HttpRequest, asked: Asked) -> list[JiraInstance]:
    """Those that the page is there for."""
    offered: Collection[str] = getattr(request, "offered", asked.instances)
    return [each for slug, each in asked.instances.items() if slug in offered]


def offers_instances(request: HttpRequest, asked: Asked) -> bool:
    """Whether there is anything to choose, or to take back."""
    is_of_all = not hasattr(request, "offered")
    return len(offered_instances(request, asked)) > 1 or (is_of_all and not has_all_instances(asked))


def chosen_instances(asked: Asked) -> list[JiraInstance]:
    """Those that are shown: none where the filter excludes all of them, or names only unknown ones."""
    return [each for each in asked.instances.values() if asked.filter.has_instance(each.slug)]


def has_all_instances(asked: Asked) -> bool:
    return len(chosen_instances(asked)) == len(asked.instances)


def no_such_instance(asked: Asked) -> bool:
    """The filter names instances, and none of them is known."""
    return bool(asked.filter.instances) and not any(slug in asked.instances for slug in asked.filter.instances)


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
        return Staleness("never", _("No instances yet"), is_of_all=True)
    return Staleness("ok", _("All instances up to date"))


def _in_words(state: str, n: int) -> str:
    """Each text is a call of its own, so that it is found and translated."""
    if state == "failed":
        return ngettext("%(n)s of %(all)s instances failed", "%(n)s of %(all)s instances failed", n)
    if state == "never":
        return ngettext("%(n)s of %(all)s instances never synced", "%(n)s of %(all)s instances never synced", n)
    if state == "stale":
        return ngettext("%(n)s of %(all)s instances out of date", "%(n)s of %(all)s instances out of date", n)
    return ngettext(
        "%(n)s of %(all)s instances last synced over a day ago",
        "%(n)s of %(all)s instances last synced over a day ago",
        n,
    )
