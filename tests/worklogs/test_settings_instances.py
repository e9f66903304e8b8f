"""Groups of instances as an admin settles them, and the issue types that only Jira settles."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Company
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import GenericIssue, InstanceGroup, InstanceGroupMember, IssueType, JiraInstance

ADD = "admin:worklogs_instancegroup_add"


@pytest.fixture
def instances(alborada: Cast) -> list[JiraInstance]:
    with company_scope(alborada.company):
        return [InstanceFactory.create(name=name) for name in ("Ours", "Client", "Third")]


def answers(*members: tuple[JiraInstance, bool], name: str = "Bank", stored: list[Any] | None = None) -> dict[str, Any]:
    """What the form of a group sends; `stored` are the rows that the first members are kept in."""
    kept = stored or []
    sent: dict[str, Any] = {"name": name, "members-TOTAL_FORMS": len(members), "members-INITIAL_FORMS": len(kept)}
    for number, (instance, is_primary) in enumerate(members):
        sent[f"members-{number}-instance"] = instance.pk
        if is_primary:
            sent[f"members-{number}-is_primary"] = "on"
    for number, row in enumerate(kept):
        sent |= {f"members-{number}-id": row.pk, f"members-{number}-group": row.group_id}
    return sent


def members(cast: Cast) -> dict[str, bool]:
    with company_scope(cast.company):
        return {str(each.instance): each.is_primary for each in InstanceGroupMember.objects.select_related("instance")}


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def test_a_group_is_made_of_instances_of_which_one_is_primary(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    ours, client, _ = instances
    assert signed_in.post(reverse(ADD), answers((ours, True), (client, False))).status_code == 302
    assert members(alborada) == {"Ours": True, "Client": False}
    assert last_entry(alborada).action == "instance group added"
    changes = last_entry(alborada).detail["changes"]
    assert changes == {"name": [None, "Bank"], "members of the group added": "Ours (primary), Client"}
    page = signed_in.get(reverse("admin:worklogs_instancegroup_changelist")).content.decode()
    assert "Ours" in page
    assert "Client" in page


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ([(0, True)], "at least two instances"),
        ([(0, False), (1, False)], "Mark one instance as the primary one"),
        ([(0, True), (1, True)], "Only one can be the primary one: Ours, Client"),
        ([(0, True), (0, False)], "Ours is in the group twice"),
    ],
)
def test_a_group_that_cannot_be_compared_says_why(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance], chosen: list[tuple[int, bool]], told: str
) -> None:
    page = signed_in.post(reverse(ADD), answers(*((instances[number], primary) for number, primary in chosen)))
    assert told in page.content.decode()
    with company_scope(alborada.company):
        assert not InstanceGroup.objects.exists()


def test_an_instance_is_in_one_group_at_most(signed_in: Client, alborada: Cast, instances: list[JiraInstance]) -> None:
    ours, client, third = instances
    signed_in.post(reverse(ADD), answers((ours, True), (client, False)))
    page = signed_in.post(reverse(ADD), answers((third, True), (client, False), name="Other")).content.decode()
    assert "Client is in a group already" in page
    with company_scope(alborada.company):
        other = InstanceGroup.objects.create(name="Other")
        with pytest.raises(IntegrityError), transaction.atomic():
            InstanceGroupMember.objects.create(group=other, instance=client)


def test_another_member_becomes_the_primary_one(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    ours, client, third = instances
    signed_in.post(reverse(ADD), answers((ours, True), (client, False)))
    with company_scope(alborada.company):
        group = InstanceGroup.objects.get()
        rows = list(InstanceGroupMember.objects.order_by("-is_primary"))
    url = reverse("admin:worklogs_instancegroup_change", args=[group.pk])
    version = Company.objects.get(pk=alborada.company.pk).data_version
    sent = answers((ours, False), (client, True), (third, False), stored=rows)
    assert signed_in.post(url, sent).status_code == 302
    assert members(alborada) == {"Client": True, "Ours": False, "Third": False}
    changes = last_entry(alborada).detail["changes"]
    assert changes["members of the group added"] == "Third"
    changed = "Ours (is_primary: yes → no), Client (primary) (is_primary: no → yes)"
    assert changes["members of the group changed"] == changed
    assert Company.objects.get(pk=alborada.company.pk).data_version > version
    sent = answers((ours, False), (client, True), stored=rows) | {"members-0-DELETE": "on"}
    assert "at least two" in signed_in.post(url, sent).content.decode()


def test_an_instance_of_another_company_is_no_choice(
    signed_in: Client, instances: list[JiraInstance], meridiana: Cast
) -> None:
    with company_scope(meridiana.company):
        foreign = InstanceFactory.create(name="Foreign")
    assert b"Foreign" not in signed_in.get(reverse(ADD)).content
    response = signed_in.post(reverse(ADD), answers((instances[0], True), (foreign, False)))
    assert "Select a valid choice" in response.content.decode()


def test_a_group_with_generic_issues_stays(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        group = InstanceGroup.objects.create(name="Bank")
        issue = GenericIssue.objects.create(group=group, key="OPS-1")
    url = reverse("admin:worklogs_instancegroup_delete", args=[group.pk])
    assert "OPS-1" in signed_in.post(url, {"post": "yes"}).content.decode()
    with company_scope(alborada.company):
        issue.delete()
    signed_in.post(url, {"post": "yes"})
    with company_scope(alborada.company):
        assert not InstanceGroup.objects.exists()


def test_an_instance_in_a_group_is_not_deleted(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    signed_in.post(reverse(ADD), answers((instances[0], True), (instances[1], False)))
    url = reverse("admin:worklogs_jirainstance_delete", args=[instances[1].pk])
    assert "belongs to the group Bank" in signed_in.post(url, {"post": "yes"}).content.decode()
    assert set(members(alborada)) == {"Ours", "Client"}


def test_issue_types_are_shown_and_not_written(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    with company_scope(alborada.company):
        bug = IssueType.objects.create(instance=instances[0], external_id="1", name="Bug")
    url = reverse("admin:worklogs_issuetype_change", args=[bug.pk])
    assert "Bug" in signed_in.get(url).content.decode()
    assert signed_in.post(url, {"name": "Feature"}).status_code == 403
    assert signed_in.get(reverse("admin:worklogs_issuetype_add")).status_code == 403
