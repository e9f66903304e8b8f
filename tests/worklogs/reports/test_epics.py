"""Epics against naive sums of the worklogs, in Python, of a company with everything that a join could lose."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.http import QueryDict

from tests.factories import book, worklog
from tests.worklogs.conftest import Scene
from worklogs.filters import BadFilter, WorklogFilter
from worklogs.ingest import IssueBook, IssueRecord
from worklogs.ingest.totals import rebuild
from worklogs.models import Issue, Project, Worklog
from worklogs.periods import Period
from worklogs.reports import issue_list as listing
from worklogs.reports.burn_up import burn_up
from worklogs.reports.epic import EpicReport, epic_report
from worklogs.reports.estimates import estimate_of
from worklogs.reports.issue_list import Looked, choices, issue_list, natural
from worklogs.reports.worklog_list import filter_total

WINTER = WorklogFilter(Period(date(2025, 12, 1), date(2026, 3, 20)))
PERIODS = [WINTER.period, Period(date(2026, 1, 1), date(2026, 1, 31)), Period(date(2024, 1, 1), date(2026, 12, 31))]
TODAY = date(2026, 3, 10)


def chosen_by(chosen: WorklogFilter, logged: list[Worklog]) -> list[Worklog]:
    period = chosen.period
    found = [each for each in logged if period.first <= each.day <= period.last]
    if chosen.people:
        found = [each for each in found if each.person_id in chosen.people]
    return [each for each in found if not chosen.instances or each.instance.slug in chosen.instances]


def everything() -> list[Worklog]:
    return list(Worklog.objects.select_related("instance", "issue", "person"))


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("by", ["epic", "issue"])
def test_every_row_the_rest_and_those_without_are_what_was_logged(scene: Scene, by: str, period: Period) -> None:
    instances = list(scene.instances.values())
    ana = scene.people["Ana"].pk
    for chosen in (
        WINTER.at(period),
        replace(WINTER.at(period), instances=("beta", "closed")),
        replace(WINTER.at(period), people=(ana,)),
    ):
        report, logged = issue_list(chosen, by, instances), chosen_by(chosen, everything())
        seconds: Counter[int | None] = Counter()
        people: defaultdict[int | None, set[int]] = defaultdict(set)
        for each in logged:
            pk = each.epic_id if by == "epic" else each.issue_id
            seconds[pk] += each.seconds
            people[pk].add(each.person_id)
        rows = {int(row.group.key): row for row in report.rows}
        assert {pk: row.tally.seconds for pk, row in rows.items()} == {pk: s for pk, s in seconds.items() if pk}
        assert {pk: row.people for pk, row in rows.items()} == {pk: len(found) for pk, found in people.items() if pk}
        assert (report.without.seconds if report.without else 0) == seconds[None]
        assert report.without_people == len(people[None])
        assert report.total.seconds == sum(seconds.values())
        assert report.total.worklogs == len(logged)


def test_the_whole_life_of_an_epic_is_told_whatever_the_period(scene: Scene) -> None:
    chosen = WINTER.at(PERIODS[1])
    for row in issue_list(chosen, "epic", list(scene.instances.values())).rows:
        own = [each for each in everything() if str(each.epic_id) == row.group.key]
        assert row.life is not None
        assert (row.life.first, row.life.last) == (min(w.day for w in own), max(w.day for w in own))
        assert row.life.seconds == sum(each.seconds for each in own)
        assert f"from={row.life.first}&to={row.life.last}&epic={row.group.key}" in row.total_query


def test_pages_and_the_rest_add_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 5)
    instances = list(scene.instances.values())
    seen: list[str] = []
    pages = issue_list(WINTER, "issue", instances).pages
    for page in range(1, pages + 1):
        report = issue_list(WINTER, "issue", instances, page=page)
        seen += [row.group.key for row in report.rows]
        assert sum(row.tally.seconds for row in report.rows) + report.more_tally.seconds == report.total.seconds
        assert len(report.rows) + report.more == report.count
    assert len(seen) == len(set(seen)) == len({each.issue_id for each in chosen_by(WINTER, everything())})
    assert issue_list(WINTER, "issue", instances, page=99).page == pages


def test_who_looks_for_a_key_or_a_summary_or_a_status_finds_it(scene: Scene) -> None:
    Issue.objects.filter(key="CORE-4").update(status="Done")
    instances = list(scene.instances.values())

    def keys(**looked: str) -> set[str]:
        return {row.group.code for row in issue_list(WINTER, "issue", instances, looked=Looked(**looked)).rows}

    assert keys(text="core-2") == {"CORE-2"}
    assert keys(text="100 %") == {"CORE-4"}
    assert keys(text="basket_") == {"WEB-1"}
    assert keys(status="Done") == {"CORE-4"}
    assert keys(text="core", status="Done") == {"CORE-4"}
    assert keys(text="nothing has this") == set()
    report = issue_list(WINTER, "epic", instances, looked=Looked("payments"))
    assert report.without is None
    assert report.total.seconds == sum(row.tally.seconds for row in report.rows)
    assert report.query.count("epic=") == len(report.rows) == 3


@pytest.mark.parametrize("by", ["epic", "issue"])
@pytest.mark.parametrize("looked", [Looked("core"), Looked(status="Done"), Looked("core", "Done")], ids=str)
def test_what_is_looked_for_is_compared_with_all_of_it_before(scene: Scene, by: str, looked: Looked) -> None:
    """With what was worked on in the month before alone, too."""
    Issue.objects.filter(key__in=["CORE-1", "CORE-2"]).update(status="Done")
    january, february = Period(date(2026, 1, 1), date(2026, 1, 31)), Period(date(2026, 2, 1), date(2026, 2, 28))
    wanted = Issue.objects.filter(key__startswith="CORE", **({"status": "Done"} if looked.status else {}))
    Worklog.objects.filter(**{f"{by}__key": "CORE-1", "instance__slug": "alpha", "day__gte": february.first}).delete()
    rebuild()
    report = issue_list(WINTER.at(february), by, list(scene.instances.values()), looked=looked)
    ids = set(wanted.values_list("pk", flat=True))
    logged = chosen_by(WINTER.at(january), everything())
    assert report.before.seconds == sum(each.seconds for each in logged if getattr(each, f"{by}_id") in ids)


@pytest.mark.parametrize("sort", ["name", "-name", "hours", "-hours", "total", "-total", "last", "-last"])
def test_every_sort_gives_the_same_rows_in_its_own_order(scene: Scene, sort: str) -> None:
    instances = list(scene.instances.values())
    rows = issue_list(WINTER, "epic", instances, sort=sort).rows
    assert {row.group.key for row in rows} == {row.group.key for row in issue_list(WINTER, "epic", instances).rows}
    values = [
        {
            "name": natural(row.group.code),
            "hours": row.tally.seconds,
            "total": row.life and row.life.seconds,
            "last": row.life and row.life.last,
        }[sort.removeprefix("-")]
        for row in rows
    ]
    assert values == sorted(values, reverse=sort.startswith("-"))  # type: ignore[type-var]


def test_keys_stand_in_the_order_of_their_numbers() -> None:
    keys = ["CORE-10", "CORE-9", "APP-1", "", "CORE-9x", "CORE-²"]
    assert sorted(keys, key=natural) == ["", "APP-1", "CORE-9", "CORE-10", "CORE-9x", "CORE-²"]


def test_a_sort_that_there_is_not_is_refused(scene: Scene) -> None:
    for sort in ("total", "status", "nonsense"):
        with pytest.raises(BadFilter):
            issue_list(WINTER, "issue", list(scene.instances.values()), sort=sort)


def test_who_sees_own_hours_alone_chooses_among_own_projects(scene: Scene) -> None:
    Worklog.objects.filter(person__name="Ana", issue__key__startswith="WEB").delete()
    assert len(choices("issue").projects) == Project.objects.count() == 6
    assert {text for _, text in choices("issue", [scene.people["Ana"].pk]).projects} == {
        f"CORE Core banking ({name})" for name in ("Alpha", "Beta", "Closed")
    }


# One epic


def report_of(scene: Scene, chosen: WorklogFilter, key: str = "CORE-1") -> EpicReport:
    epic = Issue.objects.select_related("instance").get(key=key, instance__slug="alpha")
    return epic_report(chosen, epic, list(scene.instances.values()), TODAY, is_whole=not chosen.people)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("own", [False, True])
def test_every_part_of_an_epics_page_adds_up_to_its_hours(scene: Scene, period: Period, own: bool) -> None:
    chosen = replace(WINTER.at(period), people=(scene.people["Ana"].pk,) if own else ())
    report = report_of(scene, chosen)
    logged = [each for each in chosen_by(chosen, everything()) if each.epic_id == report.epic.pk]
    seconds = sum(each.seconds for each in logged)
    assert report.total.seconds == report.people.total.seconds == report.types.total.seconds == seconds
    assert report.tree.total.seconds == seconds
    assert sum(row.tally.seconds for row in report.tree.rows if not row.is_below) == seconds
    assert sum(column.seconds for column in report.chart.columns) == seconds
    assert report.people_count == len({each.person_id for each in logged})
    before = chosen_by(chosen.at(period.previous), everything())
    assert report.before.seconds == sum(each.seconds for each in before if each.epic_id == report.epic.pk)


def test_time_of_a_sub_task_is_in_that_of_its_issue(scene: Scene) -> None:
    report = report_of(scene, WINTER)
    rows = list(report.tree.rows)
    start = next(number for number, row in enumerate(rows) if row.group.code == "CORE-2")
    below = [row for row in rows[start + 1 : start + 3] if row.is_below]
    assert {row.group.code for row in below} == {"CORE-3", ""}
    assert rows[start].tally.seconds == sum(row.tally.seconds for row in below)
    assert rows[start].query.count("issue=") == 2
    assert report.issue_count == 2


def test_the_burn_up_ends_at_all_that_was_logged_until_then(scene: Scene) -> None:
    for period in PERIODS:
        report = report_of(scene, WINTER.at(period))
        logged = [each for each in everything() if each.epic_id == report.epic.pk and each.day <= period.last]
        burn = report.burn_up
        assert burn is not None
        assert burn.span.first == min(each.day for each in logged)
        assert burn.total == burn.columns[-1].seconds == sum(each.seconds for each in logged)
        assert [column.seconds for column in burn.columns] == sorted(column.seconds for column in burn.columns)
        assert sum(amount.seconds for column in burn.columns for amount in column.amounts) == burn.total


def test_a_burn_up_stops_today_and_needs_some_work(scene: Scene) -> None:
    first, year = date(2026, 3, 2), WINTER.at(Period(date(2026, 1, 1), date(2026, 12, 31)))
    burn = burn_up(year, {first: 3600}, None, TODAY)
    assert burn is not None
    assert (burn.span.first, burn.span.last) == (first, TODAY)
    planned = burn_up(year, {first: 3600, TODAY + timedelta(days=9): 60}, None, TODAY)
    assert planned is not None
    assert planned.span.last == TODAY + timedelta(days=9)
    assert burn_up(year, {}, None, TODAY) is None
    assert burn_up(year, {date(2027, 1, 1): 3600}, None, TODAY) is None


def test_work_of_more_than_twenty_years_begins_with_what_was_before(scene: Scene) -> None:
    year = WINTER.at(Period(date(2026, 1, 1), date(2026, 12, 31)))
    burn = burn_up(year, {date(1970, 1, 1): 3600, date(2026, 1, 5): 1800}, None, TODAY)
    assert burn is not None
    assert burn.total == 5400
    assert burn.columns[0].seconds == 3600


# Estimates


def test_an_epics_own_estimate_counts_before_those_below_it(scene: Scene) -> None:
    Issue.objects.filter(key="CORE-2").update(estimate_seconds=36_000)
    Issue.objects.filter(key="CORE-3").update(estimate_seconds=3600)
    report = report_of(scene, WINTER)
    assert report.estimate is not None
    assert report.life is not None
    assert (report.estimate.seconds, report.estimate.issues) == (39_600, 2)
    assert report.estimate.logged == report.life.seconds
    rows = issue_list(WINTER, "epic", list(scene.instances.values())).rows
    assert {row.estimate.seconds if row.estimate else None for row in rows} == {39_600, None}
    Issue.objects.filter(key="CORE-1").update(estimate_seconds=72_000)
    found = report_of(scene, WINTER).estimate
    assert found is not None
    assert (found.seconds, found.issues) == (72_000, 0)


def test_an_estimate_is_not_held_against_the_hours_of_some(scene: Scene) -> None:
    Issue.objects.filter(key="CORE-1").update(estimate_seconds=72_000)
    own = replace(WINTER, people=(scene.people["Ana"].pk,))
    assert report_of(scene, own).estimate is None
    assert {row.estimate for row in issue_list(own, "epic", list(scene.instances.values())).rows} == {None}


def test_an_estimate_tells_what_is_left_and_what_is_over() -> None:
    half, double = estimate_of(7200, 3600), estimate_of(3600, 7200)
    assert half is not None
    assert double is not None
    assert (half.share, half.left, half.over) == (0.5, 3600, 0)
    assert (half.width, half.mark) == ("50.000%", "")
    assert (double.share, double.left, double.over) == (2, -3600, 3600)
    assert (double.width, double.mark) == ("100.000%", "50.000%")
    assert estimate_of(None, 60) is None
    assert estimate_of(0, 60, 0) is None


def test_an_estimate_is_kept_and_forgotten_as_jira_tells_it(scene: Scene) -> None:
    issues = IssueBook(scene.instances["alpha"])
    issues.upsert([IssueRecord("4", "CORE-4", "Loose ends", estimate_seconds=600)])
    assert Issue.objects.get(key="CORE-4", instance__slug="alpha").estimate_seconds == 600
    issues.upsert([IssueRecord("4", "CORE-4", "Loose ends")])
    assert Issue.objects.get(key="CORE-4", instance__slug="alpha").estimate_seconds is None


def test_an_epic_of_a_hundred_issues_and_more_still_adds_up(scene: Scene) -> None:
    alpha = scene.instances["alpha"]
    IssueBook(alpha).upsert([IssueRecord(f"9{n}", f"CORE-9{n}", parent_id="1") for n in range(120)])
    book(alpha).upsert([worklog(f"many{n}", issue_id=f"9{n}", day=date(2026, 1, 9)) for n in range(120)])
    tree = report_of(scene, WINTER).tree
    assert tree.more == 22
    shown = sum(row.tally.seconds for row in tree.rows if not row.is_below)
    assert shown + tree.more_tally.seconds == tree.total.seconds
    assert behind(tree.more_query) == tree.more_tally.seconds > 0


@pytest.mark.parametrize("page", [1, 2])
def test_the_rows_on_other_pages_lead_to_their_worklogs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr("worklogs.reports.issue_list.PAGE", 2)
    for by in ("epic", "issue"):
        report = issue_list(WINTER, by, list(scene.instances.values()), page=page)
        assert behind(report.more_query) == report.more_tally.seconds > 0


def behind(query: str) -> int:
    return filter_total(WorklogFilter.from_query(QueryDict(query.removeprefix("?")), TODAY)).tally.seconds
