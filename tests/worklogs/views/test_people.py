"""The pages of teams and people: what they answer to good and bad queries, to whom, and in how many statements."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.worklogs.conftest import Scene
from tests.worklogs.views.test_pages import MOST_STATEMENTS, WINTER, file_of, less_tokens, lines_of, text_of
from tests.worklogs.workbooks import opened
from worklogs.ingest.totals import mark_changed
from worklogs.models import JiraAccount, Person, Worklog

YEARS = "from=2015-01-01&to=2026-12-31"
NONSENSE = [
    "sort=nothing",
    "by=hour",
    "page=-1",
    "page=99999999999",
    "name=%00",
    "status=%F0%9F%98%80",
    "person=x",
    "team=%00",
]
OF_MANAGERS = ["Dashboard", "Worklogs", "Reports", "Teams", "People", "Epics", "Issues"]
Most = Callable[..., Any]


def pages(scene: Scene, name: str = "Ana") -> list[str]:
    pk = scene.people[name].pk
    return ["/teams/", "/teams/core/", "/teams/none/", "/people/", f"/people/{pk}/", f"/people/{pk}/days/2026-01-05/"]


@pytest.mark.parametrize("query", [WINTER, "from=2026-01-01&to=2026-01-31", YEARS, "from=2030-01-01&to=2030-01-31"])
@pytest.mark.parametrize("role", ["admin", "manager", "user"])
def test_a_page_takes_a_dozen_statements_at_most(
    ana: Client, busy: Scene, role: str, query: str, django_assert_max_num_queries: Most
) -> None:
    client = browser_of(getattr(busy.cast, role))
    client.get("/worklogs/")  # from then on it's known who a MANAGER is
    for path in pages(busy):
        if role == "user" and path in ("/teams/none/", "/people/"):
            continue
        # Who a USER is, is one more.
        with django_assert_max_num_queries(MOST_STATEMENTS + (role == "user")):
            assert client.get(f"{path}?{query}").status_code == 200, path


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_is_answered_with_the_default(signed_in: Client, busy: Scene, query: str) -> None:
    for path in pages(busy):
        assert signed_in.get(f"{path}?{WINTER}&{query}").status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/teams/nothing/",
        "/people/987654321/",
        f"/people/{2**70}/",
        "/people/{ana}/days/2026-02-30/",
        "/users/987654321/",
    ]
    + ["/people/{ana}/days/x/", "/people/{ana}/days/9999-12-31/", "/people/987654321/days/2026-01-05/"],
)
def test_what_does_not_exist_is_not_found(signed_in: Client, busy: Scene, path: str) -> None:
    assert signed_in.get(path.format(ana=busy.people["Ana"].pk)).status_code == 404


def test_the_pages_answer_in_a_company_without_anything(signed_in: Client) -> None:
    assert "No teams yet" in text_of(signed_in.get("/teams/"))
    assert "No people yet" in text_of(signed_in.get("/people/"))
    assert signed_in.get("/teams/none/").status_code == 200


def test_rows_lead_to_pages_and_numbers_to_worklogs(signed_in: Client, busy: Scene) -> None:
    ana = busy.people["Ana"].pk
    period = "from=2025-12-01&amp;to=2026-03-20"
    page = text_of(signed_in.get(f"/people/?{WINTER}"))
    assert f'href="/people/{ana}/?{period}"' in page
    assert f'href="/worklogs/?{period}&amp;person={ana}"' in page
    assert f'href="/teams/core/?{period}"' in text_of(signed_in.get(f"/teams/?{WINTER}"))
    person = text_of(signed_in.get(f"/people/{ana}/?{WINTER}"))
    assert f'href="/people/{ana}/days/2026-01-05/?{period}"' in person
    assert f'href="/people/{busy.people["Ben"].pk}/?{period}"' in person


@pytest.mark.parametrize("query", ["", "&instance=alpha", "&name=e", "&q=review&billable=yes"])
def test_the_people_of_a_team_are_those_it_leads_to(signed_in: Client, busy: Scene, query: str) -> None:
    report = signed_in.get(f"/teams/?{WINTER}{query}").context["report"]
    page = text_of(signed_in.get(f"/teams/?{WINTER}{query}"))
    for row in (*report.rows, report.total):
        assert f'<a href="/people/{escape(row.query)}">{row.people}</a>' in page
        assert signed_in.get(f"/people/{row.query}").context["report"].count == row.people


def test_the_filter_goes_with_the_reader(signed_in: Client, busy: Scene) -> None:
    ana = busy.people["Ana"].pk
    query = f"{WINTER}&instance=alpha"
    for path in pages(busy):
        report = signed_in.get(f"{path}?{query}").context["report"]
        assert "instance=alpha" in (getattr(report, "query", "") or report.total.query), path
    person = text_of(signed_in.get(f"/people/{ana}/?{query}"))
    assert f"/people/{ana}/days/2026-01-05/?{query}".replace("&", "&amp;") in person


def test_a_day_is_a_panel_for_htmx_and_a_page_without(signed_in: Client, busy: Scene) -> None:
    path = f"/people/{busy.people['Ana'].pk}/days/2026-01-05/"
    panel = text_of(signed_in.get(path, headers={"HX-Request": "true"}))
    assert "<html" not in panel
    assert 'id="day-title"' in panel
    assert "<html" in text_of(signed_in.get(path))


def test_what_a_list_cannot_read_leaves_the_rest_of_its_query(signed_in: Client, busy: Scene) -> None:
    page = signed_in.get(f"/people/?{WINTER}&name=an&status=foo&under=x&missing=maybe&sort=nothing&page=x").context
    assert (page["wanted"].name, page["notes"]) == (
        "an",
        [
            "“status=foo” isn’t applied. Use one of active, deactivated, all.",
            "“under=x” isn’t applied. “x” isn’t a duration. Use 1:30, 1h30, 90m or 1.5.",
            "“missing=maybe” isn’t applied. Use yes, or leave it out.",
            "“page=x” isn’t applied. Use a number.",
            "Can’t sort by “nothing”.",
        ],
    )
    sorted_by = signed_in.get(f"/people/?{WINTER}&sort=name&status=foo").context["headings"][0]
    assert sorted_by.direction == "ascending"
    assert signed_in.get(f"/people/?{WINTER}&sort=nothing&under=3h").context["wanted"].under == 3 * 3600
    assert signed_in.get(f"/issues/?{WINTER}&status=foo").context["notes"] == ["Unknown status “foo”"]
    dashboard = signed_in.get(f"/?{WINTER}&split=foo").context
    assert dashboard["notes"] == ["“split=foo” isn’t applied. Use one of instance, team."]


def test_missing_days_that_cannot_be_told_are_noted_with_the_way_to_see_them(signed_in: Client, busy: Scene) -> None:
    need, hidden = "Missing days need all instances and at most a year.", "Missing days aren’t counted while hours are"
    march = "from=2026-03-01&to=2026-03-31"
    for query, note, kept in (
        (f"{march}&missing=yes", "", ""),
        (f"{march}&instance=alpha", "", ""),
        (f"{march}&missing=yes&instance=alpha&team=core", need, f"{march}&missing=yes&team=core"),
        (f"{march}&sort=-missing&not-instance=alpha&page=1", need, f"{march}&sort=-missing"),
        (f"{march}&missing=yes&instance=alpha&q=review&person=1", hidden, f"{march}&missing=yes&person=1"),
        ("from=2024-01-01&to=2026-03-31&missing=yes", need, ""),
    ):
        page = text_of(signed_in.get(f"/people/?{query}"))
        assert [each in page for each in (need, hidden)] == [each == note for each in (need, hidden)], query
        assert (f'<a class="btn sec s" href="?{escape(kept)}">' in page) == bool(kept), query
        notes = json.loads(signed_in.get(f"/people/export.csv?{query}").get("X-Filter-Notes", "[]"))
        assert [each[:30] for each in notes if "Missing" in each] == ([note[:30]] if note else []), query


def test_no_people_yet_is_told_where_there_are_none_alone(signed_in: Client, busy: Scene) -> None:
    for query in ("person=987654", "team=core&team=lost&name=x", f"{WINTER}&not-team=core&not-team=web&not-team=none"):
        page = text_of(signed_in.get(f"/people/?{query}"))
        assert ("No people yet" in page, "No matching people" in page) == (False, True), query
        everyone = page.partition("No matching people")[2].partition('href="')[2].partition('"')[0]
        assert len(signed_in.get(f"/people/{everyone.replace('&amp;', '&')}").context["report"].rows) > 3
    with company_scope(busy.cast.company):
        Worklog.objects.all().delete()
        JiraAccount.objects.all().delete()
        Person.objects.all().delete()
    assert "No people yet" in text_of(signed_in.get("/people/"))


def test_a_note_is_told_once_on_a_whole_page(signed_in: Client, ana: Client, busy: Scene) -> None:
    query, note = f"{WINTER}&weekday=9", "“weekday=9” isn’t applied"
    panel = signed_in.get(f"/people/{busy.people['Ana'].pk}/days/2026-01-05/?{query}", headers={"HX-Request": "true"})
    assert note not in text_of(panel)
    assert text_of(signed_in.get(f"/worklogs/?{query}")).count(note) == 1
    assert note not in text_of(signed_in.get(f"/worklogs/?{WINTER}"))
    assert text_of(ana.get(f"/people/?{query}", follow=True)).count(note) == 1
    by_key = signed_in.get(f"/worklogs/?{query}&issue-key=core-2&at-least=x", follow=True)
    assert [text_of(by_key).count(each) for each in (note, "“at-least=x” isn’t applied")] == [1, 1]


def test_the_old_addresses_lead_to_the_new_ones(signed_in: Client, busy: Scene) -> None:
    ana = busy.people["Ana"].pk
    for old, new in (("/users/?sort=name", "/people/?sort=name"), (f"/users/{ana}/", f"/people/{ana}/")):
        response = signed_in.get(old)
        assert (response.status_code, response["Location"]) == (301, new)


# Files


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ana", "Ben", "Cleo", "Dan", "Eve"}),
        ("name=ana", {"Ana"}),
        ("status=deactivated", {"Eve"}),
        ("status=active&sort=name&page=2", {"Ana", "Ben", "Cleo", "Dan"}),
        ("name=e&team=web&instance=alpha&q=review&billable=yes", {"Cleo", "Eve"}),
        ("name=nobody", set()),
    ],
)
def test_the_file_of_people_has_the_rows_and_the_total_of_the_page(
    signed_in: Client, busy: Scene, query: str, names: set[str]
) -> None:
    page = f"/people/?{WINTER}&{query}"
    report, (*rows, total) = signed_in.get(page).context["report"], file_of(signed_in, page)
    assert [row["Person"] for row in rows] == [row.member.name for row in report.rows]
    assert {row["Person"] for row in rows} == names
    assert (total["Person"], int(total["Seconds"])) == ("Total", report.total.seconds)
    assert sum(int(row["Seconds"]) for row in rows) == report.total.seconds
    for line, row in zip(rows, report.rows, strict=True):
        assert (line["Days"], line["Accounts"]) == (str(row.days), str(row.accounts))
        assert line["Last worklog"] == str(row.member.last_on)
        assert line["Change"] == ("" if row.change is None else f"{row.change:.4f}")
        assert line["Status"] == ("Active" if row.member.is_active else "Deactivated")


@pytest.mark.parametrize("query", ["", "name=core", "name=e&sort=name", "name=core&q=review&billable=yes", "name=x"])
def test_the_file_of_teams_has_the_rows_and_the_total_of_the_page(signed_in: Client, busy: Scene, query: str) -> None:
    page = f"/teams/?{WINTER}&{query}"
    report, (*rows, total) = signed_in.get(page).context["report"], file_of(signed_in, page)
    assert [row["Team"] for row in rows] == [row.name for row in report.rows]
    assert (total["Team"], int(total["Seconds"])) == ("Total", report.total.tally.seconds)
    assert sum(int(row["Seconds"]) for row in rows) == report.total.tally.seconds
    assert [row["People"] for row in rows] == [str(row.people) for row in report.rows]
    if report.rows:
        behind = signed_in.get(f"/worklogs/{report.total.query}").context["total"].tally
        assert behind == report.total.tally


def test_the_worklogs_of_a_person_are_a_file(signed_in: Client, busy: Scene) -> None:
    page = f"/people/{busy.people['Ana'].pk}/?{WINTER}&instance=alpha"
    total, rows = signed_in.get(page).context["report"].total, file_of(signed_in, page, "latest")
    assert ({row["Person"] for row in rows}, len(rows)) == ({"Ana"}, total.worklogs)
    assert sum(int(row["Seconds"]) for row in rows) == total.seconds


def test_a_file_tells_what_narrows_its_people(signed_in: Client, busy: Scene) -> None:
    query = f"{WINTER}&name=a&status=active&under=500:00&missing=yes&find=x"
    lines = text_of(signed_in.get(f"/people/export.csv?{query}&about=1"))
    assert "# Filter: Name: a; Status: Active; Hours under: 500:00; Missing days: yes\r\n" in lines
    assert "# Filter: none\r\n" in text_of(signed_in.get(f"/worklogs/export.csv?{query}&about=1"))
    search = text_of(signed_in.get(f"/people/?{query}")).partition('class="find"')[2].partition("</form>")[0]
    assert not [name for name in ("name", "status", "under", "missing", "find") if f'name="{name}"' in search]


def test_the_files_of_a_user_tell_of_the_user_alone(ana: Client, busy: Scene) -> None:
    for kind in ("people", "teams"):
        for query in ("", f"&person={busy.people['Ben'].pk}", "&name=ben", "&status=all"):
            content = text_of(ana.get(f"/{kind}/export.csv?{WINTER}{query}"))
            assert not [name for name in ("Ben", "Cleo", "Dan", "Eve", "Web") if name in content], query
    assert [row["Person"] for row in lines_of(ana.get(f"/people/export.csv?{WINTER}"))] == ["Ana", "Total"]
    nobody = lines_of(browser_of(busy.cast.manager).get(f"/people/export.csv?{WINTER}&person=987654321"))
    assert [row["Person"] for row in nobody] == ["Total"]


@pytest.mark.parametrize("page", ["people", "teams"])
def test_a_file_is_of_a_known_kind_and_names_what_it_leaves_out(signed_in: Client, busy: Scene, page: str) -> None:
    answer = signed_in.get(f"/{page}/export.xlsx?{WINTER}")
    sheet = opened(b"".join(answer))
    assert (sheet.rows[-1][0].text, answer["Content-Disposition"].count(f"{page}-alborada-2025-12-01")) == ("Total", 1)
    assert signed_in.get(f"/{page}/export.pdf?{WINTER}").status_code == 404
    for wrong in ("from=x", "sort=nothing"):
        answer = signed_in.get(f"/{page}/export.csv?{wrong}")
        assert (answer.status_code, "X-Filter-Notes" in answer) == (200, True), wrong


# What a USER sees


def test_a_user_is_led_to_the_own_page(ana: Client, busy: Scene) -> None:
    own = busy.people["Ana"].pk
    assert ana.get(f"/people/?{WINTER}")["Location"] == f"/people/{own}/?{WINTER}"
    assert ana.get(f"/people/{own}/?{WINTER}").status_code == 200


def test_a_user_who_is_nobody_is_told_what_to_ask_for(busy: Scene) -> None:
    page = browser_of(busy.cast.user).get("/people/")
    assert "Your account isn’t linked to a person yet" in text_of(page)
    for path in ("people", "epics", "issues"):
        (total,) = lines_of(browser_of(busy.cast.user).get(f"/{path}/export.csv?{WINTER}"))
        assert int(total["Seconds"]) == 0, path


def test_a_user_who_is_two_people_chooses(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Dan").update(user=busy.cast.user)
    rows = ana.get(f"/people/?{WINTER}").context["report"].rows
    assert {row.member.name for row in rows} == {"Ana", "Dan"}


def test_another_person_answers_a_user_as_an_unknown_one(ana: Client, busy: Scene) -> None:
    for path in ("/people/{}/", "/people/{}/days/2026-01-05/", "/users/{}/"):
        known, unknown = ana.get(path.format(busy.people["Ben"].pk)), ana.get(path.format(987_654_321))
        assert known.status_code == unknown.status_code == 404
        assert less_tokens(known) == less_tokens(unknown)
    assert ana.get("/teams/web/").status_code == ana.get("/teams/nothing/").status_code == 404


def test_nobody_elses_name_or_hour_is_on_the_pages_of_a_user(ana: Client, busy: Scene) -> None:
    own = ana.get(f"/worklogs/?{WINTER}").context["total"].tally
    for path in ["/teams/", "/teams/core/", f"/people/{busy.people['Ana'].pk}/"]:
        response = ana.get(f"{path}?{WINTER}&person={busy.people['Ana'].pk}&person={busy.people['Ben'].pk}")
        page, report = text_of(response), response.context["report"]
        assert not [name for name in ("Ben", "Cleo", "Dan", "Eve", "Web") if f">{name}<" in page], path
        assert getattr(report.total, "tally", report.total) == own, path


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("user", ["My calendar", "Worklogs", "Epics", "Issues", "Reports"]),
        ("manager", ["Dashboard", "Worklogs", "Reports", "Teams", "People", "Epics", "Issues", "Sync"]),
        (
            "admin",
            ["Dashboard", "Worklogs", "Reports", "Teams", "People", "Epics", "Issues", "Sync", "Audit log", "Settings"],
        ),
    ],
)
def test_the_sidebar_offers_what_a_role_may_open(alborada: Cast, role: str, names: list[str]) -> None:
    sections = browser_of(getattr(alborada, role)).get("/worklogs/").context["sections"]
    assert [link.name for section in sections for link in section.links] == names


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_whoever_has_own_hours_is_led_to_the_own_calendar(busy: Scene, role: str) -> None:
    user, ana, ben = getattr(busy.cast, role), busy.people["Ana"], busy.people["Ben"]
    with company_scope(busy.cast.company):
        Person.objects.filter(pk=ana.pk).update(user=user)
    client = browser_of(user)

    def links(path: str) -> list[Any]:
        return [link for section in client.get(path).context["sections"] for link in section.links]

    assert [link.name for link in links(f"/worklogs/?{WINTER}")][:3] == ["Dashboard", "My calendar", "Worklogs"]
    assert links(f"/worklogs/?{WINTER}")[1].url == f"/people/{ana.pk}/?{WINTER}"
    for pk, name in ((ana.pk, "My calendar"), (ben.pk, "People")):
        for path in (f"/people/{pk}/", f"/people/{pk}/days/2026-01-05/"):
            assert [link.name for link in links(path) if link.is_current] == [name], path
    assert client.get("/").status_code == 200
    with company_scope(busy.cast.company):
        Person.objects.filter(pk=ana.pk).update(user=None)
        mark_changed()
    assert "My calendar" not in [link.name for link in links("/worklogs/")]


def test_the_sidebar_marks_where_one_is(signed_in: Client, busy: Scene) -> None:
    for path, name in zip(pages(busy), ["Teams"] * 3 + ["People"] * 3, strict=True):
        sections = signed_in.get(path).context["sections"]
        assert [link.name for section in sections for link in section.links if link.is_current] == [name]
