"""What a file has in it, told inside the file and by its name."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Company
from worklogs.coverage import coverage
from worklogs.filters import WorklogFilter
from worklogs.models import JiraInstance
from worklogs.reports.facets import Chip, chips
from worklogs.reports.named import names_of

LONGEST_NAME = 40  # of what a file's name says of its filter


@dataclass(frozen=True)
class Contents:
    """`narrowed` are the conditions of the filter; `is_own` where the reader is kept to own worklogs."""

    company: Company
    title: str
    chosen: WorklogFilter
    narrowed: tuple[Chip, ...]
    is_own: bool
    coverage: str  # what is missing of the hours; empty where nothing is
    now: datetime
    notes: tuple[str, ...] = ()  # what of the query isn't applied

    def lines(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, " ".join(text.split())) for name, text in self._lines() if text)

    def _lines(self) -> Iterator[tuple[str, str]]:
        zone = self.company.zone
        conditions = [f"{chip.label}: {chip.value}" for chip in self.narrowed]
        own = [_("own worklogs only")] if self.is_own else []
        yield _("Company"), self.company.name
        yield _("Contents"), self.title
        yield _("Period"), f"{self.chosen.period.label} ({self.chosen.period.first} – {self.chosen.period.last})"
        yield _("Filter"), "; ".join([*own, *conditions]) or _("none")
        yield _("Not applied"), " ".join(self.notes)
        yield _("Time zone"), str(zone)
        yield _("Coverage"), self.coverage
        yield _("Created"), date_format(self.now.astimezone(zone), "Y-m-d H:i")
        yield _("Source"), settings.SITE_URL

    def file_name(self, told: str) -> str:
        """Without its ending. Two filters give two names: each condition is told with what it is of, as in
        team-core_not-type-bug, and where words cannot tell them apart, a number does."""
        period = self.chosen.period
        parts = [told, self.company.slug, self._narrowed_name(), str(period.first), str(period.last)]
        return "-".join(filter(None, parts))

    def _narrowed_name(self) -> str:
        said = "_".join(slugify(f"{chip.name} {chip.value}") for chip in self.narrowed)
        if len(said) <= LONGEST_NAME and all(map(_is_whole, self.narrowed)):
            return said
        # Nothing of what is unknown: it may be another company's, and no name tells it from what nobody has.
        told = repr([(chip.name, chip.key * (chip.value != _("unknown")), chip.value) for chip in self.narrowed])
        number = hashlib.sha256(told.encode()).hexdigest()[:6]
        return f"{said[:LONGEST_NAME].rstrip('-_')}-{number}"


def _is_whole(chip: Chip) -> bool:
    """Whether its slug says all that it says: a _ parts one condition from the next."""
    return slugify(chip.value).replace("-", " ").replace("_", "") == chip.value.lower() and chip.value != _("unknown")


def contents_of(
    company: Company,
    title: str,
    chosen: WorklogFilter,
    own: tuple[int, ...] | None,
    now: datetime,
    also: Iterable[Chip] = (),
    notes: Iterable[str] = (),
) -> Contents:
    """`chosen` is what was asked for, `own` are the people to whose worklogs the reader is kept; `also` is what else
    narrows the rows of a list."""
    seen = chosen.kept_to(own)
    instances = {instance.slug: instance for instance in JiraInstance.objects.all()}
    names = names_of(chosen, instances, own)
    asked = [
        Chip(_("Instance"), names["instance"].get(slug, _("unknown")), "instance", slug) for slug in chosen.instances
    ]
    narrowed = (*asked, *chips(chosen, names), *also)
    covers = coverage(seen, now.astimezone(company.zone), instances.values()).text
    return Contents(company, title, seen, narrowed, own is not None, covers, now, tuple(notes))
