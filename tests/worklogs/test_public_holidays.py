from datetime import date

import pytest

from accounts.models import Company
from tests.conftest import Cast
from worklogs.countries import countries
from worklogs.models import Holiday, HolidayCalendar
from worklogs.public_holidays import UnknownPlace, add_public_holidays, public_holidays, subdivision_of


def days(country: str, subdivision: str, year: int) -> dict[date, str]:
    return {each.day: each.name for each in public_holidays(country, subdivision, year)}


def test_holidays_are_those_of_the_country_in_its_language_with_those_of_the_region() -> None:
    spain, madrid, rome = days("ES", "", 2026), days("ES", "MD", 2026), days("IT", "", 2026)
    assert spain[date(2026, 1, 6)] == "Epifanía del Señor"
    assert date(2026, 5, 2) in madrid.keys() - spain.keys()
    assert rome[date(2026, 4, 6)] == "Lunedì dell'Angelo"  # Easter Monday moves


def test_half_days_are_told_and_a_whole_day_goes_before_a_half_one() -> None:
    found = {each.day: each.is_half_day for each in public_holidays("GR", "", 2026)}
    assert set(found.values()) == {False, True}
    assert found[date(2026, 12, 25)] is False


def test_a_year_of_which_nothing_is_known_has_none() -> None:
    assert public_holidays("ES", "", 1800) == []


def test_countries_are_named_by_their_two_letters() -> None:
    assert countries()["ES"] == "Spain"
    assert countries()["US"] == "United States"
    assert (countries()["CD"], countries()["TT"]) == ("Congo - Kinshasa", "Trinidad & Tobago")
    assert {len(code) for code in countries()} == {2}
    for code in countries():
        public_holidays(code, "", 2026)


def test_a_region_is_known_by_its_code_or_name() -> None:
    assert [subdivision_of("ES", text) for text in ("MD", "md", "Madrid")] == ["MD"] * 3
    with pytest.raises(UnknownPlace, match="MD"):
        subdivision_of("ES", "Texas")


def test_a_year_is_added_once(in_alborada: Cast) -> None:
    calendar = HolidayCalendar.objects.create(name="Madrid", country="ES", subdivision="MD")
    first, second = add_public_holidays(calendar, 2026), add_public_holidays(calendar, 2026)
    assert (len(first.new), first.known) == (len(days("ES", "MD", 2026)), 0)
    assert (second.new, second.known) == ((), len(first.new))
    assert len(add_public_holidays(calendar, 2027).new) > 0


def test_what_the_company_changed_stays_changed(in_alborada: Cast) -> None:
    calendar = HolidayCalendar.objects.create(name="Madrid", country="ES")
    total = len(add_public_holidays(calendar, 2026).new)
    Holiday.objects.filter(day=date(2026, 1, 1)).update(name="New Year")
    Holiday.objects.filter(day=date(2026, 1, 6)).update(is_active=False)
    Holiday.objects.filter(day=date(2026, 5, 1)).update(day=date(2026, 5, 4))
    Holiday.objects.create(calendar=calendar, day=date(2026, 11, 9), name="Almudena")
    before = set(Holiday.objects.values_list("day", "name", "is_active"))
    assert add_public_holidays(calendar, 2026).new == ()
    assert set(Holiday.objects.values_list("day", "name", "is_active")) == before
    assert len(before) == total + 1


def test_a_holiday_that_was_entered_by_hand_is_not_added_a_second_time(in_alborada: Cast) -> None:
    calendar = HolidayCalendar.objects.create(name="Madrid", country="ES")
    name = days("ES", "", 2026)[date(2026, 1, 6)]
    Holiday.objects.create(calendar=calendar, day=date(2026, 1, 6), name=name)
    added = add_public_holidays(calendar, 2026)
    assert added.known == 1
    assert Holiday.objects.filter(day=date(2026, 1, 6)).count() == 1


def test_another_calendar_gets_its_own(in_alborada: Cast) -> None:
    madrid = HolidayCalendar.objects.create(name="Madrid", country="ES")
    add_public_holidays(madrid, 2026)
    other = HolidayCalendar.objects.create(name="Toledo", country="ES")
    assert add_public_holidays(other, 2026).known == 0


def test_pages_are_out_of_date_after_new_holidays(in_alborada: Cast) -> None:
    calendar = HolidayCalendar.objects.create(name="Madrid", country="ES")

    def version() -> int:
        return Company.objects.get(pk=in_alborada.company.pk).data_version

    before = version()
    add_public_holidays(calendar, 2026)
    after = version()
    add_public_holidays(calendar, 2026)
    assert before < after == version()
