"""The issue types of instances, which only Jira settles; and groups, which are no setting while nothing uses them."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import InstanceGroup, InstanceGroupMember, IssueType, JiraInstance


@pytest.fixture
def instances(alborada: Cast) -> list[JiraInstance]:
    with company_scope(alborada.company):
        return [InstanceFactory.create(name=name) for name in ("Ours", "Client", "Third")]


@pytest.mark.parametrize(
    "model", ["worklogs_instancegroup", "worklogs_exclusion", "worklogs_genericissue", "integrations_packagetemplate"]
)
def test_what_has_no_effect_yet_is_no_setting(model: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model}_changelist")


def test_the_settings_do_not_speak_of_what_has_no_effect(signed_in: Client) -> None:
    index = signed_in.get(reverse("admin:index")).content.decode()
    company = signed_in.get(reverse("admin:accounts_company_changelist"), follow=True).content.decode()
    assert "Work schedules" in index
    assert not [word for word in ("Matching", "Packages", "Instance groups") if word in index]
    assert "Working day" in company
    assert "Currency" not in company


def test_an_instance_in_a_group_is_not_deleted(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    with company_scope(alborada.company):
        group = InstanceGroup.objects.create(name="Bank")
        InstanceGroupMember.objects.create(group=group, instance=instances[1])
    url = reverse("admin:worklogs_jirainstance_delete", args=[instances[1].pk])
    assert "belongs to the group Bank" in signed_in.post(url, {"post": "yes"}).content.decode()


def test_issue_types_are_shown_and_not_written(
    signed_in: Client, alborada: Cast, instances: list[JiraInstance]
) -> None:
    with company_scope(alborada.company):
        bug = IssueType.objects.create(instance=instances[0], external_id="1", name="Bug")
    url = reverse("admin:worklogs_issuetype_change", args=[bug.pk])
    assert "Bug" in signed_in.get(url).content.decode()
    assert signed_in.post(url, {"name": "Feature"}).status_code == 403
    assert signed_in.get(reverse("admin:worklogs_issuetype_add")).status_code == 403
