"""Exclusions and generic issues as an admin settles them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import (
    Exclusion,
    GenericIssue,
    GenericIssueType,
    InstanceGroup,
    InstanceGroupMember,
    IssueType,
    Team,
)

EXCLUDE, GENERIC = reverse("admin:worklogs_exclusion_add"), reverse("admin:worklogs_genericissue_add")


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def test_a_pattern_is_kept_in_capitals_and_once(signed_in: Client, alborada: Cast) -> None:
    assert signed_in.post(EXCLUDE, {"pattern": "admin-*", "description": "Administration"}).status_code == 302
    with company_scope(alborada.company):
        assert Exclusion.objects.get().pattern == "ADMIN-*"
    assert "already exists" in signed_in.post(EXCLUDE, {"pattern": "Admin-*"}).content.decode()


@pytest.mark.parametrize("pattern", ["*", "**", "*-*", "ADMIN .*", "ADMIN-[0-9]"])
def test_what_is_no_pattern_or_would_exclude_everything_is_refused(signed_in: Client, pattern: str) -> None:
    assert "is no pattern of issue keys" in signed_in.post(EXCLUDE, {"pattern": pattern}).content.decode()


@pytest.fixture
def bank(alborada: Cast) -> InstanceGroup:
    """Two instances that log the same work; both have bugs, only the client's has incidents."""
    with company_scope(alborada.company):
        group = InstanceGroup.objects.create(name="Bank")
        for name, types in (("Ours", ["Bug", "Story"]), ("Client", ["Bug", "Incident"])):
            instance = InstanceFactory.create(name=name)
            InstanceGroupMember.objects.create(group=group, instance=instance, is_primary=name == "Ours")
            for number, each in enumerate(types):
                IssueType.objects.create(instance=instance, external_id=str(number), name=each)
        IssueType.objects.create(instance=instance, external_id="9", name="Retired", is_active=False)
    return group


def answers(group: InstanceGroup, *types: str, **sent: Any) -> dict[str, Any]:
    return {"group": group.pk, "key": "ops-1", "issue_types": types, "team": "", "description": ""} | sent


def stored(cast: Cast) -> dict[str, set[str]]:
    with company_scope(cast.company):
        return {str(each): {kind.name for kind in each.types.all()} for each in GenericIssue.objects.all()}


def test_a_generic_issue_collects_types_of_the_other_instances(
    signed_in: Client, alborada: Cast, bank: InstanceGroup
) -> None:
    page = signed_in.get(GENERIC).content.decode()
    assert "Incident (Client)" in page
    assert "Bug (Client)" in page
    assert "Story" not in page
    assert "Retired" not in page
    assert signed_in.post(GENERIC, answers(bank, "Bug", "Incident")).status_code == 302
    assert stored(alborada) == {"OPS-1": {"Bug", "Incident"}}
    assert last_entry(alborada).detail["changes"]["issue_types"] == ["", "Bug (Client), Incident (Client)"]


def test_types_are_taken_away_and_those_that_jira_no_longer_has_may_stay(
    signed_in: Client, alborada: Cast, bank: InstanceGroup
) -> None:
    signed_in.post(GENERIC, answers(bank, "Bug", "Incident"))
    with company_scope(alborada.company):
        issue = GenericIssue.objects.get()
        kept = GenericIssueType.objects.get(name="Incident")
        IssueType.objects.update(is_active=False)
    url = reverse("admin:worklogs_genericissue_change", args=[issue.pk])
    assert signed_in.post(url, answers(bank, "Incident")).status_code == 302
    with company_scope(alborada.company):
        assert GenericIssueType.objects.get() == kept


@pytest.mark.parametrize(
    ("types", "changed", "told"),
    [
        ([], {}, "fetch them at the instances"),
        (["Story"], {}, "Story is not one of the available choices"),
        (["Bug"], {"key": "OPS"}, "is no key of an issue"),
        (["Bug"], {"key": "OPS-0"}, "is no key of an issue"),
    ],
)
def test_a_generic_issue_is_not_settled_wrongly(
    signed_in: Client, alborada: Cast, bank: InstanceGroup, types: list[str], changed: dict[str, str], told: str
) -> None:
    assert told in signed_in.post(GENERIC, answers(bank, *types, **changed)).content.decode()
    assert stored(alborada) == {}


def test_a_type_is_collected_once_for_everybody_and_once_for_each_team(
    signed_in: Client, alborada: Cast, bank: InstanceGroup
) -> None:
    with company_scope(alborada.company):
        core = Team.objects.create(name="Core", slug="core")
    signed_in.post(GENERIC, answers(bank, "Bug"))
    assert (
        "Bug is collected by OPS-1 already"
        in signed_in.post(GENERIC, answers(bank, "Bug", key="OPS-2")).content.decode()
    )
    assert "collects for everybody already" in signed_in.post(GENERIC, answers(bank, "Incident")).content.decode()
    assert signed_in.post(GENERIC, answers(bank, "Bug", team=core.pk)).status_code == 302
    again = signed_in.post(GENERIC, answers(bank, "Incident", team=core.pk)).content.decode()
    assert "collects for this team already" in again
    assert stored(alborada) == {"OPS-1": {"Bug"}, "OPS-1 for Core": {"Bug"}}


def test_a_team_with_generic_issues_stays(signed_in: Client, alborada: Cast, bank: InstanceGroup) -> None:
    with company_scope(alborada.company):
        core = Team.objects.create(name="Core", slug="core")
        GenericIssue.objects.create(group=bank, key="OPS-1", team=core)
    url = reverse("admin:worklogs_team_delete", args=[core.pk])
    assert "These generic issues are of this team: OPS-1" in signed_in.post(url, {"post": "yes"}).content.decode()
    with company_scope(alborada.company):
        assert Team.objects.exists()


def test_a_group_or_team_of_another_company_is_no_choice(
    signed_in: Client, alborada: Cast, meridiana: Cast, bank: InstanceGroup
) -> None:
    with company_scope(meridiana.company):
        group = InstanceGroup.objects.create(name="Foreign group")
        team = Team.objects.create(name="Foreign team", slug="foreign")
    assert b"Foreign" not in signed_in.get(GENERIC).content
    for sent in (answers(group, "Bug"), answers(bank, "Bug", team=team.pk)):
        assert "Select a valid choice" in signed_in.post(GENERIC, sent).content.decode()
    assert stored(alborada) == {}
