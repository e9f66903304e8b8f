"""Builds the database of the benchmark through the real ingest: companies of 50 people and 500,000 worklogs a year."""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from accounts.models import Company, Membership, Role, User
from accounts.tenancy import company_scope
from worklogs.ingest import AccountBook, IssueBook, IssueRecord, ProjectRecord, WorklogBook, WorklogRecord
from worklogs.models import JiraInstance, Person, Team

PEOPLE, ISSUES, EPICS, TEAMS = 50, 20_000, 400, 6
INSTANCES = ("Alpha", "Beta", "Gamma")
YEAR = 2025
PAGE = 5_000
WORDS = "login invoice report export cache queue index search mobile sync retry token chart filter budget"


def build(company_number: int, worklogs: int) -> Company:
    """A company that a seed makes, the same each time."""
    dice = random.Random(company_number)
    company = Company.objects.create(name=f"Bench {company_number}", slug=f"bench-{company_number}")
    with company_scope(company):
        user = User.objects.create_user(f"admin@bench-{company_number}.example")
        Membership.objects.create(user=user, role=Role.ADMIN)
        books = [open_instance(name, dice) for name in INSTANCES]
        start, done = time.perf_counter(), 0
        for number, records in pages(worklogs, dice):
            with transaction.atomic():
                books[number].upsert(records)
            done += len(records)
        rate = done / (time.perf_counter() - start)
        sys.stdout.write(f"  {company.name}: {done:,} worklogs ingested, {rate:,.0f} a second\n")
        put_into_teams()
    return company


def open_instance(name: str, dice: random.Random) -> WorklogBook:
    instance = JiraInstance.objects.create(
        name=name, slug=name.lower(), url="https://jira.example", synced_at=datetime.now(UTC)
    )
    issues = IssueBook(instance)
    projects = [ProjectRecord(str(n), f"{name[0]}P{n}", f"Project {n}") for n in range(10)]
    share = len(INSTANCES)
    epics = [
        IssueRecord(
            f"e{n}", f"{name[0]}E-{n}", summary=title(dice), type="Epic", level=1, project=dice.choice(projects)
        )
        for n in range(EPICS // share)
    ]
    with transaction.atomic():
        issues.upsert(epics)
        for first in range(0, ISSUES // share, 1000):
            issues.upsert(
                [
                    IssueRecord(
                        str(n),
                        f"{name[0]}-{n}",
                        summary=title(dice),
                        type="Story",
                        project=dice.choice(projects),
                        parent_id=f"e{int(len(epics) * dice.random() ** 2)}" if dice.random() < 0.9 else "",
                    )
                    for n in range(first, min(first + 1000, ISSUES // share))
                ]
            )
    return WorklogBook(instance, AccountBook(instance), issues)


def pages(worklogs: int, dice: random.Random) -> Iterator[tuple[int, list[WorklogRecord]]]:
    """Pages as a sync brings them: one instance, days in order, issues with a long tail."""
    for number in range(0, worklogs, PAGE):
        day = date(YEAR, 1, 1) + timedelta(days=number * 365 // worklogs)
        yield (
            number // PAGE % len(INSTANCES),
            [
                record(number + n, day + timedelta(days=n * 365 // worklogs), dice)
                for n in range(min(PAGE, worklogs - number))
            ],
        )


def record(number: int, day: date, dice: random.Random) -> WorklogRecord:
    moment = datetime(day.year, day.month, day.day, dice.randrange(7, 19), dice.randrange(60), tzinfo=UTC)
    seconds = dice.randrange(1, 25) * 300
    return WorklogRecord(
        source="jira",
        external_id=str(number),
        issue_id=str(int(ISSUES // len(INSTANCES) * dice.random() ** 3)),
        account_id=f"person-{dice.randrange(PEOPLE)}",
        day=day,
        started_at=moment,
        seconds=seconds,
        billable_seconds=seconds if dice.random() < 0.8 else 0,
        comment=title(dice) if dice.random() < 0.7 else "",
        created_at=moment,
        updated_at=moment,
    )


def title(dice: random.Random) -> str:
    return " ".join(dice.choices(WORDS.split(), k=4))


def put_into_teams() -> None:
    teams = [Team.objects.create(name=f"Team {n}", slug=f"team-{n}") for n in range(TEAMS)]
    for number, person in enumerate(Person.objects.all()):
        person.team = teams[number % TEAMS]
        person.save(update_fields=["team"])


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
