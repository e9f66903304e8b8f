from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from worklogs.periods import (
    DEFAULT,
    ONE_DAY,
    PRESETS,
    BadPeriod,
    Period,
    period_from_query,
    preset_period,
    read_day,
    week_label,
    week_of,
)

SUNDAY = date(2026, 11, 22)


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def days(found: Period) -> tuple[str, str]:
    return found.first.isoformat(), found.last.isoformat()


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("this-week", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-09", "2026-11-15"),
        ("last-7-days", "2026-11-16", "2026-11-22"),
        ("last-30-days", "2026-10-24", "2026-11-22"),
        ("this-month", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("this-quarter", "2026-10-01", "2026-12-31"),
        ("last-quarter", "2026-07-01", "2026-09-30"),
        ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
    ],
)
def test_presets_mean_the_calendar_of_the_day(preset: str, first: str, last: str) -> None:
    assert days(preset_period(preset, SUNDAY)) == (first, last)


@pytest.mark.parametrize(
    ("preset", "today", "first", "last"),
    [
        ("last-month", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("last-month", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("this-month", "2023-02-28", "2023-02-01", "2023-02-28"),
        ("last-quarter", "2026-02-01", "2025-10-01", "2025-12-31"),
        ("this-week", "2026-01-01", "2025-12-29", "2026-01-04"),
        ("yesterday", "2026-01-01", "2025-12-31", "2025-12-31"),
        ("last-30-days", "2024-03-01", "2024-02-01", "2024-03-01"),
        ("last-year", "2024-02-29", "2023-01-01", "2023-12-31"),
    ],
)
def test_presets_at_the_edges_of_years_and_leap_months(preset: str, today: str, first: str, last: str) -> None:
    assert days(preset_period(preset, date.fromisoformat(today))) == (first, last)


@pytest.mark.parametrize(
    ("chosen", "before", "after"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2026-04-01", "2026-04-30")),
        (("2024-01-01", "2024-01-31"), ("2023-12-01", "2023-12-31"), ("2024-02-01", "2024-02-29")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31"), ("2027-01-01", "2027-12-31")),
        (("2026-10-01", "2026-12-31"), ("2026-07-01", "2026-09-30"), ("2027-01-01", "2027-03-31")),
        (("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15"), ("2026-11-23", "2026-11-29")),
        (("2026-03-01", "2026-03-30"), ("2026-01-30", "2026-02-28"), ("2026-03-31", "2026-04-29")),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2024-03-01", "2024-03-01")),
    ],
)
def test_whole_months_step_by_months_and_all_else_by_days(chosen, before, after) -> None:
    assert days(period(*chosen).previous) == before
    assert days(period(*chosen).next) == after


dates = st.dates(date(1900, 1, 1), date(2999, 12, 31))
week_starts = st.sampled_from([1, 6, 7])


@given(dates, st.integers(0, 800))
def test_neighbours_touch_and_lead_back(first: date, length: int) -> None:
    chosen = Period(first, first + timedelta(days=length))
    assert chosen.previous.last + ONE_DAY == chosen.first
    assert chosen.next.first - ONE_DAY == chosen.last
    if chosen.months or not chosen.next.months and not chosen.previous.months:
        assert days(chosen.next.previous) == days(chosen.previous.next) == days(chosen)


@given(dates)
def test_every_preset_holds_on_every_day(today: date) -> None:
    for preset in PRESETS:
        found = preset_period(preset, today)
        assert found.first <= found.last
        assert (found.first <= today <= found.last) == (preset not in BEFORE_TODAY)


BEFORE_TODAY = {"yesterday", "last-week", "last-month", "last-quarter", "last-year"}


def asked(query: str) -> Period:
    return period_from_query(QueryDict(query), SUNDAY)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2026-11-01", "2026-11-30"),
        ("period=last-year", "2025-01-01", "2025-12-31"),
        ("from=2026-10-05&to=2026-10-09", "2026-10-05", "2026-10-09"),
        ("from=2026-10-05&to=2026-10-09&period=today", "2026-10-05", "2026-10-09"),
        ("from=&to=&period=today", "2026-11-22", "2026-11-22"),
        ("from=2026-11-01", "2026-11-01", "2026-11-22"),
        ("from=2026-12-01", "2026-12-01", "2026-12-01"),
        ("to=2026-10-31", "2026-10-31", "2026-10-31"),
        ("from=%202026-10-05%20&to=2026-10-09", "2026-10-05", "2026-10-09"),
        ("from=2024-02-29&to=2024-02-29", "2024-02-29", "2024-02-29"),
        ("period=", "2026-11-01", "2026-11-30"),
    ],
)
def test_a_query_names_its_period(query: str, first: str, last: str) -> None:
    assert days(asked(query)) == (first, last)


@pytest.mark.parametrize(
    "query",
    [
        "period=someday",
        "from=2026-13-01&to=2026-12-31",
        "from=2023-02-29&to=2023-03-01",
        "from=2026-10-09&to=2026-10-05",
        "from=yesterday",
        "to=31.10.2026",
        "from=1899-12-31&to=1900-01-01",
        "from=2999-01-01&to=3000-01-01",
        "from=0001-01-01&to=9999-12-31",
        "from=1900-01-01&to=2100-12-31",
        "from=-2026-10-05",
        "from=2026-10-05%00",
        "from=99999999999999999999-01-01",
    ],
)
def test_a_query_that_names_none_says_so(query: str) -> None:
    with pytest.raises(BadPeriod) as told:
        asked(query)
    assert str(told.value)


words = st.one_of(st.text(), st.dates().map(str), st.sampled_from([*PRESETS, "", "2026-02-30", "+2026-01-01"]))


@given(st.dictionaries(st.sampled_from(["from", "to", "period"]), words), dates)
def test_any_text_is_a_period_or_a_bad_period(query: dict[str, str], today: date) -> None:
    try:
        found = period_from_query(query, today)
    except BadPeriod:
        return
    assert found.first <= found.last
    assert found.days <= 100 * 366
    assert found.previous.last < found.first
    assert found.next.first > found.last
    assert found.label
    assert found.title


@given(dates, st.integers(0, 800))
def test_a_period_is_read_back_from_its_query(first: date, length: int) -> None:
    chosen = Period(first, min(first + timedelta(days=length), date(2999, 12, 31)))
    assert asked(chosen.query) == chosen


def test_an_isoformat_of_another_kind_is_a_day_too() -> None:
    assert read_day("20261031") == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("first", "last", "label", "title"),
    [
        ("2026-10-01", "2026-10-31", "1 – 31 Oct 2026", "October 2026"),
        ("2026-10-05", "2026-10-05", "5 Oct 2026", "5 Oct 2026"),
        ("2026-09-28", "2026-10-04", "28 Sep – 4 Oct 2026", "Week 40, 28 Sep – 4 Oct 2026"),
        ("2025-12-29", "2026-01-04", "29 Dec 2025 – 4 Jan 2026", "Week 1, 29 Dec 2025 – 4 Jan 2026"),
        ("2026-01-01", "2026-12-31", "1 Jan – 31 Dec 2026", "2026"),
        ("2025-07-01", "2026-06-30", "1 Jul 2025 – 30 Jun 2026", "1 Jul 2025 – 30 Jun 2026"),
    ],
)
def test_labels_repeat_nothing(first: str, last: str, label: str, title: str) -> None:
    assert (period(first, last).label, period(first, last).title) == (label, title)


