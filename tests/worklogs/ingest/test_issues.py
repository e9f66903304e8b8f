"""Issues as they were told in any order: keys that they had, names by id, levels and epics."""

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from accounts.models import Company
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from tests.worklogs.ingest.test_worklogs import assert_totals_hold
from worklogs.ingest import (
    AccountBook,
    AccountRecord,
    IssueBook,
    IssueRecord,
    IssueTypeRecord,
    ProjectRecord,
    StatusRecord,
    rename_statuses,
    write_issue_types,
)
from worklogs.models import (
    FormerKey,
    GenericIssue,
    GenericIssueType,
    InstanceGroup,
    Issue,
    JiraAccount,
    JiraInstance,
    Person,
    SavedReport,
    Worklog,
)

pytestmark = pytest.mark.usefixtures("in_alborada")

CORE, WEB = ProjectRecord("10", "CORE", "Core banking"), ProjectRecord("20", "WEB", "Web shop")


@pytest.fixture
def jira(in_alborada: object) -> JiraInstance:
    return InstanceFactory.create()


def keys(jira: JiraInstance) -> dict[str, str]:
    return dict(Issue.objects.filter(instance=jira).order_by("external_id").values_list("external_id", "key"))


def former(jira: JiraInstance) -> dict[str, str]:
    return dict(FormerKey.objects.filter(instance=jira).values_list("key", "issue__key"))


def data_version() -> int:
    return Company.objects.get().data_version


# Keys


def test_a_moved_issue_keeps_its_former_key(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord("1", "CORE-1", project=CORE)])
    issues.upsert([IssueRecord("1", "WEB-7", project=WEB)])
    issues.upsert([IssueRecord("1", "WEB-7", "Another name", project=WEB)])
    assert former(jira) == {"CORE-1": "WEB-7"}


def test_the_key_of_a_renamed_project_is_that_of_all_its_issues(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord(str(n), f"CORE-{n}", project=CORE) for n in (1, 2)])
    issues.upsert([IssueRecord("3", "WEB-3", project=WEB)])
    before = data_version()
    issues.rename_projects([ProjectRecord("10", "BANK", "Banking"), ProjectRecord("99", "ELSE", "Unknown here")])
    assert keys(jira) == {"1": "BANK-1", "2": "BANK-2", "3": "WEB-3"}
    assert former(jira) == {"CORE-1": "BANK-1", "CORE-2": "BANK-2"}
    assert data_version() > before
    before = data_version()
    issues.rename_projects([ProjectRecord("10", "BANK", "Banking")])
    assert data_version() == before


def test_one_issue_of_a_renamed_project_tells_the_keys_of_all(jira: JiraInstance) -> None:
    IssueBook(jira).upsert([IssueRecord(str(n), f"CORE-{n}", project=CORE) for n in (1, 2)])
    IssueBook(jira).upsert([IssueRecord("1", "BANK-1", project=ProjectRecord("10", "BANK", "Core banking"))])
    assert keys(jira) == {"1": "BANK-1", "2": "BANK-2"}
    assert former(jira) == {"CORE-1": "BANK-1", "CORE-2": "BANK-2"}


def test_projects_that_swap_their_keys_swap_those_of_their_issues(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord("1", "CORE-1", project=CORE), IssueRecord("2", "WEB-1", project=WEB)])
    issues.rename_projects([ProjectRecord("10", "WEB"), ProjectRecord("20", "CORE")])
    assert keys(jira) == {"1": "WEB-1", "2": "CORE-1"}


def test_a_former_key_leads_to_the_issue_that_had_it_last(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord("1", "CORE-1", project=CORE)])
    issues.upsert([IssueRecord("1", "WEB-1", project=WEB), IssueRecord("2", "CORE-1", project=CORE)])
    assert former(jira) == {"CORE-1": "WEB-1"}
    issues.upsert([IssueRecord("2", "WEB-2", project=WEB)])
    assert former(jira) == {"CORE-1": "WEB-2"}


