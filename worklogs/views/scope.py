"""What every page of hours reads from its request."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils import timezone

from accounts.middleware import CompanyRequest
from accounts.models import Role
from accounts.permissions import has_role
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.models import JiraInstance, Person, Worklog
from worklogs.periods import BadPeriod

NOBODY = 0


@dataclass(frozen=True)
class Asked:
    """The filter that the query names, and what belongs to reading it."""

    filter: WorklogFilter
    instances: dict[str, JiraInstance]
    now: datetime
    week_start: int  # the company's, 1 is Monday
    own: tuple[int, ...] | None = None  # the people to whose worklogs a USER is kept; None: everyone's are seen

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def conditions(self) -> WorklogFilter:
        """What was asked for, without the people that a USER is kept to."""
        return self.filter if self.own is None else replace(self.filter, people=())


def read_query(request: CompanyRequest, *, is_page: bool = True) -> Asked:
    """A query that cannot be read gives the default and a message; a download, which can show none, is a 404.

    A USER only ever sees own worklogs.
    """
    now, week_start = timezone.now().astimezone(request.company.zone), request.company.week_start
    try:
        chosen = WorklogFilter.from_query(request.GET, now.date(), week_start)
    except (BadPeriod, BadFilter) as error:
        if not is_page:
            raise Http404(str(error)) from error
        messages.warning(request, str(error))
        chosen = WorklogFilter.from_query(QueryDict(), now.date(), week_start)
    own = None if has_role(request, Role.MANAGER) else tuple(own_people(request))
    if own is not None:
        chosen = replace(chosen, people=own or (NOBODY,))
    instances = {instance.slug: instance for instance in JiraInstance.objects.all()}
    request.asked = Asked(chosen, instances, now, week_start, own)  # type: ignore[attr-defined]
    return request.asked  # type: ignore[attr-defined,no-any-return]


def own_people(request: CompanyRequest) -> list[int]:
    """The people that this user is, as far as the company has linked them."""
    return list(Person.objects.filter(user=request.user).values_list("id", flat=True))


def visible_worklogs(request: CompanyRequest) -> "QuerySet[Worklog]":
    if has_role(request, Role.MANAGER):
        return Worklog.objects.all()
    return Worklog.objects.filter(person__in=own_people(request))
