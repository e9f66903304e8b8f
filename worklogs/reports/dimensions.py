"""What worklogs can be grouped by: days, weeks, months, people, teams, projects, epics, issues, types and instances."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import date_format, weekday_names
from worklogs.filters import NAMED, NONE, WorklogFilter, type_key
from worklogs.labels import BESIDE, KEY_IS_SHARED, PROJECT_IS_SHARED, people_apart, told_apart
from worklogs.models import Issue, JiraInstance, Person, Project, Team
from worklogs.periods import ONE_DAY, Period, add_months

WEEK = timedelta(days=7)
LONGEST_QUERY = 3000  # characters: servers take addresses of 4,000
KEY = re.compile(r"[A-Za-z0-9_-]+")  # of an issue, as Jira allows them; others have no place in a path


@dataclass(frozen=True)
class Group:
    """One row or column of a report. `key` names it in a query; `url` is its own page, where it has one. Of one that
    is shared, others have the code or the name too: its label ends with the detail."""

    key: str
    label: str
    code: str = ""  # what Jira calls it: CORE-12
    detail: str = ""
    url: str = ""
    is_shared: bool = False

    @property
    def beside(self) -> str:
        """What is drawn beside the label."""
        return "" if self.is_shared else self.detail

    @property
    def short(self) -> str:
        """What Jira calls it, on which instance where others are called so too; else its label."""
        return told_apart(self.code, self.detail if self.is_shared else "") if self.code else self.label

    @property
    def title(self) -> str:
        """CORE-12 Instant payments."""
        return self.label if self.code in ("", self.label) else f"{self.code} {self.label}"


Groups = Mapping[Any, Group]
Narrowed = Callable[..., WorklogFilter]  # takes a filter and keys, and gives that of their worklogs


@cache
def under(page: str) -> str:
    """The address under which the pages of a list's rows are. A reverse() for each row takes longer than its sums."""
    return reverse(page)


def page_of(group: Group, chosen: WorklogFilter) -> str:
    """The group's own page for the same days and instances; empty where it has none."""
    if not group.url:
        return ""
    if "?" in group.url:  # which of several instances it is on
        return f"{group.url}&{chosen.period.query}"
    return group.url + chosen.plain.query()


@dataclass(frozen=True)
class Dimension:
    name: str
    label: str | Promise
    column: str  # of the tallies
    groups: Callable[[Collection[Any]], Groups]  # by value, in as many statements whatever their number
    narrowed: Narrowed
    key_of: Callable[[Any], str] | None  # a group's, by its value; None where only its name tells it
    value_of: Callable[[Any], Any] = lambda value: value  # of the column's: a day's week
    span_of: Callable[[date], Period] | None = None  # the days of a value, for dimensions of time

    @property
    def is_time(self) -> bool:
        return self.span_of is not None

    def named(self, shown: Collection[Any], every: Collection[Any]) -> Groups:
        """What is shown; and all of them, which are few, where nothing else tells the keys of the rest."""
        return self.groups([*every] if self.key_of is None else [*shown])

    def keys(self, values: Collection[Any], names: Groups, most: int = NAMED) -> tuple[str, ...]:
        """That narrow a filter to all of these; none where no link can name so many. Times follow one another."""
        if self.is_time:
            return tuple(day.isoformat() for day in sorted({min(values), max(values)})) if values else ()
        if len(values) > most:
            return ()
        return tuple(names[each].key if self.key_of is None else self.key_of(each) for each in values)

    def together(self, chosen: WorklogFilter, values: Collection[Any], names: Groups, most: int = NAMED) -> str:
        """The query of the worklogs of all of these; empty where there is none."""
        keys = self.keys(values, names, most)
        query: str = self.narrowed(chosen, *keys).query() if keys else ""
        return query if len(query) <= LONGEST_QUERY else ""

    def values_in(self, period: Period) -> Iterator[date]:
        """Every value of a period, whether anything was logged in it or not; of dimensions of time only."""
        day = self.value_of(period.first)
        while self.span_of and day <= period.last:
            yield day
            day = self.span_of(day).last + ONE_DAY


def _week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _within(span_of: Callable[[date], Period]) -> Narrowed:
    def narrowed(chosen: WorklogFilter, *keys: str) -> WorklogFilter:
        """To all days from the first to the last of them."""
        spans = [span_of(date.fromisoformat(key)) for key in keys]
        first, last = min(span.first for span in spans), max(span.last for span in spans)
        return chosen.at(Period(max(first, chosen.period.first), min(last, chosen.period.last)))

    return narrowed


def _dated(label: Callable[[date], str]) -> Callable[[Collection[date]], Groups]:
    return lambda days: {day: Group(day.isoformat(), label(day)) for day in days}


def _week_label(day: date) -> str:
    year, week, _day = day.isocalendar()
    return _("W%(week)s, %(from)s – %(to)s") % {
        "week": week,
        "from": date_format(day, "j M"),
        "to": date_format(day + WEEK - ONE_DAY, "j M Y"),
    }


def _weekdays(values: Collection[int]) -> Groups:
    names = weekday_names()
    return {value: Group(str(value), names[value - 1]) for value in values}


def _people(values: Collection[Any]) -> Groups:
    found = Person.objects.filter(pk__in=values).values_list("id", "name", "team__name", BESIDE)
    return {pk: person_group(pk, name, team or "") for pk, name, team in people_apart(found)}


def person_group(pk: int, name: str, team: str) -> Group:
    return Group(str(pk), name, detail=team, url=f"{under('people')}{pk}/")


