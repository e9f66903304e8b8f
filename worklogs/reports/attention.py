"""What a company's data needs somebody to look at, with what it does to the hours and the one action that helps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, DateField, Max, Q, Sum, Value, Window
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm, in_figures
from worklogs.models import DayTotal, JiraAccount, JiraInstance, PersonDayTotal
from worklogs.periods import LATEST_YEAR, LONGEST, ONE_DAY, Period
from worklogs.reports.bars import BarList
from worklogs.reports.dimensions import Groups
from worklogs.sync_words import in_readers_words

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
class LongDay:
    """A person's day over 24 hours; `count` is how many there are in all."""

    person: int
    day: date
    seconds: int
    count: int


@dataclass(frozen=True)
class Oddity:
    """Worklogs in the future up to a day, or accounts of people without an address."""

    kind: str
    day: date | None
    amount: int


def attention(
    chosen: WorklogFilter, states: Sequence[tuple[JiraInstance, str]], epics: BarList, people: Groups, today: date
) -> tuple[Attention, ...]:
    """Two statements. `people` are those who logged time in the period; `states` tells how the sync of each stands."""
    odd = list(_oddities(chosen, today))
    return (
        *_stale(states),
        *_told_of(chosen, long_days(chosen), people),
        *_future(chosen, [each for each in odd if each.kind == "future"], today),
        *_unmapped([each for each in odd if each.kind == "unmapped"]),
        *_without_epic(epics),
    )


def long_days(chosen: WorklogFilter) -> list[LongDay]:
    """The longest of them."""
    days = chosen.among(PersonDayTotal).order_by().values_list("person_id", "day")
    found = days.annotate(s=Sum("seconds")).filter(s__gt=DAY).annotate(n=Window(Count("*")))
    return [LongDay(*row) for row in found.order_by("-s", "day", "person_id")[:SHOWN]]


def _oddities(chosen: WorklogFilter, today: date) -> Iterator[Oddity]:
    # What lies farther ahead than a period can reach is told too, as far as its link can show it.
    ahead = DayTotal.objects.filter(day__gt=today, day__lte=_horizon(today))
    ahead = ahead.filter(instance__slug__in=chosen.instances) if chosen.instances else ahead
    future = ahead.order_by().annotate(kind=Value("future")).values_list("kind").annotate(Max("day"), Sum("worklogs"))
    nameless = JiraAccount.objects.filter(Q(person__email="") & Q(person__user=None), is_active=True)
    told = nameless.order_by().annotate(kind=Value("unmapped"), none=Value(None, DateField()))
    unmapped = told.values_list("kind", "none").annotate(Count("id"))
    for kind, day, amount in future.union(unmapped, all=True):
        if amount:  # a sum over nothing is a row too
            yield Oddity(kind, day, int(amount))


def _stale(states: Sequence[tuple[JiraInstance, str]]) -> Iterator[Attention]:
    sync = reverse("sync")
    for instance, state in states:
        name = instance.name
        if state == "failed":
            yield Attention(
                "bad", _("%s could not be read") % name, in_readers_words(instance.sync_error), _("Open sync"), sync
            )
        elif state == "never":
            yield Attention("warn", _("%s has never been read") % name, _("Its hours are missing."), _("Sync"), sync)
        elif state == "stale":
            yield Attention("warn", _("%s has not been read for days") % name, "", _("Sync"), sync)


def _told_of(chosen: WorklogFilter, found: Sequence[LongDay], people: Groups) -> Iterator[Attention]:
    for each in found:
        title = _("%(name)s logged %(hours)s on %(day)s") % {
            "name": people[each.person].label,
            "hours": in_figures(h_mm(each.seconds)),
            "day": date_format(each.day, "D j M"),
        }
        query = chosen.at(Period(each.day, each.day)).query(person=each.person)
        yield Attention("warn", title, _("A day has 24 hours."), _("Review"), reverse("worklogs") + query)
    if found and (more := found[0].count - len(found)):
        title = ngettext("%(n)s more day over 24 hours", "%(n)s more days over 24 hours", more) % {"n": more}
        url = f"{reverse('reports')}{chosen.query()}&rows=person&columns=day"
        yield Attention("warn", title, "", _("Review"), url)


def _horizon(today: date) -> date:
    """The last day that a link from tomorrow on can show."""
    return min(today + timedelta(days=LONGEST), date(LATEST_YEAR, 12, 31))


def _future(chosen: WorklogFilter, found: Sequence[Oddity], today: date) -> Iterator[Attention]:
    for each in found:
        if each.day:
            title = ngettext("%(n)s worklog in the future", "%(n)s worklogs in the future", each.amount)
            ahead = WorklogFilter(Period(today + ONE_DAY, each.day), instances=chosen.instances).query()
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
        share = in_figures(f"{100 * (epics.without.share or 0):.1f}")
        detail = _("%(share)s %% of all hours") % {"share": share}
        yield Attention("info", title, detail, _("Review"), reverse("worklogs") + epics.without.query)
