"""Every block of the dashboard adds up to its total, and the total to the worklogs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import book, worklog
from tests.worklogs.conftest import Scene
from tests.worklogs.test_filters import every_page, one_scene, plain_filters
from worklogs.coverage import sync_state
from worklogs.filters import NAMED, NONE, WorklogFilter
from worklogs.ingest import IssueBook, IssueRecord, UnreadableBook, UnreadableRecord
from worklogs.models import Issue, JiraInstance, Person, Worklog
from worklogs.periods import Period
from worklogs.reports.bars import BarList, bar_list
from worklogs.reports.dimensions import DIMENSIONS
from worklogs.reports.overview import Overview, overview
from worklogs.reports.people import people_list
from worklogs.reports.tallies import Tally, change, summed

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
WINTER = Period(date(2025, 12, 1), date(2026, 3, 20))


def seen(chosen: WorklogFilter, split: str = "instance") -> Overview:
    return overview(chosen, list(JiraInstance.objects.all()), split=split, now=NOW)


def listed(bars: BarList) -> Tally:
    rows = summed(row.tally for row in bars.rows)
    return rows + bars.more_tally + (bars.without.tally if bars.without else Tally())


@one_scene
@given(chosen=plain_filters, split=st.sampled_from(["instance", "team"]))
def test_every_block_adds_up_to_the_total(scene: Scene, chosen: WorklogFilter, split: str) -> None:
    report = seen(chosen, split)
    wanted = chosen.worklogs().aggregate(
        seconds=Sum("seconds", default=0),
        billable_seconds=Sum("billable_seconds", default=0),
        worklogs=Count("id"),
        people=Count("person", distinct=True),
    )
    people = wanted.pop("people")
    assert report.total == Tally(**wanted)
    for bars in (report.teams, report.epics, report.top_people):
        assert listed(bars) == bars.total == report.total
    assert summed(row.tally for row in report.instances) == report.total
    assert sum(series.seconds for series in report.series) == report.total.seconds
    assert sum(column.seconds for column in report.chart.columns) == report.total.seconds
    assert report.people == people
    assert report.is_empty == (not report.total.worklogs)


@one_scene
@given(chosen=plain_filters)
def test_before_is_the_total_of_the_period_before(scene: Scene, chosen: WorklogFilter) -> None:
    report = seen(chosen)
    assert chosen.period.compared == chosen.period.previous
    before = seen(chosen.at(chosen.period.previous))
    assert (report.before, report.people_before) == (before.total, before.people)
    assert report.change == change(report.total.seconds, before.total.seconds)


@one_scene
@given(chosen=plain_filters)
def test_columns_cover_the_period_without_gap(scene: Scene, chosen: WorklogFilter) -> None:
    columns = seen(chosen).chart.columns
    spans = [read(column.query).period for column in columns]
    assert (spans[0].first, spans[-1].last) == (chosen.period.first, chosen.period.last)
    assert all(one.last + timedelta(days=1) == two.first for one, two in zip(spans, spans[1:], strict=False))


def read(query: str) -> WorklogFilter:
    return WorklogFilter.from_query(QueryDict(query.removeprefix("?")), NOW.date())


def hours_behind(query: str) -> int:
    return int(read(query).worklogs().aggregate(s=Sum("seconds", default=0))["s"])


@pytest.mark.parametrize("split", ["instance", "team"])
def test_every_number_leads_to_the_worklogs_that_it_counts(scene: Scene, split: str) -> None:
    report = seen(WorklogFilter(WINTER, instances=("alpha", "closed")), split)
    bars = [
        row for each in (report.teams, report.epics, report.top_people) for row in (*each.rows, each.without) if row
    ]
    assert len(bars) > 8
    assert [row.tally.seconds for row in bars] == [hours_behind(row.query) for row in bars]
    for series in report.series:
        assert series.seconds == hours_behind(series.query)
    for column in report.chart.columns:
        assert column.seconds == hours_behind(column.query)
    for instance in report.instances:
        assert instance.tally.seconds == hours_behind(instance.query)
    assert hours_behind(report.query) == report.total.seconds


def test_shares_are_of_the_total(scene: Scene) -> None:
    report = seen(WorklogFilter(WINTER))
    rows = [*report.teams.rows, report.teams.without]
    assert sum(row.share or 0 for row in rows if row) == pytest.approx(1)
    assert sum(row.share or 0 for row in report.instances) == pytest.approx(1)


def test_a_period_without_worklogs_is_empty_and_compares_with_nothing(scene: Scene) -> None:
    report = seen(WorklogFilter(Period(date(2030, 1, 1), date(2030, 1, 31))))
    assert report.is_empty
    assert (report.change, report.average.seconds, report.epics.rows, report.teams.without) == (None, 0, (), None)
    assert {row.instance.slug for row in report.instances} == {"alpha", "beta"}  # not what is switched off


def test_an_instance_that_is_switched_off_keeps_its_history(scene: Scene) -> None:
    report = seen(WorklogFilter(WINTER))
    assert {row.instance.slug for row in report.instances} == {"alpha", "beta", "closed"}


def test_an_instance_that_there_is_not_has_no_hours(scene: Scene) -> None:
    assert seen(WorklogFilter(WINTER, instances=("unknown",))).is_empty


def test_many_epics_with_the_same_hours_are_all_told(scene: Scene) -> None:
    """Ties at the end of the list: whichever epics are shown have a name."""
    alpha = scene.instances["alpha"]
    IssueBook(alpha).upsert([IssueRecord(f"e{n}", f"EPIC-{n}", level=1) for n in range(30)])
    day = date(2027, 5, 3)
    book(alpha).upsert([worklog(f"e{n}", 3600, issue_id=f"e{n}", day=day) for n in range(30)])
    epics = seen(WorklogFilter(Period(day, day))).epics
    assert (len(epics.rows), epics.more, listed(epics).seconds) == (8, 22, 30 * 3600)
    assert all(row.group.code.startswith("EPIC-") for row in epics.rows)
    assert hours_behind(epics.more_query) == epics.more_tally.seconds


def test_worklogs_without_an_epic_need_attention(scene: Scene) -> None:
    report = seen(WorklogFilter(WINTER))
    found = [item for item in report.attention if "without an epic" in item.title]
    assert len(found) == 1
    assert read(found[0].url.removeprefix("/worklogs/")).epics == (NONE,)
    assert report.epics.without
    assert f"{report.epics.without.tally.worklogs} worklogs" in found[0].title
    with translation.override("it"):
        told_in_italian = [item.detail for item in seen(WorklogFilter(WINTER)).attention]
    share = found[0].detail.partition(" ")[0].replace(".", ",")
    assert [detail for detail in told_in_italian if detail.startswith(share)]


def test_a_colour_is_of_an_instance_or_of_a_team(scene: Scene) -> None:
    chosen = WorklogFilter(WINTER)
    of_instances = {series.swatch for series in seen(chosen).series}
    of_teams = {series.swatch for series in seen(chosen, "team").series}
    assert of_instances & of_teams == set()
    assert 0 in of_teams  # the people without one


def told(chosen: WorklogFilter) -> dict[str, str]:
    return {item.title: item.url for item in seen(chosen).attention}


def test_days_over_24_hours_need_attention_and_open_their_worklogs(scene: Scene) -> None:
    day = date(2026, 3, 2)
    alpha, beta = (book(scene.instances[slug]) for slug in ("alpha", "beta"))
    alpha.upsert([worklog("l1", 80_000, account_id="ana", day=day), worklog("l2", 86_400, account_id="ben", day=day)])
    beta.upsert([worklog("l3", 6_401, account_id="ana", day=day)])
    one_day = WorklogFilter(Period(day, day))
    on_that_day = {title: url for title, url in told(one_day).items() if " logged " in title and " on " in title}
    naive: dict[str, int] = {}
    for row in Worklog.objects.filter(day=day).select_related("person"):
        naive[row.person.name] = naive.get(row.person.name, 0) + row.seconds
    long = {name for name, seconds in naive.items() if seconds > 24 * 3600}
    assert "Ana" in long
    assert {title.split(" logged")[0] for title in on_that_day} == long
    url = next(url for title, url in on_that_day.items() if title.startswith("Ana"))
    assert hours_behind(url.removeprefix("/worklogs/")) == naive["Ana"]


def test_who_has_not_logged_needs_attention_and_is_one_click_away(scene: Scene) -> None:
    """Of the days that are over, on any instance, whichever is shown."""
    march = WorklogFilter(Period(date(2026, 3, 1), date(2026, 3, 31)))
    rows = [row for row in people_list(march, NOW.date()).rows if row.missing]
    item = next(item for item in seen(march).attention if item.url.startswith("/people/"))
    days = sum(row.missing or 0 for row in rows)
    assert item.title == f"{len(rows)} people haven’t logged {days} days"
    assert item.detail == "Working days without time, March 2026"
    query = QueryDict(item.url.partition("?")[2])
    assert (query["from"], query["to"], query["missing"]) == ("2026-03-01", "2026-03-31", "yes")
    of_alpha = next(each for each in seen(replace(march, instances=("alpha",))).attention if each.title == item.title)
    assert (of_alpha.detail, of_alpha.url) == ("Working days without time on any instance, March 2026", item.url)
    to_come = WorklogFilter(Period(date(2026, 4, 1), date(2026, 4, 30)))
    assert not any(url.startswith("/people/") for url in told(to_come).values())


def test_of_a_long_period_the_last_days_are_looked_at(scene: Scene) -> None:
    chosen = WorklogFilter(Period(date(2024, 1, 1), date(2026, 12, 31)))
    url = next(url for url in told(chosen).values() if url.startswith("/people/"))
    assert read(url.removeprefix("/people/")).period == Period(date(2026, 2, 17), date(2026, 3, 19))


def test_worklogs_of_days_to_come_need_attention(scene: Scene) -> None:
    book(scene.instances["alpha"]).upsert([worklog("f1", day=date(2027, 1, 5)), worklog("f2", day=date(2030, 1, 5))])
    found = [url for title, url in told(WorklogFilter(WINTER)).items() if "in the future" in title]
    chosen = read(found[0].removeprefix("/worklogs/"))
    assert (chosen.period.first, chosen.period.last) == (date(2026, 3, 21), date(2030, 1, 5))


def test_worklogs_of_a_mistyped_year_do_not_break_the_page(scene: Scene) -> None:
    days = (date(2027, 1, 5), date(2062, 1, 2), date(2150, 1, 1))
    book(scene.instances["alpha"]).upsert([worklog(f"y{day}", day=day) for day in days])
    book(scene.instances["beta"]).upsert([worklog("b", day=date(2027, 1, 6))])
    for instances, wanted in (((), 3), (("alpha",), 2)):
        title, url = next(
            item for item in told(WorklogFilter(WINTER, instances=instances)).items() if "in the future" in item[0]
        )
        assert title.startswith(f"{wanted} worklog")
        assert read(url.removeprefix("/worklogs/")).worklogs().count() == wanted


def test_a_worklog_more_than_a_hundred_years_ahead_is_told_by_itself(scene: Scene) -> None:
    book(scene.instances["alpha"]).upsert([worklog("y", day=date(2150, 1, 1))])
    [url] = [url for title, url in told(WorklogFilter(WINTER)).items() if "in the future" in title]
    assert [row.day for row in read(url.removeprefix("/worklogs/")).worklogs()] == [date(2150, 1, 1)]


@pytest.mark.parametrize(("days", "shown"), [(("0026-11-03",), "3 Nov 0026"), (("0026-11-03", "9999-12-29"), "")])
def test_a_worklog_on_a_day_that_no_period_reaches_needs_attention(
    scene: Scene, days: tuple[str, ...], shown: str
) -> None:
    book(scene.instances["alpha"]).upsert([worklog(day, day=date.fromisoformat(day)) for day in days])
    [(title, url)] = [item for item in told(WorklogFilter(WINTER)).items() if "dated outside" in item[0]]
    singular = "1 worklog is dated outside 1900–2999: 3 Nov 0026"
    assert title == (singular if shown else "2 worklogs are dated outside 1900–2999: 3 Nov 0026 … 29 Dec 9999")
    assert url == "/worklogs/problems/"
    assert not [title for title in told(WorklogFilter(WINTER, instances=("beta",))) if "dated outside" in title]


def test_worklogs_that_are_no_longer_shown_need_attention_with_a_link_to_exactly_them(scene: Scene) -> None:
    alpha, ids = book(scene.instances["alpha"]), [f"m{number}" for number in range(3)]
    days = [date(2024, 1, 5), date(2026, 1, 5), date(2027, 1, 5)]
    alpha.upsert([worklog(each, day=day) for each, day in zip(ids, days, strict=True)])
    alpha.mark_missing("jira", ids)
    [item] = [item for item in seen(WorklogFilter(WINTER)).attention if "no longer shown" in item.title]
    assert item.title == "3 worklogs are no longer shown by their source"
    assert item.detail.startswith("They still count (3:00 h).")
    found = read(item.url.removeprefix("/worklogs/")).worklogs()
    assert sorted(row.external_id for row in found) == ids
    assert not [title for title in told(WorklogFilter(WINTER, instances=("beta",))) if "no longer shown" in title]
    alpha.upsert([worklog(each, day=day) for each, day in zip(ids, days, strict=True)])
    assert not [title for title in told(WorklogFilter(WINTER)) if "no longer shown" in title]


def test_rows_that_cannot_be_read_are_named_under_needs_attention(scene: Scene) -> None:
    unreadable = UnreadableBook(scene.instances["alpha"])
    rows = [UnreadableRecord("jira", "worklog", str(each), "timeSpentSeconds", "too few") for each in range(5)]
    unreadable.note(rows)
    [item] = [item for item in seen(WorklogFilter(WINTER)).attention if "invalid row" in item.title]
    assert (item.title, item.url) == ("5 invalid rows", "/worklogs/problems/")
    assert item.detail.count("timeSpentSeconds: too few") == 3
    assert "Jira worklog 0, timeSpentSeconds: too few" in item.detail
    again = UnreadableBook(scene.instances["alpha"])
    again.settle("jira", "worklog", [str(each) for each in range(5)])
    assert not [title for title in told(WorklogFilter(WINTER)) if "can’t be read" in title]


def test_accounts_of_people_without_an_address_need_attention(scene: Scene) -> None:
    assert any("linked to a person" in title for title in told(WorklogFilter(WINTER)))
    Person.objects.update(email="somebody@alborada.example")
    assert not any("linked to a person" in title for title in told(WorklogFilter(WINTER)))


def test_how_a_sync_stands(scene: Scene) -> None:
    instance = scene.instances["alpha"]
    ages = {"never": None, "ok": timedelta(hours=2), "late": timedelta(hours=27), "stale": timedelta(days=4)}
    for state, age in ages.items():
        instance.synced_at = NOW - age if age else None
        assert sync_state(instance, NOW) == state
    instance.sync_error = "The token has expired."
    assert sync_state(instance, NOW) == "failed"


def test_failed_and_unread_instances_need_attention(scene: Scene) -> None:
    JiraInstance.objects.filter(slug="alpha").update(sync_error="The token has expired.")
    JiraInstance.objects.filter(slug="beta").update(synced_at=NOW - timedelta(days=9))
    titles = {item.title: item for item in seen(WorklogFilter(WINTER)).attention}
    assert titles["Sync of Alpha failed"].detail == "The token has expired."
    assert "Beta hasn’t been synced for days" in titles
    JiraInstance.objects.filter(slug="beta").update(is_active=False)
    assert "Beta hasn’t been synced for days" not in {item.title for item in seen(WorklogFilter(WINTER)).attention}


def test_the_dashboard_is_a_handful_of_statements_whatever_the_period(scene: Scene) -> None:
    years = Period(date(2024, 1, 15), date(2026, 3, 20))
    for period in (WINTER, years):
        for split in ("instance", "team"):
            instances = list(JiraInstance.objects.all())
            with CaptureQueriesContext(connection) as captured:
                overview(WorklogFilter(period), instances, split=split, now=NOW)
            assert len(captured) <= 9


def test_edits_and_deletions_reach_every_block(scene: Scene) -> None:
    chosen = WorklogFilter(WINTER)
    alpha, gone = scene.instances["alpha"], Worklog.objects.filter(instance=scene.instances["alpha"]).first()
    assert gone
    book(alpha).remove("jira", [gone.external_id])
    book(alpha).upsert([worklog(5, 12_345, day=date(2026, 1, 31), issue_id="7", account_id="dan")])
    report = seen(chosen)
    assert report.total.seconds == sum(row.seconds for row in every_page(chosen, scene, "day"))
    assert listed(report.epics) == listed(report.top_people) == report.total


def test_people_beyond_the_first_are_counted_together(scene: Scene) -> None:
    day = date(2027, 5, 3)
    records = [worklog(f"p{n}", 60 * (n + 1), day=day, account_id=f"person {n}") for n in range(20)]
    book(scene.instances["alpha"]).upsert(records)
    people = seen(WorklogFilter(Period(day, day))).top_people
    assert (len(people.rows), people.more) == (8, 12)
    assert people.rows[0].tally.seconds == 1200
    assert replace(people, more_tally=Tally()).more_tally + listed(people) == people.total
    assert hours_behind(people.more_query) == people.more_tally.seconds


@pytest.mark.parametrize("by", ["person", "team", "project", "epic", "issue", "type", "instance"])
def test_the_rest_of_any_bars_leads_to_its_worklogs(scene: Scene, by: str) -> None:
    found = bar_list(WorklogFilter(WINTER, text="e"), by, list(scene.instances.values()), top=1)
    assert found.more > 0
    assert hours_behind(found.more_query) == found.more_tally.seconds > 0


def test_more_than_a_link_can_name_lead_nowhere(scene: Scene) -> None:
    values = list(range(1, NAMED + 2))
    chosen, person = WorklogFilter(WINTER), DIMENSIONS["person"]
    assert person.together(chosen, values, {}) == person.together(chosen, [], {}) == ""
    assert person.together(chosen, values[1:], {}).count("person=") == NAMED
    assert DIMENSIONS["type"].together(chosen, [f"{'long ' * 50} {n}" for n in range(20)], {}) == ""


def test_rows_lead_to_the_pages_that_the_site_map_names(scene: Scene) -> None:
    ana, epic = scene.people["Ana"].pk, Issue.objects.get(key="CORE-1", instance__slug="alpha")
    unread = Issue.objects.get(key="", instance__slug="alpha").pk
    assert DIMENSIONS["person"].groups([ana])[ana].url == reverse("person", args=[ana])
    assert {each.url for each in DIMENSIONS["team"].groups([]).values()} == {reverse("team", args=["none"])}
    for page in ("epic", "issue"):
        groups = DIMENSIONS[page].groups([epic.pk, unread])
        assert groups[epic.pk].url == f"{reverse(page, args=['CORE-1'])}?instance=alpha"
        assert groups[unread].url == reverse(f"{page}_by_id", args=[unread])
