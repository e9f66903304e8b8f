"""What a company's data needs somebody to look at, with what it does to the hours and the one action that helps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.dates import date_format
from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm, in_figures, in_percent
from worklogs.models import JiraInstance, UnreadableRow
from worklogs.periods import FIRST_DAY, LAST_DAY, LONGEST, ONE_DAY, Period
from worklogs.reports.bars import BarList
from worklogs.reports.dimensions import Groups
from worklogs.reports.missing import missing_days
from worklogs.reports.oddities import Facts, LongDay, Oddity, horizon, long_days, of_instances
from worklogs.sync_words import in_readers_words
from worklogs.working_days import WorkingDays

MOST_ROWS = 3  # that cannot be read, and are told one by one


@dataclass(frozen=True)
class Attention:
    level: str  # bad, warn, info
    title: str
    detail: str
    action: str
    url: str


def attention(
    chosen: WorklogFilter,
    states: Sequence[tuple[JiraInstance, str]],
    epics: BarList,
    people: Groups,
    facts: Facts,
    known: WorkingDays,
    today: date,
) -> tuple[Attention, ...]:
    """One statement, and another one where a row cannot be read.

    `people` are those who logged time in the period; `states` tells how the sync of each stands; `known` are the
    working days of who is active.
    """
    odd = facts.odd
    return (
        *_stale(states),
        *_missing(chosen, facts, known),
        *_long(chosen, long_days(chosen), people),
        *_no_longer_shown(chosen, odd.get("no_longer_shown")),
        *_unreadable(chosen, odd.get("unreadable")),
        *_outside(odd.get("outside")),
        *_future(chosen, odd.get("future"), today),
        *_future(chosen, odd.get("far"), horizon(today)),
        *_unmapped(odd.get("unmapped")),
        *_without_epic(epics),
    )


def _stale(states: Sequence[tuple[JiraInstance, str]]) -> Iterator[Attention]:
    sync = reverse("sync")
    for instance, state in states:
        name = instance.name
        if state == "failed":
            yield Attention(
                "bad",
                _("Sync of %s failed") % name,
                in_readers_words(instance.sync_error),
                _("Open sync"),
                f"{sync}#problems",
            )
        elif state == "never":
            yield Attention(
                "warn", _("%s has never been synced") % name, _("Its hours aren’t included."), _("Sync"), sync
            )
        elif state == "stale":
            yield Attention("warn", _("%s hasn’t been synced for days") % name, "", _("Sync"), sync)


def _missing(chosen: WorklogFilter, facts: Facts, known: WorkingDays) -> Iterator[Attention]:
    """On any instance: its link leads to all of them."""
    found = missing_days(facts.active, facts.span, known, facts.logged) if facts.span else {}
    people, count = sum(1 for each in found.values() if each), sum(map(len, found.values()))
    if people and facts.span:
        days = ngettext("%(n)s day", "%(n)s days", count) % {"n": in_figures(f"{count:,}")}
        title = ngettext("%(n)s person hasn’t logged %(days)s", "%(n)s people haven’t logged %(days)s", people)
        shown = chosen.period if facts.span.first == chosen.period.first else facts.span
        is_of_all = chosen.less("instances") == chosen
        detail = (
            _("Working days without time, %(period)s")
            if is_of_all
            else _("Working days without time on any instance, %(period)s")
        )
        query = WorklogFilter(shown).query(missing="yes", sort="-missing")
        told, detail = title % {"n": in_figures(f"{people:,}"), "days": days}, detail % {"period": shown.title}
        yield Attention("warn", told, detail, _("Review"), reverse("people") + query)


def _long(chosen: WorklogFilter, found: Sequence[LongDay], people: Groups) -> Iterator[Attention]:
    for each in found:
        title = _("%(name)s logged %(hours)s on %(day)s") % {
            "name": people[each.person].label,
            "hours": in_figures(h_mm(each.seconds)),
            "day": date_format(each.day, "D j M"),
        }
        query = chosen.at(Period(each.day, each.day)).query(person=each.person)
        yield Attention(
            "warn", title, _("A day can’t have more than 24 hours."), _("Review"), reverse("worklogs") + query
        )
    if found and (more := found[0].count - len(found)):
        title = ngettext("%(n)s more day over 24 hours", "%(n)s more days over 24 hours", more) % {"n": more}
        url = f"{reverse('reports')}{chosen.query()}&rows=person&columns=day"
        yield Attention("warn", title, "", _("Review"), url)


def _no_longer_shown(chosen: WorklogFilter, each: Oddity | None) -> Iterator[Attention]:
    if not each:
        return
    text = ngettext(
        "%(n)s worklog is no longer shown by its source",
        "%(n)s worklogs are no longer shown by their source",
        each.amount,
    )
    detail = _(
        "They still count (%(hours)s h). They may have been deleted, or the token can’t see them any more. If they’re "
        "gone, open the sync that lists them and choose “Sync again and delete them”."
    )
    url = reverse("problems")
    if period := _reached(each):
        url = reverse("worklogs") + replace(chosen.plain.at(period), no_longer_shown="yes").query()
    hours = in_figures(h_mm(each.seconds))
    yield Attention("warn", text % {"n": each.amount}, detail % {"hours": hours}, _("Review"), url)


def _reached(each: Oddity) -> Period | None:
    """The days of its worklogs that a link can show, the last ones first; None where a mistyped year is beyond any."""
    if not (each.first and each.last) or each.last < FIRST_DAY or each.first > LAST_DAY:
        return None
    first, last = max(each.first, FIRST_DAY), min(each.last, LAST_DAY)
    return Period(last - min(last - first, timedelta(days=LONGEST - 1)), last)


def _unreadable(chosen: WorklogFilter, each: Oddity | None) -> Iterator[Attention]:
    if each:
        text = ngettext("%(n)s invalid row", "%(n)s invalid rows", each.amount) % {"n": each.amount}
        rows = of_instances(chosen, UnreadableRow).order_by("-seen_at", "id")[:MOST_ROWS]
        detail = ". ".join(f"{row}, {row.field}: {in_readers_words(row.reason)}" for row in rows)
        yield Attention("bad", text, detail, _("Review"), reverse("problems"))


def _outside(each: Oddity | None) -> Iterator[Attention]:
    if each and each.first and each.last:
        text = ngettext(
            "%(n)s worklog is dated outside %(years)s: %(day)s",
            "%(n)s worklogs are dated outside %(years)s: %(day)s",
            each.amount,
        )
        days = [date_format(day, "j M Y") for day in dict.fromkeys((each.first, each.last))]
        told = {"n": each.amount, "years": f"{FIRST_DAY.year}–{LAST_DAY.year}", "day": " … ".join(days)}
        detail = _("No period includes that date, so reports don’t count it.")
        yield Attention("warn", text % told, detail, _("Review"), reverse("problems"))


def _future(chosen: WorklogFilter, each: Oddity | None, after: date) -> Iterator[Attention]:
    if each and each.last:
        title = ngettext("%(n)s worklog in the future", "%(n)s worklogs in the future", each.amount)
        first = max(after + ONE_DAY, each.last - timedelta(days=LONGEST - 1))
        ahead = chosen.plain.at(Period(first, each.last)).query()
        detail = _("The last one is dated %(day)s.") % {"day": date_format(each.last, "j M Y")}
        yield Attention("warn", title % {"n": each.amount}, detail, _("Review"), reverse("worklogs") + ahead)


def _unmapped(each: Oddity | None) -> Iterator[Attention]:
    if each:
        title = ngettext(
            "%(n)s account isn’t linked to a person", "%(n)s accounts aren’t linked to a person", each.amount
        ) % {"n": each.amount}
        detail = _("Jira doesn’t show their e-mail addresses. Link them to people in Settings.")
        yield Attention("info", title, detail, _("Settings"), reverse("admin:worklogs_jiraaccount_changelist"))


def _without_epic(epics: BarList) -> Iterator[Attention]:
    if epics.without and epics.without.tally.worklogs:
        count = epics.without.tally.worklogs
        title = ngettext("%(n)s worklog without an epic", "%(n)s worklogs without an epic", count) % {"n": count}
        detail = _("%(share)s of all hours") % {"share": in_percent(epics.without.share or 0)}
        yield Attention("info", title, detail, _("Review"), reverse("worklogs") + epics.without.query)
