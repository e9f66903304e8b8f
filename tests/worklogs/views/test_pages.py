"""What the pages answer: with data and without, to good queries and to nonsense."""

import csv
import html
import io
import json
import py_compile
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Company, Membership, Role, User
from accounts.tenancy import ALL_COMPANIES, company_scope
from integrations.models import SyncRun
from tests.conftest import Cast, browser_of
from tests.factories import InstanceFactory, book, worklog
from tests.worklogs.conftest import Scene, id_of_any_worklog
from tests.worklogs.workbooks import opened
from worklogs import caching
from worklogs.caching import release
from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm
from worklogs.ingest import (
    AccountBook,
    AccountRecord,
    IssueBook,
    IssueRecord,
    ProjectRecord,
    UnreadableBook,
    UnreadableRecord,
)
from worklogs.labels import told_apart
from worklogs.linking import link
from worklogs.models import Issue, JiraInstance, Person, Project, SavedReport, Team, Worklog
from worklogs.periods import Period
from worklogs.reports.grouped import NAMED_WITHIN, grouped
from worklogs.reports.tallies import summed
from worklogs.reports.worklog_list import FilterTotal, filter_total
from worklogs.templatetags.hours import change, percent

PAGES = ["/", "/worklogs/", "/worklogs/export.csv", "/sync/"]
WINTER = "from=2025-12-01&to=2026-03-20"
MOST_STATEMENTS = 12


def text_of(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode())