def _teams(values: Collection[Any]) -> Groups:
    found = Team.objects.filter(pk__in=[value for value in values if value]).values_list("id", "slug", "name")
    return {None: team_group(None, None), **{pk: team_group(slug, name) for pk, slug, name in found}}


def team_group(slug: str | None, name: str | None) -> Group:
    """Without a slug, that of the people who are in none."""
    return Group(slug or NONE, name or _("No team"), url=f"{under('teams')}{slug or NONE}/")


def _projects(values: Collection[Any]) -> Groups:
    found = Project.objects.filter(pk__in=[value for value in values if value])
    columns = ("id", "key", "name", "instance__name", "is_shared")
    told = found.annotate(is_shared=PROJECT_IS_SHARED).values_list(*columns)
    named = {pk: _project_group(pk, *rest) for pk, *rest in told}
    return {**named, None: Group(NONE, _("No project"))}


def _project_group(pk: int, key: str, name: str, instance: str, is_shared: bool) -> Group:  # noqa: FBT001
    if is_shared:
        return Group(str(pk), told_apart(name or key, instance), code=key, detail=instance, is_shared=True)
    return Group(str(pk), name or key, code=key, detail=instance)


def _issues(values: Collection[Any]) -> Groups:
    return _issue_groups(values, "issue")


def _epics(values: Collection[Any]) -> Groups:
    return {**_issue_groups([value for value in values if value], "epic"), None: Group(NONE, _("No epic"))}


def _issue_groups(values: Collection[Any], page: str) -> dict[Any, Group]:
    found = Issue.objects.filter(pk__in=values)
    columns = ("id", "key", "summary", "external_id", "instance__slug", "instance__name")
    told = list(found.annotate(is_shared=KEY_IS_SHARED).values_list("is_shared", *columns))
    unread = Counter(external_id for _is_shared, _pk, key, _summary, external_id, *_rest in told if not key)
    return {
        pk: issue_group(pk, key, *rest, page=page, is_shared=is_shared if key else unread[rest[1]] > 1)
        for is_shared, pk, key, *rest in told
    }


def issue_group(
    pk: int,
    key: str,
    summary: str,
    external_id: str,
    slug: str,
    instance: str,
    *,
    page: str,
    is_shared: bool = False,
) -> Group:
    """An issue that can't be read goes by its number in Jira. `page` is issue or epic; `is_shared`: so is the key."""
    by_id = f"{under(page + 's')}id/{pk}/"
    if not key:
        unread = told_apart(_("Unreadable issue %(number)s") % {"number": external_id}, instance if is_shared else "")
        return Group(str(pk), unread, code=f"#{external_id}", detail=instance, url=by_id, is_shared=is_shared)
    by_key = f"{under(page + 's')}{key}/?{urlencode({'instance': slug})}" if KEY.fullmatch(key) else by_id
    if is_shared:
        label = told_apart(summary or key, instance)
        return Group(str(pk), label, code=key, detail=instance, url=by_key, is_shared=True)
    return Group(str(pk), summary or key, code=key, detail=instance, url=by_key)


def _types(values: Iterable[str]) -> Groups:
    return {value: Group(type_key(value), value or _("No type")) for value in values}


def _instances(values: Collection[Any]) -> Groups:
    found = JiraInstance.objects.filter(pk__in=values)
    return {each.pk: Group(each.slug, each.name, detail=each.label) for each in found}


def _part(name: str, read: Callable[[str], Any]) -> Narrowed:
    def narrowed(chosen: WorklogFilter, *keys: str) -> WorklogFilter:
        part: Any = {name: tuple(map(read, keys))}
        return replace(chosen, **part)

    return narrowed


def _id_key(pk: int | None) -> str:
    return str(pk) if pk else NONE


def _day_span(day: date) -> Period:
    return Period(day, day)


def _week_span(day: date) -> Period:
    return Period(day, day + WEEK - ONE_DAY)


def _month_span(day: date) -> Period:
    return Period(day, add_months(day, 1) - ONE_DAY)


DIMENSIONS: Mapping[str, Dimension] = {
    each.name: each
    for each in (
        Dimension("person", gettext_lazy("Person"), "person", _people, _part("people", int), _id_key),
        Dimension("team", gettext_lazy("Team"), "team", _teams, _part("teams", str), None),
        Dimension("project", gettext_lazy("Project"), "project", _projects, _part("projects", str), _id_key),
        Dimension("epic", gettext_lazy("Epic"), "epic", _epics, _part("epics", str), _id_key),
        Dimension("issue", gettext_lazy("Issue"), "issue", _issues, _part("issues", int), _id_key),
        Dimension("type", gettext_lazy("Issue type"), "type", _types, _part("types", str), type_key),
        Dimension("instance", gettext_lazy("Instance"), "instance", _instances, _part("instances", str), None),
        Dimension(
            "day",
            gettext_lazy("Day"),
            "day",
            _dated(lambda day: date_format(day, "D j M Y")),
            _within(_day_span),
            date.isoformat,
            span_of=_day_span,
        ),
        Dimension(
            "week",
            gettext_lazy("Week"),
            "day",
            _dated(_week_label),
            _within(_week_span),
            date.isoformat,
            value_of=_week_of,
            span_of=_week_span,
        ),
        Dimension(
            "month",
            gettext_lazy("Month"),
            "month",
            _dated(lambda day: date_format(day, "F Y")),
            _within(_month_span),
            date.isoformat,
            value_of=_month_of,
            span_of=_month_span,
        ),
        Dimension(
            "weekday",
            gettext_lazy("Weekday"),
            "day",
            _weekdays,
            _part("weekdays", int),
            str,
            value_of=lambda day: day.isoweekday(),
        ),
    )
}
