"""Case and marks never matter where people look for something, and names stand in the order of their language."""

import json
from datetime import date
from unicodedata import normalize

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from accounts.folding import PLAIN
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, settings_rows, worklog
from worklogs.exports.reports import report_sheet
from worklogs.filters import WorklogFilter
from worklogs.folding import fold, sort_key
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord
from worklogs.models import Issue, JiraInstance, Person, Team, Worklog
from worklogs.periods import Period
from worklogs.reports.builder import Ask
from worklogs.reports.facets import facets
from worklogs.reports.issue_list import Looked, issue_list
from worklogs.reports.people import Wanted, people_list
from worklogs.reports.row_order import natural
from worklogs.reports.search import search
from worklogs.reports.teams import team_list
from worklogs.reports.worklog_list import worklog_page

TODAY = date(2026, 10, 6)
CHOSEN = WorklogFilter(Period(date(2026, 10, 1), date(2026, 10, 31)))
ALIKE = ["reunion", "REUNIÓN", "Reunio\u0301n", "reunión"]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Álvaro Núñez", "NÚÑEZ"),
        ("Álvaro Núñez", "alvaro"),
        (normalize("NFD", "Álvaro Núñez"), "álvaro nuñ"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("İstanbul", "istanbul"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("Œuvre", "oeuvre"),
        ("\ufb01nance", "FINANCE"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("你好", "你好"),
    ],
)
def test_case_and_marks_do_not_matter(written: str, sought: str) -> None:
    assert fold(sought) in fold(written)
    assert fold(fold(written)) == fold(written)


def test_the_browser_folds_the_letters_of_the_server() -> None:
    script = (settings.BASE_DIR / "static/js/options.js").read_text("utf-8")
    table = json.loads(script.partition("const PLAIN = ")[2].partition(";")[0])
    assert table == {letter: fold(letter) for letter in [*map(chr, PLAIN), "ß", "ς"]}


def test_names_stand_in_the_order_of_the_language() -> None:
    names = ["Zoe", "Álvaro", "ana", "Ana", "Ñandú", "Nuria", "Núñez", "Łukasz", "Lara", "Mia", "Óscar"]
    assert sorted(names, key=sort_key) == [
        *["Álvaro", "Ana", "ana", "Lara", "Łukasz", "Mia", "Ñandú", "Núñez", "Nuria", "Óscar", "Zoe"]
    ]
    with override("es"):  # where ñ is a letter of its own
        assert sorted(names, key=sort_key) == [
            *["Álvaro", "Ana", "ana", "Lara", "Łukasz", "Mia", "Núñez", "Nuria", "Ñandú", "Óscar", "Zoe"]
        ]


@pytest.fixture
def noted(in_alborada: Cast) -> Cast:
    """Time of people, teams and issues whose names have marks."""
    instance = InstanceFactory.create(name="Alpha", slug="alpha")
    AccountBook(instance).upsert([AccountRecord(name, name) for name in ("Zoe", "Álvaro Núñez", "ana")])
    IssueBook(instance).upsert(
        [
            IssueRecord("1", "OPS-1", "Daily", type="Épica", level=0),
            IssueRecord("2", "OPS-2", "Planificación", type="Tarea"),
            IssueRecord("3", "OPS-3", "Gestión", type="Zeta", level=1),
        ]
    )
    book(instance).upsert(
        [
            worklog(1, account_id="Zoe", comment="Reunión con el cliente"),
            worklog(2, account_id="Álvaro Núñez", issue_id="2"),
            worklog(3, account_id="ana", issue_id="3", comment="Straße"),
        ]
    )
    for name in ("Zeta", "Órbita", "Núcleo"):
        team = Team.objects.create(name=name, slug=fold(name))
        Person.objects.filter(name="Zoe").update(team=team)
    return in_alborada


@pytest.mark.parametrize("sought", ALIKE)
def test_a_comment_is_found(noted: Cast, sought: str) -> None:
    assert [each.external_id for each in WorklogFilter(CHOSEN.period, text=sought).worklogs()] == ["1"]


@pytest.mark.parametrize("sought", ["planificacion", "PLANIFICACIÓN", "ops-2"])
def test_an_issue_is_found_by_key_and_summary(noted: Cast, sought: str) -> None:
    instances = [each.instance for each in Worklog.objects.select_related("instance")[:1]]
    assert [each.external_id for each in WorklogFilter(CHOSEN.period, text=sought).worklogs()] == ["2"]
    assert [row.group.code for row in issue_list(CHOSEN, "issue", instances, looked=Looked(sought)).rows] == ["OPS-2"]
    assert "OPS-2" in {hit.code for hits in search(sought, None) for hit in hits.rows}


@pytest.mark.parametrize("sought", ["NÚÑEZ", "alvaro", "nunez"])
def test_a_person_is_found(noted: Cast, sought: str) -> None:
    assert [row.member.name for row in people_list(CHOSEN, TODAY, wanted=Wanted(name=sought)).rows] == ["Álvaro Núñez"]
    assert [hit.label for hits in search(sought, None) for hit in hits.rows] == ["Álvaro Núñez"]


def test_a_team_is_found(noted: Cast) -> None:
    assert [row.name for row in team_list(CHOSEN, [], TODAY, name="nucleo").rows] == ["Núcleo"]
    assert [hit.label for hits in search("ÓRBITA", None) for hit in hits.rows] == ["Órbita"]


def test_lists_and_options_stand_in_the_order_of_names(noted: Cast) -> None:
    people = ["Álvaro Núñez", "ana", "Zoe"]
    assert [row.member.name for row in people_list(CHOSEN, TODAY, sort="name").rows] == people
    assert [row.name for row in team_list(CHOSEN, [], TODAY, sort="name").rows][:3] == ["Núcleo", "Órbita", "Zeta"]
    options = {
        facet.name: [option.label for option in facet.options]
        for facet in facets(("person", "type"), CHOSEN, CHOSEN, {})
    }
    assert options["person"] == people
    assert options["type"] == ["Épica", "Tarea", "Zeta"]
    page = worklog_page(CHOSEN, {each.slug: each for each in JiraInstance.objects.all()}, sort="person")
    assert [row.person for row in page.rows] == people
    assert [row[0] for row in report_sheet(CHOSEN, Ask("person", sort="name"))[0].rows] == people
    assert [person.name for person in Person.objects.all()] == people  # as the settings list and offer them
    assert [team.name for team in Team.objects.all()] == ["Núcleo", "Órbita", "Zeta"]


def test_what_is_looked_for_follows_what_is_written(noted: Cast) -> None:
    person = Person.objects.get(name="Zoe")
    person.name = "Íñigo"
    person.save(update_fields=["name"])
    assert Person.objects.get(folded__startswith="inigo") == person
    IssueBook(Worklog.objects.all()[0].instance).upsert([IssueRecord("2", "OPS-2", "Revisión", type="Tarea")])
    assert Issue.objects.get(key="OPS-2").folded == "ops-2 revision"


def test_a_report_sorts_names_as_lists_do() -> None:
    with override("es"):
        assert sorted(["Nuria", "Ñandú", "nube", "Nube"], key=natural) == ["Nube", "nube", "Nuria", "Ñandú"]


def test_people_are_found_in_the_settings(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        Person.objects.create(name="Álvaro Núñez")
        Person.objects.create(name="Ben")
    page = signed_in.get("/admin/worklogs/person/?q=NUÑEZ").content.decode()
    assert "Álvaro Núñez" in page
    assert "Ben" not in page


def test_people_in_the_settings_stand_in_the_order_of_names(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        for name in ("Zoe", "ben", "Álvaro", "ana"):
            Person.objects.create(name=name)
            Team.objects.create(name=name, slug=fold(name))
    for kind in ("person", "team"):
        for order, names in (("1", ["Álvaro", "ana", "ben", "Zoe"]), ("-1", ["Zoe", "ben", "ana", "Álvaro"])):
            found = signed_in.get(f"/admin/worklogs/{kind}/?o={order}").context["cl"].result_list
            assert [each.name for each in found] == names, kind


def test_every_list_of_the_settings_is_searched_without_case_and_marks(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        instance = InstanceFactory.create(name="Épica", slug="alpha")
        found = Person.objects.create(name="Zoe")
        settings_rows(instance, found, "Épica")
        AccountBook(instance).upsert([AccountRecord("1", "Épica")])
        alborada.user.name = "Épica"
        alborada.user.save()
    for path in (
        "issuetype",
        "holidaycalendar",
        "holiday",
        "workschedule",
        "jirainstance",
        "jiraaccount",
        "membership",
    ):
        app = "accounts" if path == "membership" else "worklogs"
        for sought in ("EPICA", "épi", "e\u0301pica"):
            page = signed_in.get(f"/admin/{app}/{path}/", {"q": sought})
            assert page.context["cl"].result_count == 1, (path, sought)
        assert signed_in.get(f"/admin/{app}/{path}/", {"q": "epica nothing"}).context["cl"].result_count == 0
