"""What every page of hours reads from its request."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role
from worklogs.coverage import comparable, with_first_days
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.former_names import by_present_names
from worklogs.models import JiraInstance, Person, Worklog
from worklogs.query_parts import Fault
from worklogs.reports.named import Names, names_of, unknown

MOST_NOTES = 10


@dataclass(frozen=True)
class Asked:
    """The conditions that the query names, and what belongs to reading it."""

    conditions: WorklogFilter
    instances: dict[str, JiraInstance]
    now: datetime
    week_start: int  # the company's, 1 is Monday
    faults: tuple[Fault, ...] = ()  # what of the query isn't applied
    own: tuple[int, ...] | None = None  # the people to whose worklogs a USER is kept; None: everyone's are seen

    @property
    def today(self) -> date:
        return self.now.date()

    @cached_property
    def filter(self) -> WorklogFilter:
        """What was asked for, as far as the reader may see it."""
        return self.conditions.kept_to(self.own)

    @property
    def known(self) -> WorklogFilter:
        """The conditions whose names the reader may know: other people are told of by a note of their own."""
        return self.conditions if self.own is None else replace(self.conditions, people=())

    @cached_property
    def names(self) -> Names:
        """What the conditions name, as far as the reader knows it."""
        return names_of(self.conditions, self.instances, self.own)

    @cached_property
    def notes(self) -> list[str]:
        """What of the query isn't applied or isn't known: told on the page, and in a header of a file."""
        found = list(dict.fromkeys(self._noted()))
        if len(found) <= MOST_NOTES:
            return found
        more = len(found) - MOST_NOTES
        return [*found[:MOST_NOTES], ngettext("%(n)s more problem", "%(n)s more problems", more) % {"n": more}]

    def _noted(self) -> Iterator[str]:
        yield from map(str, self.faults)
        people = self.conditions.people
        yield from unknown(self.known, self.names)
        if self.own is not None and not set(people) <= set(self.own):
            yield _("You only see your own hours. This link includes other people, whose hours aren’t shown.")


def read_query(request: CompanyRequest, *, is_plain: bool = False) -> Asked:
    """What can't be read is left out and noted: a page tells the notes above its content, a download in a header. A
    plain page asks for its period and instances alone.

    A USER only ever sees own worklogs.
    """
    now, week_start = timezone.now().astimezone(request.company.zone), request.company.week_start
    reading = WorklogFilter.read(request.GET, now.date(), week_start)
    chosen = reading.filter.plain if is_plain else reading.filter
    own = None if has_role(request, Role.MANAGER) else tuple(own_people(request))
    instances = {instance.slug: instance for instance in with_first_days()}
    chosen = comparable(chosen, instances.values())
    asked = by_names_of_today(Asked(chosen, instances, now, week_start, reading.faults, own))
    request.asked = asked  # type: ignore[attr-defined]
    return asked


def tell_coverage_of(request: CompanyRequest, shown: WorklogFilter) -> None:
    """For a page whose hours aren't those that its address filters."""
    request.shown = shown  # type: ignore[attr-defined]


def offer_instances(request: CompanyRequest, slugs: Collection[str]) -> None:
    """For a page that is there for these instances alone: the header offers no others."""
    request.offered = slugs  # type: ignore[attr-defined]


def sort_of(request: CompanyRequest, asked: Asked, default: str, check: Callable[[str], object]) -> str:
    """The order that a list is asked for in, or the default. `check` raises BadFilter on one that there is not."""
    sort = request.GET.get("sort") or default
    try:
        check(sort)
    except BadFilter as error:
        asked.notes.append(str(error))
        return default
    return sort


def by_names_of_today(asked: Asked) -> Asked:
    """A link may name what goes by another name since. A USER is not told the new names of what they may not see."""
    if not any(unknown(asked.conditions, asked.names)):
        return asked
    found = replace(asked, conditions=by_present_names(asked.conditions))
    return asked if asked.own is not None and any(unknown(found.conditions, found.names)) else found


def own_people(request: CompanyRequest) -> list[int]:
    """The people that this user is, as far as the company has linked them."""
    return list(Person.objects.filter(user=request.user).values_list("id", flat=True))


def known_own_people(request: CompanyRequest) -> list[int]:
    """As every page asks for them: remembered until something of the company's hours or people changes."""
    company = request.company
    key = f"own-people:{company.pk}:{company.data_version}:{request.user.pk}"
    return list(cache.get_or_set(key, lambda: sorted(own_people(request))) or ())


def visible_worklogs(request: CompanyRequest) -> "QuerySet[Worklog]":
    if has_role(request, Role.MANAGER):
        return Worklog.objects.all()
    return Worklog.objects.filter(person__in=own_people(request))
