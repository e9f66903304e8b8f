from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from integrations.simulator.build import build_world
from integrations.simulator.calendars import easter
from integrations.simulator.instance import SimInstance, UnknownError
from integrations.simulator.names import cast
from integrations.simulator.server import Simulator
from integrations.simulator.world import World
from tests.integrations.simulator.conftest import TODAY, jira, small_world, tempo_of

YEAR = (TODAY - timedelta(days=400), TODAY)


def facts(world: World) -> list[tuple[object, ...]]:
    return [
        (instance.name, worklog.id, worklog.tempo_id, worklog.issue.key, worklog.issue.summary, worklog.author.key)
        + (worklog.started, worklog.seconds, worklog.text, worklog.created, worklog.updated)
        for instance in world.instances
        for worklog in instance.worklogs.values()
    ]


def test_the_same_seed_and_day_give_the_same_world(still_world: World) -> None:
    again = small_world()
    assert facts(again) == facts(still_world)
    assert [instance.deletions for instance in again.instances] == [each.deletions for each in still_world.instances]


def test_another_seed_gives_another_world(still_world: World) -> None:
    assert facts(build_world(2, TODAY, people=8, worklogs=2_500)) != facts(still_world)


@pytest.mark.parametrize("name", ["alborada", "norte", "helvia", "meridiana"])
def test_the_control_total_is_what_reading_everything_adds_up_to(still: Simulator, name: str) -> None:
    """Through each vendor's own interface and with each author's own zone, so by another way than `seconds` itself."""
    instance = still.world.instance(name)
    first, last = date(2026, 9, 1), date(2026, 10, 31)
    if instance.has_tempo:
        query = {"from": first.isoformat(), "to": last.isoformat(), "limit": 5000}
        read = sum(each["timeSpentSeconds"] for each in tempo_of(still).get("/4/worklogs", **query).json()["results"])
    else:
        zones = {user.key: user.zone for user in instance.users.values()}
        read = 0
        api = "3" if instance.kind == "cloud" else "2"
        ids = list(instance.worklogs)
        for start in range(0, len(ids), 1000):
            body = {"ids": ids[start : start + 1000]}
            for each in jira(still, name).post(f"/rest/api/{api}/worklog/list", body).json():
                zone = zones[each["author"]["accountId" if api == "3" else "key"]]
                day = datetime.strptime(each["started"], "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(zone).date()
                read += each["timeSpentSeconds"] if first <= day <= last else 0
    assert read == instance.seconds(first, last) > 0


def test_the_control_total_follows_every_change(world: World) -> None:
    instance = world.instance("alborada")
    before = instance.seconds(*YEAR)
    worklog = next(each for each in instance.worklogs.values() if each.seconds > 900)
    seconds = worklog.seconds
    instance.edit_worklog(worklog.id, seconds=900)
    assert instance.seconds(*YEAR) == before - seconds + 900
    instance.delete_worklog(worklog.id)
    assert instance.seconds(*YEAR) == before - seconds
    instance.add_worklog("PLAT-9", "Lucía Garrido Peña", datetime(2026, 11, 20, 8, tzinfo=UTC), 3600)
    assert instance.seconds(*YEAR) == before - seconds + 3600
    hidden = sum(each.seconds for each in instance.worklogs.values() if each.issue.project.key == "INT")
    instance.hide_project("INT")
    assert instance.seconds(*YEAR) == before - seconds + 3600 - hidden


def test_about_as_many_worklogs_are_made_as_were_asked() -> None:
    for people, wanted in ((20, 8_000), (40, 4_000)):
        company = build_world(1, TODAY, people, wanted).companies[0]
        made = sum(len(instance.worklogs) for instance in company.instances)
        assert wanted * 0.8 < made < wanted * 1.25
        assert len(company.people) == people


def test_nothing_happens_after_now(still_world: World) -> None:
    now = still_world.clock.now()
    for instance in still_world.instances:
        assert max(worklog.updated for worklog in instance.worklogs.values()) <= now
        assert all(deletion.deleted_at <= now for deletion in instance.deletions)
        assert all(issue.created <= now for issue in instance.issues.values())
        assert TODAY - timedelta(days=4) <= max(worklog.day for worklog in instance.worklogs.values()) <= TODAY


def test_an_hour_earlier_the_world_is_the_same_without_the_last_hour() -> None:
    now = datetime(2026, 11, 20, 13, tzinfo=UTC)
    later = build_world(1, TODAY, 8, 2_500, now=now).instance("norte")
    earlier = build_world(1, TODAY, 8, 2_500, now=now - timedelta(days=1)).instance("norte")
    old = {(each.issue.summary, each.author.key, each.started, each.seconds) for each in earlier.worklogs.values()}
    new = {(each.issue.summary, each.author.key, each.started, each.seconds) for each in later.worklogs.values()}
    gone = {deletion.worklog_id for deletion in later.deletions} - {each.worklog_id for each in earlier.deletions}
    assert len(old - new) <= len(gone)


def test_part_of_the_banks_work_is_logged_again_by_the_same_person_on_the_same_day(still_world: World) -> None:
    ours, client = still_world.instance("alborada"), still_world.instance("helvia")
    people = {person.accounts["alborada"]: person for person in still_world.companies[0].people}
    same = 0
    for copy in client.worklogs.values():
        original = ours.worklogs[copy.copy_of or 0]
        assert original.issue.project.key == "BANCA"
        assert people[original.author.key].accounts["helvia"] == copy.author.key
        assert copy.day == original.day
        top = original.issue if original.issue.type.level >= 0 else original.issue.parent
        assert top is not None
        assert top.key in copy.issue.summary
        same += copy.seconds == original.seconds
    total = sum(each.issue.project.key == "BANCA" for each in ours.worklogs.values())
    assert 0.7 * total < len(client.worklogs) < 0.95 * total
    assert 0.7 * len(client.worklogs) < same < len(client.worklogs)


def test_a_person_has_one_account_on_both_clouds_and_companies_share_nobody(still_world: World) -> None:
    first, second = still_world.companies
    assert all(person.accounts["alborada"] == person.accounts["norte"] for person in first.people)
    assert not {each.accounts["alborada"] for each in first.people} & {
        each.accounts["meridiana"] for each in second.people
    }
    assert set(first.teams) == {"Platform", "Payments", "Mobile"}
    assert sum(map(len, first.teams.values())) == len(first.people)


def test_the_whole_cast_has_what_a_reader_must_cope_with() -> None:
    world = build_world(1, TODAY)
    company, main = world.companies[0], world.instance("alborada")
    users = [user for user in main.users.values() if not user.is_app]
    assert len(company.people) == 20
    assert sum(user.email_hidden for user in users) == 3
    assert sum(not user.active for user in users) == 1
    assert {"America/New_York", "Asia/Tokyo"} <= {user.time_zone for user in users}
    gone = next(person for person in company.people if person.left_on)
    last = max(worklog.day for worklog in main.worklogs.values() if worklog.author.display_name == gone.name)
    assert last < gone.left_on  # type: ignore[operator]
    assert len({sum(person.week) for person in company.people}) == 3
    epics = {issue.type.name for issue in main.issues.values() if issue.type.level == 1}
    assert epics == {"Épica"}
    worked = [worklog.issue for worklog in main.worklogs.values()]
    assert any(issue.epic is None for issue in worked)
    assert any(issue.type.level < 0 and issue.epic is not None for issue in worked)
    assert any(issue.epic and issue.epic.parent and issue.epic.parent.type.level == 2 for issue in worked)
    assert any(not worklog.text for worklog in main.worklogs.values())
    weekend = sum(worklog.day.weekday() > 4 for worklog in main.worklogs.values())
    assert 0 < weekend < len(main.worklogs) * 0.05


def test_nobody_works_on_a_holiday_or_while_away(still_world: World) -> None:
    for company in still_world.companies:
        days: dict[str, set[date]] = {person.name: set() for person in company.people}
        for instance in company.instances:
            names = {
                account: person.name for person in company.people for account in [person.accounts.get(instance.name)]
            }
            for worklog in instance.worklogs.values():
                days[names[worklog.author.key]].add(worklog.day)
        for person in company.people:
            away = {day for each in person.absences for day in each_day(each.first, each.last)}
            assert not days[person.name] & (away | set(company.holidays))


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_no_issue_is_older_than_its_parent_and_keys_are_unique(still_world: World) -> None:
    for instance in still_world.instances:
        issues = list(instance.issues.values())
        assert all(issue.parent is None or issue.parent.created < issue.created for issue in issues)
        assert Counter(issue.key for issue in issues).most_common(1)[0][1] == 1
        assert all(issue.type.level >= 0 or issue.parent for issue in issues)


def test_deleting_an_issue_takes_its_subtasks_and_worklogs_along(world: World) -> None:
    instance = world.instance("alborada")
    parent = next(
        each.issue.parent for each in instance.worklogs.values() if each.issue.type.level < 0 and each.issue.parent
    )
    family = [issue for issue in instance.issues.values() if issue is parent or issue.parent is parent]
    lost = [worklog.id for issue in family for worklog in instance.worklogs_of(issue)]
    told = len(instance.deletions)
    instance.delete_issue(parent.key)
    assert not set(lost) & set(instance.worklogs)
    assert not {issue.id for issue in family} & set(instance.issues)
    assert len(instance.deletions) == told
    with pytest.raises(UnknownError):
        instance.issue(parent.key)


def test_the_feed_tells_of_a_deleted_issues_worklogs_when_asked_to(world: World) -> None:
    instance = world.instance("norte")
    issue = next(iter(instance.worklogs.values())).issue
    lost = {worklog.id for worklog in instance.worklogs_of(issue)}
    instance.delete_issue(issue.id, in_feed=True)
    assert lost <= {deletion.worklog_id for deletion in instance.deletions}


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))],
)
def test_easter_falls_on_its_day(year: int, day: date) -> None:
    assert easter(year) == day


