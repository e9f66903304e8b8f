"""Which epic or issue an address means: a key is one on each instance."""

from collections.abc import Callable, Sequence

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.middleware import CompanyRequest
from worklogs.filters import WorklogFilter
from worklogs.models import FormerKey, Issue, Worklog
from worklogs.reports.bars import swatches
from worklogs.reports.dimensions import KEY
from worklogs.reports.issue_list import EPIC_LEVEL
from worklogs.views.scope import Asked, offer_instances

Shown = Callable[[CompanyRequest, Asked, Issue], HttpResponse]
RELATED = ("instance", "project", "parent", "epic")


def at_id(request: CompanyRequest, asked: Asked, page: str, pk: int, shown: Shown) -> HttpResponse:
    found = visible(asked, page, Q(pk=pk))
    if not found:
        raise Http404
    offer_instances(request, {found[0].instance.slug})
    return shown(request, asked, found[0])


def at_key(request: CompanyRequest, asked: Asked, page: str, key: str, shown: Shown) -> HttpResponse:
    """The page of the one that has the key, else that had it, else where to choose among those of several instances.
    Keys are upper-case, and found however they are written."""
    everywhere = by_key(asked, page, key)
    if not everywhere and key != (upper := key.upper()) and by_key(asked, page, upper):
        query = request.GET.urlencode()
        return redirect(reverse(page, args=[upper]) + (f"?{query}" if query else ""))
    if not everywhere:
        raise Http404
    offer_instances(request, {each.instance.slug for each in everywhere})
    found = [each for each in everywhere if asked.filter.has_instance(each.instance.slug)]
    if not found:
        found = everywhere
        names = ", ".join(dict.fromkeys(each.instance.name for each in found))
        text = _("%(key)s wasn’t found on the selected instances. It’s on %(names)s.")
        asked.notes.append(text % {"key": key, "names": names})
    if len(found) > 1:
        return choice(request, asked, page, key, found)
    return shown(request, asked, found[0]) if found[0].key == key else at_present_key(request, page, found[0])


def by_key(asked: Asked, page: str, key: str) -> list[Issue]:
    """One of each instance. Where no issue has the key any more, it is the one that had it."""
    if "\x00" in key or not key:
        return []
    found = visible(asked, page, Q(key=key) | Q(pk__in=FormerKey.objects.filter(key=key).values("issue")))
    taken = {each.instance_id for each in found if each.key == key}
    return [each for each in found if each.key == key or each.instance_id not in taken]


def at_present_key(request: CompanyRequest, page: str, found: Issue) -> HttpResponse:
    """Not for ever: a key may be given to another issue."""
    query = request.GET.copy()
    query["instance"] = found.instance.slug
    by_present_key = KEY.fullmatch(found.key)
    address = reverse(page, args=[found.key]) if by_present_key else reverse(f"{page}_by_id", args=[found.pk])
    return redirect(f"{address}?{query.urlencode()}")


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
    return WorklogFilter(asked.filter.period).kept_to(asked.own)


def choice(request: CompanyRequest, asked: Asked, page: str, key: str, found: Sequence[Issue]) -> HttpResponse:
    """The same key on several instances means as many issues."""
    colours = swatches(list(asked.instances.values()))
    rows = [(each, reverse(f"{page}_by_id", args=[each.pk]), colours[each.instance_id]) for each in found]
    return render(request, "worklogs/which_issue.html", {"page": page, "key": key, "rows": rows})
