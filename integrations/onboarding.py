"""A company's first reading: the third step of setting it up, after the company itself and its first instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from integrations.models import SyncRun
from integrations.run_view import RunView, run_view
from worklogs.models import JiraInstance


@dataclass(frozen=True)
class FirstSync:
    """The latest run of each instance, and the instances that were never synced and whose first sync did not fail."""

    runs: tuple[RunView, ...]
    unread: tuple[JiraInstance, ...]
    is_read: bool  # at least one instance was read to its end

    @property
    def active(self) -> tuple[RunView, ...]:
        return tuple(view for view in self.runs if view.run.is_active)

    @property
    def ended(self) -> tuple[RunView, ...]:
        return tuple(view for view in self.runs if not view.run.is_active)

    @property
    def worklogs(self) -> int:
        return sum(view.run.read for view in self.runs)

    @property
    def has_numbers(self) -> bool:
        return self.is_read or self.worklogs > 0


def first_sync(instances: Sequence[JiraInstance], now: datetime) -> FirstSync:
    latest = SyncRun.objects.order_by().values("instance").annotate(latest=Max("pk")).values("latest")
    found = SyncRun.objects.filter(pk__in=latest).select_related("user").order_by("pk")
    runs = tuple(run_view(run, instances, now) for run in found)
    told = {view.instance.pk for view in runs if view.run.is_active or view.run.errors}
    return FirstSync(
        runs=runs,
        unread=tuple(each for each in instances if each.is_active and not each.synced_at and each.pk not in told),
        is_read=any(each.synced_at for each in instances),
    )
