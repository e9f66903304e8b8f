"""Days are written as CLDR has them, whose data Babel brings."""

from datetime import date, datetime

import pytest
from babel import Locale
from django.template import Context, Template
from django.utils.translation import override

from accounts.dates import date_format, weekday_names

FRIDAY = date(2026, 11, 27)
LANGUAGES = ["en", "it", "es"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_and_weekdays_are_those_of_cldr(language: str) -> None:
    words, days = Locale(language).months["format"], [date(2026, 11, 23 + number) for number in range(7)]
    with override(language):
        for month in range(1, 13):
            assert date_format(date(2026, month, 1), "M") == words["abbreviated"][month]
            assert date_format(date(2026, month, 1), "F") == words["wide"][month]
        known = Locale(language).days["format"]
        for number, day in enumerate(days):
            assert date_format(day, "D") == weekday_names(is_short=True)[number] == known["abbreviated"][number]
            assert date_format(day, "l") == weekday_names()[number] == known["wide"][number]


@pytest.mark.parametrize(
    ("language", "pattern", "written"),
    [
        ("en", "D j M Y", "Fri 27 Nov 2026"),
        ("it", "D j M Y", "ven 27 nov 2026"),
        ("es", "D j M", "vie 27 nov"),
        ("es", "F Y", "noviembre de 2026"),
        ("it", "F Y", "novembre 2026"),
        ("es", "l j F Y", "viernes, 27 de noviembre de 2026"),
        ("en", "DATE_FORMAT", "27 Nov 2026"),
        ("es", "DATE_FORMAT", "27/11/2026"),
    ],
)
def test_a_day_is_written_as_the_language_does(language: str, pattern: str, written: str) -> None:
    with override(language):
        assert date_format(FRIDAY, pattern) == written


def test_templates_write_days_the_same_way() -> None:
    shown = Template('{{ day|date:"D j M" }}, {{ at|date:"j M H:i" }}, {{ none|date:"j M" }}, {{ word|date:"j M" }}.')
    context = Context({"day": FRIDAY, "at": datetime(2026, 9, 1, 8, 5), "none": None, "word": "x"})  # noqa: DTZ001
    with override("es"):
        assert shown.render(context) == "vie 27 nov, 1 sept 08:05, , ."
