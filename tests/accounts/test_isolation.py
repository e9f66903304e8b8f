"""The integrity check of live data."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.isolation import foreign_references
from accounts.models import Membership
from accounts.tenancy import ALL_COMPANIES, company_scope
from tests.accounts.conftest import Rows
from worklogs.models import Issue, JiraAccount, Person, Worklog

pytestmark = pytest.mark.usefixtures("ours", "theirs")


def test_two_clean_companies_pass() -> None:
    out = io.StringIO()
    call_command("check_isolation", stdout=out)
    assert out.getvalue().startswith("No row refers to another company")


def test_a_planted_reference_is_found_and_named(ours: Rows, theirs: Rows) -> None:
    with company_scope(ALL_COMPANIES):
        Person.objects.filter(pk=ours.person.pk).update(team=theirs.team)
    out = io.StringIO()
    with pytest.raises(CommandError, match="^Rows refer to other companies: see above"):
        call_command("check_isolation", stdout=out)
    assert out.getvalue() == "worklogs.Person.team: 1 rows refer to another company\n"


def test_a_person_that_is_no_member_is_found(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        Person.objects.filter(pk=ours.person.pk).update(user=ours.cast.user)
        assert list(foreign_references()) == []
        Person.objects.filter(pk=ours.person.pk).update(user=theirs.cast.user)
    found = [str(each) for each in foreign_references()]
    assert found == ["worklogs.Person.user: 1 rows refer to a user who isn't a member"]


def test_who_leaves_is_no_person_of_the_company_any_more(ours: Rows) -> None:
    with company_scope(ours.cast.company):
        Person.objects.filter(pk=ours.person.pk).update(user=ours.cast.user)
        Membership.objects.get(user=ours.cast.user).delete()
        assert Person.objects.get(pk=ours.person.pk).user is None
    assert list(foreign_references()) == []


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
