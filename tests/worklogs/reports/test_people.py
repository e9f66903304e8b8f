"""The list of people: its rows, pages, sums and orders."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from tests.worklogs.conftest import Scene
from tests.worklogs.reports.test_teams import behind, naive
from tests.worklogs.test_filters import filters, one_scene, resolved
from worklogs.filters import NONE, BadFilter, WorklogFilter
from worklogs.models import Person, Worklog
from worklogs.periods import Period
from worklogs.reports.people import COLUMNS, PAGE, PeopleList, people_list
from worklogs.reports.tallies import Tally, summed

TODAY = date(2026, 3, 20)
WINTER = WorklogFilter(Period(date(2025, 12, 1), TODAY))


def listed(chosen: WorklogFilter = WINTER, **how: object) -> PeopleList:
    return people_list(chosen, TODAY, **how)  # type: ignore[arg-type]


def names(found: PeopleList) -> list[str]:
    return [row.member.name for row in found.rows]


@one_scene
@given(named=filters)
def test_people_add_up_to_the_filter(scene: Scene, named: WorklogFilter) -> None:
    chosen = resolved(named, scene)
    found = listed(chosen)
    assert found.total == found.shown == summed(row.tally for row in found.rows) == naive(chosen)
    assert found.before == summed(row.before for row in found.rows)
    for row in found.rows:
        assert row.tally == naive(replace(chosen, people=(row.member.id,)))
        assert row.days == len(set(chosen.worklogs().filter(person=row.member.id).values_list("day", flat=True)))


def test_who_left_is_listed_while_there_are_hours(scene: Scene) -> None:
    assert set(names(listed())) == {"Ana", "Ben", "Cleo", "Dan", "Eve"}
    quiet = WINTER.at(Period(date(2030, 1, 1), date(2030, 1, 31)))
    assert names(listed(quiet)) == ["Ana", "Ben", "Cleo", "Dan"]
    assert names(listed(quiet, status="deactivated")) == ["Eve"]
    assert set(names(listed(quiet, status="all"))) == {"Ana", "Ben", "Cleo", "Dan", "Eve"}
    assert set(names(listed(status="active"))) == {"Ana", "Ben", "Cleo", "Dan"}


def test_people_are_found_by_name_mail_and_team(scene: Scene) -> None:
    Person.objects.filter(name="Dan").update(email="d.ortiz@alborada.example")
    assert names(listed(name="AN")) == names(listed(name="an"))
    assert set(names(listed(name="an"))) == {"Ana", "Dan"}
    assert names(listed(name="ortiz")) == names(listed(replace(WINTER, teams=(NONE,)))) == ["Dan"]
    assert set(names(listed(replace(WINTER, teams=("core",))))) == {"Ana", "Ben"}
    assert names(listed(replace(WINTER, teams=("core",), people=(scene.people["Ben"].pk,)))) == ["Ben"]


@pytest.mark.parametrize("how", [{}, {"name": "an"}, {"status": "active"}, {"status": "all"}])
def test_every_number_leads_to_its_worklogs(scene: Scene, how: dict[str, Any]) -> None:
    found = listed(**how)
    assert [row.tally.seconds for row in found.rows] == [behind(row.query) for row in found.rows]
    assert found.total.seconds == behind(found.query)


def test_a_hundred_stand_on_a_page_and_the_total_is_of_all(scene: Scene) -> None:
    Person.objects.bulk_create(Person(name=f"Member {n:03}", company=scene.cast.company) for n in range(PAGE + 20))
    first, second = listed(sort="name"), listed(sort="name", page=2)
    assert (len(first.rows), len(second.rows), first.pages, first.count) == (PAGE, 25, 2, PAGE + 25)
    assert not set(names(first)) & set(names(second))
    assert first.total == second.total == first.shown + second.shown == naive(WINTER)
    assert listed(sort="name", page=99) == second
    assert listed(name="Member").query == ""
    assert listed(name="Member").total == Tally()


def test_columns_sort_both_ways_and_the_unknown_stands_last(scene: Scene) -> None:
    Person.objects.create(name="Flo")
    for name, column in COLUMNS.items():
        if column.key is None:
            continue
        for sort in (name, f"-{name}"):
            rows = listed(sort=sort).rows
            known = [column.key(row) for row in rows if column.key(row) is not None]
            assert known == sorted(known, reverse=sort.startswith("-")), sort
            assert all(column.key(row) is None for row in rows[len(known) :])
    with pytest.raises(BadFilter):
        listed(sort="accounts")


def test_a_trend_has_a_place_for_each_of_twelve_months(scene: Scene) -> None:
    sums: defaultdict[date, int] = defaultdict(int)
    for row in Worklog.objects.filter(person__name="Ana", day__gte=date(2025, 4, 1), day__lte=date(2026, 3, 31)):
        sums[row.day.replace(day=1)] += row.seconds
    line = next(row.trend for row in listed().rows if row.member.name == "Ana")
    assert line is not None
    heights = [float(place.split()[1]) for place in line.path[1:].split("L")]
    months = [date(2025 + (month > 12), (month - 1) % 12 + 1, 1) for month in range(4, 16)]
    largest = max(sums.values())
    assert heights == [pytest.approx(17 - 14 * sums[month] / largest, abs=0.06) for month in months]


def test_accounts_are_counted(scene: Scene) -> None:
    assert {row.accounts for row in listed().rows} == {3}
