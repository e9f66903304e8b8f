"""A sync run as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy

from integrations.models import SyncRun
from worklogs.models import JiraInstance
from worklogs.periods import Period
from worklogs.reports.bars import swatches

Status, Phase = SyncRun.Status, SyncRun.Phase
PATIENCE = timedelta(seconds=10)  # an idle worker takes a run up within two


@dataclass(frozen=True)
class PhaseView:
    label: str
    state: str  # done, current, waiting


@dataclass(frozen=True)
class RunView:
    run: SyncRun
    instance: JiraInstance
    swatch: int
    phases: tuple[PhaseView, ...]
    percent: int | None  # None while nobody knows how much there is
    rate: float  # worklogs a second
    eta: timedelta | None
    waited: timedelta
    took: timedelta
    trigger: str
    what: str

    @property
    def needs_confirmation(self) -> bool:
        return not self.run.is_active and self.run.unconfirmed_deletions > 0

    @property
    def is_left_waiting(self) -> bool:
        """Nobody has taken it up: the worker is busy, or there is none."""
        return self.run.status == Status.QUEUED and self.waited > PATIENCE


TRIGGERS = {
    "command": gettext_lazy("Command line"),
    "page": gettext_lazy("Web"),
    "schedule": gettext_lazy("Automatic sync"),
    "takeover": gettext_lazy("Resumed"),
}


def run_view(run: SyncRun, instances: Sequence[JiraInstance], now: datetime) -> RunView:
    took = (run.finished_at or now) - (run.started_at or now)
    part = min(run.done / run.total, 1.0) if run.total else None
    if run.status == Status.SUCCEEDED:
        part = 1.0
    seconds = max(took.total_seconds(), 0.001)
    eta = timedelta(seconds=seconds * (1 - part) / part) if part and run.is_active else None
    who = str(run.user) if run.user else str(TRIGGERS.get(run.trigger, run.trigger))
    what = run.get_mode_display()
    if run.first_day and run.last_day:
        what = Period(run.first_day, run.last_day).label
    if run.issue:
        what = str(run.issue)
    return RunView(
        run=run,
        instance=next(each for each in instances if each.pk == run.instance_id),
        swatch=swatches(instances)[run.instance_id],
        phases=_phases(run),
        percent=None if part is None else round(part * 100),
        rate=run.read / seconds,
        eta=eta,
        waited=(run.started_at or run.finished_at or now) - run.queued_at,
        took=took,
        trigger=who,
        what=what,
    )


def _phases(run: SyncRun) -> tuple[PhaseView, ...]:
    order = [Phase.CONNECT, Phase.WORKLOGS, Phase.DELETIONS, Phase.ISSUES]
    reached = order.index(Phase(run.phase)) if run.status != Status.QUEUED else -1
    if run.status == Status.SUCCEEDED:
        reached = len(order)
    return tuple(
        PhaseView(str(phase.label), "done" if number < reached else "current" if number == reached else "waiting")
        for number, phase in enumerate(order)
    )
