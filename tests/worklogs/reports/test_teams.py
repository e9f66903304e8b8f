"""Teams and their members: whatever is asked, every row, cell and total is what the worklogs come to."""

from dataclasses import replace
from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.worklogs.conftest import Scene
from tests.worklogs.test_filters import every_row, filters, is_chosen, one_scene, plain_filters, resolved
from worklogs.filters import NONE, BadFilter, Excluded, WorklogFilter
from worklogs.models import JiraInstance, Person, Team, Worklog
from worklogs.periods import Period
from worklogs.reports.matrix import GRAINS, MOST_DAYS, SHOWN, heat, matrix
from worklogs.reports.members import members
from worklogs.reports.tallies import Tally, summed
from worklogs.reports.team import TeamReport, team_report
from worklogs.reports.teams import COLUMNS, TeamList, team_list

TODAY = date(2026, 3, 20)
WINTER = WorklogFilter(Period(date(2025, 12, 1), TODAY))
SLUGS = ["core", "web", "empty", NONE]


def listed(chosen: WorklogFilter, **how: object) -> TeamList:
    return team_list(chosen, list(JiraInstance.objects.all()), TODAY, **how)  # type: ignore[arg-type]


def report(chosen: WorklogFilter, slug: str, **how: object) -> TeamReport:
    found = team_report(chosen, slug, list(JiraInstance.objects.all()), TODAY, **how)  # type: ignore[arg-type]
    assert found is not None
    return found


def naive(chosen: WorklogFilter) -> Tally:
    names = dict(JiraInstance.objects.values_list("id", "slug"))
    rows = [row for row in every_row() if is_chosen(row, chosen, names)]
    return Tally(sum(row["seconds"] for row in rows), sum(row["billable_seconds"] for row in rows), len(rows))


def behind(query: str) -> int:
    read = WorklogFilter.from_query(QueryDict(query.removeprefix("?")), TODAY)
    return sum(Worklog.objects.filter(pk__in=read.worklogs()).values_list("seconds", flat=True))


@one_scene
@given(named=filters)
def test_teams_and_people_without_one_add_up_to_the_filter(scene: Scene, named: WorklogFilter) -> None:
    chosen = replace(resolved(named, scene), teams=())
    found = listed(chosen)
    assert found.total.tally == summed(row.tally for row in found.rows) == naive(chosen)
    assert found.total.before == naive(chosen.at(chosen.period.previous))
    for row in found.rows:
        assert row.tally == naive(replace(chosen, teams=(row.slug,)))


@pytest.mark.parametrize(
    ("excluded", "left"),
    [(("core",), ["Empty", "Web", "No team"]), ((NONE,), ["Core", "Empty", "Web"]), ((NONE, "web"), ["Core", "Empty"])],
)
def test_excluded_teams_are_not_listed(scene: Scene, excluded: tuple[str, ...], left: list[str]) -> None:
    chosen = replace(WINTER, excluded=Excluded(teams=excluded))
    found = listed(chosen, sort="name")
    assert [row.name for row in found.rows] == left
    assert found.total.tally == summed(row.tally for row in found.rows) == naive(chosen)
    assert found.total.people == sum(row.people for row in found.rows)
    assert [row.name for row in report(chosen, "empty").teams] == left


def test_an_excluded_person_is_no_member(scene: Scene) -> None:
    chosen = replace(WINTER, excluded=Excluded(people=(scene.people["Ana"].pk,)))
    core = report(chosen, "core")
    assert [row.member.name for row in core.members] == [row.name for row in core.matrix.rows] == ["Ben"]
    assert (core.row.people, next(row.people for row in listed(chosen).rows if row.slug == "core")) == (1, 1)