def test_any_number_of_people_have_names_of_their_own() -> None:
    names = [profile.name for profile in cast(2_500)]
    assert len(set(names)) == 2_500


def test_issue_keys_follow_their_number(still_world: World) -> None:
    instance: SimInstance = still_world.instance("norte")
    numbers = count(1)
    keys = [issue.key for issue in instance.issues.values() if issue.project.key == "APP"]
    assert keys == [f"APP-{next(numbers)}" for _ in keys]


def test_most_epics_and_issues_are_estimated_and_some_are_not(still_world: World) -> None:
    issues = list(still_world.instance("alborada").issues.values())
    for level in (0, 1):
        told = [issue.estimate_seconds for issue in issues if issue.type.level == level]
        assert 0 < told.count(None) < len(told) / 2
        assert all(seconds % 3600 == 0 for seconds in told if seconds)
    assert {issue.estimate_seconds for issue in issues if issue.type.level > 1} <= {None}


# What an administrator changes


def test_what_an_administrator_changes_updates_no_issue(world: World) -> None:
    instance = world.instance("norte")
    before = {issue.id: issue.updated for issue in instance.issues.values()}
    project, type, status = "APP", 10_001, "10001"
    old = {issue.id: issue.key for issue in instance.issues.values() if issue.project.key == project}
    instance.rename_project(project, key="NEW", name="Renamed")
    instance.rename_status(status, "Renamed")
    instance.change_type(type, name="Renamed", level=2)
    instance.change_user(next(iter(instance.users)), display_name="Renamed", time_zone="Asia/Tokyo", active=False)
    assert {issue.id: issue.updated for issue in instance.issues.values()} == before
    assert {instance.issue(key).id for key in old.values()} == {instance.issue(number).id for number in old}
    assert {issue.key for issue in instance.issues.values()}.isdisjoint(old.values())
    renamed = [issue for issue in instance.issues.values() if issue.status.id == status or issue.type.id == type]
    assert renamed
    assert all("Renamed" in (issue.status.name, issue.type.name) for issue in renamed)
    with pytest.raises(UnknownError):
        instance.rename_project(project, name="Gone")