def less_tokens(response: Any) -> str:
    """The text without its own address and without the CSRF tokens, which are new in every answer."""
    text = text_of(response).replace(response.request["PATH_INFO"], "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def lines_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(response).removeprefix("\ufeff"), newline="")))


def file_of(client: Client, page: str, section: str = "") -> list[dict[str, str]]:
    """What the page's own CSV link gives, or that of a section, by its name."""
    text = text_of(client.get(page))
    link = re.search(r'href="([^"]*export\.csv[^"]*)"', text.partition(f'id="{section}-title"')[2] if section else text)
    assert link
    return lines_of(client.get(html.unescape(link[1])))


def pages_of(scene: Scene) -> list[str]:
    return [*PAGES, f"/worklogs/{id_of_any_worklog(scene.cast)}/"]


def test_every_page_answers_with_data(signed_in: Client, busy: Scene) -> None:
    for path in pages_of(busy):
        response = signed_in.get(f"{path}?{WINTER}")
        assert response.status_code == 200, path
        assert text_of(response)


def test_every_page_answers_in_a_company_without_anything(signed_in: Client) -> None:
    for path in PAGES:
        assert signed_in.get(path).status_code == 200, path
    assert "No Jira connected yet" in text_of(signed_in.get("/"))


def test_every_page_answers_before_the_first_sync(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        InstanceFactory.create(name="Fresh Jira")
    for path in PAGES:
        assert signed_in.get(path).status_code == 200, path
    assert "Fresh Jira has never been synced" in text_of(signed_in.get("/"))


def test_a_period_without_worklogs_says_so(signed_in: Client, busy: Scene) -> None:
    for path in ("/", "/worklogs/"):
        response = signed_in.get(f"{path}?from=2031-01-01&to=2031-01-31")
        assert response.status_code == 200
        assert "Nothing synced yet" in text_of(response) or "No time logged" in text_of(response)


def test_a_page_is_a_handful_of_statements(signed_in: Client, busy: Scene) -> None:
    signed_in.get("/sync/")  # from then on it's known who one is
    queries = [WINTER, f"{WINTER}&split=team", f"{WINTER}&sort=hours&q=review&team=core&epic=none", "period=last-year"]
    for path in pages_of(busy):
        for query in queries:
            for headers in ({}, {"HX-Request": "true"}):
                with CaptureQueriesContext(connection) as captured:
                    text_of(signed_in.get(f"{path}?{query}", headers=headers))
                assert len(captured) <= MOST_STATEMENTS, (path, query, [each["sql"] for each in captured])


def test_the_number_of_statements_does_not_grow_with_the_data(signed_in: Client, busy: Scene) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(signed_in.get(path))
        return len(captured)

    day, whole = "from=2026-01-31&to=2026-01-31", WINTER
    signed_in.get("/sync/")
    for path in ("/", "/worklogs/"):
        assert statements(f"{path}?{day}") == statements(f"{path}?{whole}")


def test_the_pages_and_the_download_tell_one_total(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        total = Worklog.objects.filter(day__gte=date(2025, 12, 1), day__lte=date(2026, 3, 20)).values_list("seconds")
        seconds = sum(row[0] for row in total)
    assert signed_in.get(f"/?{WINTER}").context["report"].total.seconds == seconds
    assert signed_in.get(f"/worklogs/?{WINTER}").context["total"].tally.seconds == seconds
    for path in ("/", "/worklogs/"):
        assert h_mm(seconds) in text_of(signed_in.get(f"{path}?{WINTER}"))
    lines = text_of(signed_in.get(f"/worklogs/export.csv?{WINTER}")).splitlines()
    assert len(lines) == len(total) + 1


def test_a_fragment_is_for_htmx_alone(signed_in: Client, busy: Scene) -> None:
    for path in ("/worklogs/", f"/worklogs/{id_of_any_worklog(busy.cast)}/"):
        page = signed_in.get(f"{path}?{WINTER}")
        fragment = signed_in.get(f"{path}?{WINTER}", headers={"HX-Request": "true"})
        assert "<html" in text_of(page)
        assert "<html" not in text_of(fragment)
        assert text_of(fragment)
    listed = signed_in.get(f"/worklogs/?{WINTER}", headers={"HX-Request": "true"})
    assert "HX-Request" in listed["Vary"]


def test_pages_are_followed_to_the_end(signed_in: Client, busy: Scene) -> None:
    seen: list[int] = []
    path = f"/worklogs/?{WINTER}"
    while path:
        page = signed_in.get(path).context["page"]
        seen += [row.id for row in page.rows]
        after = page.next_cursor.replace("+", "%2B")
        path = f"/worklogs/?{WINTER}&after={after}" if after else ""
    assert len(seen) == len(set(seen)) == signed_in.get(f"/worklogs/?{WINTER}").context["total"].tally.worklogs


def test_the_download_streams_in_a_scope_of_its_own(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    response = signed_in.get("/worklogs/export.csv?from=2024-01-01&to=2026-12-31")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="worklogs-alborada-2024-01-01-2026-12-31.csv"'
    assert len(text_of(response).splitlines()) == 240 + 1


# Nonsense

NONSENSE = [
    "from=junk",
    "from=2026-02-30&to=2026-03-01",
    "from=0001-01-01&to=9999-12-31",
    "from=2026-03-01&to=2026-02-01",
    "period=%00",
    "period=<script>alert(1)</script>",
    "instance=%00",
    "instance=unknown",
    "instance=&team=&person=",
    "person=x",
    "person=-1",
    "person=999999999999999999",
    "person=9999999999999999999999999",
    "epic=x&epic=none",
    "project=%00none",
    "team=%00",
    "team=unknown",
    "issue=1e9",
    "billable=maybe",
    "q=%00",
    "q=%FF%FE",
    "q=%ED%A0%80",
    "q=" + "x" * 4000,
    "q=%25%25%25",
    "q='; DROP TABLE worklogs_worklog; --",
    "sort=name",
    "sort=%00",
    "after=x",
    "after=9999999999999999999999_1&sort=hours",
    "after=-1_-1&sort=-hours",
    "after=2026-01-01_0001-01-01T00:00:00%2B14:00_1",
    "after=2026-01-01_2026-01-01T00:00:00_1",
    "after=9999-12-31_9999-12-31T23:59:59-14:00_99999999999999999999",
    "split=%00",
    "from=2026-01-01&from=junk&to=2026-01-31&to=",
    "&".join(["person=1"] * 500),
    "unknown=1&%00=%00",
    "=",
    "&&&",
]


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_is_answered_with_the_page_or_a_404(signed_in: Client, busy: Scene, query: str) -> None:
    for path in pages_of(busy):
        for headers in ({}, {"HX-Request": "true"}):
            response = signed_in.get(f"{path}?{query}", headers=headers)
            assert response.status_code in (200, 404), path
            assert "<script>alert" not in text_of(response)


@pytest.mark.parametrize("query", ["from=junk", "person=x", "billable=maybe", "sort=name", "after=x", "instance=%00"])
def test_a_page_says_what_it_could_not_read(signed_in: Client, busy: Scene, query: str) -> None:
    response = signed_in.get(f"/worklogs/?{query}")
    assert response.status_code == 200
    assert response.context["notes"]
    assert 'class="msg' in text_of(response)


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("person=x", "“person=x” isn’t applied. Use a number."),
        ("weekday=9", "“weekday=9” isn’t applied. Use a number from 1 (Monday) to 7 (Sunday)."),
        ("billable=maybe", "“billable=maybe” isn’t applied. Use yes or no."),
        ("team=core&team=nosuch", "Unknown team “nosuch”"),
        ("not-team=nosuch", "Unknown team “nosuch”"),
        ("instance=alpha&instance=nosuch", "Unknown instance “nosuch”"),
        ("person=987654", "Unknown person “987654”"),
        ("project=987654", "Unknown project “987654”"),
        ("epic=987654", "Unknown epic “987654”"),
        ("issue=987654", "Unknown issue “987654”"),
        ("type=Nosuch", "Unknown issue type “Nosuch”"),
        ("column=nosuch", "Unknown column “nosuch”"),
        ("group=nosuch", "Can’t group by “nosuch”."),
    ],
)
def test_a_page_and_its_file_leave_out_the_same_and_name_it(
    signed_in: Client, busy: Scene, query: str, note: str
) -> None:
    page = signed_in.get(f"/worklogs/?{WINTER}&{query}")
    assert page.context["notes"] == [note]
    for kind in ("csv", "xlsx"):
        file = signed_in.get(f"/worklogs/export.{kind}?{WINTER}&{query}")
        assert json.loads(file["X-Filter-Notes"]) == [note]
        assert b"".join(file)  # read to the end, as one file at a time is made
    lines = lines_of(signed_in.get(f"/worklogs/export.csv?{WINTER}&{query}"))
    total = page.context["total"].tally
    assert (len(lines), sum(int(line["Seconds"]) for line in lines)) == (total.worklogs, total.seconds)


@pytest.mark.parametrize("query", ["team=nosuch", "instance=nosuch", "person=987654", "type=Nosuch", "epic=987654"])
def test_a_name_that_nobody_knows_matches_nothing(signed_in: Client, busy: Scene, query: str) -> None:
    assert signed_in.get(f"/worklogs/?{WINTER}&{query}").context["total"].tally.worklogs == 0


def test_a_page_of_the_list_that_there_is_not_leaves_its_order(signed_in: Client, busy: Scene) -> None:
    page = signed_in.get(f"/worklogs/?{WINTER}&sort=hours&after=junk").context
    assert {each.name: each.direction for each in page["headings"]}["hours"] == "ascending"
    assert len(page["notes"]) == 1


def test_what_can_be_read_names_nothing(signed_in: Client, busy: Scene) -> None:
    query = f"{WINTER}&team=core&team=none&epic=none&type=none&not-type=Epic&not-instance=beta&group=team&column=type"
    assert not signed_in.get(f"/worklogs/?{query}").context["notes"]
    assert "X-Filter-Notes" not in signed_in.get(f"/worklogs/export.csv?{query}")


@pytest.mark.parametrize("sort", ["", "&sort=hours", "&sort=-person", "&sort=nothing"])
def test_a_list_is_exported_in_its_order(signed_in: Client, busy: Scene, sort: str) -> None:
    page = signed_in.get(f"/worklogs/?from=2026-01-05&to=2026-01-30{sort}")
    shown = page.context["page"].rows
    assert 10 < len(shown) < 50
    for kind in ("csv", "xlsx"):
        link = re.findall(rf'href="(/worklogs/export\.{kind}[^"]*)"', text_of(page))[0].replace("&amp;", "&")
        file = signed_in.get(link)
        if kind == "csv":
            lines = lines_of(file)
            assert [int(line["Seconds"]) for line in lines] == [row.seconds for row in shown]
            assert [line["Day"] for line in lines] == [row.day.isoformat() for row in shown]
        else:
            seconds = [cell.number for cell in opened(b"".join(file)).column("Seconds")]
            assert seconds[:-1] == [row.seconds for row in shown]


def test_a_grouped_list_is_exported_in_its_groups(signed_in: Client, busy: Scene) -> None:
    query = f"{WINTER}&group=team&group=epic&not-team=web"
    shown = signed_in.get(f"/worklogs/?{query}").context["grouped"]
    *lines, total = lines_of(signed_in.get(f"/worklogs/export.csv?{query}"))
    wanted = [(row.group.label, each.group.label, each.tally.seconds) for row in shown.rows for each in row.within.rows]
    assert [(line["Team"], line["Epic"], int(line["Seconds"])) for line in lines] == wanted
    assert {line["Team"] for line in lines} == {"Core", "No team"}
    assert int(total["Seconds"]) == shown.total.seconds == sum(int(line["Seconds"]) for line in lines)


names = ["from", "to", "period", "instance", "person", "team", "project", "epic", "issue", "billable", "q", "sort"]
junk = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.dates().map(str),
    st.sampled_from(["", "none", "alpha", "core", "yes", "-day", "hours", "\x00", "9" * 30, "1" * 18]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    path=st.sampled_from(["/", "/worklogs/", "/worklogs/export.csv"]),
    pairs=st.lists(st.tuples(st.sampled_from([*names, "after", "split"]), junk), max_size=6),
)
def test_no_query_breaks_a_page(signed_in: Client, busy: Scene, path: str, pairs: list[tuple[str, str]]) -> None:
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value.encode("utf-8", "replace").decode())
    cache.clear()  # downloads are limited
    response = signed_in.get(path, query)
    assert response.status_code in (200, 404)
    assert text_of(response) or response.status_code == 404


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 18, "9" * 40, "-1", "x", "%00"])
def test_an_unknown_worklog_is_a_404(signed_in: Client, busy: Scene, pk: str) -> None:
    assert signed_in.get(f"/worklogs/{pk}/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/worklogs/", "/worklogs/export.csv", "/sync/"])