@one_scene
@given(chosen=plain_filters, slug=st.sampled_from(SLUGS), grain=st.sampled_from(["", *GRAINS]))
def test_a_team_adds_up_in_every_block(scene: Scene, chosen: WorklogFilter, slug: str, grain: str) -> None:
    if grain and chosen.period.days > MOST_DAYS[grain]:
        with pytest.raises(BadFilter):
            report(chosen, slug, grain=grain)
        return
    found = report(chosen, slug, grain=grain)
    total = naive(replace(chosen, teams=(slug,)))
    assert found.total == total == summed(row.tally for row in found.members) == found.epics.total
    assert sum(column.seconds for column in found.chart.columns) == total.seconds
    by_column = [sum(row.cells[number].seconds for row in found.matrix.rows) for number in range_of(found)]
    assert by_column == [cell.seconds for cell in found.matrix.total.cells]
    assert [sum(cell.seconds for cell in row.cells) for row in found.matrix.rows] == [
        row.seconds for row in found.matrix.rows
    ]
    assert sum(by_column) == found.matrix.total.seconds == total.seconds
    assert sum(columns for _band, columns in found.matrix.bands) == len(found.matrix.columns)


def range_of(found: TeamReport) -> range:
    return range(len(found.matrix.columns))


@pytest.mark.parametrize("grain", GRAINS)
def test_every_cell_of_the_matrix_leads_to_its_worklogs(scene: Scene, grain: str) -> None:
    chosen = replace(WINTER.at(Period(date(2026, 1, 1), date(2026, 3, 20))), instances=("alpha", "closed"))
    found = report(chosen, "core", grain=grain).matrix
    cells = [cell for row in (*found.rows, found.total) for cell in row.cells if cell.seconds]
    assert len(cells) > 5
    assert [cell.seconds for cell in cells] == [behind(cell.query) for cell in cells]
    assert [row.seconds for row in (*found.rows, found.total)] == [
        behind(row.query) for row in (*found.rows, found.total)
    ]


def test_every_number_of_a_team_leads_to_its_worklogs(scene: Scene) -> None:
    found = report(WINTER, "core")
    assert [row.tally.seconds for row in found.members] == [behind(row.query) for row in found.members]
    assert [row.tally.seconds for row in listed(WINTER).rows] == [behind(row.query) for row in listed(WINTER).rows]
    assert behind(found.query) == found.total.seconds


def test_who_is_switched_off_or_in_no_team_keeps_the_hours(scene: Scene) -> None:
    assert {row.member.name for row in report(WINTER, "web").members} == {"Cleo", "Eve"}
    assert [row.member.name for row in report(WINTER, NONE).members] == ["Dan"]
    assert {row.slug for row in listed(WINTER).rows} == set(SLUGS)
    quiet = WINTER.at(Period(date(2030, 1, 1), date(2030, 1, 31)))
    assert [row.member.name for row in report(quiet, "web").members] == ["Cleo"]


def test_a_member_without_hours_is_listed_with_nothing(scene: Scene) -> None:
    Person.objects.create(name="Flo", team=Team.objects.get(slug="core"))
    found = report(WINTER, "core")
    row = found.members[-1]
    assert (row.member.name, row.tally, row.share, row.member.last_on) == ("Flo", Tally(), 0.0, None)
    assert (found.row.logged, found.row.people) == (2, 3)
    assert found.matrix.rows[-1].name == "Flo"


def test_members_that_have_no_row_stand_together_in_one(scene: Scene) -> None:
    core = Team.objects.get(slug="core")
    Person.objects.bulk_create(Person(name=f"Member {n}", team=core, company=core.company) for n in range(SHOWN + 5))
    everyone = [each for each in members(WINTER).values() if each.team_id == core.pk]
    chosen = replace(WINTER, teams=("core",))
    last_first = matrix(chosen, everyone, TODAY, "month")
    assert (len(last_first.rows), last_first.more) == (SHOWN, 7)
    assert last_first.rest is not None
    shown = sum(row.seconds for row in last_first.rows) + last_first.rest.seconds
    assert shown == last_first.total.seconds == naive(chosen).seconds


def test_members_beyond_the_first_lead_to_their_worklogs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worklogs.reports.team.SHOWN", 1)
    monkeypatch.setattr("worklogs.reports.matrix.SHOWN", 1)
    found = report(WINTER, "core")
    assert (len(found.members), found.more, found.matrix.more) == (1, 1, 1)
    assert found.matrix.rest is not None
    assert behind(found.more_query) == found.more_tally.seconds == found.matrix.rest.seconds > 0
    assert behind(found.matrix.rest.query) == found.matrix.rest.seconds