def test_the_default_is_a_preset() -> None:
    assert DEFAULT in PRESETS


@pytest.mark.parametrize(("language", "label"), [("en", "W47"), ("it", "S47"), ("es", "S47")])
def test_a_week_has_its_number_in_the_readers_language(language: str, label: str) -> None:
    with translation.override(language):
        assert week_label(SUNDAY) == label


@given(dates, week_starts)
def test_weeks_begin_where_the_company_says(today: date, week_start: int) -> None:
    this, last = (preset_period(preset, today, week_start) for preset in ("this-week", "last-week"))
    assert this.first.isoweekday() == week_start
    assert this.days == last.days == 7
    assert this.first <= today <= this.last
    assert last.last + ONE_DAY == this.first
    assert week_of(today, week_start) == this.first


def asked_on(query: str, today: str, week_start: int = 1) -> Period:
    return period_from_query(QueryDict(query), date.fromisoformat(today), week_start)


@pytest.mark.parametrize(
    ("query", "today", "compared"),
    [
        ("period=this-month", "2026-11-27", ("2026-10-01", "2026-10-27")),
        ("from=2026-11-01&to=2026-11-30", "2026-11-27", ("2026-10-01", "2026-10-27")),
        ("period=this-month", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("period=this-month", "2026-11-01", ("2026-10-01", "2026-10-01")),
        ("period=this-month", "2026-02-28", ("2026-01-01", "2026-01-28")),
        ("period=last-month", "2026-04-15", ("2026-02-01", "2026-02-28")),
        ("period=this-quarter", "2026-11-27", ("2026-07-01", "2026-08-27")),
        ("period=this-year", "2024-02-29", ("2023-01-01", "2023-02-28")),
        ("period=this-week", "2026-11-25", ("2026-11-16", "2026-11-18")),
        ("period=last-7-days", "2026-11-27", ("2026-11-14", "2026-11-20")),
        ("period=today", "2026-11-27", ("2026-11-26", "2026-11-26")),
        ("from=2026-11-10&to=2026-12-10", "2026-11-27", ("2026-10-10", "2026-10-27")),
        ("from=2026-01-10&to=2026-01-19", "2026-11-27", ("2025-12-31", "2026-01-09")),
        ("period=this-month&compare=year", "2026-11-27", ("2025-11-01", "2025-11-27")),
        ("period=last-month&compare=year", "2024-03-05", ("2023-02-01", "2023-02-28")),
        ("period=this-month&compare=year", "2024-02-29", ("2023-02-01", "2023-02-28")),
        ("period=this-week&compare=year", "2026-11-25", ("2025-11-24", "2025-11-26")),
        ("from=2026-01-10&to=2026-01-19&compare=year", "2026-11-27", ("2025-01-10", "2025-01-19")),
    ],
)
def test_only_days_that_have_come_are_compared(query: str, today: str, compared: tuple[str, str]) -> None:
    found = asked_on(query, today)
    assert found.compared
    assert days(found.compared) == compared


def test_weeks_are_compared_from_the_companys_first_day_on() -> None:
    found = asked_on("period=this-week", "2026-11-25", week_start=7)
    assert (days(found.so_far), found.compared and days(found.compared)) == (
        ("2026-11-22", "2026-11-25"),
        ("2026-11-15", "2026-11-18"),
    )


@pytest.mark.parametrize("query", ["compare=none", "from=2026-12-01&to=2026-12-31"])
def test_a_choice_or_a_period_ahead_compares_with_nothing(query: str) -> None:
    found = asked_on(query, "2026-11-27")
    assert (found.compared, found.versus) == (None, "")


def test_another_comparison_than_these_is_none() -> None:
    with pytest.raises(BadPeriod, match="previous, year, none"):
        asked_on("compare=budget", "2026-11-27")


@given(dates, st.sampled_from([*PRESETS]), week_starts)
def test_as_many_days_are_compared_but_for_the_ends_of_months(today: date, preset: str, week_start: int) -> None:
    found = period_from_query({"period": preset}, today, week_start)
    if before := found.compared:
        assert before.last < found.first
        assert before.days == found.so_far.days or found.months


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("period=this-month", "vs 1–27 Oct"),
        ("period=today", "vs 26 Nov"),
        ("from=2026-11-01&to=2026-11-27", "vs 5–31 Oct"),
        ("period=last-30-days", "vs 29 Sep – 28 Oct"),
        ("period=this-month&compare=year", "vs 1–27 Nov 2025"),
        ("from=2026-01-02&to=2026-01-05", "vs 29 Dec 2025 – 1 Jan 2026"),
    ],
)
def test_what_is_compared_is_said_in_words(query: str, told: str) -> None:
    assert asked_on(query, "2026-11-27").versus == told
