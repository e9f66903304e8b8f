"""Whether the hours of a filter are all there: which of its instances have been read, and of which days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from worklogs.filters import WorklogFilter
from worklogs.models import DayTotal, JiraInstance
from worklogs.periods import FIRST_DAY, LAST_DAY, ONE_DAY, LongPeriod, Period

LATE, STALE = timedelta(hours=26), timedelta(days=3)
REASONS = {
    "failed": gettext_lazy("the last sync failed"),
    "stale": gettext_lazy("not synced for days"),
    "never": gettext_lazy("never synced"),
}


EVERY_DAY = LongPeriod(FIRST_DAY, LAST_DAY)  # that anybody can ask for


@dataclass(frozen=True)
class Lack:
    """An instance whose hours are not all there, and why."""

    instance: str
    slug: str
    reason: str

    def __str__(self) -> str:
        return f"{self.instance}: {self.reason}"


@dataclass(frozen=True)
class Coverage:
    """Of the active instances of a filter; `text` is empty where all of them are covered."""

    instances: int
    lacks: tuple[Lack, ...] = ()

    @property
    def covered(self) -> int:
        return self.instances - len(self.lacks)

    @property
    def is_complete(self) -> bool:
        return not self.lacks

    @property
    def title(self) -> str:
        """Covers 2 of 3 instances"""
        if self.is_complete:
            return ""
        text = ngettext("Covers %(n)s of %(all)s instance", "Covers %(n)s of %(all)s instances", self.instances)
        return text % {"n": self.covered, "all": self.instances}

    @property
    def text(self) -> str:
        """Covers 2 of 3 instances. Beta: never synced."""
        return "" if self.is_complete else f"{self.title}. {'; '.join(map(str, self.lacks))}."


def coverage(chosen: WorklogFilter, now: datetime, instances: Iterable[JiraInstance] | None = None) -> Coverage:
    """One statement, or none where the caller knows the company's instances. `now` is in the company's zone."""
    known = JiraInstance.objects.all() if instances is None else instances
    asked = [each for each in known if each.is_active and chosen.has_instance(each.slug)]
    found = ((each, _reason(each, chosen.period, now)) for each in asked)
    return Coverage(len(asked), tuple(Lack(each.name, each.slug, reason) for each, reason in found if reason))


def sync_state(instance: JiraInstance, now: datetime) -> str:
    """ok, late, stale, never or failed."""
    if instance.sync_error:
        return "failed"
    if instance.synced_at is None:
        return "never"
    age = now - instance.synced_at
    return "stale" if age > STALE else "late" if age > LATE else "ok"


def _reason(instance: JiraInstance, period: Period, now: datetime) -> str:
    state = sync_state(instance, now)
    if state in REASONS:
        return str(REASONS[state])
    first, last = period.first, min(period.last, now.date())
    if first > last:
        return ""
    synced_on = now.date()
    if state == "late" and instance.synced_at:
        synced_on = instance.synced_at.astimezone(now.tzinfo).date()
    missing = unread(instance, Period(first, min(last, synced_on))) if first <= synced_on else []
    if synced_on < last:
        missing.append(Period(max(first, synced_on + ONE_DAY), last))
    if not missing:
        return ""
    days = ", ".join(each.label for each in missing[:3])
    return _("%(days)s not synced") % {"days": days}


def unread(instance: JiraInstance, period: Period) -> list[Period]:
    """The days of a period that no sync has read. Of an instance that does not say what was read, none."""
    missing, first = [], period.first
    for read in read_periods(instance):
        if read.last < first:
            continue
        if read.first > period.last:
            break
        if first < read.first:
            missing.append(Period(first, read.first - ONE_DAY))
        first = read.last + ONE_DAY
        if first > period.last:
            return missing
    return [*missing, Period(first, period.last)] if instance.days_read else []


def read_periods(instance: JiraInstance) -> list[Period]:
    return [LongPeriod(date.fromisoformat(first), date.fromisoformat(last)) for first, last in instance.days_read]


def with_read(instance: JiraInstance, period: Period) -> list[list[str]]:
    """`days_read` with the days of one more period: in their order, and what touches as one."""
    merged: list[Period] = []
    for each in sorted([*read_periods(instance), period], key=lambda each: each.first):
        if merged and each.first <= merged[-1].last + ONE_DAY:
            merged[-1] = LongPeriod(merged[-1].first, max(merged[-1].last, each.last))
        else:
            merged.append(each)
    return [[each.first.isoformat(), each.last.isoformat()] for each in merged]


def with_first_days() -> list[JiraInstance]:
    """The company's instances, each with the day of its first worklog, mistyped years apart."""
    days = DayTotal.objects.filter(instance=OuterRef("pk"), day__gte=FIRST_DAY).order_by("day").values("day")
    instances: list[JiraInstance] = []
    for instance in JiraInstance.objects.annotate(began_on=Subquery(days[:1])):
        instance.first_day = instance.began_on
        instances.append(instance)
    return instances


def comparable(chosen: WorklogFilter, instances: Iterable[JiraInstance]) -> WorklogFilter:
    """Compared with nothing where data begins later than that. The instances know their first days."""
    before = chosen.period.counterpart
    asked = [each for each in instances if chosen.has_instance(each.slug)]
    if before is None or has_data(before, asked):
        return chosen
    comparison = replace(chosen.period.comparison, has_data=False)
    return replace(chosen, period=replace(chosen.period, comparison=comparison))


def has_data(period: Period, instances: Sequence[JiraInstance]) -> bool:
    """Whether the period begins no earlier than the data does, but for a weekend, and all of it has been read."""
    first = min((each.first_day for each in instances if each.first_day), default=None)
    if first is None or _first_weekday(period.first) < first:
        return False
    return not any(each.is_active and unread(each, period) for each in instances)


def _first_weekday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day
