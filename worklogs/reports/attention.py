"""What a company's data needs somebody to look at, with what it does to the hours and the one action that helps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, DateField, F, IntegerField, Max, Q, QuerySet, Sum, Value
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm
from worklogs.models import DayTotal, JiraAccount, JiraInstance, PersonDayTotal
from worklogs.periods import ONE_DAY, Period
from worklogs.reports.bars import BarList

DAY = 24 * 3600
SHOWN = 3  # days over 24 hours that are told one by one


@dataclass(frozen=True)
class Attention:
    level: str  # bad, warn, info
    title: str
    detail: str
    action: str
    url: str


@dataclass(frozen=True)
class Oddity:
    """One finding: worklogs in the future, a person's day over 24 hours, or accounts of people without an address."""

    kind: str
    name: str
    pk: int
    day: date | None
    amount: int


def attention(
    chosen: WorklogFilter, states: Sequence[tuple[JiraInstance, str]], epics: BarList, today: date
) -> tuple[Attention, ...]:
    """One statement. `states` tells how the sync of each instance stands."""
    found = list(_oddities(chosen, today))
    return (
        *_stale(states),
        *_long_days(chosen, [each for each in found if each.kind == "long"]),
        *_future([each for each in found if each.kind == "future"], today),
        *_unmapped([each for each in found if each.kind == "unmapped"]),
        *_without_epic(epics),
    )


def _oddities(chosen: WorklogFilter, today: date) -> Iterator[Oddity]:
    long_days = chosen.among(PersonDayTotal).order_by().annotate(name=F("person__name"), which=F("person_id"))
    long_days = _told(long_days, "long", "name", "which", "day").annotate(n=Sum("seconds")).filter(n__gt=DAY)
    ahead = DayTotal.objects.filter(day__gt=today)
    ahead = ahead.filter(instance__slug__in=chosen.instances) if chosen.instances else ahead
    future = _told(ahead, "future", *_nobody()).annotate(until=Max("day"), n=Sum("worklogs"))
    nameless = JiraAccount.objects.filter(Q(person__email="") & Q(person__user=None), is_active=True)
    unmapped = _told(nameless, "unmapped", *_nobody(), no_day=Value(None, DateField())).annotate(n=Count("id"))
    for kind, name, pk, day, amount in long_days.union(future, unmapped, all=True):
        if amount:  # a sum over nothing is a row too
            yield Oddity(kind, name, pk, day, int(amount))


def _told(rows: "QuerySet[Any]", kind: str, *columns: Any, **more: Any) -> "QuerySet[Any, tuple[Any, ...]]":
    named = {f"column_{place}": column for place, column in enumerate(columns) if not isinstance(column, str)}
    names = [column if isinstance(column, str) else f"column_{place}" for place, column in enumerate(columns)]
    told = rows.order_by().annotate(kind=Value(kind, CharField()), **named, **more)
    groups: QuerySet[Any, tuple[Any, ...]] = told.values_list("kind", *names, *more)
    return groups


def _nobody() -> tuple[Value, Value]:
    return Value("", CharField()), Value(0, IntegerField())


def _stale(states: Sequence[tuple[JiraInstance, str]]) -> Iterator[Attention]:
    sync = reverse("sync")
    for instance, state in states:
        name = instance.name
        if state == "failed":
            yield Attention("bad", _("%s could not be read") % name, instance.sync_error, _("Open sync"), sync)
        elif state == "never":
            yield Attention("warn", _("%s has never been read") % name, _("Its hours are missing."), _("Sync"), sync)
        elif state == "stale":
            yield Attention("warn", _("%s has not been read for days") % name, "", _("Sync"), sync)


def _long_days(chosen: WorklogFilter, found: Sequence[Oddity]) -> Iterator[Attention]:
    for each in sorted(found, key=lambda each: -each.amount)[:SHOWN]:
        if each.day:
            day = date_format(each.day, "D j M")
            title = _("%(name)s logged %(hours)s on %(day)s") % {
                "name": each.name,
                "hours": h_mm(each.amount),
                "day": day,
            }
            detail, query = _("A day has 24 hours."), chosen.at(Period(each.day, each.day)).query(person=each.pk)
            yield Attention("warn", title, detail, _("Review"), reverse("worklogs") + query)
    if more := len(found[SHOWN:]):
        title = ngettext("%(n)s more day over 24 hours", "%(n)s more days over 24 hours", more) % {"n": more}
        url = f"{reverse('reports')}{chosen.query()}&rows=person&columns=day"
        yield Attention("warn", title, "", _("Review"), url)


def _future(found: Sequence[Oddity], today: date) -> Iterator[Attention]:
    for each in found:
        if each.day:
            title = ngettext("%(n)s worklog in the future", "%(n)s worklogs in the future", each.amount)
            ahead = WorklogFilter(Period(today + ONE_DAY, each.day)).query()
            detail = _("The last one is of %(day)s.") % {"day": date_format(each.day, "j M Y")}
            yield Attention("warn", title % {"n": each.amount}, detail, _("Review"), reverse("worklogs") + ahead)


def _unmapped(found: Sequence[Oddity]) -> Iterator[Attention]:
    for each in found:
        title = ngettext("%(n)s account is nobody's", "%(n)s accounts are nobody's", each.amount) % {"n": each.amount}
        detail = _("Jira tells no e-mail address of theirs: say in the settings whose they are.")
        yield Attention("info", title, detail, _("Settings"), reverse("admin:worklogs_jiraaccount_changelist"))


def _without_epic(epics: BarList) -> Iterator[Attention]:
    if epics.without and epics.without.tally.worklogs:
        count = epics.without.tally.worklogs
        title = ngettext("%(n)s worklog without an epic", "%(n)s worklogs without an epic", count) % {"n": count}
        detail = _("%(share)s %% of all hours") % {"share": f"{100 * (epics.without.share or 0):.1f}"}
        yield Attention("info", title, detail, _("Review"), reverse("worklogs") + epics.without.query)
