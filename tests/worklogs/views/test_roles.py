"""A USER sees own worklogs and nothing else of the company's; a MANAGER sees all of it."""

import csv
import io

import pytest
from django.test import Client

from accounts.models import Membership, Role
from accounts.tenancy import company_scope
from tests.conftest import browser_of
from tests.worklogs.conftest import Scene
from tests.worklogs.views.test_pages import WINTER, less_tokens, text_of
from worklogs.models import Issue, Person, Worklog


def logged_by(scene: Scene, name: str) -> list[Worklog]:
    with company_scope(scene.cast.company):
        return list(Worklog.objects.filter(person__name=name, day__gte="2025-12-01", day__lte="2026-03-20"))


def test_the_list_and_its_total_are_ones_own(ana: Client, busy: Scene) -> None:
    own = logged_by(busy, "Ana")
    for query in ("", "&sort=-hours", f"&person={busy.people['Ana'].pk}", "&team="):
        context = ana.get(f"/worklogs/?{WINTER}{query}").context
        total = context["total"]
        assert (total.tally.seconds, total.tally.worklogs) == (sum(row.seconds for row in own), len(own))
        assert {row.person for row in context["page"].rows} == {"Ana"}


def test_the_download_is_ones_own(ana: Client, busy: Scene) -> None:
    for query in ("", f"&person={busy.people['Ana'].pk}&person={busy.people['Ben'].pk}"):
        lines = text_of(ana.get(f"/worklogs/export.csv?{WINTER}{query}")).removeprefix("\ufeff")
        rows = list(csv.DictReader(io.StringIO(lines, newline="")))
        assert {row["Person"] for row in rows} == {"Ana"}
        assert len(rows) == len(logged_by(busy, "Ana"))


def test_a_link_to_the_hours_of_others_says_that_they_are_not_included(ana: Client, busy: Scene) -> None:
    for who, is_told in (("Ben", True), ("Ana", False)):
        query = f"{WINTER}&person={busy.people[who].pk}"
        told = ana.get(f"/worklogs/?{query}").context["notes"]
        assert [text.startswith("You only see your own hours.") for text in told] == [True] * is_told
        file = ana.get(f"/worklogs/export.csv?{query}")
        assert ("X-Filter-Notes" in file, bool(text_of(file))) == (is_told, True)


def test_a_report_of_others_is_not_told_to_be_of_what_is_gone(ana: Client, busy: Scene) -> None:
    gone = "This report uses something that no longer exists"
    report = f"/reports/?{WINTER}&rows=person"
    for query, is_gone in ((f"person={busy.people['Ben'].pk}", False), ("person=987654", False), ("team=lost", True)):
        page = ana.get(f"{report}&{query}")
        told = [note.startswith("You only see your own hours.") for note in page.context["notes"]]
        assert (told, gone in text_of(page)) == ([not is_gone], is_gone), query
        assert ("No worklogs match this filter" in text_of(page)) is not is_gone
    assert gone in text_of(browser_of(busy.cast.manager).get(f"{report}&person=987654"))


def test_anothers_worklog_answers_as_an_unknown_one(ana: Client, busy: Scene) -> None:
    own, bens = logged_by(busy, "Ana")[0].pk, logged_by(busy, "Ben")[0].pk
    assert ana.get(f"/worklogs/{own}/").status_code == 200
    answer, unknown = ana.get(f"/worklogs/{bens}/"), ana.get("/worklogs/987654321/")
    assert answer.status_code == unknown.status_code == 404
    assert less_tokens(answer) == less_tokens(unknown)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_worklogs_neighbours_are_ones_own(ana: Client, busy: Scene, headers: dict[str, str]) -> None:
    for row in logged_by(busy, "Ana"):
        response = ana.get(f"/worklogs/{row.pk}/", headers=headers)
        near = response.context["neighbours"]
        assert {each.person for each in near.rows} == {"Ana"}
        month = [
            each.seconds
            for each in logged_by(busy, "Ana")
            if (each.issue_id, each.day.replace(day=1)) == (row.issue_id, row.day.replace(day=1))
        ]
        assert near.tally.seconds >= sum(month)
        assert near.tally.worklogs == len(near.rows) + near.more


def test_nobody_elses_name_is_on_the_pages_of_a_user(ana: Client, busy: Scene) -> None:
    own = logged_by(busy, "Ana")[0].pk
    for path in (f"/worklogs/?{WINTER}", f"/worklogs/?{WINTER}&q=nothing+says+this", f"/worklogs/{own}/"):
        page = text_of(ana.get(path))
        assert not [name for name in ("Ben", "Cleo", "Dan", "Eve") if f">{name}<" in page], path
    offered = {
        facet.name: [option.label for option in facet.options]
        for facet in ana.get(f"/worklogs/filter/?{WINTER}").context["facets"]
    }
    assert (offered["person"], offered["team"]) == (["Ana"], ["Core"])


