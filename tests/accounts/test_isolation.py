"""The integrity check of live data."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.isolation import foreign_references
from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.accounts.conftest import Rows
from worklogs.models import Issue, JiraAccount, Person, Worklog

pytestmark = pytest.mark.usefixtures("ours", "theirs")


def test_two_clean_companies_pass() -> None:
    out = io.StringIO()
    call_command("check_isolation", stdout=out)
    assert out.getvalue() == "No row refers to a row of another company.\n"


def test_a_planted_reference_is_found_and_named(ours: Rows, theirs: Rows) -> None:
    with company_scope(ALL_COMPANIES):
        Person.objects.filter(pk=ours.person.pk).update(team=theirs.team)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 kinds of references"):
        call_command("check_isolation", stdout=out)
    assert out.getvalue() == "worklogs.Person.team: 1 rows refer to another company\n"


def test_references_of_every_kind_are_found(ours: Rows, theirs: Rows) -> None:
    with company_scope(ALL_COMPANIES):
        Worklog.objects.filter(pk=ours.worklog.pk).update(
            instance=theirs.instance,
            account=theirs.account,
            person=theirs.person,
            issue=theirs.issue,
            epic=theirs.issue,
            project=theirs.project,
        )
        Issue.objects.filter(pk=theirs.issue.pk).update(parent=ours.issue)
        JiraAccount.objects.filter(pk=theirs.account.pk).update(person=ours.person)
    found = {(reference.model, reference.field) for reference in foreign_references()}
    assert found == {
        *(("worklogs.Worklog", field) for field in ("instance", "account", "person", "issue", "epic", "project")),
        ("worklogs.Issue", "parent"),
        ("worklogs.JiraAccount", "person"),
    }
