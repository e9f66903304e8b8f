"""The parts of a query, each read by itself: what can't be read is left out and named, and the rest keeps working."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from worklogs.hours import seconds_of
from worklogs.periods import BadPeriod, Period, period_from_query, read_day

NONE = "none"  # in a query: no team, no epic, no project
NOT = "not-"  # before the name of a part: not-team=core
OF_PERIOD = ("from", "to", "period", "compare")
T = TypeVar("T")


class BadFilter(ValueError):
    """The query cannot be read; the message names the part."""


@dataclass(frozen=True)
class Fault:
    """A part that can't be read and is left out."""

    name: str  # as in the query
    value: str
    error: ValueError  # its message says what to write instead

    @property
    def condition(self) -> str:
        return f"{self.name}={self.value[:40]}".replace("\x00", "")

    def __str__(self) -> str:
        told = {"condition": self.condition, "reason": str(self.error)}
        return _("“%(condition)s” isn’t applied. %(reason)s") % told


class Parts:
    """Reads one query; `faults` grows with what can't be read."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.faults: list[Fault] = []

    def values(self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """Those that can be read; a form's empty choice is none."""
        found = (self._tried(name, value, read) for value in self.query.getlist(name) if value)
        return tuple(value for value in found if value is not None)

    def value(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.query.get(name)
        return self._tried(name, text, read) if text else None

    def period(self, today: date, week_start: int) -> Period:
        """Of the parts that can be read. Days that make no period leave the preset, else the default."""
        kept: dict[str, str] = {}
        for name in OF_PERIOD:
            text = self.query.get(name)
            if text and self._tried(name, text, reader_of(name, today, week_start)):
                kept[name] = text
        try:
            return period_from_query(kept, today, week_start)
        except BadPeriod as error:
            self.faults += [Fault(name, kept.pop(name), error) for name in ("from", "to") if name in kept]
            return period_from_query(kept, today, week_start)

    def _tried(self, name: str, text: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(text)
        except ValueError as error:
            self.faults.append(Fault(name, text, error))
            return None


def reader_of(name: str, today: date, week_start: int) -> Callable[[str], object]:
    """Of one part of a period. A day is read alone: until today it may be longer than a period can be."""
    if name in ("from", "to"):
        return read_day
    return lambda text: period_from_query({name: text}, today, week_start)


def word(text: str) -> str:
    """No database is asked for a NUL."""
    if "\x00" in text:
        raise BadFilter(_("It contains an invalid character."))
    return text


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadFilter(_("Use a number."))
    return int(text)


def number_or_none(text: str) -> str:
    return text if text == NONE else str(number(text))


def weekday(text: str) -> int:
    if len(text) != 1 or text not in "1234567":
        raise BadFilter(_("Use a number from 1 (Monday) to 7 (Sunday)."))
    return int(text)


def yes_or_no(text: str) -> str:
    if text not in ("yes", "no"):
        raise BadFilter(_("Use yes or no."))
    return text


def only_yes(text: str) -> str:
    if text != "yes":
        raise BadFilter(_("Use yes, or leave it out."))
    return text


def one_of(known: Collection[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise BadFilter(_("Use one of %(names)s.") % {"names": ", ".join(filter(None, known))})
        return text

    return read


def duration(text: str) -> int:
    try:
        return seconds_of(text)
    except ValueError as error:
        raise BadFilter(str(error)) from error
