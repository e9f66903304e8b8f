"""Names that an administrator changes at the source: nothing there is `updated` by it, and the next run brings them."""

from collections.abc import Callable
from datetime import date

import pytest

from accounts.models import Company
from integrations.models import Cursor, SyncRun
from integrations.simulator.clock import milliseconds
from integrations.simulator.instance import SimInstance
from tests.integrations.sync.stage import FIRST, KINDS, LAST, Stage, assert_totals_are_right, stored
from worklogs.models import FormerKey, Issue, IssueType, JiraAccount, JiraInstance, Person, Project, Worklog

EACH_KIND = pytest.mark.parametrize("name", KINDS)
LISTS = {"projects": "/project", "statuses": "rest/api/3/status", "issue types": "/issuetype"}


@pytest.fixture
def instance(stage: Stage, name: str) -> JiraInstance:
    """Read to its end, a while ago."""
    instance = stage.connect(name)
    stage.sync(instance, full=True)
    stage.later(3 * 3600)
    return instance


@pytest.fixture
def site(stage: Stage, name: str) -> SimInstance:
    return stage.sim.world.instance(name)


def data_version() -> int:
    return Company.objects.get().data_version


def catch_up(stage: Stage, instance: JiraInstance) -> SyncRun:
    """The next ordinary run, which reads no worklog again and arrives at what the source holds."""
    before = data_version()
    run = stage.sync(instance)
    assert (run.created, run.updated, run.deleted) == (0, 0, 0)
    assert data_version() > before
    assert stored(instance) == stage.told(instance.name, tempo=instance.name == "alborada")
    assert_told(instance, stage.sim.world.instance(instance.name))
    assert_totals_are_right()
    stage.later()
    quiet = data_version()
    stage.sync(instance)
    assert data_version() == quiet + 1  # the end of a run itself: when it was read is on every page
    return run


def assert_told(instance: JiraInstance, site: SimInstance) -> None:
    """Of every issue, those that nobody touched among them."""
    fields = ("external_id", "key", "type", "level", "status", "project__key", "project__name")
    for external_id, *told in Issue.objects.filter(instance=instance).values_list(*fields):
        issue = site.issues[int(external_id)]
        project = issue.project
        assert told == [issue.key, issue.type.name, issue.type.level, issue.status.name, project.key, project.name]


@EACH_KIND
def test_a_renamed_project_renames_all_its_issues(stage: Stage, instance: JiraInstance, site: SimInstance) -> None:
    project = next(iter(site.worklogs.values())).issue.project
    old = dict(Issue.objects.filter(project__key=project.key).values_list("external_id", "key"))
    site.rename_project(project.key, key="XYZ", name="Wholly renamed")
    catch_up(stage, instance)
    assert Project.objects.get(key="XYZ").name == "Wholly renamed"
    assert dict(FormerKey.objects.values_list("issue__external_id", "key")) == old


@EACH_KIND
def test_statuses_that_swap_their_names_swap_them_here(stage: Stage, instance: JiraInstance, site: SimInstance) -> None:
    first, second = (site.statuses[number].name for number in ("10001", "10002"))
    site.rename_status("10001", second)
    site.rename_status("10002", first)
    catch_up(stage, instance)


@EACH_KIND
def test_types_that_swap_their_names_swap_them_here(stage: Stage, instance: JiraInstance, site: SimInstance) -> None:
    first, second = (site.issue_types[number].name for number in (10_001, 10_004))
    site.change_type(10_001, name=second)
    site.change_type(10_004, name=first)
    catch_up(stage, instance)
    told = dict(IssueType.objects.filter(instance=instance).values_list("external_id", "name"))
    assert told == {str(each.id): each.name for each in site.issue_types.values()}


