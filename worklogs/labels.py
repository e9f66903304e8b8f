"""What looks alike is told apart: something stands beside a name, but only where others have the same."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce

from worklogs.models import Issue, JiraAccount, Person, Project


def told_apart(name: str, beside: str) -> str:
    """Ana García (ana@acme.example); without anything beside it, the name alone."""
    return f"{name} ({beside})" if beside else name


def people_apart(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Of rows that begin with a person's id and name and end with what stands BESIDE: the names are told apart, also
    where even that is the same, and the end is gone."""
    found = [(pk, told_apart(name, beside), *rest) for pk, name, *rest, beside in rows]
    names = Counter(name for _pk, name, *_rest in found)
    for pk, name, *rest in found:
        yield (pk, name if names[name] == 1 else told_apart(name, f"#{pk}"), *rest)


def names_apart(people: "QuerySet[Person]") -> dict[int, str]:
    """What these people are called, by their ids. One statement."""
    return dict(people_apart(people.values_list("id", "name", BESIDE)))


def person_label(person: Person) -> str:
    return names_apart(Person.objects.filter(pk=person.pk))[person.pk]


def keys_on_several(keys: Collection[str]) -> set[str]:
    """Those of these issue keys that more than one instance has. One statement."""
    found = Issue.objects.filter(key__in={key for key in keys if key}).order_by().values("key")
    return set(found.annotate(n=Count("instance", distinct=True)).filter(n__gt=1).values_list("key", flat=True))


# Of a person: what stands beside a name that others have too, the e-mail address, else where they log time.
BESIDE: Any = Case(
    When(~Exists(Person.objects.filter(name=OuterRef("name")).exclude(pk=OuterRef("pk"))), then=Value("")),
    When(~Q(email=""), then=F("email")),
    default=Coalesce(
        Subquery(JiraAccount.objects.filter(person=OuterRef("pk")).order_by("id").values("instance__name")[:1]),
        Value(""),
    ),
    output_field=TextField(),
)
# The same, of what has a person.
BESIDE_PERSON: Any = Subquery(
    Person.objects.filter(pk=OuterRef("person")).annotate(beside=BESIDE).values("beside")[:1], output_field=TextField()
)
# Of issues and projects: whether another instance has one of the same key, or of the same name.
KEY_IS_SHARED: Any = Exists(
    Issue.objects.filter(key=OuterRef("key")).exclude(key="").exclude(instance=OuterRef("instance"))
)
PROJECT_IS_SHARED: Any = Exists(
    Project.objects.filter(Q(key=OuterRef("key")) | Q(name=OuterRef("name"))).exclude(pk=OuterRef("pk"))
)