def test_who_left_is_counted_while_the_period_before_has_their_hours(scene: Scene) -> None:
    after = WINTER.at(Period(date(2026, 4, 1), date(2026, 7, 31)))
    web = next(row for row in listed(after).rows if row.slug == "web")
    assert (web.people, web.logged, web.tally) == (2, 0, Tally())
    members = report(after, "web").members
    assert {row.member.name for row in members} == {"Cleo", "Eve"}
    assert sum(row.before.seconds for row in members) == web.before.seconds


def test_last_entries_are_those_of_the_chosen_instances(scene: Scene) -> None:
    for instances in ((), ("alpha",)):
        days: dict[int, date] = {}
        for row in Worklog.objects.values("person_id", "day", "instance__slug"):
            if not instances or row["instance__slug"] in instances:
                days[row["person_id"]] = max(row["day"], days.get(row["person_id"], row["day"]))
        found = members(replace(WINTER, instances=instances))
        assert {each.id: each.last_on for each in found.values() if each.last_on} == days


def test_columns_sort_both_ways_and_the_unknown_stands_last(scene: Scene) -> None:
    for name, column in COLUMNS.items():
        if column.key is None:
            continue
        for sort in (name, f"-{name}"):
            rows = [row for row in listed(WINTER, sort=sort).rows if row.slug != NONE]
            known = [column.key(row) for row in rows if column.key(row) is not None]
            assert known == sorted(known, reverse=sort.startswith("-")), sort
            assert all(column.key(row) is None for row in rows[len(known) :])
    for wrong in ("nothing", "-trend", ""):
        with pytest.raises(BadFilter):
            listed(WINTER, sort=wrong)


def test_the_total_of_a_search_is_that_of_the_teams_it_finds(scene: Scene) -> None:
    found, everything = listed(WINTER, name="cOr"), listed(WINTER)
    assert [row.name for row in found.rows] == ["Core"]
    core = replace(WINTER, teams=("core",))
    assert found.total.tally == naive(core) == found.rows[0].tally
    assert (found.total.before, found.total.people) == (naive(core.at(core.period.previous)), found.rows[0].people)
    assert found.total.share == found.rows[0].share
    assert everything.total.share == pytest.approx(1)
    assert behind(found.total.query) == found.total.tally.seconds


def test_there_is_no_such_team(scene: Scene) -> None:
    assert team_report(WINTER, "nothing", list(JiraInstance.objects.all()), TODAY) is None


def test_someone_who_sees_own_hours_finds_the_own_team_alone(scene: Scene) -> None:
    own = (scene.people["Ana"].pk,)
    chosen = replace(WINTER, people=own)
    assert [(row.slug, row.people) for row in listed(chosen, own=own).rows] == [("core", 1)]
    assert [row.member.name for row in report(chosen, "core", own=own).members] == ["Ana"]
    assert team_report(chosen, "web", list(JiraInstance.objects.all()), TODAY, own=own) is None


@pytest.mark.parametrize(
    ("seconds", "grain", "shade"),
    [(0, "day", ""), (1, "day", "l1"), (7200, "day", "l1"), (7201, "day", "l2"), (28_800, "day", "l4")]
    + [
        (28_801, "day", "l5"),
        (36_001, "day", "l6"),
        (999_999, "day", "l6"),
        (36_000, "week", "l1"),
        (36_001, "week", "l2"),
    ],
)
def test_shades_follow_the_hours(seconds: int, grain: str, shade: str) -> None:
    assert heat(seconds, grain) == shade


def test_the_next_and_the_previous_team_stand_beside_it(scene: Scene) -> None:
    found = [report(WINTER, slug) for slug in SLUGS]
    by_position = sorted(found, key=lambda each: each.position)
    assert [each.position for each in by_position] == [1, 2, 3, 4]
    for one, two in zip(by_position, by_position[1:], strict=False):
        assert (one.next, two.previous) == (two.row, one.row)
    assert by_position[0].previous is by_position[-1].next is None
