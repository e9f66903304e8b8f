"""Templates of issue packages as an admin settles them."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from integrations.models import PackageElement, PackageInstance, PackageTemplate
from tests.conftest import Cast
from tests.factories import InstanceFactory
from worklogs.models import IssueType, JiraInstance

ADD = reverse("admin:integrations_packagetemplate_add")


@pytest.fixture
def ours(alborada: Cast) -> JiraInstance:
    with company_scope(alborada.company):
        return InstanceFactory.create(name="Ours")


def answers(*instances: JiraInstance, **sent: Any) -> dict[str, Any]:
    same = {"name": "Release", "description": "", "parent_type": "Task", "child_type": "Sub-task"}
    return (
        same | {"element_names": "Design\r\n Build \r\n\r\nTest", "instances": [each.pk for each in instances]} | sent
    )


def elements(cast: Cast) -> list[str]:
    with company_scope(cast.company):
        return [element.name for element in PackageElement.objects.all()]


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def test_a_template_has_instances_and_elements_in_their_order(
    signed_in: Client, alborada: Cast, ours: JiraInstance
) -> None:
    assert signed_in.post(ADD, answers(ours)).status_code == 302
    assert elements(alborada) == ["Design", "Build", "Test"]
    changes = last_entry(alborada).detail["changes"]
    assert (changes["elements"], changes["instances"]) == (["", "Design, Build, Test"], ["", "Ours"])
    page = signed_in.get(reverse("admin:integrations_packagetemplate_changelist")).content.decode()
    assert "Release" in page
    assert "Ours" in page


def test_no_field_takes_the_name_of_what_a_form_has_by_itself(signed_in: Client) -> None:
    """change_form.js of the settings reads form.elements; a field of that name would stand before it."""
    for model in admin.site._registry:
        answer = signed_in.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"))
        if answer.status_code == 200:
            assert not {"elements", "length", "submit", "action"} & set(answer.context["adminform"].form.fields), model


def test_elements_are_put_in_another_order_without_being_made_anew(
    signed_in: Client, alborada: Cast, ours: JiraInstance
) -> None:
    signed_in.post(ADD, answers(ours))
    with company_scope(alborada.company):
        template = PackageTemplate.objects.get()
        before = dict(PackageElement.objects.values_list("name", "pk"))
    url = reverse("admin:integrations_packagetemplate_change", args=[template.pk])
    assert "Design\nBuild\nTest" in signed_in.get(url).content.decode()
    assert signed_in.post(url, answers(ours, element_names="Test\nReview\nDesign")).status_code == 302
    assert elements(alborada) == ["Test", "Review", "Design"]
    with company_scope(alborada.company):
        after = dict(PackageElement.objects.values_list("name", "pk"))
    assert {name: after[name] for name in ("Test", "Design")} == {name: before[name] for name in ("Test", "Design")}
    assert last_entry(alborada).detail["changes"] == {"elements": ["Design, Build, Test", "Test, Review, Design"]}
    entries = AuditEntry.objects.count()
    signed_in.post(url, answers(ours, element_names="Test\r\nReview\r\nDesign"))
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"element_names": "Design\nBuild\nDesign"}, "“Design” is there twice"),
        ({"element_names": " \n "}, "This field is required"),
        ({"element_names": "x" * 256}, "longer than Jira takes"),
        ({"element_names": "\n".join(map(str, range(51)))}, "At most 50 elements"),
        ({"instances": []}, "Choose at least one instance"),
    ],
)
def test_a_template_is_not_settled_wrongly(
    signed_in: Client, alborada: Cast, ours: JiraInstance, wrong: dict[str, Any], told: str
) -> None:
    assert told in signed_in.post(ADD, answers(ours, **wrong)).content.decode()
    with company_scope(alborada.company):
        assert not PackageTemplate.objects.exists()


def test_types_are_those_of_every_instance_as_far_as_they_are_known(
    signed_in: Client, alborada: Cast, ours: JiraInstance
) -> None:
    with company_scope(alborada.company):
        other = InstanceFactory.create(name="Other")
        for number, name in enumerate(("Task", "Subtarea")):
            IssueType.objects.create(instance=ours, external_id=str(number), name=name)
    page = signed_in.post(ADD, answers(ours, other)).content.decode()
    assert "Ours has no issue type “Sub-task”. There are: Subtarea, Task." in page
    assert "Other has no issue type" not in page
    assert signed_in.post(ADD, answers(ours, other, child_type="Subtarea")).status_code == 302


def test_a_name_stands_for_one_template(signed_in: Client, alborada: Cast, ours: JiraInstance) -> None:
    signed_in.post(ADD, answers(ours))
    assert "already exists" in signed_in.post(ADD, answers(ours)).content.decode()


def test_an_instance_of_another_company_is_no_choice(
    signed_in: Client, alborada: Cast, meridiana: Cast, ours: JiraInstance
) -> None:
    with company_scope(meridiana.company):
        foreign = InstanceFactory.create(name="Foreign")
    assert b"Foreign" not in signed_in.get(ADD).content
    assert "Select a valid choice" in signed_in.post(ADD, answers(ours, foreign)).content.decode()


def test_a_template_goes_with_its_parts(signed_in: Client, alborada: Cast, ours: JiraInstance) -> None:
    signed_in.post(ADD, answers(ours))
    with company_scope(alborada.company):
        template = PackageTemplate.objects.get()
    url = reverse("admin:integrations_packagetemplate_delete", args=[template.pk])
    signed_in.post(url, {"post": "yes"})
    with company_scope(alborada.company):
        assert not PackageInstance.objects.exists()
        assert JiraInstance.objects.filter(pk=ours.pk).exists()
    assert elements(alborada) == []
