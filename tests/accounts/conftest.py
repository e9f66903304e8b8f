"""One team, person, account and worklog in each company: whatever is read, only the own ones may come."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord
from worklogs.models import Issue, JiraAccount, JiraInstance, Person, Project, Team, Worklog


@dataclass(frozen=True)
class Rows:
    """Everything that one company has."""

    cast: Cast
    instance: JiraInstance
    team: Team
    person: Person
    account: JiraAccount
    project: Project
    issue: Issue
    worklog: Worklog


def rows_of(cast: Cast, person: str, team: str) -> Rows:
    with company_scope(cast.company), transaction.atomic():
        instance = InstanceFactory.create(name="Jira", slug="jira")
        AccountBook(instance).upsert([AccountRecord("ann", person, "shared@mail.example")])
        IssueBook(instance).upsert([IssueRecord("1", "CORE-1", "Core", level=1, project=ProjectRecord("10", "CORE"))])
        book(instance).upsert([worklog(1)])
        only = Person.objects.get()
        only.team = Team.objects.create(name=team, slug="team")
        only.save()
        logged = Worklog.objects.get()
        return Rows(
            cast, instance, only.team, only, JiraAccount.objects.get(), Project.objects.get(), logged.issue, logged
        )


@pytest.fixture
def ours(alborada: Cast) -> Rows:
    return rows_of(alborada, "Ana", "Atlas")


@pytest.fixture
def theirs(meridiana: Cast) -> Rows:
    return rows_of(meridiana, "Bea", "Boreal")
