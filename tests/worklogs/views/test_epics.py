"""The pages of epics and issues: to whom they answer what, and to nonsense."""

import re
from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.tenancy import company_scope
from tests.factories import book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.views.test_pages import MOST_STATEMENTS, WINTER, file_of, lines_of, text_of
from tests.worklogs.workbooks import opened
from worklogs.filters import NAMED
from worklogs.hours import h_mm
from worklogs.ingest import IssueBook, IssueRecord, ProjectRecord
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.reports import issue_list

LISTS = ["/epics/", "/issues/"]
PERIODS = [WINTER, "from=2026-01-01&to=2026-01-31", "from=2024-01-01&to=2026-12-31"]


def issue_of(scene: Scene, slug: str = "alpha", **wanted: object) -> Issue:
    with company_scope(scene.cast.company):
        return Issue.objects.get(instance__slug=slug, **wanted)


def pages_of(scene: Scene) -> list[str]:
    unreadable = issue_of(scene, external_id="unreadable").pk
    return [
        *LISTS,
        "/epics/CORE-1/?instance=alpha",
        "/issues/CORE-2/?instance=beta",
        "/issues/CORE-1/?instance=closed",
        f"/issues/id/{unreadable}/",
        f"/epics/id/{issue_of(scene, key='WEB-1').pk}/",
    ]