def test_pages_are_read_and_not_written(signed_in: Client, path: str) -> None:
    assert signed_in.post(path).status_code == 405


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), "2026-04-01"),  # midnight in Madrid, in summer
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2026-12-01"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-01-01"),  # and in winter
    ],
)
def test_today_is_the_companys_day(alborada: Cast, moment: datetime, month: str) -> None:
    with time_machine.travel(moment, tick=False):
        client = browser_of(alborada.admin)
        for path in ("/", "/worklogs/"):
            assert str(client.get(path).context["period"].first) == month


# Unchanged pages


@pytest.fixture
def still():
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.mark.parametrize("path", ["/", "/worklogs/"])
def test_an_unchanged_page_is_a_304_without_a_report(still: Any, signed_in: Client, busy: Scene, path: str) -> None:
    signed_in.get(path)  # the first page of all sets the CSRF cookie, which every page is made of
    first = signed_in.get(f"{path}?{WINTER}")
    assert "no-cache" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    with CaptureQueriesContext(connection) as captured:
        again = signed_in.get(f"{path}?{WINTER}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert len(captured) <= 3  # session, user, memberships


def test_a_page_is_another_after_a_write(still: Any, signed_in: Client, busy: Scene) -> None:
    path = f"/worklogs/?{WINTER}"
    signed_in.get(path)
    etag = signed_in.get(path)["ETag"]

    def answer() -> Any:
        return signed_in.get(path, headers={"If-None-Match": etag})

    assert answer().status_code == 304
    with company_scope(busy.cast.company):
        book(busy.instances["alpha"]).upsert([worklog("new", 3600, day=date(2026, 3, 1))])
    changed = answer()
    assert changed.status_code == 200
    etag = changed["ETag"]
    assert answer().status_code == 304
    with company_scope(busy.cast.company):
        book(busy.instances["alpha"]).remove("jira", ["new"])
    assert answer().status_code == 200


def test_what_a_page_depends_on_makes_it_another_page(still: Any, signed_in: Client, busy: Scene) -> None:
    path = f"/worklogs/?{WINTER}"
    signed_in.get(path)
    etags = {signed_in.get(path)["ETag"]}
    etags.add(signed_in.get(f"{path}&q=review")["ETag"])
    etags.add(signed_in.get(path, headers={"HX-Request": "true"})["ETag"])
    signed_in.post("/preferences/", {"hours": "decimal"})
    etags.add(signed_in.get(path)["ETag"])
    still.shift(61)
    etags.add(signed_in.get(path)["ETag"])
    assert len(etags) == 5


def test_one_users_page_is_not_anothers(still: Any, ana: Client, busy: Scene) -> None:
    path = f"/worklogs/?{WINTER}"
    colleague = User.objects.create_user("colleague@alborada.example")
    with company_scope(busy.cast.company):
        Membership.objects.create(user=colleague, role=Role.USER)
    etag = browser_of(colleague).get(path)["ETag"]
    assert ana.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_who_turns_out_to_be_somebody_finds_another_page(still: Any, ana: Client, busy: Scene) -> None:
    path, user = f"/worklogs/?{WINTER}", busy.cast.user

    def answer(etag: str) -> Any:
        return ana.get(path, headers={"If-None-Match": etag})

    answer("")  # which sets the CSRF cookie
    first = answer("")["ETag"]
    assert answer(first).status_code == 304
    with company_scope(busy.cast.company):
        Person.objects.filter(user=user).update(user=None)
        link(busy.people["Ben"], Membership.objects.get(user=user))
    second = answer(first)
    assert second.status_code == 200
    user.name = "Another name"
    user.save()
    assert answer(second["ETag"]).status_code == 200


def test_every_process_of_a_release_makes_the_same_page() -> None:
    before = release()
    py_compile.compile(caching.__file__)  # as the first process of a release does, beside the others
    found = {subprocess.check_output([sys.executable, "-c", SAYS_RELEASE], text=True) for _ in range(2)}
    assert found == {f"{before}\n"}


SAYS_RELEASE = "import django; django.setup(); from worklogs.caching import release; print(release())"


@pytest.mark.parametrize("path", ["/worklogs/", "/epics/", "/issues/", "/reports/", "/"])
def test_an_instance_that_there_is_not_is_told_as_such(signed_in: Client, busy: Scene, path: str) -> None:
    page = text_of(signed_in.get(f"{path}?{WINTER}&instance=nope&rows=person"))
    assert "Unknown instance “nope”" in page
    assert ("Unknown instance</h" in page) != ("Choose something else" in page)


@pytest.mark.parametrize("path", ["/worklogs/", "/epics/", "/reports/", "/"])
def test_only_an_unknown_instance_is_told_as_one(signed_in: Client, busy: Scene, path: str) -> None:
    every = "from=1999-01-01&to=1999-01-31&instance=alpha&instance=beta&instance=closed"
    assert "Unknown instance" not in text_of(signed_in.get(f"{path}?{every}&rows=person"))
    none = f"{WINTER}&not-instance=alpha&not-instance=beta&not-instance=closed&rows=person"
    page = text_of(signed_in.get(f"{path}?{none}"))
    assert "Unknown instance" not in page
    assert "No instances selected" in page


@pytest.mark.parametrize("path", ["/sync/", "/audit/", "/account/", "/admin/"])
def test_a_page_without_a_period_offers_no_instances(signed_in: Client, busy: Scene, path: str) -> None:
    response = signed_in.get(path)
    assert response.status_code == 200
    assert "No instances selected" not in text_of(response)


@pytest.mark.parametrize("named", ["instance=nosuch&not-instance=beta", "not-instance=alpha&instance=alpha"])
def test_all_instances_are_one_click_away(signed_in: Client, busy: Scene, named: str) -> None:
    with company_scope(busy.cast.company):
        JiraInstance.objects.filter(slug="alpha").update(synced_at=timezone.now())
    for path in ("/", "/epics/"):
        page = text_of(signed_in.get(f"{path}?{WINTER}&{named}"))
        assert f'href="?{escape(WINTER)}">Show all instances' in page


def test_all_conditions_are_cleared_at_once(signed_in: Client, busy: Scene) -> None:
    kept = f"{WINTER}&instance=alpha&sort=hours"
    page = text_of(signed_in.get(f"/worklogs/?{kept}&team=core&at-least=1h&{NOT_ANY}"))
    clear = re.search(r'href="([^"]*)"[^>]*>Clear all<', page)
    assert clear
    assert html.unescape(clear[1]) == f"/worklogs/?{kept}"


NOT_ANY = "&".join(f"not-{name}=1" for name in ("person", "team", "project", "epic", "issue", "type", "instance"))


def test_one_instance_that_was_never_read_explains_no_empty_period(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        JiraInstance.objects.filter(slug="alpha").update(synced_at=timezone.now())
    text = text_of(signed_in.get("/worklogs/?from=1999-01-01&to=1999-01-31"))
    assert "No time logged" in text
    assert "Nothing synced yet" not in text


def test_the_week_begins_on_the_companys_day(still: Any, signed_in: Client, busy: Scene) -> None:
    Company.objects.update(week_start=7)
    asked = signed_in.get("/worklogs/?period=this-week").context["period"]
    assert (asked.first, asked.last) == (date(2026, 3, 15), date(2026, 3, 21))
    assert signed_in.get("/").context["presets"][2].detail == "15 – 21 Mar 2026"
    page = text_of(signed_in.get(f"/people/{busy.people['Ana'].pk}/?from=2025-12-01&to=2025-12-31"))
    assert page.index(">Sun</th>") < page.index(">Mon</th>")


def test_the_format_of_hours_is_remembered(signed_in: Client, busy: Scene) -> None:
    response = signed_in.post("/preferences/", {"hours": "decimal", "next": f"/worklogs/?{WINTER}"})
    assert response["Location"] == f"/worklogs/?{WINTER}"
    assert signed_in.get(f"/worklogs/?{WINTER}").context["hours_format"] == "decimal"
    signed_in.post("/preferences/", {"hours": "<script>"})
    assert signed_in.get("/worklogs/").context["hours_format"] == "decimal"
    signed_in.cookies["hours"] = "junk"
    assert signed_in.get("/worklogs/").context["hours_format"] == "h:mm"


# Text from outside

HOSTILE = [
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "مرحبا \u202e gnp.exe",
    "👩‍👩‍👧‍👦 你好 e\u0301",
    "&lt;b&gt; &amp; <!-- -->",
    "|a|b\n|c|3",
]


@pytest.mark.parametrize("text", [*HOSTILE, "<script>" + "x" * 32_768])
def test_text_from_outside_is_text(signed_in: Client, alborada: Cast, text: str) -> None:
    with company_scope(alborada.company):
        instance = InstanceFactory.create(name=text[:100], slug="jira")
        run = SyncRun.objects.create(instance=instance, status=SyncRun.Status.FAILED, errors=[text], warnings=[text])
        JiraInstance.objects.update(sync_error=text)
        AccountBook(instance).upsert([AccountRecord("ann", text)])
        project = ProjectRecord("10", text[:255], text)
        IssueBook(instance).upsert([IssueRecord("1", text[:255], text, text[:255], 1, text[:255], project)])
        book(instance).upsert([worklog(1, comment=text)])
        Person.objects.update(team=Team.objects.create(name=text[:100], slug="team"))
        pk, issue, person = Worklog.objects.get().pk, Issue.objects.get().pk, Person.objects.get().pk
        project_id = Project.objects.get().pk
    october = "from=2026-10-01&to=2026-10-31"
    filtered = f"{october}&issue={issue}&epic={issue}&person={person}&team=team&project={project_id}"
    raw = text.encode()[:60].decode(errors="ignore")
    for path in (
        f"/?{october}",
        f"/?{october}&split=team",
        f"/worklogs/?{filtered}",
        f"/worklogs/{pk}/",
        "/sync/",
        f"/sync/runs/{run.pk}/",
    ):
        page = text_of(signed_in.get(path))
        if escape(raw) != raw:
            assert raw not in page, path
        assert escape(raw.split("\n")[0]) in page, path
        assert page.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("query", "carried"),
    [
        ("", ""),
        ("period=this-month&team=core", ""),
        ("period=last-month&team=core&sort=hours", "?period=last-month"),
        (f"{WINTER}&instance=alpha&instance=nosuch", f"?{WINTER}&instance=alpha"),
        ("not-instance=beta&person=x", "?not-instance=beta"),
        ("compare=year&team=core", "?compare=year"),
        ("from=junk", ""),
    ],
)
def test_the_period_and_the_instances_travel_with_every_link(
    signed_in: Client, busy: Scene, query: str, carried: str
) -> None:
    page = signed_in.get(f"/worklogs/?{query}")
    urls = {link.url for section in page.context["sections"] for link in section.links}
    assert {f"{path}{carried}" for path in ("/", "/worklogs/", "/teams/", "/epics/", "/reports/", "/sync/")} <= urls
    assert "/admin/" in urls
    crumbs = text_of(signed_in.get(f"/teams/core/?{query}"))
    assert f'href="/teams/{escape(carried)}"' in crumbs
    for found in (f"/people/{busy.people['Ana'].pk}/", "/worklogs/"):
        palette = text_of(signed_in.get(f"/search/{carried or '?'}&q={'ana' if 'people' in found else 'worklogs'}"))
        assert f'href="{found}{escape(carried)}"' in palette


def test_a_page_without_hours_passes_the_period_on(signed_in: Client, busy: Scene) -> None:
    assert 'href="/worklogs/?period=last-week&amp;instance=beta"' in text_of(
        signed_in.get("/sync/?period=last-week&instance=beta")
    )


def test_the_audit_keeps_its_own_days_and_passes_the_period_on(signed_in: Client, busy: Scene) -> None:
    carried = escape("?period=last-week&instance=beta")
    page = text_of(signed_in.get("/audit/?first=2026-01-01&last=2026-01-31&period=last-week&instance=beta"))
    for path in ("/worklogs/", "/teams/", "/audit/"):
        assert f'href="{path}{carried}"' in page, path
    assert '<input type="hidden" name="instance" value="beta">' in page.partition('<form class="ask"')[2]
    assert f'href="/audit/{carried}">Clear filter' in page
    assert signed_in.get(f"/audit/{carried}").context["is_filtered"] is False


def test_what_the_palette_searches_for_keeps_the_instances(signed_in: Client, busy: Scene) -> None:
    page = signed_in.get("/search/?period=last-month&instance=beta&q=core-1")
    assert page.context["worklogs_url"] == "/worklogs/?q=core-1&period=last-month&instance=beta"
    on_alpha = {hit.url for hits in page.context["results"] for hit in hits.rows if "instance=alpha" in hit.url}
    assert "/epics/CORE-1/?instance=alpha&period=last-month" in on_alpha


def test_the_name_of_a_person_in_the_list_narrows_the_filter(signed_in: Client, busy: Scene) -> None:
    ana = busy.people["Ana"].pk
    query = f"{WINTER}&team=core&instance=beta&not-person={busy.people['Eve'].pk}&q=core"
    row = next(row for row in signed_in.get(f"/worklogs/?{query}").context["page"].rows if row.person == "Ana")
    assert QueryDict(row.person_query[1:]) == QueryDict(f"{query}&person={ana}")


def test_a_panel_and_a_day_keep_the_period_and_the_instances(signed_in: Client, busy: Scene) -> None:
    carried = "?period=last-week&instance=beta"
    with company_scope(busy.cast.company):
        found = Worklog.objects.filter(instance__slug="beta").exclude(epic=None).latest("day")
    links = [f"/issues/id/{found.issue_id}/", f"/people/{found.person_id}/", f"/epics/id/{found.epic_id}/"]
    panel = text_of(signed_in.get(f"/worklogs/{found.pk}/{carried}"))
    for path in [*links, f"/people/{found.person_id}/days/{found.day}/"]:
        assert f'href="{path}{escape(carried)}"' in panel, path
    day = text_of(signed_in.get(f"/people/{found.person_id}/days/{found.day}/{carried}"))
    assert f'href="/worklogs/{found.pk}/{escape(carried)}"' in day


def test_crumbs_keep_the_period_and_the_instances(signed_in: Client, busy: Scene) -> None:
    carried = "?period=last-week&instance=beta"
    pk = id_of_any_worklog(busy.cast)
    for path in ("/worklogs/problems/", f"/worklogs/{pk}/"):
        assert f'<li><a href="/worklogs/{escape(carried)}">' in text_of(signed_in.get(f"{path}{carried}")), path
    report = text_of(signed_in.get(f"/reports/{carried}&rows=person"))
    assert '<li><a href="/reports/?view=none&amp;period=last-week&amp;instance=beta">' in report
    signed_in.post("/reports/save/", {"query": "rows=team", "name": "First", "page": "reports"})
    with company_scope(busy.cast.company):
        saved = SavedReport.objects.get().pk
    edit = text_of(signed_in.get(f"/reports/{saved}/edit/{carried}"))
    assert '<li><a href="/reports/?view=none&amp;period=last-week&amp;instance=beta">' in edit


def test_projects_of_one_name_tell_their_instances_where_a_list_is_narrowed(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get(f"/issues/?{WINTER}"))
    options = re.findall(r">(CORE [^<]*)</option>", page)
    assert sorted(options) == [f"CORE {told_apart('Core banking', name)}" for name in ("Alpha", "Beta", "Closed")]


def test_what_looks_alike_is_told_apart(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name__in=("Ana", "Ben")).update(name="Ana García")
        Person.objects.filter(pk=busy.people["Ana"].pk).update(email="ana@acme.example")
        core = Issue.objects.get(key="CORE-2", instance__slug="beta")
        Issue.objects.filter(key="WEB-2").exclude(instance__slug="beta").update(key="WEB-3")
        Worklog.objects.filter(pk=Worklog.objects.filter(day__gte="2025-12-01")[0].pk).update(issue=core)
    alike = {"Ana García (ana@acme.example)", "Ana García (Alpha)"}
    page = signed_in.get(f"/worklogs/?{WINTER}&person={busy.people['Ana'].pk}&issue={core.pk}")
    assert [chip.value for chip in page.context["chips"]] == ["Ana García (ana@acme.example)", "CORE-2 Refunds (Beta)"]
    rows = signed_in.get(f"/worklogs/?{WINTER}&sort=person&column=person").context["page"].rows
    assert {row.person for row in rows} <= {"Ana García (ana@acme.example)"} | alike
    assert {row.summary for row in rows if row.issue == "CORE-2"} <= {f"Refunds ({name})" for name in SLUGS}
    grouped = signed_in.get(f"/worklogs/?{WINTER}&group=person&group=issue").context["grouped"]
    assert alike < {row.group.label for row in grouped.rows}
    options = signed_in.get(f"/worklogs/filter/?{WINTER}").context["facets"]
    assert alike < {option.label for facet in options if facet.name == "person" for option in facet.options}
    projects = {option.label for facet in options if facet.name == "project" for option in facet.options}
    assert {f"CORE Core banking ({name})" for name in SLUGS} < projects
    assert alike < {row.member.name for row in signed_in.get(f"/people/?{WINTER}").context["report"].rows}
    file = csv.DictReader(text_of(signed_in.get(f"/worklogs/export.csv?{WINTER}")).removeprefix("\ufeff").splitlines())
    assert {row["Person"] for row in file} & {"Ana García", *alike} == alike
    mate = signed_in.get(f"/people/{busy.people['Ana'].pk}/?{WINTER}").context["profile"]
    assert {each.name for each in mate.teammates} == alike
    with company_scope(busy.cast.company):
        several = Worklog.objects.filter(person__name="Ana García")
        shown = several.order_by("-day", "-started_at", "-id")[0]
        Worklog.objects.filter(pk=several.order_by("day")[0].pk).update(day=date(1850, 1, 1))
    panel = signed_in.get(f"/worklogs/{shown.pk}/").context["neighbours"]
    latest = signed_in.get(f"/issues/id/{shown.issue_id}/", follow=True).context["report"].latest
    outside = signed_in.get("/worklogs/problems/").context["report"].outside
    for rows in (panel.rows, latest, outside):
        assert {row.person for row in rows} & alike
        assert "Ana García" not in {row.person for row in rows}
    one = signed_in.get(f"/worklogs/?{WINTER}&group=issue&instance=beta&q=Basket+icons").context["grouped"]
    assert [row.group.label for row in one.rows] == ["Basket icons"]  # no other instance has a WEB-2


def test_a_selection_is_summed_in_days_of_the_company(signed_in: Client, busy: Scene) -> None:
    busy.cast.company.working_day_seconds = 27_000
    busy.cast.company.save()
    assert 'data-day-seconds="27000"' in text_of(signed_in.get(f"/worklogs/?{WINTER}"))
    script = (Path(__file__).parents[3] / "static/js/selection.js").read_text("utf-8")
    assert "seconds / Number(cell.dataset.daySeconds)" in script


SLUGS = ("Alpha", "Beta", "Closed")


def test_a_search_text_is_escaped_where_it_is_repeated(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/worklogs/", {"q": '"><script>alert(1)</script>', "from": "2026-01-01"}))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# Another company


def test_another_companys_ids_answer_as_unknown_ones(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    theirs = id_of_any_worklog(strangers.cast)
    for headers in ({}, {"HX-Request": "true"}):
        unknown = signed_in.get("/worklogs/987654321/", headers=headers)
        other = signed_in.get(f"/worklogs/{theirs}/", headers=headers)
        assert other.status_code == unknown.status_code == 404
        assert less_tokens(other) == less_tokens(unknown)


def test_another_companys_sync_runs_answer_as_unknown_ones(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    with company_scope(strangers.cast.company):
        theirs = SyncRun.objects.create(instance=strangers.instances["alpha"], status=SyncRun.Status.RUNNING)
    for pk in (theirs.pk, 987654321, 10**30):
        assert signed_in.get(f"/sync/runs/{pk}/").status_code == 404
        assert signed_in.post(f"/sync/runs/{pk}/cancel/").status_code == 404
        assert signed_in.post(f"/sync/runs/{pk}/confirm/").status_code == 404
    with company_scope(strangers.cast.company):
        theirs.refresh_from_db()
        assert not theirs.cancel_requested
        assert SyncRun.objects.count() == 1


def test_another_companys_instance_is_not_synced(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    response = signed_in.post("/sync/start/", {"instances": [strangers.instances["beta"].pk]})
    assert response.status_code == 422
    with company_scope(ALL_COMPANIES):
        assert not SyncRun.objects.exists()


def test_another_companys_rows_are_not_found_by_any_filter(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    with company_scope(strangers.cast.company):
        person, issue = Person.objects.get(name="Ana").pk, Issue.objects.get(key="CORE-1", instance__slug="alpha").pk
        project = Project.objects.filter(key="CORE").first()
    assert project
    for part, pk in (("person", person), ("issue", issue), ("epic", issue), ("project", project.pk)):
        response = signed_in.get(f"/worklogs/?{WINTER}&{part}={pk}")
        assert response.context["total"].tally.worklogs == 0
        assert [chip.value for chip in response.context["chips"]] == ["unknown"]


def test_the_same_slugs_mean_the_own_company(signed_in: Client, busy: Scene, strangers: Scene) -> None:
    with company_scope(busy.cast.company):
        winter = Period(date(2025, 12, 1), date(2026, 3, 20))
        own: FilterTotal = filter_total(WorklogFilter(winter, instances=("alpha",)))
    for path in ("/", "/worklogs/"):
        context = signed_in.get(f"{path}?{WINTER}&instance=alpha").context
        total = context["report"].total if "report" in context else context["total"].tally
        assert total == own.tally


@pytest.mark.parametrize("query", ["", "&group=person&group=week", "&q=review&billable=yes", "&team=core&sort=hours"])
def test_the_list_is_compared_with_the_period_before(signed_in: Client, busy: Scene, query: str) -> None:
    months = ("from=2025-12-01&to=2025-12-31", "from=2026-01-01&to=2026-01-31")
    before, now = (signed_in.get(f"/worklogs/?{month}{query}") for month in months)
    seconds, total = before.context["total"].tally.seconds, now.context["total"]
    assert (total.before, seconds > 0) == (before.context["total"].tally, True)
    assert total.change == (total.tally.seconds - seconds) / seconds
    assert escape(f"{change(total.change)} vs 1–31 Dec 2025 ({h_mm(seconds)})") in text_of(now)
    assert "no earlier data" in text_of(signed_in.get(f"/worklogs/?from=2024-02-29&to=2024-02-29{query}"))


# Filters, groups and columns


def test_groups_add_up_to_the_filter_at_both_levels(signed_in: Client, busy: Scene) -> None:
    for query in ("group=person", "group=team&group=issue", "group=week&group=day", "group=type&group=weekday&q=r"):
        context = signed_in.get(f"/worklogs/?{WINTER}&{query}").context
        found, total = context["grouped"], context["total"].tally
        assert found.rows
        assert total == found.total == summed([found.more_tally, *(row.tally for row in found.rows)])
        for row in found.rows if query.count("group=") == 2 else ():
            assert row.tally == summed([row.within.more_tally, *(each.tally for each in row.within.rows)])


def test_more_groups_than_are_shown_are_added_up(busy: Scene) -> None:
    with company_scope(busy.cast.company):
        found = grouped(WorklogFilter(Period(date(2024, 1, 1), date(2026, 12, 31))), ["day", "person"], shown=(3, 1))
        assert (len(found.rows), found.more) == (3, Worklog.objects.values("day").distinct().count() - 3)
        assert found.total.worklogs == Worklog.objects.count()
    assert found.more_tally.worklogs == found.total.worklogs - sum(row.tally.worklogs for row in found.rows)


def test_a_group_opens_the_worklogs_that_it_counts(signed_in: Client, busy: Scene) -> None:
    for row in signed_in.get(f"/worklogs/?{WINTER}&group=epic&group=person").context["grouped"].rows:
        for each in (row, *row.within.rows):
            assert signed_in.get(f"/worklogs/{each.query}").context["total"].tally == each.tally


@pytest.mark.parametrize("by", [["day", "person"], ["person", "day"], ["team", "issue"], ["epic", "team"], ["type"]])
@pytest.mark.parametrize("text", ["", "e"])
def test_the_rest_of_groups_opens_the_worklogs_that_it_counts(busy: Scene, by: list[str], text: str) -> None:
    with company_scope(busy.cast.company):
        found = grouped(WorklogFilter(Period(date(2025, 12, 3), date(2026, 3, 20)), text=text), by, shown=(2, 1))
        rests = [each for each in (found, *(row.within for row in found.rows if row.within)) if each.more]
        assert len(rests) > len(by) - 1
        for each in rests:
            if each.more_query:
                query = QueryDict(each.more_query.removeprefix("?"))
                narrowed = WorklogFilter.from_query(query, date(2026, 3, 20))
                assert filter_total(narrowed).tally == each.more_tally
            else:
                assert (each is not found, each.more > NAMED_WITHIN) == (True, True)


def test_the_numbers_of_the_instances_open_their_worklogs(signed_in: Client, busy: Scene) -> None:
    response = signed_in.get(f"/?{WINTER}")
    report, page = response.context["report"], text_of(response)
    total = (report.query, report.total, report.people)
    for query, tally, people in (total, *((row.query, row.tally, row.people) for row in report.instances)):
        behind = signed_in.get(f"/worklogs/{query}").context["total"]
        assert (behind.tally, behind.people) == (tally, people)
        assert signed_in.get(f"/worklogs/{query}&billable=yes").context["total"].tally.billable_seconds == (
            tally.billable_seconds
        )
        link = f'<a href="/worklogs/{escape(query)}'
        for text in (f'">{people}</a>', f'">{tally.worklogs}</a>', f'">{h_mm(tally.seconds)}</a>'):
            assert link + text in page
        assert f'{link}&amp;billable=yes">{percent(tally.billable_share)}</a>' in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["day", "person", "issue", "comment", "epic", "instance", "billable", "hours"]),
        ("column=team&column=type", ["day", "team", "issue", "type", "hours"]),
        ("column=hours", ["day", "issue", "hours"]),
        ("column=nothing", ["day", "person", "issue", "comment", "epic", "instance", "billable", "hours"]),
    ],
)
def test_columns_are_chosen_in_the_address(signed_in: Client, busy: Scene, query: str, shown: list[str]) -> None:
    response = signed_in.get(f"/worklogs/?{WINTER}&{query}")
    assert [name for name, is_shown in response.context["columns"].items() if is_shown] == shown
    assert text_of(response).count('<th scope="col"') == len(shown)


def test_every_condition_of_the_form_is_read(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get(f"/worklogs/filter/?{WINTER}"))
    for name in ("person", "team", "project", "epic", "type", "instance", "weekday", "at-least", "at-most", "q"):
        assert f'name="{name}"' in page
    query = f"{WINTER}&weekday=1&weekday=2&at-least=0:30&at-most=1,5&type=none"
    total = signed_in.get(f"/worklogs/?{query}").context["total"].tally
    with company_scope(busy.cast.company):
        rows = Worklog.objects.filter(day__gte=date(2025, 12, 1), day__lte=date(2026, 3, 20), issue__type="")
        wanted = [row for row in rows if row.day.isoweekday() in (1, 2) and 1800 <= row.seconds <= 5400]
    assert wanted
    assert (total.worklogs, total.seconds) == (len(wanted), sum(row.seconds for row in wanted))


def test_an_issue_is_filtered_by_its_key_on_every_instance(signed_in: Client, busy: Scene) -> None:
    address = signed_in.get(f"/worklogs/?{WINTER}&issue-key=core-2")["Location"]
    with company_scope(busy.cast.company):
        wanted = set(Issue.objects.filter(key="CORE-2").values_list("id", flat=True))
    assert set(signed_in.get(address).context["filter"].issues) == wanted
    page = signed_in.get(f"/worklogs/?{WINTER}&issue-key=CORE-999", follow=True)
    assert "No issue CORE-999 found." in text_of(page)


# What is kept although its source no longer shows it, or nobody can read it


@pytest.fixture
def missing(busy: Scene) -> Worklog:
    with company_scope(busy.cast.company):
        alpha = book(busy.instances["alpha"])
        alpha.upsert([worklog("kept", day=date(2026, 3, 2))])
        alpha.mark_missing("jira", ["kept"])
        return Worklog.objects.get(external_id="kept")


def test_what_is_no_longer_shown_says_so_in_the_list_the_panel_and_the_download(
    signed_in: Client, missing: Worklog
) -> None:
    page = signed_in.get(f"/worklogs/?{WINTER}&no-longer-shown=yes")
    assert [row.id for row in page.context["page"].rows] == [missing.pk]
    assert page.context["total"].tally.seconds == 3600
    assert text_of(page).count("no longer shown</span>") == 1
    assert ("No longer shown", "yes") in [(chip.label, chip.value) for chip in page.context["chips"]]
    assert "No longer shown by Jira since" in text_of(signed_in.get(f"/worklogs/{missing.pk}/"))
    [line] = lines_of(signed_in.get(f"/worklogs/export.csv?{WINTER}&no-longer-shown=yes"))
    assert missing.missing_since is not None
    assert line["No longer shown since"] == missing.missing_since.date().isoformat()
    everything = lines_of(signed_in.get(f"/worklogs/export.csv?{WINTER}"))
    assert sum(bool(each["No longer shown since"]) for each in everything) == 1


def test_the_page_of_problems_leads_to_jira(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        days = [date(26, 11, 3), date(9999, 12, 29), date(1, 1, 3)]
        book(busy.instances["alpha"]).upsert(
            [worklog(f"far{day}", day=day, issue_id="2", comment="far") for day in days]
        )
        UnreadableBook(busy.instances["alpha"]).note(
            [UnreadableRecord("jira", "worklog", "77", "timeSpentSeconds", "number out of range (-5)", "2")]
        )
    page = text_of(signed_in.get("/worklogs/problems/"))
    for told in ("3 Nov 0026", "29 Dec 9999", "3 Jan 0001", "Jira worklog 77", "timeSpentSeconds", "(-5)"):
        assert told in page
    assert page.count('href="https://jira.example/browse/CORE-2"') == 4
    assert "No invalid rows." not in page


def test_the_page_of_problems_of_a_company_without_any(signed_in: Client, busy: Scene) -> None:
    page = text_of(signed_in.get("/worklogs/problems/"))
    assert "No invalid rows." in page
    assert "No worklogs are dated outside these years." in page


def test_the_page_of_problems_is_of_managers(ana: Client, busy: Scene) -> None:
    assert ana.get("/worklogs/problems/").status_code == 403
