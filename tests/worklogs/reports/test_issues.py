"""One issue against naive sums of its worklogs."""

from dataclasses import replace
from datetime import date

import pytest
from django.http import QueryDict

from tests.worklogs.conftest import Scene
from tests.worklogs.reports.test_epics import PERIODS, TODAY, WINTER, chosen_by, everything
from worklogs.filters import WorklogFilter
from worklogs.models import Issue
from worklogs.periods import Period
from worklogs.reports.issue import IssueReport, issue_report
from worklogs.reports.worklog_list import filter_total


def report_of(scene: Scene, chosen: WorklogFilter, **wanted: str) -> IssueReport:
    issue = Issue.objects.select_related("instance").get(instance__slug="alpha", **wanted)
    return issue_report(chosen, issue, list(scene.instances.values()), TODAY, is_whole=not chosen.people)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("wanted", [{"key": "CORE-2"}, {"external_id": "unreadable"}, {"key": "CORE-1"}], ids=str)
def test_every_part_of_an_issues_page_adds_up_to_its_hours(
    scene: Scene, period: Period, own: bool, wanted: dict[str, str]
) -> None:
    chosen = replace(WINTER.at(period), people=(scene.people["Ana"].pk,) if own else ())
    report = report_of(scene, chosen, **wanted)
    logged = [each for each in chosen_by(chosen, everything()) if each.issue_id == report.issue.pk]
    seconds = sum(each.seconds for each in logged)
    assert report.total.seconds == report.people.total.seconds == seconds
    assert sum(column.seconds for column in report.chart.columns) == seconds
    assert report.days_worked == len({each.day for each in logged})
    assert report.people_count == len({each.person_id for each in logged})
    ever = [
        each
        for each in everything()
        if each.issue_id == report.issue.pk and (not own or each.person_id in chosen.people)
    ]
    assert report.life is not None
    assert report.life.seconds == sum(each.seconds for each in ever)
    assert report.worklogs_ever == len(ever)
    assert {entry.id for entry in report.latest} <= {each.pk for each in ever}
    assert len(report.latest) == min(len(ever), 50)


def test_the_latest_worklogs_come_first(scene: Scene) -> None:
    report = report_of(scene, WINTER, key="CORE-2")
    newest = max(each.day for each in everything() if each.issue_id == report.issue.pk)
    assert report.latest[0].day.endswith(str(newest.year))
    assert report.latest[0].id in {each.pk for each in everything() if each.day == newest}


@pytest.mark.parametrize("own", [False, True])
def test_sub_tasks_tell_their_own_hours(scene: Scene, own: bool) -> None:
    chosen = replace(WINTER, people=(scene.people["Ana"].pk,) if own else ())
    report = report_of(scene, chosen, key="CORE-2")
    (child,) = report.children
    logged = [
        each
        for each in everything()
        if (each.issue.key, each.instance.slug) == ("CORE-3", "alpha") and (not own or each.person_id in chosen.people)
    ]
    assert child.group.code == "CORE-3"
    assert child.seconds == report.children_seconds == sum(each.seconds for each in logged)
    assert f"from={min(each.day for each in logged)}" in child.query


@pytest.mark.parametrize("own", [False, True])
def test_the_total_of_sub_tasks_leads_to_their_worklogs(scene: Scene, own: bool) -> None:
    Issue.objects.filter(key="CORE-4").update(parent=Issue.objects.get(key="CORE-2", instance__slug="alpha"))
    chosen = replace(WINTER, people=(scene.people["Ana"].pk,) if own else ())
    report = report_of(scene, chosen, key="CORE-2")
    behind = WorklogFilter.from_query(QueryDict(report.children_query.removeprefix("?")), TODAY)
    assert len(report.children) > 1
    assert filter_total(behind).tally.seconds == report.children_seconds > 0


def test_an_issue_without_any_worklog_has_a_page_too(scene: Scene) -> None:
    Issue.objects.create(instance=scene.instances["alpha"], external_id="77", key="CORE-77", estimate_seconds=3600)
    report = report_of(scene, WINTER.at(Period(date(2026, 1, 1), date(2026, 1, 31))), key="CORE-77")
    assert (report.is_empty, report.life, report.latest, report.children) == (True, None, (), ())
    assert report.children_query == ""
    assert report.estimate is not None
    assert report.estimate.left == 3600
