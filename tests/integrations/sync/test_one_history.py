"""However an instance is read - what changed, a period, everything, in pages of any size, with runs that die between
two of them - the same history at the source ends in the same rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import integrations.jira.client as client
import integrations.sources as sources
import integrations.sync as reading
import worklogs.ingest.hierarchy as hierarchy
import worklogs.ingest.issues as issues
import worklogs.ingest.worklogs as worklogs
from accounts.models import Company
from accounts.tenancy import company_scope
from integrations import runs
from integrations.simulator.backlog import EPIC, STORY, SUBTASK, issue_types, statuses
from integrations.simulator.clock import Clock
from integrations.simulator.entities import SimIssue, SimProject, SimUser
from integrations.simulator.instance import SimInstance
from integrations.simulator.server import simulator
from integrations.simulator.world import SimCompany, World
from tests.integrations.sync.stage import NOW, Stage, Told, stored
from worklogs.ingest.totals import rows_of
from worklogs.models import Issue, IssueType, JiraAccount, JiraInstance, Person, Worklog
from worklogs.models.totals import TOTALS

NAME = "tiny"
MIDNIGHT = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # of another day, and month, a zone further on
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati")
WHOLE = {"first_day": date(2026, 9, 1), "last_day": date(2026, 12, 31), "confirm_deletions": True}
MODES: dict[str, dict[str, Any]] = {"changes": {}, "period": WHOLE, "full": {"full": True, "confirm_deletions": True}}
PAGES = [(sources, "PAGE"), (reading, "BATCH"), (client, "ISSUES"), (client, "WORKLOGS")]
PAGES += [(hierarchy, "BATCH"), (issues, "BATCH"), (worklogs, "BATCH")]
names = map("name {}".format, count())


# What there is


def tiny_world(kind: str, *, tempo: bool, epic_names: bool) -> World:
    """Two epics and one that is hidden; two stories, a sub-task; three people, of whom one hides the own zone."""
    world = World(1, NOW.date(), Clock(NOW))
    caller = SimUser("robot", "robot", "Robot", "robot@x.example", "UTC")
    site = SimInstance(
        *(NAME, kind, "en", caller, "token", world.clock),  # type: ignore[arg-type]
        tempo_token="tempo-token" if tempo else None,
        issue_types=issue_types("en"),
        statuses=statuses("en"),
        tells_epic_names=epic_names,
    )
    users = [SimUser(f"u{n}", f"u{n}", f"User {n}", f"u{n}@x.example", ZONES[n], email_hidden=n == 2) for n in range(3)]
    site.users |= {user.key: user for user in [caller, *users]}
    if tempo:
        site.users["tempo"] = SimUser("tempo", "tempo", "Tempo", "", "UTC", is_app=True)
    site.projects |= {key: SimProject(n, key, key.title(), caller) for n, key in enumerate(("AAA", "BBB", "HID"), 10)}
    for n, (project, type) in enumerate([("AAA", EPIC), ("BBB", EPIC), ("HID", EPIC), ("AAA", STORY), ("BBB", STORY)]):
        put_issue(site, n, project, type)
    put_issue(site, 5, "AAA", SUBTASK).parent = site.issues[103]
    for n in (0, 1, 3, 4, 5):  # these stay, so that no issue is without time
        site.add_worklog(100 + n, f"u{n % 3}", MIDNIGHT - timedelta(days=n), 600 + n)
    site.hide_project("HID")
    world.companies.append(SimCompany("Tiny", "Europe/Madrid", [], [site], {}))
    return world


def put_issue(site: SimInstance, n: int, project: str, type: int) -> SimIssue:
    where = site.projects[project]
    where.last_number += 1
    key, status, moment = f"{project}-{where.last_number}", site.statuses["10000"], NOW - timedelta(days=90)
    kind = site.issue_types[10_000 + type]
    return site.put_issue(SimIssue(100 + n, key, where, kind, f"Issue {n}", status, moment, moment))


# What happens to it: each takes two numbers, by which it chooses


def issue_of(site: SimInstance, n: int) -> SimIssue:
    return list(site.visible_issues())[n % len(list(site.visible_issues()))]


def worklog_of(site: SimInstance, n: int) -> int | None:
    """Not of those that stay."""
    later = sorted(site.worklogs)[5:]
    return later[n % len(later)] if later else None


def add(site: SimInstance, a: int, b: int) -> None:
    where = [issue for issue in site.visible_issues() if issue.project.id != 12]
    started = MIDNIGHT - timedelta(days=b, hours=2 * a)
    site.add_worklog(where[a % len(where)].id, f"u{b % 3}", started, 60 * (a + 1), f"{a} {b}")


def edit(site: SimInstance, a: int, b: int) -> None:
    worklog = sorted(site.worklogs)[a % len(site.worklogs)]
    site.edit_worklog(worklog, seconds=60 * (b + 1), started=MIDNIGHT - timedelta(days=b) if a % 2 else None)


def delete(site: SimInstance, a: int, b: int) -> None:
    if worklog := worklog_of(site, a):
        site.delete_worklog(worklog)


def move_worklog(site: SimInstance, a: int, b: int) -> None:
    where = [issue for issue in site.visible_issues() if issue.project.id != 12]
    if worklog := worklog_of(site, a):
        site.move_worklog(worklog, where[b % len(where)].id)


def change_issue(site: SimInstance, a: int, b: int) -> None:
    issue = site.rename_issue(issue_of(site, a).id, next(names))
    issue.status, issue.estimate_seconds = list(site.statuses.values())[b % 3], b * 3600


def set_parent(site: SimInstance, a: int, b: int) -> None:
    """A story's epic, which may be hidden, or the story of the sub-task."""
    if a % 3 == 2:
        site.set_parent(105, 103 + b % 2)
        return
    child = site.set_parent(103 + a % 3, None)
    child.parent = [None, site.issues[100], site.issues[101], site.issues[102]][b % 4]
    site.version += 1


