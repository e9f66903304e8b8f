"""Days as CLDR writes them in each language: Django's words, less the capitals that only English has."""

from datetime import date

from django.utils.dateformat import DateFormat
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format
from django.utils.translation import get_language

# Where CLDR has another word, or another order, than Django.
WORDS = {"es": {"sep": "sept"}}
PATTERNS = {
    "es": {
        "F Y": r"F \d\e Y",
        "j F Y": r"j \d\e F \d\e Y",
        "l j F": r"l, j \d\e F",
        "l j F Y": r"l, j \d\e F \d\e Y",
    }
}


def language() -> str:
    return (get_language() or "en")[:2]


class _Words(DateFormat):
    def D(self) -> str:  # noqa: N802 - named by the letters of a pattern
        return small(super().D())

    def F(self) -> str:  # noqa: N802
        return small(super().F())

    def M(self) -> str:  # noqa: N802
        return small(super().M())

    def l(self) -> str:  # noqa: E743
        return small(super().l())


def small(word: object) -> str:
    """A day's or month's name as it stands in a sentence."""
    if language() == "en":
        return str(word)
    lower = str(word).lower()
    return WORDS.get(language(), {}).get(lower, lower)


def date_format(day: date, pattern: str = "DATE_FORMAT") -> str:
    """`pattern` in Django's letters, or the name of one of its formats."""
    known: str = get_format(pattern)
    return str(_Words(day).format(PATTERNS.get(language(), {}).get(known, known)))


def weekday_names(*, is_short: bool = False) -> dict[int, str]:
    """By their number: 0 is Monday."""
    return {number: small(name) for number, name in (WEEKDAYS_ABBR if is_short else WEEKDAYS).items()}