def joined(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


def test_every_page_answers_within_a_dozen_statements(signed_in: Client, ana: Client, busy: Scene) -> None:
    """Ana is a USER, whose own people are looked up first."""
    of_lists = ["", "&sort=name", "&find=core&status=x", "&sort=-total", "&project=none", "&team=core&q=review"]
    for client in (signed_in, ana):
        for path in pages_of(busy):
            for period in PERIODS:
                for more in of_lists if path in LISTS else [""]:
                    with CaptureQueriesContext(connection) as captured:
                        response = client.get(joined(path, period + more))
                    assert response.status_code in (200, 404), path
                    said = [each["sql"] for each in captured]
                    assert len(captured) <= MOST_STATEMENTS, (path, period, more, said)


def test_the_lists_tell_the_total_of_the_period(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        rows = Worklog.objects.filter(day__gte="2025-12-01", day__lte="2026-03-20").values_list("seconds", flat=True)
        total = h_mm(sum(rows))
    for path in LISTS:
        assert text_of(signed_in.get(f"{path}?{WINTER}")).count(total) >= 2


def test_the_people_of_a_row_are_those_of_its_worklogs(signed_in: Client, busy: Scene) -> None:
    for path in LISTS:
        response = signed_in.get(f"{path}?{WINTER}&q=review")
        report, page = response.context["report"], text_of(response)
        counted = [(row.query, row.people) for row in report.rows]
        if report.without:
            counted.append((report.without_query, report.without_people))
        for query, people in counted:
            assert f'<a href="/worklogs/{escape(query)}">{people}</a>' in page
            assert signed_in.get(f"/worklogs/{query}").context["total"].people == people


def test_a_key_of_several_instances_is_asked_about(signed_in: Client, busy: Scene) -> None:
    for page, key in (("epics", "CORE-1"), ("issues", "CORE-2")):
        text = text_of(signed_in.get(f"/{page}/{key}/?{WINTER}"))
        assert f"Which {key}?" in text
        links = re.findall(rf'href="(/{page}/id/\d+/\?[^"]+)"', text)
        assert len(links) == 3
        shown = {text_of(signed_in.get(link.replace("&amp;", "&"))) for link in links}
        assert len(shown) == 3
        for slug in ("alpha", "beta", "closed"):
            assert signed_in.get(f"/{page}/{key}/?instance={slug}").context["issue"].instance.slug == slug


def test_a_key_of_one_instance_needs_no_choice(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="HOME-1").exclude(instance__slug="beta").update(key="")
    assert signed_in.get("/issues/HOME-1/").context["issue"].instance.slug == "beta"


def test_a_key_of_another_instance_is_shown_with_a_note(signed_in: Client, ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="HOME-1").exclude(instance__slug="beta").update(key="")
        seen = Issue.objects.get(key="HOME-1")
    for slug in ("alpha", "nope"):
        response = signed_in.get(f"/issues/HOME-1/?instance={slug}&{WINTER}")
        assert response.context["issue"] == seen
        assert "HOME-1 wasn’t found on the selected instances. It’s on Beta." in text_of(response)
    assert "Which CORE-1?" in text_of(signed_in.get("/epics/CORE-1/?instance=nope"))
    assert "on the selected" not in text_of(signed_in.get("/issues/HOME-1/?instance=beta"))
    with company_scope(busy.cast.company):
        Worklog.objects.filter(issue=seen, person__user=busy.cast.user).delete()
    assert ana.get("/issues/HOME-1/?instance=alpha").status_code == 404


def test_only_instances_that_have_the_key_are_offered(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="HOME-1").exclude(instance__slug="beta").update(key="")
        Issue.objects.filter(key="CORE-1", instance__slug="closed").update(key="")
        pk = Issue.objects.get(key="HOME-1").pk

    def offered(path: str) -> list[str]:
        response = signed_in.get(path)
        has_menu = 'class="menu end where"' in text_of(response)
        return [choice.label for choice in response.context["instance_choices"]] if has_menu else []

    for path in (
        "/issues/HOME-1/",
        "/issues/HOME-1/?instance=alpha",
        f"/issues/id/{pk}/",
        f"/issues/id/{pk}/?instance=alpha",
    ):
        assert offered(path) == [], path
    for path in ("/epics/CORE-1/", "/epics/CORE-1/?instance=beta"):
        assert offered(path) == ["All instances", "Alpha", "Beta"], path
    assert len(offered("/issues/")) == 4


@pytest.mark.parametrize("path", ["/issues/core-2/", "/epics/Core-1/"])
def test_a_key_in_lower_case_leads_to_the_upper_one(signed_in: Client, busy: Scene, path: str) -> None:
    query = f"?{WINTER}&instance=beta"
    _, page, key, _ = path.split("/")
    assert signed_in.get(path + query)["Location"] == f"/{page}/{key.upper()}/{query}"
    assert signed_in.get("/issues/nope-1/").status_code == 404


@pytest.fixture
def moved(busy: Scene) -> Issue:
    """It was WEB-2 on alpha; on beta and closed it still is."""
    with company_scope(busy.cast.company):
        web = ProjectRecord("20", "WEB", "Web shop")
        alpha = busy.instances["alpha"]
        IssueBook(alpha).upsert([IssueRecord("7", "NEW-3", "Basket icons", parent_id="6", project=web)])
        return Issue.objects.select_related("instance").get(key="NEW-3")


def test_a_former_key_leads_to_the_present_one(signed_in: Client, busy: Scene, moved: Issue) -> None:
    response = signed_in.get(f"/issues/WEB-2/?instance=alpha&{WINTER}")
    assert response.status_code == 302
    assert response["Location"].startswith("/issues/NEW-3/?")
    page = signed_in.get(response["Location"])
    assert page.context["issue"] == moved
    assert WINTER.partition("&")[0] in response["Location"]


def test_a_former_key_in_lower_case_leads_there_too(signed_in: Client, busy: Scene, moved: Issue) -> None:
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="WEB-2").update(key="")
    response = signed_in.get("/issues/web-2/", follow=True)
    assert response.context["issue"] == moved


def test_a_former_key_on_one_instance_and_a_present_one_on_another_are_asked_about(
    signed_in: Client, busy: Scene, moved: Issue
) -> None:
    text = text_of(signed_in.get(f"/issues/WEB-2/?{WINTER}"))
    assert "Which WEB-2?" in text
    assert f"/issues/id/{moved.pk}/" in text
    assert text.count("/issues/id/") == 3


def test_a_key_that_was_given_away_leads_to_who_has_it_now(signed_in: Client, busy: Scene, moved: Issue) -> None:
    with company_scope(busy.cast.company):
        IssueBook(busy.instances["alpha"]).upsert([IssueRecord("70", "WEB-2", "A new one")])
    assert signed_in.get("/issues/WEB-2/?instance=alpha").context["issue"].external_id == "70"


def test_an_epics_former_key_leads_to_it(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        IssueBook(busy.instances["alpha"]).rename_projects([ProjectRecord("10", "BANK", "Banking")])
    response = signed_in.get("/epics/CORE-1/?instance=alpha")
    assert response["Location"].startswith("/epics/BANK-1/?")
    assert signed_in.get(response["Location"]).context["issue"].key == "BANK-1"


def test_a_user_follows_no_former_key_to_work_of_others(ana: Client, busy: Scene, moved: Issue) -> None:
    with company_scope(busy.cast.company):
        Worklog.objects.filter(issue=moved, person__user=busy.cast.user).delete()
    assert moved not in [row[0] for row in ana.get("/issues/WEB-2/?instance=alpha").context["rows"]]


def test_former_keys_are_searched_and_filtered_by(signed_in: Client, busy: Scene, moved: Issue) -> None:
    hits = {hit.code for hits in signed_in.get("/search/?q=web-2").context["results"] for hit in hits.rows}
    assert hits >= {"NEW-3", "WEB-2"}
    address = signed_in.get(f"/worklogs/?{WINTER}&issue-key=web-2")["Location"]
    assert moved.pk in signed_in.get(address).context["filter"].issues
    listed = signed_in.get("/issues/?from=2024-01-01&to=2026-12-31&find=web-2&instance=alpha")
    assert "NEW-3" in text_of(listed)
    worklogs = signed_in.get("/worklogs/?from=2024-01-01&to=2026-12-31&q=WEB-2&instance=alpha")
    assert "NEW-3" in text_of(worklogs)


def test_a_page_is_no_304_once_its_names_are_others(signed_in: Client, busy: Scene) -> None:
    page = signed_in.get("/issues/CORE-2/?instance=alpha")
    with company_scope(busy.cast.company):
        IssueBook(busy.instances["alpha"]).rename_projects([ProjectRecord("10", "CORE", "Renamed wholly")])
    again = signed_in.get("/issues/CORE-2/?instance=alpha", headers={"If-None-Match": page["ETag"]})
    assert again.status_code == 200
    assert "Renamed wholly" in text_of(again)


def test_what_there_is_not_is_not_found(signed_in: Client, busy: Scene) -> None:
    story = issue_of(busy, key="CORE-2").pk
    absent = ["NOPE-1", "%00", "CORE-1%00", "你好", "😀", "x" * 400, "..", quote("a b'\"<script>")]
    for page in ("epics", "issues"):
        for key in absent:
            assert signed_in.get(f"/{page}/{key}/").status_code == 404, key
        for pk in (0, 987654321, 10**30):
            assert signed_in.get(f"/{page}/id/{pk}/").status_code == 404, pk
    assert signed_in.get(f"/epics/id/{story}/").status_code == 404
    assert signed_in.get("/epics/CORE-2/?instance=alpha").status_code == 404


NONSENSE = ["page=0", "page=-1", "page=99999999999", "page=x", "page=²", "sort=nothing", "sort=-", "find=%00"]
NONSENSE += ["status=%00", "find=" + "x" * 5000, "status=你好", "project=x", "project=99999999999999999999"]
NONSENSE += ["from=nonsense", "instance=%00"]


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_a_query_is_answered_with_the_default(signed_in: Client, busy: Scene, query: str) -> None:
    for path in pages_of(busy):
        assert signed_in.get(joined(path, query)).status_code in (200, 404), path
    for path in LISTS:
        assert signed_in.get(f"{path}?{query}").status_code == 200


def test_a_company_without_anything_is_led_to_its_first_jira(signed_in: Client) -> None:
    for path in LISTS:
        assert "No Jira connected yet" in text_of(signed_in.get(path))


def test_a_period_without_time_says_so(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        JiraInstance.objects.update(synced_at=timezone.now())
    for path in LISTS:
        assert "No time logged" in text_of(signed_in.get(f"{path}?from=2020-01-01&to=2020-01-31"))


def test_nothing_found_says_so_and_leads_back(signed_in: Client, busy: Scene) -> None:
    for path in LISTS:
        text = text_of(signed_in.get(f"{path}?{WINTER}&find=nobody+wrote+this"))
        assert "No matching items with time" in text
        assert "Show all" in text


def test_what_was_deactivated_keeps_its_epics(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        assert not JiraInstance.objects.get(slug="closed").is_active
    report = signed_in.get(f"/epics/?{WINTER}&instance=closed").context["report"]
    assert {row.group.code for row in report.rows} == {"CORE-1", "WEB-1"}
    page = text_of(signed_in.get(f"/epics/CORE-1/?{WINTER}&instance=closed"))
    assert "Eve" in page
    assert "Sync this issue" not in page


def test_an_issue_that_cannot_be_read_tells_its_hours(signed_in: Client, busy: Scene) -> None:
    issue = issue_of(busy, external_id="unreadable")
    response = signed_in.get(f"/issues/id/{issue.pk}/?{WINTER}")
    assert response.context["report"].total.seconds > 0
    text = text_of(response)
    assert "issue unreadable" in text
    assert "can’t read this issue in Jira. Its hours still count." in text
    assert "Open in Jira" not in text


def test_the_way_to_jira_is_the_sites_own_and_not_that_of_a_scoped_token(signed_in: Client, busy: Scene) -> None:
    path = "/issues/CORE-2/?instance=alpha"
    assert "https://jira.example/browse/CORE-2" in text_of(signed_in.get(path))
    with company_scope(busy.cast.company):
        JiraInstance.objects.filter(slug="alpha").update(url="https://api.atlassian.com/ex/jira/1")
    assert "/browse/CORE-2" not in text_of(signed_in.get(path + "&q=again"))


# Files


@pytest.mark.parametrize("query", ["", "&sort=name", "&find=core", "&status=Done&sort=-hours", "&team=core&q=review"])
def test_a_file_has_the_rows_the_columns_and_the_total_of_its_page(signed_in: Client, busy: Scene, query: str) -> None:
    with company_scope(busy.cast.company):
        Issue.objects.filter(key="WEB-1").update(status="Done", estimate_seconds=36_000)
        Issue.objects.filter(key="HOME-1").update(status="Done")
    for path in LISTS:
        page = f"{path}?{WINTER}{query}"
        report, (*rows, total) = signed_in.get(page).context["report"], file_of(signed_in, page)
        assert (total["Key"], int(total["Seconds"])) == ("Total", report.total.seconds)
        assert sum(int(row["Seconds"]) for row in rows) == report.total.seconds
        assert len(rows) == report.count + bool(report.without) > 0
        for line, row in zip(rows, report.rows, strict=False):
            assert (line["Key"], line["Status"], line["Instance"]) == (row.group.code, row.status, row.instance.name)
            assert (line["People"], line["In total"]) == (str(row.people), f"{row.life.seconds / 3600:.2f}")
            assert (line["First worked on"], line["Last worked on"]) == (str(row.life.first), str(row.life.last))
            assert line["Estimate used"] == (f"{row.estimate.share:.4f}" if row.estimate else "")
        if report.without:
            assert int(rows[-1]["People"]) == report.without_people


def test_more_hits_than_a_link_can_name_are_all_in_the_file(
    signed_in: Client, busy: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_list, "BATCH", 7)
    number = NAMED + 7
    with company_scope(busy.cast.company):
        jira = busy.instances["alpha"]
        told = [IssueRecord(f"many-{n}", f"MANY-{n}", "One of many", level=1) for n in range(number)]
        IssueBook(jira).upsert(told)
        day = date(2026, 2, 2)
        book(jira).upsert([worklog(f"many-{n}", 60 + n, issue_id=f"many-{n}", day=day) for n in range(number)])
    for path in LISTS:
        page = f"{path}?{WINTER}&find=MANY-&sort=name"
        *rows, total = file_of(signed_in, page)
        assert [row["Key"] for row in rows] == [f"MANY-{n}" for n in range(number)]
        told = signed_in.get(page).context["report"].total.seconds
        assert int(total["Seconds"]) == told == sum(range(60, 60 + number))


def test_every_table_of_an_issue_is_a_file_too(signed_in: Client, busy: Scene) -> None:
    page = f"/issues/CORE-2/?{WINTER}&instance=alpha"
    report = signed_in.get(page).context["report"]
    *rows, total = file_of(signed_in, page, "below")
    assert [row["Key"] for row in rows] == [child.group.code for child in report.children] == ["CORE-3"]
    assert int(total["Seconds"]) == report.children_seconds
    logged = file_of(signed_in, page, "latest")
    assert (len(logged), {row["Issue"] for row in logged}) == (report.worklogs_ever, {"CORE-2"})
    assert sum(int(row["Seconds"]) for row in logged) == report.life.seconds


def test_a_file_is_of_a_known_kind_and_names_what_it_leaves_out(signed_in: Client, busy: Scene) -> None:
    for path, name in (("/epics/", "epics"), ("/issues/", "issues")):
        answer = signed_in.get(f"{path}export.xlsx?{WINTER}")
        assert opened(b"".join(answer)).rows[-1][0].text == "Total"
        assert f"{name}-alborada-2025-12-01-2026-03-20.xlsx" in answer["Content-Disposition"]
        assert signed_in.get(f"{path}export.pdf").status_code == 404
        for wrong in ("from=x", "sort=nothing", "project=x"):
            answer = signed_in.get(f"{path}export.csv?{wrong}")
            assert (answer.status_code, "X-Filter-Notes" in answer) == (200, True), wrong


# A USER


def test_the_files_of_a_user_have_own_hours_alone(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        mine = Worklog.objects.filter(person__name="Ana", day__gte="2025-12-01", day__lte="2026-03-20")
        seconds = sum(mine.values_list("seconds", flat=True))
    for path in LISTS:
        for query in ("", f"&person={busy.people['Ana'].pk}&person={busy.people['Ben'].pk}"):
            *rows, total = lines_of(ana.get(f"{path}export.csv?{WINTER}{query}"))
            assert int(total["Seconds"]) == sum(int(row["Seconds"]) for row in rows) == seconds
            assert {row["People"] for row in rows} == {"1"}


def test_a_user_sees_own_hours_alone(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        mine = list(Worklog.objects.filter(person__name="Ana", day__gte="2025-12-01", day__lte="2026-03-20"))
    for path in LISTS:
        assert ana.get(f"{path}?{WINTER}").context["report"].total.seconds == sum(each.seconds for each in mine)
    for path in pages_of(busy):
        response = ana.get(joined(path, WINTER))
        page = text_of(response)
        assert not [name for name in ("Ben", "Cleo", "Dan", "Eve") if f">{name}<" in page], path
        assert 'action="/issues/' not in page
        if response.status_code == 200 and path not in LISTS:
            of_it = [each for each in mine if response.context["issue"].pk in (each.issue_id, each.epic_id)]
            if path.startswith("/epics"):
                of_it = [each for each in mine if each.epic_id == response.context["issue"].pk]
            else:
                of_it = [each for each in mine if each.issue_id == response.context["issue"].pk]
            assert response.context["report"].total.seconds == sum(each.seconds for each in of_it)


def test_what_a_user_did_not_log_on_is_not_there(ana: Client, signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Worklog.objects.filter(person__name="Ana", issue__key__startswith="WEB").delete()
        Worklog.objects.filter(person__name="Ana", issue__key="CORE-4").delete()
        Worklog.objects.filter(person__name="Ana", issue__key="HOME-1", instance__slug="beta").delete()
    web, loose = issue_of(busy, key="WEB-1").pk, issue_of(busy, key="CORE-4").pk
    gone = ["/epics/WEB-1/", "/epics/WEB-1/?instance=alpha", f"/epics/id/{web}/", f"/issues/id/{loose}/"]
    for path in [*gone, "/issues/CORE-4/"]:
        assert ana.get(path).status_code == 404, path
        assert signed_in.get(path).status_code == 200, path
    for path in ("/issues/HOME-1/", "/issues/HOME-1/?instance=beta"):
        assert len(ana.get(path).context["rows"]) == 2


def test_a_user_may_follow_a_sub_task_up_to_its_issue(ana: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Worklog.objects.filter(person__name="Ana", issue__key="CORE-2").delete()
    response = ana.get(f"/issues/CORE-2/?{WINTER}&instance=alpha")
    assert response.context["report"].total.seconds == 0
    assert [child.group.code for child in response.context["report"].children] == ["CORE-3"]


def test_nobody_is_told_to_have_logged_nothing_by_what_one_user_has_logged(
    ana: Client, signed_in: Client, busy: Scene
) -> None:
    path, nobody = f"/issues/CORE-2/?{WINTER}&instance=alpha", "Nobody has logged time on it yet."
    with company_scope(busy.cast.company):
        JiraInstance.objects.update(synced_at=timezone.now())
        Worklog.objects.filter(person__name="Ana", issue__key="CORE-2").delete()
    page = text_of(ana.get(path))
    assert "You’ve never logged time on it." in page
    assert nobody not in page
    assert nobody not in text_of(signed_in.get(path))
    with company_scope(busy.cast.company):
        Worklog.objects.filter(issue__key="CORE-2").delete()
    assert nobody in text_of(signed_in.get(path))


def test_only_a_manager_syncs_an_issue(ana: Client, signed_in: Client, busy: Scene) -> None:
    issue = issue_of(busy, key="CORE-2")
    assert ana.post(reverse("sync_issue", args=[issue.pk])).status_code == 403
    assert signed_in.get(reverse("sync_issue", args=[issue.pk])).status_code == 405
    assert signed_in.post(reverse("sync_issue", args=[987654321])).status_code == 404
    assert f'action="/issues/{issue.pk}/sync/"' in text_of(signed_in.get("/issues/CORE-2/?instance=alpha"))


def test_many_syncs_a_minute_are_too_many(signed_in: Client, busy: Scene) -> None:
    issue = issue_of(busy, key="CORE-2")
    answers = [signed_in.post(reverse("sync_issue", args=[issue.pk])).status_code for _ in range(11)]
    assert answers[0] == 302
    assert answers[-1] == 429