def move_issue(site: SimInstance, a: int, b: int) -> None:
    issue = issue_of(site, a)
    targets = [key for key, project in site.projects.items() if project.id != 12 and project is not issue.project]
    if issue.project.id != 12:
        site.move_issue(issue.id, targets[b % len(targets)])


def rename_project(site: SimInstance, a: int, b: int) -> None:
    project = list(site.projects.values())[a % 3]
    key = f"K{next(names).rpartition(' ')[2]}" if b % 2 else None
    site.rename_project(project.key, key=key, name=next(names))


def rename_status(site: SimInstance, a: int, b: int) -> None:
    """Two swap their names."""
    first, second = list(site.statuses.values())[a % 3], list(site.statuses.values())[b % 3]
    site.rename_status(first.id, second.name)
    site.rename_status(second.id, first.name)


def change_type(site: SimInstance, a: int, b: int) -> None:
    site.change_type(10_000 + a % 6, name=next(names))
    if site.kind == "cloud":  # the other tells no levels
        site.change_type(10_000 + EPIC, level=1 + b % 2)


def rename_user(site: SimInstance, a: int, b: int) -> None:
    """Two may show one address."""
    site.change_user(f"u{a % 3}", display_name=next(names), email=f"{b % 2}@y.example", active=b % 3 > 0)


def move_user(site: SimInstance, a: int, b: int) -> None:
    site.change_user(f"u{a % 3}", time_zone=ZONES[b % 4])


def show_or_hide(site: SimInstance, a: int, b: int) -> None:
    hidden = next(project for project in site.projects.values() if project.id == 12)
    site.hide_project(hidden.key, hidden=bool(a % 2))


CHANGES: Sequence[Callable[[SimInstance, int, int], None]] = (
    *(add, edit, delete, move_worklog, change_issue, set_parent, move_issue, rename_project, rename_status),
    *(change_type, rename_user, move_user, show_or_hide),
)
digits = st.integers(0, 9)
changes = st.lists(st.tuples(st.sampled_from(CHANGES), digits, digits), min_size=1, max_size=6)


# Who reads it


@dataclass(frozen=True)
class Way:
    """How one company reads the instance: by which mode at each stage, in pages of which size, dying when."""

    modes: tuple[str, ...]
    page: int
    dies_after: tuple[int, ...]  # requests; 0 is never


STAGES = 3
ways = st.builds(
    Way,
    modes=st.tuples(*[st.sampled_from(sorted(MODES))] * STAGES),
    page=st.sampled_from([1, 2, 1000]),
    dies_after=st.tuples(*[st.sampled_from([0, 0, 3, 7, 12])] * STAGES),
)
FRESH = Way((*[""] * (STAGES - 1), "full"), 1000, (0,) * STAGES)  # reads at the end alone


@pytest.fixture
def traveller(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        monkeypatch.setattr(runs, "time", SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: 0.0))
        yield traveller


def read(stage: Stage, instance: JiraInstance, way: Way, number: int) -> None:
    if not way.modes[number]:
        return
    asked = MODES[way.modes[number]]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PAGES:
            patch.setattr(module, name, min(getattr(module, name), way.page))
        if way.dies_after[number]:
            stage.sim.faults.replace(f"401:after={way.dies_after[number]}")
            stage.attempt(instance, **asked)
            stage.sim.faults.replace("")
        stage.sync(instance, **asked)


