"""All time: since when and until when epics and issues were worked on, and what that came to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Min, Sum

from worklogs.filters import WorklogFilter
from worklogs.models import Worklog
from worklogs.models.totals import EpicDayTotal
from worklogs.periods import LONGEST, LongPeriod, Period

ALL_TIME = LongPeriod(date.min, date.max)


@dataclass(frozen=True)
class Lifetime:
    first: date
    last: date
    seconds: int

    @property
    def period(self) -> Period:
        """As far back as a query may ask."""
        return Period(max(self.first, self.last - timedelta(days=LONGEST - 1)), self.last)


def lifetimes(chosen: WorklogFilter, by: str, ids: Collection[int] | None = None) -> dict[int, Lifetime]:
    """By `epic` or `issue`, whatever the period of the filter; of these ids alone, if given."""
    has_totals = by == "epic" and chosen.columns <= {"epic"}
    found = chosen.at(ALL_TIME).among(EpicDayTotal if has_totals else Worklog)
    if ids is not None:
        found = found.filter(**{f"{by}__in": ids})
    rows = found.order_by().values_list(f"{by}_id").annotate(Min("day"), Max("day"), Sum("seconds"))
    return {pk: Lifetime(*life) for pk, *life in rows}
