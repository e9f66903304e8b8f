"""A link of one company, opened while acting for another: the page of what is not there, and a way to go there."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from accounts.models import Membership, Role, User
from accounts.tenancy import company_scope
from tests.accounts.conftest import Rows
from tests.isolation.asking import ANEW

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOBODY = 987_654_321
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def both(client: Client, ours: Rows, theirs: Rows) -> Client:
    """A manager of Alborada, for which it acts, and of Meridiana."""
    user = User.objects.create_user("both@mail.example")
    for rows in (ours, theirs):
        with company_scope(rows.cast.company):
            Membership.objects.create(user=user, role=Role.MANAGER)
    client.force_login(user, backend=BACKEND)
    return client


def paths(rows: Rows) -> list[tuple[str, int]]:
    return [("/worklogs/{}/", rows.worklog.pk), ("/sync/runs/{}/", 4711)]


@pytest.mark.parametrize("options", [{}, HTMX], ids=["page", "htmx"])
def test_what_is_elsewhere_and_what_is_nowhere_are_answered_with_the_same_bytes(
    both: Client, theirs: Rows, options: dict[str, Any]
) -> None:
    for path, pk in paths(theirs):
        elsewhere, nowhere = (both.get(path.format(each), **options) for each in (pk, NOBODY))
        assert (elsewhere.status_code, nowhere.status_code) == (404, 404)
        texts = [
            ANEW.sub("", answer.content.decode()).replace(path.format(each), "#")
            for answer, each in ((elsewhere, pk), (nowhere, NOBODY))
        ]
        assert texts[0] == texts[1]
        assert "Open in Meridiana" in texts[0]


def test_one_button_brings_the_user_to_it(both: Client, theirs: Rows) -> None:
    path = f"/worklogs/{theirs.worklog.pk}/?back=1"
    page = both.get(path).content.decode()
    assert re.findall(r'name="next" value="([^"]+)"', page)[-1] == path
    assert both.post("/company/", {"company": "meridiana", "next": path})["Location"] == path
    assert both.get(path).status_code == 200


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize("role_there", list(Role), ids=str)
def test_a_page_of_the_settings_is_offered_in_the_other_company(
    client: Client, ours: Rows, theirs: Rows, role: Role, role_there: Role
) -> None:
    """Whatever the user is here, at the link's own address; the same for what is there and what is nowhere."""
    user = User.objects.create_user("both@mail.example")
    for rows, each in ((ours, role), (theirs, role_there)):
        with company_scope(rows.cast.company):
            Membership.objects.create(user=user, role=each)
    client.force_login(user, backend=BACKEND)
    for page in ("change", "delete"):
        path = "/admin/worklogs/person/{}/" + page + "/"
        answers = [client.get(path.format(pk)) for pk in (theirs.person.pk, NOBODY)]
        assert {answer.status_code for answer in answers} == {404 if role == Role.ADMIN else 403}
        for answer, pk in zip(answers, (theirs.person.pk, NOBODY), strict=True):
            assert "Open in Meridiana" in answer.content.decode()
            assert f'name="next" value="{path.format(pk)}"' in answer.content.decode()


@pytest.mark.parametrize("path", ["/audit/", "/sync/", "/admin/"])
def test_what_ones_role_does_not_allow_here_is_offered_where_it_may(
    client: Client, ours: Rows, theirs: Rows, path: str
) -> None:
    user = User.objects.create_user("both@mail.example")
    for rows, role in ((ours, Role.USER), (theirs, Role.ADMIN)):
        with company_scope(rows.cast.company):
            Membership.objects.create(user=user, role=role)
    client.force_login(user, backend=BACKEND)
    answer = client.get(path)
    assert answer.status_code == 403
    assert "Open in Meridiana" in answer.content.decode()
    client.post("/company/", {"company": "meridiana", "next": path})
    assert client.get(path).status_code == 200


def test_who_belongs_to_one_company_is_offered_no_other(signed_in: Client, theirs: Rows) -> None:
    page = signed_in.get(f"/worklogs/{theirs.worklog.pk}/").content.decode()
    assert "Page not found" in page
    assert "Open in" not in page
    assert "Meridiana" not in page


def test_a_form_is_not_sent_again_by_switching(both: Client, theirs: Rows) -> None:
    """What was posted is lost: going to its address would be answered with 405."""
    answer = both.post(f"/sync/runs/{NOBODY}/cancel/")
    assert answer.status_code == 404
    assert "Open in" not in answer.content.decode()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", ""]
)
def test_switching_leads_to_our_own_pages_alone(both: Client, wanted: str) -> None:
    assert both.post("/company/", {"company": "meridiana", "next": wanted})["Location"] == "/"


def test_the_path_itself_leads_nowhere_else(both: Client) -> None:
    asked: dict[str, Any] = {"PATH_INFO": '//evil.example/"><xss>'}
    page = both.get("/", **asked).content.decode()
    assert "<xss" not in page
    wanted = re.findall(r'name="next" value="([^"]+)"', page)[-1]
    assert wanted.startswith("//evil.example/")
    assert both.post("/company/", {"company": "meridiana", "next": wanted})["Location"] == "/"
    assert both.get("/", **asked, **HTMX)["HX-Redirect"].startswith("/%2Fevil.example/")


def test_a_fragment_that_is_not_there_opens_the_page_that_says_so(both: Client, theirs: Rows) -> None:
    """htmx shows nothing of a 404: without this a click on the row would do nothing at all."""
    path = f"/worklogs/{theirs.worklog.pk}/"
    assert both.get(path, **HTMX)["HX-Redirect"] == path
    assert "HX-Redirect" not in both.get(path)


def test_while_developing_too_the_page_that_helps_is_the_answer(both: Client, theirs: Rows) -> None:
    with override_settings(DEBUG=True):
        page = both.get(f"/worklogs/{theirs.worklog.pk}/").content.decode()
    assert "Open in Meridiana" in page
    assert "Using the URLconf" not in page


def test_a_superuser_who_acts_for_one_company_finds_the_way_to_another(client: Client, theirs: Rows) -> None:
    root = User.objects.create_user("root@platform.example", is_superuser=True)
    client.force_login(root, backend=BACKEND)
    with company_scope(theirs.cast.company):
        path = f"/worklogs/{theirs.worklog.pk}/"
    assert "Choose a company" in client.get("/no-company/").content.decode()
    client.post("/act-for/", {"company": "meridiana"})
    assert client.get(path).status_code == 200
    page = client.get(f"/worklogs/{NOBODY}/").content.decode()
    assert f"/act-for/?next=%2Fworklogs%2F{NOBODY}%2F" in page
    assert client.post("/act-for/", {"company": "meridiana", "next": path})["Location"] == path
    assert client.post("/act-for/", {"company": "meridiana", "next": "//evil.example"})["Location"] == "/admin/"