def test_an_issue_that_one_did_not_log_on_has_no_name(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Worklog.objects.filter(person__name="Ana", issue__key="HOME-1").delete()
        strange = Issue.objects.get(key="HOME-1", instance__slug="alpha").pk
        own = Worklog.objects.filter(person__name="Ana", issue__key="CORE-4").values_list("issue", flat=True)[0]
    assert [chip.value for chip in ana.get(f"/worklogs/?issue={strange}").context["chips"]] == ["unknown"]
    assert "issue=" not in ana.get("/worklogs/?issue-key=HOME-1")["Location"]
    assert f"issue={own}" in ana.get("/worklogs/?issue-key=core-4")["Location"]
    assert "Loose ends" in ana.get(f"/worklogs/?issue={own}").context["chips"][0].value


def test_a_user_has_no_dashboard_and_no_sync(ana: Client) -> None:
    assert ana.get("/")["Location"] == "/people/"
    for path in ("/sync/", "/sync/progress/", "/sync/runs/1/"):
        assert ana.get(path).status_code == 403
    for path in ("/sync/start/", "/sync/runs/1/cancel/", "/sync/runs/1/confirm/"):
        assert ana.post(path).status_code == 403
    page = text_of(ana.get(f"/worklogs/?{WINTER}"))
    assert 'href="/sync/"' not in page
    assert ">Dashboard<" not in page


def test_a_user_who_is_no_person_sees_nothing(busy: Scene) -> None:
    client = browser_of(busy.cast.user)
    context = client.get(f"/worklogs/?{WINTER}").context
    assert (context["total"].tally.worklogs, context["page"].rows, context["chips"]) == (0, (), ())
    assert text_of(client.get(f"/worklogs/export.csv?{WINTER}")).count("\n") == 1


def test_a_user_begins_with_the_own_calendar(ana: Client, busy: Scene) -> None:
    response = ana.get(f"/?{WINTER}", follow=True)
    assert response.redirect_chain[-1][0] == f"/people/{busy.people['Ana'].pk}/?{WINTER}"
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/people/", "/teams/", "/worklogs/", "/worklogs/?q=x", "/reports/?rows=person", "/reports/?rows=team&q=x"]
    + ["/epics/", "/issues/", "/issues/?find=x"],
)
def test_a_user_who_is_no_person_is_told_so_and_what_to_do(busy: Scene, path: str) -> None:
    page = text_of(browser_of(busy.cast.user).get(path, follow=True))
    assert "Your account isn’t linked to a person yet" in page
    assert "Ask an admin of your company" in page
    assert "You logged no time" not in page


def test_a_user_who_is_two_people_sees_both(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Dan").update(user=busy.cast.user)
    names = {row.person for row in ana.get(f"/worklogs/?{WINTER}").context["page"].rows}
    assert names == {"Ana", "Dan"}


@pytest.mark.parametrize(
    ("asked", "seen"), [("Dan", {"Dan"}), ("Dan Ben", {"Dan"}), ("Ana Dan", {"Ana", "Dan"}), ("Ben", set())]
)
def test_of_the_people_asked_for_one_sees_those_who_are_oneself(
    ana: Client, busy: Scene, asked: str, seen: set[str]
) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Dan").update(user=busy.cast.user)
    query = WINTER + "".join(f"&person={busy.people[name].pk}" for name in asked.split())
    assert {row.person for row in ana.get(f"/worklogs/?{query}").context["page"].rows} == seen
    lines = text_of(ana.get(f"/worklogs/export.csv?{query}")).removeprefix("\ufeff")
    assert {row["Person"] for row in csv.DictReader(io.StringIO(lines, newline=""))} == seen
    built = ana.get(f"/reports/?rows=person&{query}").context["built"]
    assert {row.group.label for row in built.rows} == seen
    chips = ana.get(f"/worklogs/?{query}").context["chips"]
    assert [chip.value for chip in chips] == [name.replace("Ben", "unknown") for name in asked.split()]
    assert {option.label for option in ana.get(f"/worklogs/filter/?{query}").context["facets"][0].options} >= {"Ana"}


def test_a_user_of_two_companies_is_another_person_in_each(ana: Client, busy: Scene, strangers: Scene) -> None:
    with company_scope(strangers.cast.company):
        Membership.objects.create(user=busy.cast.user, role=Role.USER)
    ana.post("/company/", {"company": "meridiana"})
    assert ana.get(f"/worklogs/?{WINTER}").context["total"].tally.worklogs == 0


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_managers_and_admins_see_everyone(busy: Scene, role: str) -> None:
    client = browser_of(getattr(busy.cast, role))
    assert client.get(f"/?{WINTER}").status_code == 200
    assert client.get("/sync/").status_code == 200
    context = client.get(f"/worklogs/?{WINTER}").context
    assert context["total"].people == 5
    offered = {facet.name: facet.options for facet in client.get(f"/worklogs/filter/?{WINTER}").context["facets"]}
    assert len(offered["person"]) == 5
    bens = logged_by(busy, "Ben")[0].pk
    assert client.get(f"/worklogs/{bens}/").status_code == 200