def test_an_epic_link_follows_the_key_of_its_epic(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert(
        [IssueRecord("1", "CORE-1", project=CORE), IssueRecord("2", "WEB-1", parent_key="CORE-1", project=WEB)]
    )
    issues.rename_projects([ProjectRecord("10", "BANK")])
    child = Issue.objects.get(external_id="2")
    assert (child.epic_link, child.epic and child.epic.key) == ("BANK-1", "BANK-1")


# Names by id


def test_statuses_that_swap_their_names_swap_them_on_issues(jira: JiraInstance) -> None:
    IssueBook(jira).upsert(
        [
            IssueRecord("1", "CORE-1", status="Open", status_id="1"),
            IssueRecord("2", "CORE-2", status="Done", status_id="2"),
            IssueRecord("3", "CORE-3", status="Open"),
        ]
    )
    before = data_version()
    rename_statuses(jira, [StatusRecord("1", "Done"), StatusRecord("2", "Open")])
    told = dict(Issue.objects.values_list("external_id", "status"))
    assert told == {"1": "Done", "2": "Open", "3": "Open"}
    assert data_version() > before
    before = data_version()
    rename_statuses(jira, [StatusRecord("1", "Done"), StatusRecord("2", "Open")])
    assert data_version() == before


def test_names_of_one_instance_are_none_of_another(jira: JiraInstance) -> None:
    other = InstanceFactory.create()
    for instance in (jira, other):
        IssueBook(instance).upsert([IssueRecord("1", "CORE-1", "", "Bug", 0, "Open", CORE, type_id="1", status_id="1")])
    rename_statuses(jira, [StatusRecord("1", "To do")])
    write_issue_types(jira, [IssueTypeRecord("1", "Defect", 0)])
    IssueBook(jira).rename_projects([ProjectRecord("10", "BANK", "Banking")])
    untouched = Issue.objects.select_related("project").get(instance=other)
    assert (untouched.key, untouched.type, untouched.status) == ("CORE-1", "Bug", "Open")
    assert not FormerKey.objects.filter(instance=other).exists()


def test_a_type_takes_its_name_and_level_to_its_issues_and_their_worklogs(jira: JiraInstance) -> None:
    IssueBook(jira).upsert(
        [
            IssueRecord("1", "CORE-1", type="Theme", level=2, type_id="7", project=CORE),
            IssueRecord("2", "CORE-2", parent_id="1", project=CORE),
        ]
    )
    book(jira).upsert([worklog(1, issue_id="2")])
    write_issue_types(jira, [IssueTypeRecord("7", "Epic", 1)])
    theme = Issue.objects.get(key="CORE-1")
    assert (theme.type, theme.level) == ("Epic", 1)
    assert Worklog.objects.get().epic == theme
    assert_totals_hold()
    write_issue_types(jira, [IssueTypeRecord("7", "Theme", 2)])
    assert Worklog.objects.get().epic is None
    assert_totals_hold()


def test_a_type_without_a_level_leaves_epics_what_they_are(jira: JiraInstance) -> None:
    """Data Center tells a level of sub-tasks alone."""
    IssueBook(jira).upsert([IssueRecord(str(level), f"CORE-{level}", level=level, type_id="7") for level in (0, 1)])
    write_issue_types(jira, [IssueTypeRecord("7", "Any action")])
    assert set(Issue.objects.values_list("level", flat=True)) == {0, 1}
    write_issue_types(jira, [IssueTypeRecord("7", "Any action", -1, is_subtask=True)])
    assert set(Issue.objects.values_list("level", flat=True)) == {-1}


def test_saved_reports_and_settings_follow_the_name_of_a_type(jira: JiraInstance, in_alborada: Cast) -> None:
    write_issue_types(jira, [IssueTypeRecord("1", "Bug"), IssueTypeRecord("2", "Task")])
    other = InstanceFactory.create()
    write_issue_types(other, [IssueTypeRecord("1", "Task")])
    group = InstanceGroup.objects.create(name="All")
    generic = GenericIssue.objects.create(group=group, key="CORE-1")
    for name in ("Bug", "Task"):
        GenericIssueType.objects.create(generic_issue=generic, name=name)
    query = "period=last-month&type=Bug&type=Task&q=Bug"
    SavedReport.objects.create(name="Bugs", owner=in_alborada.admin, query=query)
    write_issue_types(jira, [IssueTypeRecord("1", "none"), IssueTypeRecord("2", "Chore")])
    assert SavedReport.objects.get().query == "period=last-month&type=%3Dnone&type=Task&type=Chore&q=Bug"
    assert set(GenericIssueType.objects.values_list("name", flat=True)) == {"none", "Task"}  # `other` still says Task


# Levels and epics

TOLD_IN_ANY_ORDER = {
    "parents": [
        IssueRecord("1", "A-1", level=1, project=CORE),
        IssueRecord("2", "A-2", parent_id="1", project=CORE),
        IssueRecord("3", "A-3", level=-1, parent_id="2", project=CORE),
    ],
    "an Epic Link to what does not say that it is an epic": [
        IssueRecord("1", "A-1", project=CORE),
        IssueRecord("2", "A-2", parent_key="A-1", project=CORE),
        IssueRecord("3", "A-3", level=-1, parent_id="2", project=CORE),
    ],
    "a parent that its children alone tell of": [
        IssueRecord("1", "A-1", level=1, is_partial=True),
        IssueRecord("2", "A-2", parent_id="1", project=CORE),
        IssueRecord("1", "A-1", level=1, project=CORE, parent_id="9"),
    ],
    "parents in a loop below an epic": [
        IssueRecord("1", "A-1", parent_id="2", project=CORE),
        IssueRecord("2", "A-2", parent_id="3", project=CORE),
        IssueRecord("3", "A-3", parent_id="1", project=CORE),
    ],
}


def hierarchy(jira: JiraInstance) -> list[tuple[object, ...]]:
    fields = ("external_id", "key", "level", "epic__key", "parent__external_id", "project__key", "epic_link")
    return sorted(Issue.objects.filter(instance=jira).values_list(*fields))


@pytest.mark.parametrize("records", TOLD_IN_ANY_ORDER.values(), ids=TOLD_IN_ANY_ORDER.keys())
def test_issues_stand_where_they_stand_in_whatever_order_they_are_told(records: list[IssueRecord]) -> None:
    found = []
    for order in permutations(records):
        instance = InstanceFactory.create()
        for record in order:
            IssueBook(instance).upsert([record])
        book(instance).upsert([worklog(1, issue_id="3")])
        found.append(hierarchy(instance))
    assert all(each == found[0] for each in found)
    assert_totals_hold()


def test_a_loop_that_closes_below_an_epic_leads_to_none(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert(
        [
            IssueRecord("1", "A-1", level=1),
            IssueRecord("2", "A-2", parent_id="1"),
            IssueRecord("3", "A-3", parent_id="2"),
        ]
    )
    issues.upsert([IssueRecord("2", "A-2", parent_id="3")])
    assert not Issue.objects.filter(epic__isnull=False).exclude(key="A-1").exists()


def test_an_issue_that_no_epic_link_points_at_any_more_is_what_it_says(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord("1", "A-1"), IssueRecord("2", "A-2", parent_key="A-1")])
    book(jira).upsert([worklog(1, issue_id="1"), worklog(2, issue_id="2")])
    assert set(Worklog.objects.values_list("epic__key", flat=True)) == {"A-1"}
    issues.upsert([IssueRecord("2", "A-2")])
    assert set(Worklog.objects.values_list("epic__key", flat=True)) == {None}
    assert Issue.objects.get(key="A-1").level == 0
    assert_totals_hold()


def test_what_children_tell_of_a_hidden_parent_leaves_what_it_told_itself(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert(
        [
            IssueRecord("9", "A-9", level=1, project=CORE),
            IssueRecord("1", "A-1", parent_id="9", project=CORE, estimate_seconds=60),
            IssueRecord("1", "A-1", "Renamed since", is_partial=True),
        ]
    )
    issue = Issue.objects.select_related("project", "epic").get(key="A-1")
    assert (issue.summary, str(issue.epic), str(issue.project)) == ("Renamed since", "A-9", "CORE")
    assert issue.estimate_seconds == 60


def test_a_parent_that_is_not_known_yet_is_read_later(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert([IssueRecord("2", "A-2", parent_id="1", project=CORE, type_id="1")])
    issues.upsert([IssueRecord("3", "A-3", parent_key="A-4", project=CORE, type_id="1")])
    issues.upsert([IssueRecord("4", "A-5", project=CORE, type_id="1")])
    assert sorted(issues.unread(10)) == ["1", "3"]


# Days and people


def test_what_was_not_edited_keeps_its_day(jira: JiraInstance) -> None:
    """Its author moved to another time zone, where that moment is of another day."""
    book(jira).upsert([worklog(1), worklog(2)])
    tomorrow, edited = date(2026, 10, 6), datetime(2026, 10, 7, tzinfo=UTC)
    started = datetime(2026, 10, 5, 9, tzinfo=UTC)
    same: dict[str, Any] = {"day": tomorrow, "started_at": started, "created_at": started}
    moved = [worklog(1, updated_at=started, **same), worklog(2, updated_at=edited, **same)]
    changes = book(jira).upsert(moved)
    assert (changes.updated, changes.unchanged) == (1, 1)
    days = dict(Worklog.objects.values_list("external_id", "day"))
    assert days == {"1": date(2026, 10, 5), "2": tomorrow}
    assert_totals_hold()


def test_known_accounts_are_refreshed_and_no_others_opened(jira: JiraInstance) -> None:
    AccountBook(jira).upsert([AccountRecord("1", "Ann", "ann@x.example", "Europe/Madrid", True)])
    before = data_version()
    AccountBook(jira).refresh(
        [AccountRecord("1", "Annie", "annie@x.example", "Asia/Tokyo", False), AccountRecord("2", "Ben")]
    )
    account = JiraAccount.objects.get()
    assert (account.name, account.email, account.timezone, account.is_active) == (
        *("Annie", "annie@x.example", "Asia/Tokyo"),
        False,
    )
    assert Person.objects.get().name == "Annie"
    assert data_version() > before
