"""A company with everything that a join could lose: no team, no epic, no project, an issue that cannot be read,
a person and an instance that were switched off."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord, WorklogRecord
from worklogs.models import JiraInstance, Person, Team, Worklog

CORE, WEB = ProjectRecord("10", "CORE", "Core banking"), ProjectRecord("20", "WEB", "Web shop")
ISSUES = [
    IssueRecord("1", "CORE-1", "Payments", type="Epic", level=1, project=CORE),
    IssueRecord("2", "CORE-2", "Refunds", parent_id="1", project=CORE),
    IssueRecord("3", "CORE-3", "Review of refunds", level=-1, parent_id="2", project=CORE),
    IssueRecord("4", "CORE-4", "Loose ends, 100 %", type="none", project=CORE),
    IssueRecord("6", "WEB-1", "Basket_redesign", type="Epic", level=1, project=WEB),
    IssueRecord("7", "WEB-2", "Basket icons", type="=", parent_id="6", project=WEB),
    IssueRecord("8", "HOME-1", "An issue that tells no project"),
]
ISSUE_IDS = ["1", "2", "3", "4", "6", "7", "8", "unreadable"]
TEAMS = {"ana": "Core", "ben": "Core", "cleo": "Web", "dan": None, "eve": "Web"}
COMMENTS = [
    "",
    "",
    "Code review",
    "CODE REVIEW, 100 %",
    "snake_case",
    "CORE-2 again",
    "Épica 😀",
    "你好 😀",
    "it's <b>bold</b>",
]
SECONDS = [0, 1, 59, 900, 1800, 3600, 3600, 27_000, 90_000]
LAST_DAYS = [date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 31)]


@dataclass(frozen=True)
class Scene:
    cast: Cast
    instances: dict[str, JiraInstance]
    people: dict[str, Person]


def random_worklogs(number: int, seed: int) -> list[WorklogRecord]:
    """Many on the same day and minute, so that pages have to tell them apart."""
    dice = random.Random(seed)
    return [random_worklog(dice, each) for each in range(number)]


def random_worklog(dice: random.Random, number: int) -> WorklogRecord:
    day = dice.choice([*LAST_DAYS, *[date(2025, 12, 20) + timedelta(days=dice.randrange(90)) for _ in range(12)]])
    seconds = dice.choice(SECONDS)
    return worklog(
        number,
        seconds,
        billable_seconds=dice.choice([0, seconds, seconds // 2]),
        day=day,
        started_at=datetime(day.year, day.month, day.day, dice.choice([8, 9, 23]), tzinfo=UTC),
        issue_id=dice.choice(ISSUE_IDS),
        account_id=dice.choice(list(TEAMS)),
        comment=dice.choice(COMMENTS),
    )


def build(cast: Cast, worklogs: int) -> Scene:
    """Needs the company scope of the cast to be open."""
    instances = {slug: InstanceFactory.create(name=slug.title(), slug=slug) for slug in ("alpha", "beta", "closed")}
    for seed, instance in enumerate(instances.values()):
        AccountBook(instance).upsert([AccountRecord(name, name.title()) for name in TEAMS])
        IssueBook(instance).upsert(ISSUES)
        book(instance).upsert(random_worklogs(worklogs // len(instances), seed))
    teams = {name: Team.objects.create(name=name, slug=name.lower()) for name in ("Core", "Web", "Empty")}
    for name, team in TEAMS.items():
        Person.objects.filter(name=name.title()).update(team=teams[team] if team else None, is_active=name != "eve")
    JiraInstance.objects.filter(slug="closed").update(is_active=False)
    return Scene(cast, instances, {person.name: person for person in Person.objects.all()})


@pytest.fixture
def scene(in_alborada: Cast) -> Scene:
    return build(in_alborada, 240)


@pytest.fixture
def busy(alborada: Cast) -> Scene:
    """The scene for tests through a browser, which open the company scope themselves."""
    with company_scope(alborada.company):
        return build(alborada, 240)


def id_of_any_worklog(cast: Cast) -> int:
    with company_scope(cast.company):
        return Worklog.objects.order_by("id").values_list("id", flat=True)[0]
