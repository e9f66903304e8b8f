"""A company whose instances are the simulator's, a clock that both share, and what a correct sync arrives at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import time_machine

from accounts.isolation import foreign_references
from integrations.connection import Access
from integrations.instances import add_instance
from integrations.models import SyncRun, TempoCredential
from integrations.runs import queue_run
from integrations.simulator.entities import SimIssue, SimWorklog
from integrations.simulator.server import Simulator
from integrations.sync import sync
from worklogs.ingest.totals import rows_of
from worklogs.models import JiraInstance, Worklog
from worklogs.models.totals import TOTALS

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
FIRST, LAST = date(2025, 11, 1), date(2026, 11, 30)  # more than the simulated year
KINDS = ("alborada", "norte", "helvia")  # Cloud with Tempo, Cloud, Data Center


class Told(NamedTuple):
    """A worklog as both sides tell it."""

    day: date
    seconds: int
    author: str
    issue: str
    summary: str
    epic: str
    project: str


@dataclass
class Stage:
    sim: Simulator
    traveller: time_machine.Traveller
    slept: list[float] = field(default_factory=list)

    def connect(self, name: str, *, tempo: bool = True, scoped: bool = False) -> JiraInstance:
        simulated = self.sim.access(name)
        with_tempo = tempo and simulated.tempo_token is not None
        access = Access(
            kind=simulated.kind,
            url=str(simulated.scoped_url) if scoped else simulated.url,
            email=simulated.email,
            token=str(simulated.scoped_token) if scoped else simulated.token,
            tempo_url=str(simulated.tempo_url) if with_tempo else "",
            tempo_token=str(simulated.tempo_token) if with_tempo else "",
        )
        return add_instance(name, access)

    def add_tempo(self, instance: JiraInstance) -> None:
        access = self.sim.access(instance.name)
        credential = TempoCredential(instance=instance, url=str(access.tempo_url))
        credential.token = str(access.tempo_token)
        credential.save()

    def sync(self, instance: JiraInstance, **asked: Any) -> SyncRun:
        """A run that must succeed."""
        run = self.attempt(instance, **asked)
        assert (run.status, run.errors) == (SyncRun.Status.SUCCEEDED, [])
        return run

    def attempt(self, instance: JiraInstance, **asked: Any) -> SyncRun:
        return sync(queue_run(instance, **asked))

    def requests_of(self, work: Callable[[], object]) -> list[str]:
        self.sim.server.requests.clear()
        work()
        return self.sim.requests

    def later(self, seconds: float = 600) -> None:
        """On both sides; by default beyond the minute that Jira's feeds keep back."""
        self.sim.world.clock.advance(seconds)
        self.traveller.move_to(self.sim.world.clock.now(), tick=False)

    def told(self, name: str, *, tempo: bool = False) -> dict[str, Told]:
        """By the external id that the source gives: Tempo's, or Jira's."""
        worklogs = self.sim.world.instance(name).visible_worklogs()
        return {str(each.tempo_id if tempo else each.id): told(each) for each in worklogs}


def told(worklog: SimWorklog) -> Told:
    epic = worklog.issue.epic
    return Told(
        worklog.day,
        worklog.seconds,
        worklog.author.display_name,
        worklog.issue.key,
        worklog.issue.summary,
        epic.key if epic else "",
        worklog.issue.project.key,
    )


def stored(instance: JiraInstance) -> dict[str, Told]:
    fields = ("day", "seconds", "account__name", "issue__key", "issue__summary", "epic__key", "project__key")
    rows = Worklog.objects.filter(instance=instance).values_list("external_id", *fields)
    return {external_id: Told(day, seconds, *texts(values)) for external_id, day, seconds, *values in rows}


def texts(values: list[str | None]) -> list[str]:
    return [value or "" for value in values]


def seconds_by_day(worklogs: dict[str, Told]) -> Counter[date]:
    days: Counter[date] = Counter()
    for worklog in worklogs.values():
        days[worklog.day] += worklog.seconds
    return days


def assert_totals_are_right() -> None:
    """Every table of totals is what the worklogs sum up to, and nothing leads to another company."""
    for total in TOTALS:
        kept = total.objects.values_list(*total.keys, "seconds", "billable_seconds", "worklogs")
        assert sorted(kept) == sorted(rows_of(total)), total
    assert list(foreign_references()) == []


def busiest(sim: Simulator, name: str, *, level: int = 0) -> SimIssue:
    """The issue of that level, and of an epic, with most worklogs."""
    instance = sim.world.instance(name)
    issues = [issue for issue in instance.issues.values() if issue.type.level == level and issue.epic]
    return max(issues, key=lambda issue: len(instance.worklogs_of(issue)))
