"""Reports under a name: what is kept, who finds it, who may change it, and what opens first."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.worklogs.conftest import Scene
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.ingest import IssueTypeRecord, map_account, merge_people, write_issue_types
from worklogs.models import DefaultView, Issue, JiraAccount, Person, ReportSchedule, SavedReport, Team
from worklogs.periods import BadPeriod
from worklogs.reports.builder import Ask
from worklogs.reports.worklog_list import filter_total
from worklogs.saved_reports import canonical, unknown_of_each

TODAY = date(2026, 3, 20)
WINTER = "from=2025-12-01&to=2026-03-20"
PAGES = ["/reports/{}/", "/reports/{}/edit/", "/reports/{}/delete/", "/reports/{}/schedules/add/"]
ACTIONS = ["/reports/{}/update/", "/reports/{}/edit/", "/reports/{}/delete/", "/reports/{}/duplicate/"]
ACTIONS += ["/reports/{}/default/", "/reports/{}/schedules/add/"]


@pytest.fixture
def manager(alborada: Cast) -> Client:
    return browser_of(alborada.manager)


@pytest.fixture
def user(alborada: Cast) -> Client:
    return browser_of(alborada.user)


def saved(cast: Cast, owner: User, name: str = "Ours", **fields: Any) -> SavedReport:
    with company_scope(cast.company):
        return SavedReport.objects.create(name=name, owner=owner, **{"query": "rows=person", **fields})


def reports_of(cast: Cast) -> list[SavedReport]:
    with company_scope(cast.company):
        return list(SavedReport.objects.order_by("id"))


def page_of(response: Any) -> str:
    return str(response.content.decode())


# What is kept


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "period=this-month"),
        ("period=last-month&rows=person", "period=last-month&rows=person"),
        ("from=2026-01-01&to=2026-01-31&rows=day", "from=2026-01-01&to=2026-01-31&rows=day"),
        ("rows=team&after=x&view=7&csrfmiddlewaretoken=y&period=today", "period=today&rows=team"),
        ("period=today&team=&team=web&q=+a+b+", "team=web&q=a+b&period=today"),
        ("sort=-hours&column=day&column=person&period=today", "period=today&column=day&column=person&sort=-hours"),
        ("at-least=90m&weekday=1&weekday=5&period=today", "weekday=1&weekday=5&at-least=1%3A30&period=today"),
    ],
)
@pytest.mark.usefixtures("in_alborada")
def test_a_query_is_kept_without_what_belongs_to_one_view(query: str, kept: str) -> None:
    assert canonical(QueryDict(query), TODAY) == kept
    assert canonical(QueryDict(kept), TODAY) == kept


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("period=last-month&person=x&rows=team", "period=last-month&rows=team"),
        ("person=x&person=7&rows=team&period=today", "person=7&period=today&rows=team"),
        ("from=x&rows=team", "period=this-month&rows=team"),
        ("period=never&to=2026-99-99&rows=team&at-least=zz&q=a", "q=a&period=this-month&rows=team"),
        ("period=today&rows=bogus&as=zz", "period=today&rows=person"),
        ("period=today&rows=team&columns=bogus&measure=bogus&then=%00", "period=today&rows=team"),
        ("period=today&sort=-hours&weekday=9", "period=today&sort=-hours"),
    ],
)
@pytest.mark.usefixtures("in_alborada")
def test_what_can_be_read_of_a_query_is_kept(query: str, kept: str) -> None:
    """As its page shows it."""
    assert canonical(QueryDict(query), TODAY) == kept
    WorklogFilter.from_query(QueryDict(kept), TODAY)
    Ask.from_query(QueryDict(kept))


UNREADABLE = ["from=x", "period=never", "person=x", "rows=%00", f"column={'x' * 5000}", "rows=bogus", "measure=bogus"]
UNREADABLE += ["from=x&to=y&rows=bogus&view=7&after=z"]


@pytest.mark.parametrize("query", UNREADABLE)
@pytest.mark.usefixtures("in_alborada")
def test_a_query_of_which_nothing_can_be_read_is_not_kept(query: str) -> None:
    with pytest.raises((BadFilter, BadPeriod, ValidationError)):
        canonical(QueryDict(query), TODAY)


def test_a_report_that_could_not_be_sent_is_not_saved_and_says_why(signed_in: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, query="period=last-year&rows=person")
    fields = {"name": "Bogus", "page": "reports", "query": "?rows=bogus&as=zz"}
    response = signed_in.post("/reports/save/", fields)
    assert response.status_code == 422
    assert "“rows” must be one of person, team, project" in page_of(response)
    updated = signed_in.post(f"/reports/{report.pk}/update/", {"query": "?as=zz"}, follow=True)
    assert "“as” must be one of table, bar, line, heatmap" in page_of(updated)
    assert [each.query for each in reports_of(alborada)] == ["period=last-year&rows=person"]


def test_a_view_with_a_part_that_cannot_be_read_is_saved_without_it_and_says_so(
    signed_in: Client, alborada: Cast
) -> None:
    link, told = "?period=last-year&rows=team&person=x&as=zz", "Left out because it can’t be read: person=x, as=zz."
    assert told in page_of(signed_in.get(f"/reports/{link}"))
    fields = {"name": "Yearly", "page": "reports", "query": link}
    assert told in page_of(signed_in.post("/reports/save/", fields, follow=True))
    again = signed_in.post("/reports/save/", fields)
    assert (again.status_code, told in page_of(again)) == (422, True)  # the name is taken
    [report] = reports_of(alborada)
    assert report.query == "period=last-year&rows=team"
    changed = {"query": "?period=last-year&rows=epic&measure=bogus"}
    updated = page_of(signed_in.post(f"/reports/{report.pk}/update/", changed, follow=True))
    assert "Left out because it can’t be read: measure=bogus." in updated
    assert reports_of(alborada)[0].query == "period=last-year&rows=epic"
    assert "Left out" not in page_of(signed_in.get("/reports/?period=last-year&rows=team"))


def test_last_month_stays_last_month(signed_in: Client, busy: Scene) -> None:
    query = "from=2026-02-01&to=2026-02-28&rows=person"
    with time_machine.travel(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        signed_in.post("/reports/save/", {"name": "Monthly", "page": "reports", "query": query, "keep": "last-month"})
        signed_in.post("/reports/save/", {"name": "February", "page": "reports", "query": query, "keep": "days"})
    monthly, february = reports_of(busy.cast)
    with time_machine.travel(datetime(2026, 4, 2, 12, tzinfo=UTC)):
        for report, first in ((monthly, date(2026, 3, 1)), (february, date(2026, 2, 1))):
            response = signed_in.get(f"/reports/{report.pk}/", follow=True)
            assert response.context["period"].first == first
            assert response.context["view"].report == report
            assert not response.context["view"].is_changed


def test_a_report_that_was_changed_says_so_and_is_saved_anew(signed_in: Client, busy: Scene) -> None:
    report = saved(busy.cast, busy.cast.admin, query="period=last-year&rows=person")
    changed = f"/reports/?period=last-year&rows=team&view={report.pk}"
    assert "Changed since it was saved" in page_of(signed_in.get(changed))
    signed_in.post(f"/reports/{report.pk}/update/", {"query": "?period=last-year&rows=team"})
    assert "Changed since it was saved" not in page_of(signed_in.get(changed))
    assert [each.query for each in reports_of(busy.cast)] == ["period=last-year&rows=team"]


# Names


def test_reports_are_listed_in_the_order_of_their_names(signed_in: Client, alborada: Cast) -> None:
    for name in ("Zeta", "beta", "Álgebra"):
        saved(alborada, alborada.admin, name)
    assert [report.name for report, _gone in signed_in.get("/reports/").context["saved"]] == ["Álgebra", "beta", "Zeta"]


def test_a_name_is_taken_once_for_oneself_and_once_for_everyone(
    signed_in: Client, user: Client, alborada: Cast
) -> None:
    def save(client: Client, **fields: str) -> int:
        return client.post("/reports/save/", {"name": "Weekly", "page": "reports", "query": "", **fields}).status_code

    assert [save(signed_in), save(signed_in), save(user), save(user)] == [302, 422, 302, 422]
    assert [save(signed_in, is_shared="on"), save(user, is_shared="on")] == [302, 422]
    assert len(reports_of(alborada)) == 3


def test_sharing_under_a_taken_name_is_refused_beside_the_field(signed_in: Client, alborada: Cast) -> None:
    saved(alborada, alborada.manager, "Weekly", is_shared=True)
    own = saved(alborada, alborada.admin, "Weekly")
    response = signed_in.post(f"/reports/{own.pk}/edit/", {"name": "Weekly", "is_shared": "on"})
    assert response.status_code == 422
    assert "A report with this name already exists." in page_of(response)
    assert [each.is_shared for each in reports_of(alborada)] == [True, False]


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 101}, {"page": "nowhere"}, {"query": "person=x"}])
def test_what_cannot_be_saved_is_told(signed_in: Client, alborada: Cast, fields: dict[str, str]) -> None:
    asked = {"name": "Weekly", "page": "reports", "query": "rows=person", **fields}
    assert signed_in.post("/reports/save/", asked).status_code == 422
    assert reports_of(alborada) == []


def test_a_duplicate_is_ones_own_under_a_free_name(user: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, "Weekly", is_shared=True)
    for _ in range(2):
        user.post(f"/reports/{report.pk}/duplicate/")
    copies = reports_of(alborada)[1:]
    assert [each.name for each in copies] == ["Weekly (copy 1)", "Weekly (copy 2)"]
    assert {(each.owner, each.is_shared, each.query) for each in copies} == {(alborada.user, False, "rows=person")}


# Who finds it, and who may change it


def test_anothers_report_is_not_there_until_it_is_shared(user: Client, manager: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, "Private plans")
    for client in (user, manager):
        assert "Private plans" not in page_of(client.get("/reports/"))
        assert "Private plans" not in page_of(client.get(f"/reports/?view={report.pk}&rows=day"))
        assert {client.get(path.format(report.pk)).status_code for path in PAGES} == {404}
        assert {client.post(path.format(report.pk)).status_code for path in ACTIONS} == {404}
    with company_scope(alborada.company):
        SavedReport.objects.update(is_shared=True)
    assert "Private plans" in page_of(user.get("/reports/"))
    assert user.get(f"/reports/{report.pk}/").status_code == 302


def test_what_is_shared_is_changed_by_its_owner_and_by_admins(
    user: Client, manager: Client, signed_in: Client, alborada: Cast
) -> None:
    report = saved(alborada, alborada.user, is_shared=True)
    for action in ("update", "edit", "delete"):
        assert manager.post(f"/reports/{report.pk}/{action}/", {"name": "Mine"}).status_code == 404
    assert signed_in.post(f"/reports/{report.pk}/edit/", {"name": "Tidy", "is_shared": "on"}).status_code == 302
    assert [each.name for each in reports_of(alborada)] == ["Tidy"]
    assert user.post(f"/reports/{report.pk}/delete/").status_code == 302
    assert reports_of(alborada) == []


def test_asking_to_delete_deletes_nothing(signed_in: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin)
    assert "Delete “Ours”?" in page_of(signed_in.get(f"/reports/{report.pk}/delete/"))
    assert len(reports_of(alborada)) == 1


def test_a_shared_report_shows_a_user_own_hours_alone(user: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Ana").update(user=busy.cast.user)
        chosen = WorklogFilter.from_query(QueryDict("from=2025-12-01&to=2026-03-20"), TODAY)
        own = filter_total(WorklogFilter(chosen.period, people=(busy.people["Ana"].pk,))).tally.seconds
    for asked, seconds in (("", own), (f"&person={busy.people['Ben'].pk}", 0)):
        query = f"from=2025-12-01&to=2026-03-20&rows=person{asked}"
        report = saved(busy.cast, busy.cast.admin, name=f"Hours {asked}", is_shared=True, query=query)
        response = user.get(f"/reports/{report.pk}/", follow=True)
        assert response.context["built"].amount == seconds
        assert "Ben" not in page_of(response)


def test_what_is_no_longer_shared_is_no_longer_anyones_default_or_mail(
    signed_in: Client, user: Client, alborada: Cast
) -> None:
    report = saved(alborada, alborada.admin, is_shared=True)
    for client in (signed_in, user):
        client.post(f"/reports/{report.pk}/default/", {"is_default": "yes"})
    with company_scope(alborada.company):
        for owner in (alborada.admin, alborada.user):
            ReportSchedule.objects.create(report=report, created_by=owner, next_at=datetime.now(UTC))
    signed_in.post(f"/reports/{report.pk}/edit/", {"name": "Ours"})
    with company_scope(alborada.company):
        assert [each.user for each in DefaultView.objects.all()] == [alborada.admin]
        assert [each.created_by for each in ReportSchedule.objects.all()] == [alborada.admin]


# What opens first


def test_a_default_view_opens_says_so_and_has_a_way_off(signed_in: Client, busy: Scene) -> None:
    query = {"query": "period=last-year&rows=team", "name": "First", "page": "reports", "is_default": "on"}
    signed_in.post("/reports/save/", query)
    report = reports_of(busy.cast)[0]
    assert signed_in.get("/reports/")["Location"] == f"/reports/?period=last-year&rows=team&view={report.pk}"
    page = page_of(signed_in.get("/reports/", follow=True))
    assert "Your default view: “First”." in page
    assert 'href="/reports/?view=none&amp;period=last-year"' in page
    assert signed_in.get("/reports/?view=none").status_code == 200
    signed_in.post(f"/reports/{report.pk}/default/", {"is_default": "no"})
    assert signed_in.get("/reports/").status_code == 200


def test_a_default_is_ones_own(signed_in: Client, manager: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, is_shared=True)
    manager.post(f"/reports/{report.pk}/default/", {"is_default": "yes"})
    assert manager.get("/reports/").status_code == 302
    assert signed_in.get("/reports/").status_code == 200


def test_another_default_takes_the_place_of_the_first(signed_in: Client, alborada: Cast) -> None:
    for name in ("One", "Two"):
        report = saved(alborada, alborada.admin, name)
        signed_in.post(f"/reports/{report.pk}/default/", {"is_default": "yes"})
    assert signed_in.get("/reports/")["Location"].endswith(f"view={report.pk}")
    with company_scope(alborada.company):
        assert DefaultView.objects.count() == 1


def test_a_list_that_was_saved_opens_its_own_page(signed_in: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, page="worklogs", query="period=today&sort=-hours")
    assert (
        signed_in.get(f"/reports/{report.pk}/")["Location"] == f"/worklogs/?period=today&sort=-hours&view={report.pk}"
    )


@pytest.mark.parametrize("view", ["x", "-1", "9" * 40, "1.5", "%00", "none"])
def test_a_view_that_there_is_not_is_no_view(signed_in: Client, alborada: Cast, view: str) -> None:
    assert signed_in.get(f"/reports/?view={view}").context["view"].report is None


# What they name goes by another name, or is gone


def names_kept(cast: Cast) -> list[str]:
    return [each.query for each in reports_of(cast)]


def test_a_report_of_somebody_who_is_merged_is_of_whom_they_are_now(signed_in: Client, busy: Scene) -> None:
    ana, ben, cleo = (busy.people[name].pk for name in ("Ana", "Ben", "Cleo"))
    for name, query in {"A": f"person={ana}", "B": f"person={ben}&person={ana}", "C": f"person={cleo}"}.items():
        saved(busy.cast, busy.cast.admin, name, query=f"{query}&{WINTER}&rows=person")
    with company_scope(busy.cast.company):
        merge_people(busy.people["Ana"], into=busy.people["Ben"])
    both, same, other = names_kept(busy.cast)
    assert (both, same) == (f"person={ben}&{WINTER}&rows=person",) * 2
    assert other == f"person={cleo}&{WINTER}&rows=person"
    link = f"/reports/?person={ana}&{WINTER}&rows=person"  # in a mail of before
    assert [row.group.label for row in signed_in.get(link).context["built"].rows] == ["Ben"]
    assert signed_in.get(f"/people/{ana}/?{WINTER}")["Location"] == f"/people/{ben}/?{WINTER}"


def test_a_report_that_is_saved_from_an_old_link_means_who_they_are_now(signed_in: Client, busy: Scene) -> None:
    ana, ben = (busy.people[name].pk for name in ("Ana", "Ben"))
    with company_scope(busy.cast.company):
        merge_people(busy.people["Ana"], into=busy.people["Ben"])
    query = f"person={ana}&{WINTER}&rows=person"
    signed_in.post("/reports/save/", {"name": "Old", "page": "reports", "query": query})
    [report] = reports_of(busy.cast)
    assert f"person={ben}" in report.query
    with company_scope(busy.cast.company):  # as one that was saved so before
        SavedReport.objects.update(query=query)
        [kept] = SavedReport.objects.all()
        assert not unknown_of_each([kept], TODAY, None)


def test_a_report_of_a_slug_that_is_renamed_goes_on_meaning_the_same(signed_in: Client, busy: Scene) -> None:
    report = saved(busy.cast, busy.cast.admin, query=f"{WINTER}&instance=alpha&team=core&rows=person")
    before = signed_in.get(f"/reports/{report.pk}/", follow=True).context["built"].amount
    with company_scope(busy.cast.company):
        core = Team.objects.get(slug="core")
    for slug in ("platform", "kernel"):
        page = reverse("admin:worklogs_team_change", args=[core.pk])
        assert signed_in.post(page, {"name": "Core", "slug": slug}).status_code == 302
    alpha = reverse("admin:worklogs_jirainstance_change", args=[busy.instances["alpha"].pk])
    fields = {"name": "Alpha", "slug": "first", "connections": "4", "is_active": "on", "email": "", "token": ""}
    assert signed_in.post(alpha, fields | {"tempo_url": "https://api.tempo.io/4"}).status_code == 302
    assert names_kept(busy.cast) == [f"{WINTER}&instance=first&team=kernel&rows=person"]
    opened = signed_in.get(f"/reports/{report.pk}/", follow=True)
    assert opened.context["built"].amount == before > 0
    assert not opened.context["view"].is_changed
    link = signed_in.get(f"/reports/?instance=alpha&team=core&{WINTER}&rows=person")  # of before
    assert link.context["built"].amount == before
    assert signed_in.get("/teams/core/")["Location"] == "/teams/kernel/?"


def test_a_slug_that_another_team_takes_is_its_own(signed_in: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        core, web = Team.objects.get(slug="core"), Team.objects.get(slug="web")
    for team, slug in ((core, "platform"), (web, "core")):
        page = reverse("admin:worklogs_team_change", args=[team.pk])
        signed_in.post(page, {"name": team.name, "slug": slug})
    built = signed_in.get(f"/reports/?team=core&{WINTER}&rows=team").context["built"]
    assert [row.group.label for row in built.rows] == ["Web"]


def test_a_report_of_an_issue_type_that_is_renamed_goes_on_meaning_the_same(busy: Scene) -> None:
    report = saved(busy.cast, busy.cast.admin, query=f"type=Epic&{WINTER}&rows=type")
    alpha = busy.instances["alpha"]

    def hours() -> int:
        query = QueryDict(reports_of(busy.cast)[0].query)
        return filter_total(WorklogFilter.from_query(query, TODAY)).tally.seconds

    with company_scope(busy.cast.company):
        before = hours()
        Issue.objects.filter(type="Epic").update(type_external_id="1")
        write_issue_types(alpha, [IssueTypeRecord("1", "Epic", 1, is_subtask=False)])
        write_issue_types(alpha, [IssueTypeRecord("1", "Initiative", 1, is_subtask=False)])
        assert hours() == before > 0  # the other instances still have epics
        for name in ("beta", "closed"):
            write_issue_types(busy.instances[name], [IssueTypeRecord("1", "Epic", 1, is_subtask=False)])
            write_issue_types(busy.instances[name], [IssueTypeRecord("1", "Initiative", 1, is_subtask=False)])
        assert hours() == before
    assert names_kept(busy.cast) == [f"type=Initiative&{WINTER}&rows=type"]
    assert report.pk


def test_types_that_swap_their_names_swap_them_in_reports(busy: Scene) -> None:
    saved(busy.cast, busy.cast.admin, query="type=Swap&period=today")
    with company_scope(busy.cast.company):
        for names in (("Swap", "Change"), ("Change", "Swap")):
            records = [IssueTypeRecord(str(number), name, 0, is_subtask=False) for number, name in enumerate(names, 1)]
            write_issue_types(busy.instances["alpha"], records)
    assert names_kept(busy.cast) == ["type=Change&period=today"]


def test_a_report_of_somebody_whose_last_account_is_anothers_names_both(busy: Scene) -> None:
    ana, ben = busy.people["Ana"], busy.people["Ben"]
    saved(busy.cast, busy.cast.admin, query=f"person={ana.pk}&rows=person")
    with company_scope(busy.cast.company):
        first, *others = JiraAccount.objects.filter(person=ana)
        map_account(first, ben)
        assert names_kept(busy.cast) == [f"person={ana.pk}&rows=person"]  # separated: Ana is who she was
        for account in others:
            map_account(account, ben)
    assert names_kept(busy.cast) == [f"person={ana.pk}&person={ben.pk}&rows=person"]


def test_a_report_of_what_is_gone_says_so(signed_in: Client, busy: Scene) -> None:
    query = f"team=lost&{WINTER}&rows=person"
    report = saved(busy.cast, busy.cast.admin, query=query)
    saved(busy.cast, busy.cast.admin, "Whole", query=f"team=core&{WINTER}&rows=person")
    told = "No longer exists: Team lost."
    assert page_of(signed_in.get("/reports/")).count(told) == 1
    assert told in page_of(signed_in.get(f"/reports/{report.pk}/edit/"))
    note = "Unknown team “lost”"
    page = page_of(signed_in.get(f"/reports/{report.pk}/", follow=True))
    assert (page.count(note), page.count("lost”"), told in page) == (1, 1, False)
    assert "This report uses something that no longer exists" in page
    assert "logged, " not in page
    partly = page_of(signed_in.get(f"/reports/?team=core&{query}"))
    assert partly.count(note) == 1
    assert "logged, " in partly


def test_a_user_does_not_learn_what_there_is_by_asking_for_it(user: Client, busy: Scene) -> None:
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Ana").update(user=busy.cast.user)
    there, gone = (page_of(user.get(f"/reports/?team={slug}&{WINTER}&rows=person")) for slug in ("web", "lost"))
    assert [("Unknown team “web”" in there), ("Unknown team “lost”" in gone)] == [True, True]


def test_the_list_of_reports_asks_as_often_for_many_as_for_few(signed_in: Client, busy: Scene) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            signed_in.get("/reports/")
        return len(captured)

    query = "team=core&person=1&project=1&epic=1&issue=1&type=Epic&instance=alpha&rows=person"
    saved(busy.cast, busy.cast.admin, "0", query=query)
    signed_in.get("/sync/")  # from then on it's known who one is
    few = statements()
    for number in range(1, 10):
        saved(busy.cast, busy.cast.admin, str(number), query=f"{query}&team=t{number}")
    assert statements() == few


# What is told


def test_saving_sharing_and_deleting_are_audited(signed_in: Client, alborada: Cast) -> None:
    signed_in.post("/reports/save/", {"name": "Weekly", "page": "reports", "query": "rows=person"})
    report = reports_of(alborada)[0]
    signed_in.post(f"/reports/{report.pk}/edit/", {"name": "Weekly", "is_shared": "on"})
    signed_in.post(f"/reports/{report.pk}/edit/", {"name": "Weekly"})
    signed_in.post(f"/reports/{report.pk}/delete/")
    told = AuditEntry.objects.filter(action__startswith="report ").order_by("pk")
    actions = ["report saved", "report changed", "report shared", "report changed", "report no longer shared"]
    assert [each.action for each in told] == [*actions, "report deleted"]
    assert {(each.user, each.company, each.detail["report"]) for each in told} == {
        (alborada.admin, alborada.company, "Weekly")
    }


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "'\"><img src=x>", "你好 😀", "{{ 7|add:7 }}"])
def test_a_name_is_text(signed_in: Client, alborada: Cast, name: str) -> None:
    signed_in.post("/reports/save/", {"name": name, "page": "reports", "query": "rows=person", "is_default": "on"})
    report = reports_of(alborada)[0]
    assert report.name == name
    for path in ("/reports/?view=none", f"/reports/?rows=day&view={report.pk}", f"/reports/{report.pk}/edit/"):
        page = page_of(signed_in.get(path))
        assert "<script>alert" not in page
        assert "<img src=x" not in page
