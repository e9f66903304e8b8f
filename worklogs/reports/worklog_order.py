"""In which order worklogs are listed: by any column, page by page behind the last row's sort key."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Length, Lower, Substr
from django.utils.translation import gettext as _

from worklogs.filters import BadFilter
from worklogs.folding import fold
from worklogs.models import Issue, JiraInstance, Project, Worklog

LONGEST = 80  # characters of a comment that sort it
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """`read` turns what a cursor has back into the database's value, or raises ValueError. `built` makes the expression
    where it depends on the company's names."""

    name: str  # of a column, or of the expression where there is one
    read: Callable[[Any], Any]
    expression: Any = None
    built: Callable[[], Any] | None = None


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise ValueError("no number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    return value


def _day(value: Any) -> date:
    return date.fromisoformat(_text(value))


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(_text(value)).astimezone(UTC)


def _word(name: str, path: str, names: Callable[[], Iterable[str]]) -> Key:
    """Whatever its case and marks, of a column that isn't folded and has few `names`; those without one come first."""
    return Key(f"{name}_sorted", _text, built=lambda: _folded(path, names()))


def _folded(path: str, names: Iterable[str]) -> Any:
    """No database folds as `fold` does: it makes ASCII small, and is told the other names."""
    told = [When(**{path: each, "then": Value(fold(each))}) for each in names if not each.isascii()]
    small = Lower(Coalesce(F(path), Value(""), output_field=TextField()))
    return Case(*told, default=small, output_field=TextField())


def _instances() -> Iterable[str]:
    return JiraInstance.objects.order_by().values_list("name", flat=True)


def _projects() -> Iterable[str]:
    return Project.objects.order_by().values_list("key", flat=True)


def _types() -> Iterable[str]:
    return Issue.objects.order_by().values_list("type", flat=True).distinct()


def _name(name: str, path: str) -> Key:
    """Of a column that is folded already: whatever its case and marks."""
    return Key(f"{name}_sorted", _text, Coalesce(F(path), Value(""), output_field=TextField()))


def _issue(name: str) -> tuple[Key, ...]:
    """CORE-9 comes before CORE-10."""
    key = Coalesce(F(f"{name}__key"), Value(""))
    return (
        Key(f"{name}_project", _text, Coalesce(F(f"{name}__project__key"), Value(""))),
        Key(f"{name}_length", _number, Length(key)),
        Key(f"{name}_sorted", _text, key),
    )


DAY, STARTED, ID = Key("day", _day), Key("started_at", _moment), Key("id", _number)
LATEST = (DAY, STARTED, ID)
BILLABLE = Case(
    When(billable_seconds__gte=F("seconds"), then=Value(2)),
    When(billable_seconds__gt=0, then=Value(1)),
    default=Value(0),
    output_field=IntegerField(),
)
# By the columns of the list. No index is kept for those that aren't of time: a period is read and its first rows kept.
KEYS: Mapping[str, tuple[Key, ...]] = {
    "day": LATEST,
    "start": (STARTED, ID),
    "person": (_name("person", "person__folded"), *LATEST),
    "team": (_name("team", "person__team__folded"), *LATEST),
    "issue": (*_issue("issue"), *LATEST),
    "type": (_word("type", "issue__type", _types), *LATEST),
    "comment": (Key("comment_sorted", _text, Substr("folded", 1, LONGEST)), *LATEST),
    "project": (_word("project", "project__key", _projects), *LATEST),
    "epic": (*_issue("epic"), *LATEST),
    "instance": (_word("instance", "instance__name", _instances), *LATEST),
    "billable": (Key("billable_sorted", _number, BILLABLE), *LATEST),
    "hours": (Key("seconds", _number), ID),
}
SORTS = tuple(sign + name for name in KEYS for sign in ("", "-"))


def keys_of(sort: str) -> tuple[Key, ...]:
    if sort not in SORTS:
        raise BadFilter(_("Can’t sort by “%(name)s”.") % {"name": sort[:40].replace("\x00", "")})
    return KEYS[sort.removeprefix("-")]


def built_keys(sort: str) -> tuple[Key, ...]:
    """With every expression: one statement where a column isn't folded. BadFilter on a column that there is not."""
    return tuple(replace(key, expression=key.built()) if key.built else key for key in keys_of(sort))


def ordered(found: "QuerySet[Worklog]", sort: str, keys: Sequence[Key] = ()) -> "QuerySet[Worklog]":
    """`keys` are those of the sort, where they are built already. BadFilter as above."""
    keys, sign = keys or built_keys(sort), "-" if sort.startswith("-") else ""
    return annotated(found, keys).order_by(*(f"{sign}{key.name}" for key in keys))


def annotated(found: "QuerySet[Worklog]", keys: Sequence[Key]) -> "QuerySet[Worklog]":
    return found.annotate(**{key.name: key.expression for key in keys if key.expression is not None})


def cursor_of(row: Mapping[str, Any], keys: Sequence[Key]) -> str:
    values = (row[key.name] for key in keys)
    return json.dumps([each.isoformat() if isinstance(each, date) else each for each in values], ensure_ascii=False)


def values_of(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """ValueError or OverflowError where that is no cursor of these keys."""
    told = json.loads(cursor)
    if not isinstance(told, list) or len(told) != len(keys):
        raise ValueError("no cursor")
    return [key.read(value) for key, value in zip(keys, told, strict=True)]


def behind(keys: Sequence[Key], values: Sequence[Any], *, is_down: bool) -> Q:
    """The rows behind these values: by the first key, or by the next among those that are equal so far."""
    found, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        found |= equal & Q(**{f"{key.name}__{'lt' if is_down else 'gt'}": value})
        equal &= Q(**{key.name: value})
    return found
