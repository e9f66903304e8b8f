"""Reports under a name: what is kept, who finds it, who may change it, and what opens first."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.worklogs.conftest import Scene
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.models import DefaultView, Person, ReportSchedule, SavedReport
from worklogs.periods import BadPeriod
from worklogs.reports.worklog_list import filter_total
from worklogs.saved_reports import canonical

TODAY = date(2026, 3, 20)
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
def test_a_query_is_kept_without_what_belongs_to_one_view(query: str, kept: str) -> None:
    assert canonical(QueryDict(query), TODAY) == kept
    assert canonical(QueryDict(kept), TODAY) == kept


UNREADABLE = ["from=x", "period=never", "person=x", "rows=%00", f"column={'x' * 5000}"]
UNREADABLE += ["rows=bogus", "rows=team&columns=bogus", "measure=bogus", "rows=team&as=zz"]


@pytest.mark.parametrize("query", UNREADABLE)
def test_a_query_that_cannot_be_read_is_not_kept(query: str) -> None:
    with pytest.raises((BadFilter, BadPeriod, ValidationError)):
        canonical(QueryDict(query), TODAY)


def test_a_report_that_could_not_be_sent_is_not_saved_and_says_why(signed_in: Client, alborada: Cast) -> None:
    report = saved(alborada, alborada.admin, query="period=last-year&rows=person")
    fields = {"name": "Bogus", "page": "reports", "query": "?period=last-year&rows=bogus&as=zz"}
    response = signed_in.post("/reports/save/", fields)
    assert response.status_code == 422
    assert "rows is one of person, team, project" in page_of(response)
    updated = signed_in.post(f"/reports/{report.pk}/update/", {"query": "?rows=team&as=zz"}, follow=True)
    assert "as is one of table, bar, line, heatmap" in page_of(updated)
    assert [each.query for each in reports_of(alborada)] == ["period=last-year&rows=person"]


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
    assert "There is a report of this name already." in page_of(response)
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
    assert [each.name for each in copies] == ["Weekly, copy 1", "Weekly, copy 2"]
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
    query = f"from=2025-12-01&to=2026-03-20&person={busy.people['Ben'].pk}&rows=person"
    report = saved(busy.cast, busy.cast.admin, is_shared=True, query=query)
    response = user.get(f"/reports/{report.pk}/", follow=True)
    assert response.context["built"].amount == own
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
    assert 'href="/reports/?view=none"' in page
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
