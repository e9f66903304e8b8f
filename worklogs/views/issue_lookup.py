"""Which epic or issue an address means: a key is one on each instance."""

from collections.abc import Sequence

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.middleware import CompanyRequest
from worklogs.filters import WorklogFilter
from worklogs.models import Issue, Worklog
from worklogs.reports.bars import swatches
from worklogs.reports.issue_list import EPIC_LEVEL
from worklogs.views.scope import Asked

RELATED = ("instance", "project", "parent", "epic")


def by_id(asked: Asked, page: str, pk: int) -> Issue:
    found = visible(asked, page, Q(pk=pk))
    if not found:
        raise Http404
    return found[0]


def by_key(asked: Asked, page: str, key: str) -> Sequence[Issue]:
    """One, or those of several instances among which somebody has to choose."""
    if "\x00" in key or not key:
        raise Http404
    wanted = Q(key=key)
    if asked.filter.instances:
        wanted &= Q(instance__slug__in=asked.filter.instances)
    found = visible(asked, page, wanted)
    if not found:
        raise Http404
    return found


def visible(asked: Asked, page: str, wanted: Q) -> list[Issue]:
    """For a USER those on which own time is logged, or on something below them."""
    found = Issue.objects.filter(wanted).select_related(*RELATED)
    if page == "epic":
        found = found.filter(level=EPIC_LEVEL)
    if asked.own is not None:
        own = Worklog.objects.filter(person__in=asked.own)
        below = Q(pk__in=own.values("epic")) | Q(pk__in=own.values("issue__parent"))
        found = found.filter(below | Q(pk__in=own.values("issue")))
    return list(found.order_by("instance", "id"))


def plain(asked: Asked) -> WorklogFilter:
    """The period, and the people that a USER is kept to: the page of an epic or issue tells all of that."""
    return WorklogFilter(asked.filter.period, people=asked.filter.people if asked.own is not None else ())


def choice(request: CompanyRequest, asked: Asked, page: str, key: str, found: Sequence[Issue]) -> HttpResponse:
    """The same key on several instances means as many issues."""
    colours = swatches(list(asked.instances.values()))
    rows = [(each, reverse(f"{page}_by_id", args=[each.pk]), colours[each.instance_id]) for each in found]
    return render(request, "worklogs/which_issue.html", {"page": page, "key": key, "rows": rows})