@pytest.mark.parametrize("name", ["alborada", "norte"])
def test_a_type_of_another_level_takes_worklogs_to_other_epics(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    """Data Center tells no levels."""
    site.change_type(10_002, level=2)
    catch_up(stage, instance)
    assert not Worklog.objects.filter(epic__isnull=False).exists()


@EACH_KIND
def test_people_are_called_what_their_accounts_are_called_now(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    known = JiraAccount.objects.filter(instance=instance).values_list("account_id", flat=True)
    user = site.users[next(key for key in known if not site.users[key].email_hidden)]
    site.change_user(
        user.key, display_name="Wholly Renamed", email="renamed@x.example", time_zone="Asia/Tokyo", active=False
    )
    stage.sync(instance)
    account = JiraAccount.objects.select_related("person").get(account_id=user.key)
    assert (account.name, account.email, account.timezone, account.is_active) == (
        *("Wholly Renamed", "renamed@x.example", "Asia/Tokyo"),
        False,
    )
    assert (account.person.name, account.person.email) == ("Wholly Renamed", "renamed@x.example")


@pytest.mark.parametrize("name", ["alborada"])
def test_a_moved_issue_is_found_by_its_former_key(stage: Stage, instance: JiraInstance, site: SimInstance) -> None:
    issue = next(iter(site.worklogs.values())).issue
    other = next(each for each in site.projects.values() if each is not issue.project)
    old = issue.key
    site.move_issue(issue.id, other.key)
    stage.later()
    stage.sync(instance)
    assert FormerKey.objects.get(key=old).issue.key == issue.key


@EACH_KIND
@pytest.mark.parametrize("names", LISTS)
def test_a_list_that_is_refused_is_a_warning(
    stage: Stage, instance: JiraInstance, site: SimInstance, names: str
) -> None:
    match = LISTS[names].replace("/3/", "/2/") if instance.name == "helvia" else LISTS[names]
    stage.sim.faults.replace(f"403:match={match}")
    site.rename_project(next(iter(site.projects)), name="Renamed")
    site.change_user(next(iter(site.users)), display_name="Renamed too")
    run = stage.sync(instance)
    assert [warning for warning in run.warnings if warning.startswith(f"Names of {names} may be out of date")]
    assert Project.objects.filter(name="Renamed").exists() is (names != "projects")


@EACH_KIND
def test_people_that_may_not_be_read_are_a_warning(stage: Stage, instance: JiraInstance) -> None:
    stage.sim.faults.replace("403:match=/user/")
    run = stage.sync(instance)
    assert any("people could not be read" in warning for warning in run.warnings)


ADMINISTRATORS: dict[str, Callable[[SimInstance], object]] = {
    "project": lambda site: site.rename_project(next(iter(site.projects)), key="XYZ"),
    "status": lambda site: site.rename_status("10001", "Renamed"),
    "type": lambda site: site.change_type(10_001, name="Renamed"),
}


@pytest.mark.parametrize("name", ["norte"])
@pytest.mark.parametrize("change", ADMINISTRATORS.values(), ids=ADMINISTRATORS.keys())
@pytest.mark.parametrize("asked", [{"full": True}, {"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 2)}])
def test_every_kind_of_run_brings_the_names(
    stage: Stage,
    instance: JiraInstance,
    site: SimInstance,
    change: Callable[[SimInstance], object],
    asked: dict[str, object],
) -> None:
    change(site)
    stage.sync(instance, **asked)
    assert_told(instance, site)


@pytest.mark.parametrize("name", ["norte"])
def test_an_issue_that_changes_behind_the_search_for_changes_is_read_the_next_time(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    """Of a run that took two hours: what it had searched is older than the last worklog that it stored."""
    issue = next(iter(site.worklogs.values())).issue
    site.rename_issue(issue.id, "Changed meanwhile")
    stage.later(3600)
    Cursor.objects.filter(feed="worklogs").update(position=milliseconds(stage.sim.world.clock.now()))
    stage.sync(instance)
    assert Issue.objects.get(external_id=str(issue.id)).summary == "Changed meanwhile"


@pytest.mark.parametrize("name", ["norte"])
def test_a_full_run_reads_issues_on_which_there_is_no_time_any_more(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    issue = next(iter(site.worklogs.values())).issue
    for worklog in site.worklogs_of(issue):
        site.delete_worklog(worklog.id)
    site.rename_issue(issue.id, "Renamed since")
    stage.later(3 * 3600)
    stage.sync(instance, full=True)
    stage.later()
    stage.sync(instance)
    assert Issue.objects.get(external_id=str(issue.id)).summary == "Renamed since"


@pytest.mark.parametrize("name", ["norte"])
def test_issues_that_were_stored_before_their_types_had_ids_are_read_again(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    Issue.objects.update(type_external_id="", status_external_id="")
    site.rename_status("10001", "Renamed")
    stage.sync(instance)
    assert_told(instance, site)


@pytest.mark.parametrize("name", ["norte"])
def test_an_author_who_moves_to_another_time_zone_moves_no_day(
    stage: Stage, instance: JiraInstance, site: SimInstance
) -> None:
    before = {key: told.day for key, told in stored(instance).items()}
    for user in site.users.values():
        site.change_user(user.key, time_zone="Pacific/Kiritimati")
    for asked in ({}, {"full": True}, {"first_day": FIRST, "last_day": LAST}):
        stage.later()
        run = stage.sync(instance, **asked)
        assert (run.updated, run.deleted) == (0, 0)
        assert {key: told.day for key, told in stored(instance).items()} == before
    assert Person.objects.exists()
