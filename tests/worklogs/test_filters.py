"""Whatever is asked, every way of adding it up gives the same: the rows, the pages, the export, the reports."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worklogs.conftest import TEAMS, Scene
from worklogs.exports import COLUMNS as EXPORTED
from worklogs.exports import worklogs_csv, worklogs_sheet
from worklogs.filters import NONE, BadFilter, Excluded, WorklogFilter
from worklogs.folding import fold
from worklogs.models import Issue, JiraInstance, Person, Project, Team, Worklog
from worklogs.periods import BadPeriod, Period
from worklogs.reports.breakdown import breakdown
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.pivot import MEASURES, pivot
from worklogs.reports.tallies import Tally, summed
from worklogs.reports.unknown_names import unknown_names
from worklogs.reports.worklog_list import filter_total, worklog_page
from worklogs.reports.worklog_order import SORTS

EDGES = [
    date(2024, 2, 1),
    date(2024, 2, 29),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 1, 15),
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 28),
    date(2026, 3, 20),
]
TODAY = date(2026, 3, 20)
ALWAYS = Period(date(2024, 1, 1), date(2026, 12, 31))

periods = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(lambda pair: Period(min(pair), max(pair)))
plain_filters = st.builds(
    WorklogFilter,
    period=periods,
    instances=st.lists(st.sampled_from(["alpha", "beta", "closed", "unknown"]), max_size=3).map(tuple),
)
filters = st.builds(
    WorklogFilter,
    period=periods,
    instances=st.one_of(st.just(()), st.lists(st.sampled_from(["alpha", "beta", "closed"]), max_size=2).map(tuple)),
    people=st.lists(st.sampled_from(["Ana", "Ben", "Cleo", "Dan", "Eve"]), max_size=3).map(tuple),
    teams=st.lists(st.sampled_from(["core", "web", "empty", NONE, "unknown"]), max_size=2).map(tuple),
    projects=st.lists(st.sampled_from(["CORE", "WEB", NONE]), max_size=2).map(tuple),
    epics=st.lists(st.sampled_from(["CORE-1", "WEB-1", "CORE-2", NONE]), max_size=2).map(tuple),
    issues=st.lists(st.sampled_from(["CORE-1", "CORE-3", "HOME-1", ""]), max_size=2).map(tuple),
    types=st.lists(st.sampled_from(["Epic", NONE, "Story", "=none", "==", "none "]), max_size=2).map(tuple),
    weekdays=st.lists(st.sampled_from(range(1, 8)), max_size=3).map(tuple),
    at_least=st.sampled_from([None, None, 0, 60, 3600]),
    at_most=st.sampled_from([None, None, 59, 3600, 90_000]),
    billable=st.sampled_from(["", "", "yes", "no"]),
    excluded=st.builds(
        Excluded,
        instances=st.sampled_from([(), (), ("beta",), ("alpha", "unknown")]),
        people=st.sampled_from([(), (), ("Ana",), ("Ben", "Dan")]),
        teams=st.sampled_from([(), (), ("core",), (NONE,), ("web", NONE), ("unknown",)]),
        projects=st.sampled_from([(), (), ("CORE",), (NONE,), ("WEB", NONE)]),
        epics=st.sampled_from([(), (), ("CORE-1",), (NONE,)]),
        issues=st.sampled_from([(), (), ("CORE-3", "")]),
        types=st.sampled_from([(), (), ("Epic",), (NONE,), ("=none", "==")]),
    ),
    text=st.sampled_from(
        ["", "", "", "review", "REFUNDS", "core-", "100 %", "_", "你好", "<b>", "épica", "ÉPICA", "no such"]
    ),
)


def resolved(named: WorklogFilter, scene: Scene) -> WorklogFilter:
    """With the ids of this database for the names that were drawn."""

    def keys(found: Any, names: tuple[str, ...]) -> list[int]:
        return list(found.filter(key__in=[name for name in names if name != NONE]).values_list("id", flat=True))

    def with_none(found: Any, names: tuple[str, ...]) -> tuple[str, ...]:
        return (*map(str, keys(found, names)), *(name for name in names if name == NONE))

    def with_ids(part: Any) -> Any:
        return replace(
            part,
            people=tuple(scene.people[str(name)].pk for name in part.people),
            projects=with_none(Project.objects, part.projects),
            epics=with_none(Issue.objects, part.epics),
            issues=tuple(keys(Issue.objects, tuple(map(str, part.issues)))),
        )

    found: WorklogFilter = replace(with_ids(named), excluded=with_ids(named.excluded))
    return found


Row = dict[str, Any]
TYPE_KEYS = {"Epic": "Epic", "none": "=none", "=": "=="}  # of the scene's issues, but for those of no type


def every_row() -> list[Row]:
    """The worklogs with all that a filter looks at, put together without a filter or a join of ours."""
    people = {person["id"]: person for person in Person.objects.values()}
    teams = {team["id"]: team["slug"] for team in Team.objects.values()}
    issues = {issue["id"]: issue for issue in Issue.objects.values()}
    rows: list[Row] = [dict(row) for row in Worklog.objects.values()]
    for row in rows:
        issue = issues[row["issue_id"]]
        row |= {"team": teams.get(people[row["person_id"]]["team_id"]), "issue": issue}
    return rows


def is_chosen(row: Row, chosen: WorklogFilter, instances: dict[int, str]) -> bool:
    def among(value: Any, part: str) -> bool:
        def is_in(wanted: tuple[Any, ...]) -> bool:
            return NONE in wanted if value is None else str(value) in map(str, wanted)

        wanted, unwanted = getattr(chosen, part), getattr(chosen.excluded, part)
        return (not wanted or is_in(wanted)) and not is_in(unwanted)

    texts = (row["comment"], row["issue"]["summary"], row["issue"]["key"])
    return (
        chosen.period.first <= row["day"] <= chosen.period.last
        and among(instances[row["instance_id"]], "instances")
        and among(row["person_id"], "people")
        and among(row["team"], "teams")
        and among(row["project_id"], "projects")
        and among(row["epic_id"], "epics")
        and among(row["issue_id"], "issues")
        and among(TYPE_KEYS.get(row["issue"]["type"]), "types")
        and (not chosen.weekdays or row["day"].isoweekday() in chosen.weekdays)
        and (chosen.at_least is None or row["seconds"] >= chosen.at_least)
        and (chosen.at_most is None or row["seconds"] <= chosen.at_most)
        and (not chosen.billable or (row["billable_seconds"] > 0) == (chosen.billable == "yes"))
        and any(chosen.text.lower() in text.lower() for text in texts)
    )


def sums(rows: list[Row]) -> tuple[int, int, int]:
    return sum(row["seconds"] for row in rows), sum(row["billable_seconds"] for row in rows), len(rows)


def every_page(chosen: WorklogFilter, scene: Scene, sort: str) -> list[Any]:
    rows: list[Any] = []
    cursor, more = "", True
    while more:
        page = worklog_page(chosen, scene.instances, sort=sort, after=cursor)
        assert page.seconds == sum(row.seconds for row in page.rows)
        assert page.is_first == (not cursor)
        rows += page.rows
        cursor, more = page.next_cursor, bool(page.next_cursor)
    return rows


def exported(chosen: WorklogFilter) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(worklogs_csv(chosen)).removeprefix("\ufeff"), newline="")))


def assert_all_agree(chosen: WorklogFilter, scene: Scene) -> None:
    names = {instance.pk: slug for slug, instance in scene.instances.items()}
    naive = [row for row in every_row() if is_chosen(row, chosen, names)]
    seconds, billable, worklogs = sums(naive)
    aggregate = chosen.worklogs().aggregate(s=Sum("seconds", default=0), n=Count("id"))
    assert aggregate == {"s": seconds, "n": worklogs}
    total = filter_total(chosen)
    assert (total.tally.seconds, total.tally.billable_seconds, total.tally.worklogs) == (seconds, billable, worklogs)
    assert total.people == len({row["person_id"] for row in naive})
    for sort in ("-day", SORTS[worklogs % len(SORTS)]):
        assert sorted(row.id for row in every_page(chosen, scene, sort)) == sorted(row["id"] for row in naive)
    lines = exported(chosen)
    assert (sum(int(line["Seconds"]) for line in lines), len(lines)) == (seconds, worklogs)
    assert sum(int(line["Billable seconds"]) for line in lines) == billable
    for by in DIMENSIONS:
        found = breakdown(chosen, by)
        assert found.total == summed(row.tally for row in found.rows) == Tally(seconds, billable, worklogs), by
        for row in found.rows[:3]:
            narrowed = WorklogFilter.from_query(QueryDict(row.query.removeprefix("?")), TODAY)
            assert filter_total(narrowed).tally == row.tally, (by, row.group)


@dataclass(frozen=True)
class Asked:
    rows: str
    columns: str
    measure: str


def amount_of(chosen: WorklogFilter, measure: str) -> int:
    total = filter_total(chosen)
    return {
        "hours": total.tally.seconds,
        "billable": total.tally.billable_seconds,
        "worklogs": total.tally.worklogs,
        "people": total.people,
    }[measure]


def assert_cells_agree(chosen: WorklogFilter, asked: Asked) -> None:
    """Each cell, row, column and the whole is what its own worklogs come to, and what can be added adds up."""
    found = pivot(chosen, asked.rows, asked.columns, asked.measure)
    cells = [found.total, *found.column_totals, *(row.total for row in found.rows)]
    cells += [cell for row in found.rows[:2] for cell in row.cells]
    assert found.total.amount == amount_of(chosen, asked.measure)
    for cell in [cell for cell in cells if cell.query][:40]:
        narrowed = WorklogFilter.from_query(QueryDict(cell.query.removeprefix("?")), TODAY)
        assert amount_of(narrowed, asked.measure) == cell.amount, (asked, cell)
    if asked.measure != "people":
        assert found.total.amount == sum(row.total.amount for row in found.rows)
        for row in found.rows if asked.columns else ():
            assert row.total.amount == sum(cell.amount for cell in row.cells)
        if asked.columns:
            assert found.total.amount == sum(cell.amount for cell in found.column_totals)


one_scene = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@one_scene
@given(named=filters)
def test_every_way_of_adding_up_a_filter_agrees(scene: Scene, named: WorklogFilter) -> None:
    assert_all_agree(resolved(named, scene), scene)


@one_scene
@given(chosen=plain_filters)
def test_totals_of_period_and_instances_agree_too(scene: Scene, chosen: WorklogFilter) -> None:
    assert chosen.is_plain
    assert_all_agree(chosen, scene)


@one_scene
@given(
    named=filters,
    asked=st.builds(
        Asked,
        rows=st.sampled_from(list(DIMENSIONS)),
        columns=st.sampled_from(["", *DIMENSIONS]),
        measure=st.sampled_from(list(MEASURES)),
    ),
)
def test_every_cell_of_a_pivot_is_what_its_worklogs_come_to(scene: Scene, named: WorklogFilter, asked: Asked) -> None:
    assert_cells_agree(resolved(named, scene), asked)


@one_scene
@given(period=periods, by=st.sampled_from(list(DIMENSIONS)), instance=st.sampled_from([None, "Alpha", "Closed"]))
def test_the_report_command_tells_the_same(scene: Scene, period: Period, by: str, instance: str | None) -> None:
    instances = (instance.lower(),) if instance else ()
    total = filter_total(WorklogFilter(period, instances=instances)).tally
    words = ["--instance", instance] if instance else []
    told = json.loads(report(period, by, *words, "--format", "json"))
    assert told["total_seconds"] == sum(row["seconds"] for row in told["rows"]) == total.seconds
    assert sum(row["worklogs"] for row in told["rows"]) == total.worklogs
    lines = list(csv.DictReader(io.StringIO(report(period, by, *words, "--format", "csv"))))
    assert sum(int(line["seconds"]) for line in lines) == total.seconds
    assert [line["key"].removeprefix("'") for line in lines] == [row["key"] for row in told["rows"]]


def report(period: Period, by: str, *words: str) -> str:
    out = io.StringIO()
    arguments = ["--company", "alborada", "--from", str(period.first), "--to", str(period.last), "--by", by]
    call_command("report", *arguments, *words, stdout=out)
    return out.getvalue()


@one_scene
@given(named=filters, by=st.sampled_from(list(DIMENSIONS)))
def test_the_command_takes_the_query_of_a_page(scene: Scene, named: WorklogFilter, by: str) -> None:
    chosen, out = resolved(named, scene), io.StringIO()
    query = chosen.query().removeprefix("?") + "&sort=-hours&group=team&page=2"
    call_command("report", "--company", "alborada", "--by", by, "--query", query, "--format", "json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["total_seconds"] == filter_total(chosen).tally.seconds == sum(row["seconds"] for row in told["rows"])


def test_what_has_an_option_of_its_own_replaces_what_the_query_says(scene: Scene) -> None:
    period, elsewhere = Period(date(2025, 12, 20), date(2026, 2, 28)), "?from=2020-01-01&to=2020-01-31&instance=beta"
    told = report(period, "person", "--query", f"{elsewhere}&team=core", "--format", "csv")
    assert {line["label"] for line in csv.DictReader(io.StringIO(told))} == {"Ana", "Ben"}
    for words, slug in (([], "beta"), (["--instance", "Alpha"], "alpha")):
        total = filter_total(WorklogFilter(period, instances=(slug,))).tally.seconds
        told = report(period, "day", "--query", elsewhere, *words, "--format", "json")
        assert json.loads(told)["total_seconds"] == total


def test_a_query_without_days_means_the_month_of_the_company(scene: Scene) -> None:
    out = io.StringIO()
    with time_machine.travel(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)):  # February already in Madrid
        call_command("report", "--company", "alborada", "--by", "month", "--query", "", "--format", "json", stdout=out)
    february = WorklogFilter(Period(date(2026, 2, 1), date(2026, 2, 28)))
    assert json.loads(out.getvalue())["total_seconds"] == filter_total(february).tally.seconds > 0


@pytest.mark.parametrize(("by", "then"), [("team", "person"), ("month", "day"), ("epic", "type"), ("team", "team")])
def test_rows_within_rows_add_up_on_the_command_line(scene: Scene, by: str, then: str) -> None:
    year = Period(date(2025, 1, 1), date(2026, 12, 31))
    told = json.loads(report(year, by, "--then", then, "--format", "json"))
    assert told["total_seconds"] == filter_total(WorklogFilter(year)).tally.seconds
    lines = list(csv.DictReader(io.StringIO(report(year, by, "--then", then, "--format", "csv"))))
    assert sum(int(line["seconds"]) for line in lines) == told["total_seconds"]
    if by != then:
        assert all(sum(each["seconds"] for each in row["rows"]) == row["seconds"] for row in told["rows"])
        assert [line["then_label"].removeprefix("'") for line in lines] == [
            each["label"] for row in told["rows"] for each in row["rows"]
        ]
        assert len(report(year, by, "--then", then).splitlines()) == len(told["rows"]) + len(lines) + 1


def test_the_command_names_what_nobody_knows(scene: Scene) -> None:
    out, error = io.StringIO(), io.StringIO()
    words = ["--by", "team", "--query", "from=2025-12-20&to=2026-02-28&team=core&not-team=nosuch&person=987654"]
    call_command("report", "--company", "alborada", *words, "--format", "json", stdout=out, stderr=error)
    assert error.getvalue().splitlines() == ["Unknown person “987654”", "Unknown team “nosuch”"]
    assert json.loads(out.getvalue())["total_seconds"] == 0


def test_an_issue_that_is_no_epic_is_no_epic_to_a_filter_either(scene: Scene) -> None:
    story = Issue.objects.filter(level=0).exclude(pk__in=Worklog.objects.exclude(epic=None).values("epic"))[0]
    out, error = io.StringIO(), io.StringIO()
    words = ["--by", "team", "--query", f"period=this-year&epic={story.pk}", "--format", "json"]
    call_command("report", "--company", "alborada", *words, stdout=out, stderr=error)
    assert error.getvalue().splitlines() == [f"Unknown epic “{story.pk}”"]
    told = unknown_names(WorklogFilter(Period(date(2026, 1, 1), date(2026, 1, 31)), epics=(str(story.pk),)))
    assert told.is_all
    assert str(story.pk) in told.text


def test_the_command_tells_namesakes_apart(scene: Scene) -> None:
    Person.objects.filter(name__in=("Ana", "Ben")).update(name="Ana García")
    Person.objects.filter(pk=scene.people["Ana"].pk).update(email="ana@acme.example")
    table = report(Period(date(2025, 12, 20), date(2026, 2, 28)), "person")
    assert "Ana García (ana@acme.example)" in table
    assert "Ana García (Alpha)" in table


def test_the_table_ends_with_the_total(scene: Scene) -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    total = filter_total(WorklogFilter(year)).tally
    last = report(year, "team").splitlines()[-1].split()
    assert last[0] == "Total"
    assert int(last[2]) == total.worklogs


@pytest.mark.parametrize(
    "words",
    [
        ["--company", "nowhere", "--from", "2026-01-01", "--to", "2026-01-31", "--by", "day"],
        ["--company", "alborada", "--from", "2026-01-32", "--to", "2026-01-31", "--by", "day"],
        ["--company", "alborada", "--from", "2026-02-01", "--to", "2026-01-31", "--by", "day"],
        ["--company", "alborada", "--from", "2026-01-01", "--to", "2026-01-31", "--by", "day", "--instance", "X"],
        ["--company", "alborada", "--by", "day"],
        ["--company", "alborada", "--from", "2026-01-01", "--by", "day"],
        ["--company", "alborada", "--by", "day", "--query", "person=x"],
        ["--company", "alborada", "--by", "day", "--query", "team=%00"],
        ["--company", "alborada", "--by", "day", "--query", "from=junk"],
        ["--company", "alborada", "--by", "day", "--query", "billable=maybe"],
        ["--company", "alborada", "--by", "day", "--query", "&".join(["person=1"] * 2000)],
    ],
)
def test_a_report_that_cannot_be_made_is_a_usage_error(scene: Scene, words: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("report", *words)
    assert refused.value.returncode == 2


LOST_BY_A_JOIN: dict[str, Callable[[Scene], WorklogFilter]] = {
    "no team": lambda scene: WorklogFilter(ALWAYS, people=(scene.people["Dan"].pk,)),
    "no epic": lambda scene: WorklogFilter(ALWAYS, epics=(NONE,)),
    "no project": lambda scene: WorklogFilter(ALWAYS, projects=(NONE,)),
    "unreadable issue": lambda scene: WorklogFilter(
        ALWAYS, issues=tuple(Issue.objects.filter(key="").values_list("id", flat=True))
    ),
    "deactivated person": lambda scene: WorklogFilter(ALWAYS, people=(scene.people["Eve"].pk,)),
    "deactivated instance": lambda scene: WorklogFilter(ALWAYS, instances=("closed",)),
}


@pytest.mark.parametrize("choose", LOST_BY_A_JOIN.values(), ids=LOST_BY_A_JOIN.keys())
def test_no_worklog_is_lost_by_a_join(scene: Scene, choose: Callable[[Scene], WorklogFilter]) -> None:
    chosen = choose(scene)
    assert chosen.worklogs().exists()
    assert_all_agree(chosen, scene)


def test_rows_without_stand_in_a_row_of_their_own(scene: Scene) -> None:
    everything = WorklogFilter(ALWAYS)
    for by, label in (("team", "No team"), ("epic", "No epic"), ("project", "No project")):
        row = next(row for row in breakdown(everything, by).rows if row.group.key == NONE)
        assert row.group.label == label
    unreadable = [row for row in breakdown(everything, "issue").rows if row.group.code == "#unreadable"]
    assert len(unreadable) == len(scene.instances)


def test_a_deleted_team_leaves_its_hours_without_a_team(scene: Scene) -> None:
    before = filter_total(WorklogFilter(ALWAYS))
    Team.objects.get(slug="core").delete()
    assert filter_total(WorklogFilter(ALWAYS)) == before
    assert {row.group.label for row in breakdown(WorklogFilter(ALWAYS), "team").rows} == {"No team", "Web"}


@pytest.mark.parametrize("sort", SORTS)
def test_pages_follow_their_order_without_gap_or_repeat(scene: Scene, sort: str) -> None:
    """Álgebra stands before Beta, whatever has the name."""
    JiraInstance.objects.filter(slug="closed").update(name="Álgebra")
    Issue.objects.filter(key="CORE-2").update(type="Épica")
    Project.objects.filter(key="WEB", instance=scene.instances["alpha"]).update(key="ÁREA")
    chosen = WorklogFilter(Period(date(2025, 1, 1), date(2026, 3, 31)))
    found = chosen.worklogs().select_related("issue__project", "epic__project", "project", "person__team", "instance")
    wanted = sorted(found, key=SORTED_BY[sort.removeprefix("-")], reverse=sort.startswith("-"))
    assert len(wanted) > 100
    assert [row.id for row in every_page(chosen, scene, sort)] == [row.pk for row in wanted]
    at = list(EXPORTED).index("Worklog")
    assert [line[at] for line in worklogs_sheet(chosen, sort=sort).rows] == [row.external_id for row in wanted]


def by_time(row: Worklog) -> tuple[Any, ...]:
    return (row.day, row.started_at, row.pk)


def by_issue(issue: Issue | None) -> tuple[Any, ...]:
    """CORE-9 before CORE-10."""
    key = issue.key if issue else ""
    return (issue.project.key if issue and issue.project else "", len(key), key)


def share(row: Worklog) -> int:
    return 2 if row.billable_seconds >= row.seconds else 1 if row.billable_seconds else 0


SORTED_BY: dict[str, Callable[[Worklog], tuple[Any, ...]]] = {
    "day": by_time,
    "start": lambda row: (row.started_at, row.pk),
    "person": lambda row: (fold(f"{row.person.name} {row.person.email}"), *by_time(row)),
    "team": lambda row: (fold(row.person.team.name) if row.person.team else "", *by_time(row)),
    "issue": lambda row: (by_issue(row.issue), *by_time(row)),
    "type": lambda row: (fold(row.issue.type), *by_time(row)),
    "comment": lambda row: (fold(row.comment), *by_time(row)),
    "project": lambda row: (fold(row.project.key) if row.project else "", *by_time(row)),
    "epic": lambda row: (by_issue(row.epic), *by_time(row)),
    "instance": lambda row: (fold(row.instance.name), *by_time(row)),
    "billable": lambda row: (share(row), *by_time(row)),
    "hours": lambda row: (row.seconds, row.pk),
}


def test_worklogs_that_come_between_two_pages_repeat_none(scene: Scene) -> None:
    chosen = WorklogFilter(ALWAYS)
    first = worklog_page(chosen, scene.instances)
    Worklog.objects.filter(pk=first.rows[0].id).delete()
    second = worklog_page(chosen, scene.instances, after=first.next_cursor)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "[]",
        "[1, 2, 3]",
        "{}",
        "null",
        '["2026-01-01", "x", 1]',
        '["2026-01-01", "0001-01-01T00:00:00+14:00", 1]',
        '["2026-01-01", "9999-12-31T23:59:59-14:00", 1]',
        f'["2026-01-01", "2026-01-01T00:00:00+00:00", {"9" * 5000}]',
        '["2026-01-01", "2026-01-01T00:00:00+00:00", true]',
        '["\\u0000", "2026-01-01", "2026-01-01T00:00:00+00:00", 1]',
        "[" * 5000,
        "\x00",
    ],
)
def test_a_cursor_that_cannot_be_read_says_so(scene: Scene, cursor: str) -> None:
    chosen = WorklogFilter(Period(date(2026, 1, 1), date(2026, 1, 31)))
    for sort in SORTS:
        with pytest.raises(BadFilter):
            worklog_page(chosen, scene.instances, sort=sort, after=cursor)


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2030-01-01T00:00:00+02:00"])
@pytest.mark.parametrize("day", ["0001-01-01", "2025-12-01", "2026-01-10", "2026-03-01", "9999-12-31"])
@pytest.mark.parametrize("pk", [-1, 1, 99999999999999999999999])
def test_a_cursor_from_elsewhere_never_leaves_the_period(scene: Scene, day: str, moment: str, pk: int) -> None:
    chosen = WorklogFilter(Period(date(2026, 1, 1), date(2026, 1, 31)))
    for sort, told in (("day", [day, moment, pk]), ("-day", [day, moment, pk]), ("hours", [60, pk])):
        try:
            page = worklog_page(chosen, scene.instances, sort=sort, after=json.dumps(told))
        except BadFilter:
            continue
        assert all(chosen.period.first <= row.day <= chosen.period.last for row in page.rows)


def test_a_sort_that_there_is_not_is_named(scene: Scene) -> None:
    with pytest.raises(BadFilter, match="Can’t sort by “name”"):
        worklog_page(WorklogFilter(ALWAYS), scene.instances, sort="name")


# From a query and back


def asked(query: str) -> WorklogFilter:
    return WorklogFilter.from_query(QueryDict(query), TODAY)


@one_scene
@given(named=filters)
def test_a_filter_is_read_back_from_its_query(scene: Scene, named: WorklogFilter) -> None:
    chosen = resolved(named, scene)
    assert asked(chosen.query().removeprefix("?")) == chosen


def test_the_empty_choices_of_a_form_choose_nothing() -> None:
    assert asked("person=&team=&project=&epic=&issue=&instance=&billable=&q=&period=") == asked("")


@pytest.mark.parametrize(
    "query",
    [
        "person=x",
        "person=none",
        "person=-1",
        "person=1.5",
        "person=%D9%A3",
        "issue=none",
        f"issue={'9' * 19}",
        "project=CORE",
        "epic=%00",
        "team=core%00",
        "instance=%00",
        "billable=maybe",
        "billable=yes&billable=perhaps",
    ],
)
def test_a_part_that_cannot_be_read_says_so(query: str) -> None:
    with pytest.raises(BadFilter):
        asked(query)


parts = st.sampled_from(
    ["from", "to", "period", "instance", "person", "team", "project", "epic", "issue", "billable", "q"]
    + ["not-team", "not-person", "not-epic", "not-type", "weekday", "at-least"]
)
junk = st.one_of(st.text(max_size=30), st.integers().map(str), st.sampled_from(["none", "yes", "alpha", "2026-01-01"]))


def test_a_bad_part_drops_only_itself_and_is_named() -> None:
    query = "from=2026-13-01&to=2026-03-31&team=core&person=abc&person=7&weekday=9&at-least=foo&not-epic=x&not-team=web"
    reading = WorklogFilter.read(QueryDict(query), TODAY)
    assert reading.filter == asked("to=2026-03-31&team=core&person=7&not-team=web")
    assert [(fault.name, fault.value) for fault in reading.faults] == [
        ("from", "2026-13-01"),
        ("person", "abc"),
        ("not-epic", "x"),
        ("weekday", "9"),
        ("at-least", "foo"),
    ]
    assert all(f"“{fault.name}={fault.value}” isn’t applied" in str(fault) for fault in reading.faults)


def test_days_in_the_wrong_order_are_named_and_the_rest_keeps_working() -> None:
    reading = WorklogFilter.read(QueryDict("from=2026-03-02&to=2026-03-01&team=core"), TODAY)
    assert reading.filter == asked("team=core")
    assert [(fault.name, fault.value) for fault in reading.faults] == [("from", "2026-03-02"), ("to", "2026-03-01")]
    preset = WorklogFilter.read(QueryDict("from=2026-03-02&to=2026-03-01&period=last-year"), TODAY)
    assert preset.filter == asked("period=last-year")


@one_scene
@given(pairs=st.lists(st.tuples(parts, junk), max_size=6))
def test_any_query_is_a_filter_or_says_why_not(scene: Scene, pairs: list[tuple[str, str]]) -> None:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    try:
        chosen = WorklogFilter.from_query(query, TODAY)
    except (BadFilter, BadPeriod):
        return
    assert worklog_page(chosen, scene.instances).seconds >= 0
    assert filter_total(chosen).tally.worklogs >= 0


def test_the_team_of_today_counts_for_the_hours_of_yesterday(scene: Scene) -> None:
    assert set(TEAMS) == {name.lower() for name in scene.people}
    scene.people["Dan"].team = scene.people["Ana"].team
    scene.people["Dan"].save()
    assert not WorklogFilter(ALWAYS, teams=(NONE,)).worklogs().exists()