def rows(*, days: bool) -> dict[str, list[tuple[Any, ...]]]:
    """All that a company stores, by what the source calls it: row ids are nobody's history."""
    day = ("day",) if days else ()
    account = ("account__account_id", "account__name", "person__name", "person__email")
    of_worklogs = (*day, "external_id", "source", "started_at", "seconds", "billable_seconds", "comment", "created_at")
    place = ("issue__external_id", "epic__external_id", "project__external_id", "updated_at")
    names = ("external_id", "key", "summary", "type", "type_external_id", "status", "status_external_id")
    issue = ("own_level", "level", "epic_link", "estimate_seconds", "parent__external_id", "epic__external_id")
    project = ("project__external_id", "project__key", "project__name")
    of_accounts = ("account_id", "name", "email", "timezone", "is_active", "person__name", "person__email")
    return {
        "worklogs": sorted_rows(Worklog, *of_worklogs, *place, *account),
        "issues": sorted_rows(Issue, *names, *issue, *project, pk__in=led_to()),
        "accounts": sorted_rows(JiraAccount, *of_accounts),
        "people": sorted_rows(Person, "name", "email", "is_active"),
        "types": sorted_rows(IssueType, "external_id", "name", "level", "is_subtask", "is_active"),
        "totals": [sums for total in TOTALS for sums in totals_of(total)] if days else [],
    }


def led_to() -> set[int]:
    """Issues with hours and what is above them. One that was above them once is known to who has read it then."""
    found = set(Worklog.objects.values_list("issue_id", flat=True))
    new = found
    while new:
        rows = Issue.objects.filter(pk__in=new).values_list("parent_id", "epic_id")
        new = {pk for row in rows for pk in row if pk} - found
        found |= new
    return found


def sorted_rows(model: Any, *fields: str, **conditions: Any) -> list[tuple[Any, ...]]:
    return sorted(model.objects.filter(**conditions).values_list(*fields), key=repr)


def totals_of(total: Any) -> list[tuple[Any, ...]]:
    """By the names that rows have, since ids differ; each is held equal to the sums of the worklogs besides."""
    found = total.objects.values_list("day", "seconds", "billable_seconds", "worklogs")
    summed = [(row[0], *row[-3:]) for row in rows_of(total)]
    assert sorted(found) == sorted(summed)
    return [(total.__name__, *row) for row in sorted(found)]


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=10, phases=[Phase.generate])
@given(
    kind=st.sampled_from([("cloud", False), ("cloud", True), ("data_center", False)]),
    epic_names=st.booleans(),
    history=st.tuples(*[changes] * STAGES),
    two=st.tuples(ways, ways),
)
def test_every_way_of_reading_ends_in_the_same_rows(
    traveller: time_machine.Traveller,
    kind: tuple[str, bool],
    epic_names: bool,
    history: tuple[list[tuple[Callable[[SimInstance, int, int], None], int, int]], ...],
    two: tuple[Way, Way],
) -> None:
    world = tiny_world(kind[0], tempo=kind[1], epic_names=epic_names)
    site = world.instance(NAME)
    traveller.move_to(NOW, tick=False)
    with simulator(world) as sim:
        stage = Stage(sim, traveller)
        told = [(way, *opened(stage)) for way in (*two, FRESH)]
        for number, happening in enumerate(history):
            for change, a, b in happening:
                stage.later(61)
                change(site, a, b)
            if number == STAGES - 1:
                show_or_hide(site, 0, 0)
            stage.later()
            for way, company, instance in told:
                with company_scope(company):
                    read(stage, instance, way, number)
            assert_equal(told[:2], days=True)
        moved = any(change is move_user for happening in history for change, _, _ in happening)
        assert_equal(told, days=not moved)
        for _, company, instance in told:
            with company_scope(company):
                assert comparable(stored(instance)) == comparable(stage.told(NAME, tempo=kind[1]))


def opened(stage: Stage) -> tuple[Company, JiraInstance]:
    slug = next(names).replace(" ", "-")
    company = Company.objects.create(name=slug, slug=slug, timezone="Europe/Madrid")
    with company_scope(company):
        return company, stage.connect(NAME)


def assert_equal(told: Sequence[tuple[Way, Company, JiraInstance]], *, days: bool) -> None:
    found = []
    for _, company, _ in told:
        with company_scope(company):
            found.append(rows(days=days))
    for other in found[1:]:
        for table, told_there in other.items():
            assert told_there == found[0][table], table


def comparable(told: dict[str, Told]) -> dict[str, tuple[str | int, ...]]:
    """Less the day, which an author's new time zone changes in the simulator's eyes; and less the epic that an epic is
    here, and not there."""
    return {key: (*each[1:5], "" if each.epic == each.issue else each.epic, each.project) for key, each in told.items()}
