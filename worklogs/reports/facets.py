"""What a filter may name, and the conditions that it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.dates import weekday_names
from worklogs.filters import NONE, NOT, PARTS, WorklogFilter, type_key
from worklogs.folding import sort_key
from worklogs.hours import h_mm, in_figures
from worklogs.models import Issue
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.named import Names
from worklogs.reports.tallies import tallies

LONGEST = 300  # options of one facet, those with the most hours
SEARCHED = 10  # options from which on they can be searched


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """`is_not`: the chosen options are those that worklogs must not have."""

    name: str  # as in the query
    label: str
    options: tuple[Option, ...]
    is_not: bool
    kept: tuple[str, ...]  # excluded ones, where some are chosen and others are excluded

    @property
    def chosen(self) -> int:
        return sum(each.is_chosen for each in self.options)

    @property
    def is_searched(self) -> bool:
        return len(self.options) > SEARCHED


@dataclass(frozen=True)
class Chip:
    """One condition of the filter. `name` and `key` are those of the query; no key: all of that name."""

    label: str
    value: str
    name: str
    key: str = ""


def facets(parts: Sequence[str], seen: WorklogFilter, chosen: WorklogFilter, names: Names) -> tuple[Facet, ...]:
    """What the worklogs speak of that `seen` chooses: its period, and the people to whom a USER is kept; and what
    `chosen` has already, by its `names`."""
    return tuple(_facet(name, _offered(seen, name), chosen, names) for name in parts)


def _facet(name: str, offered: dict[str, str], chosen: WorklogFilter, names: Names) -> Facet:
    wanted, unwanted = values_of(chosen, name)
    is_not = bool(unwanted and not wanted)
    marked = unwanted if is_not else wanted
    known = {value: names.get(name, {}).get(value, _("unknown")) for value in marked} | offered
    options = [Option(value, label, value in marked) for value, label in known.items()]
    options.sort(key=lambda each: (not each.is_chosen, each.value == NONE, sort_key(each.label)))
    return Facet(name, str(DIMENSIONS[name].label), tuple(options), is_not, () if is_not else unwanted)


def _offered(seen: WorklogFilter, name: str) -> dict[str, str]:
    """The labels of the options by their values."""
    dimension = DIMENSIONS[name]
    if name == "type" and not seen.people:  # no total knows them, and they are few
        types = Issue.objects.order_by("type").values_list("type", flat=True).distinct()[:LONGEST]
        return {type_key(each): each or _("No type") for each in types}
    sums = {value: tally for (value,), tally in tallies(seen, dimension.column).items()}
    values = sorted(sums, key=lambda value: -sums[value].seconds)[:LONGEST]
    groups = dimension.groups(values)
    return {groups[value].key: groups[value].title for value in values}


def values_of(chosen: WorklogFilter, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of a part: those that are wanted, and those that are not."""
    part = PARTS[name][0]
    return tuple(map(str, getattr(chosen, part))), tuple(map(str, getattr(chosen.excluded, part)))


def chips(chosen: WorklogFilter, names: Names) -> tuple[Chip, ...]:
    return (*_named(chosen, names), *_written(chosen))


def _named(chosen: WorklogFilter, names: Names) -> Iterator[Chip]:
    for name in PARTS:
        wanted, unwanted = values_of(chosen, name)
        label = str(DIMENSIONS[name].label)
        for value in wanted if name != "instance" else ():  # the header tells the instances
            yield Chip(label, names[name].get(value, _("unknown")), name, value)
        for value in unwanted:
            yield Chip(_("%(part)s is not") % {"part": label}, names[name].get(value, _("unknown")), NOT + name, value)


def _written(chosen: WorklogFilter) -> Iterator[Chip]:
    if chosen.weekdays:
        names = weekday_names()
        days = ", ".join(names[day - 1] for day in sorted(chosen.weekdays))
        yield Chip(_("Weekday"), days, "weekday")
    if chosen.at_least is not None:
        yield Chip(_("At least"), in_figures(h_mm(chosen.at_least)), "at-least")
    if chosen.at_most is not None:
        yield Chip(_("At most"), in_figures(h_mm(chosen.at_most)), "at-most")
    if chosen.billable:
        yield Chip(_("Billable"), _("yes") if chosen.billable == "yes" else _("no"), "billable")
    if chosen.no_longer_shown:
        yield Chip(_("No longer shown"), _("yes"), "no-longer-shown")
    if chosen.text:
        yield Chip(_("Text"), chosen.text, "q")
