"""The public holidays of countries and their regions, from the `holidays` library into a company's calendar."""

from dataclasses import dataclass
from datetime import date

import holidays
from django.db import transaction

from worklogs.ingest.totals import mark_changed
from worklogs.models import Holiday, HolidayCalendar

LONGEST_NAME = 200


class UnknownPlace(LookupError):
    """The library knows no such subdivision; the text says which ones it knows."""


@dataclass(frozen=True)
class PublicHoliday:
    day: date
    name: str
    is_half_day: bool


@dataclass(frozen=True)
class Added:
    new: tuple[Holiday, ...]
    known: int


def subdivision_of(country: str, text: str) -> str:
    """The code of a subdivision that is written as a code or by its name. Raises UnknownPlace."""
    known = holidays.country_holidays(country)
    codes = {code.lower(): code for code in known.subdivisions}
    codes |= {name.lower(): code for name, code in known.subdivisions_aliases.items()}
    if text.lower() in codes:
        return codes[text.lower()]
    names = {code: name for name, code in known.subdivisions_aliases.items()}
    raise UnknownPlace(", ".join(f"{code} ({names[code]})" if code in names else code for code in known.subdivisions))


def public_holidays(country: str, subdivision: str, year: int) -> list[PublicHoliday]:
    """In the language of the country; empty for years of which the library knows nothing."""
    known = holidays.country_holidays(country)
    found: list[PublicHoliday] = []
    for category in ("half_day", "public"):
        if category not in known.supported_categories:
            continue
        days = holidays.country_holidays(
            country, subdivision or None, years=year, categories=(category,), language=known.default_language
        )
        found += [PublicHoliday(day, name, category == "half_day") for day, name in days.items() if day.year == year]
    return sorted(
        {each.day: each for each in found}.values(), key=lambda each: each.day
    )  # a whole day goes before half


@transaction.atomic
def add_public_holidays(calendar: HolidayCalendar, year: int) -> Added:
    """Adds those that are new to the calendar. What the company renamed, moved or switched off stays as it is."""
    public = public_holidays(calendar.country, calendar.subdivision, year)
    of_calendar = Holiday.objects.filter(calendar=calendar)
    brought = set(of_calendar.filter(public_day__year=year).values_list("public_day", flat=True))
    written = set(of_calendar.filter(day__year=year).values_list("day", "name"))
    new = [
        Holiday(calendar=calendar, day=each.day, name=name, is_half_day=each.is_half_day, public_day=each.day)
        for each in public
        if each.day not in brought and (each.day, name := each.name[:LONGEST_NAME]) not in written
    ]
    Holiday.objects.bulk_create(new)
    if new:
        mark_changed()
    return Added(tuple(new), len(public) - len(new))
