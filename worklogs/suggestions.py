"""People who may be one human, for an ADMIN to confirm: what an address or a name alone must not decide."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

from worklogs.models import DifferentPeople, JiraAccount, JiraInstance, Person

MOST_ALIKE = 5  # more who share a name or an address share nothing that tells who they are
MOST = 100
Pair = tuple[int, int]


class Sign(IntEnum):
    """What two people have in common, the surest first."""

    ACCOUNT_ID = 1
    EMAIL = 2
    NAME = 3


@dataclass(frozen=True)
class Suggestion:
    first: Person
    second: Person
    sign: Sign


def suggested_merges() -> list[Suggestion]:
    """Without those that an ADMIN has told apart."""
    told_apart = set(DifferentPeople.objects.values_list("first", "second"))
    signs: dict[Pair, Sign] = {}
    for sign, people in _alike():
        for pair in combinations(sorted(people), 2):
            signs[pair] = min(sign, signs.get(pair, sign))
    pairs = sorted((sign, pair) for pair, sign in signs.items() if pair not in told_apart)[:MOST]
    found = Person.objects.prefetch_related("accounts__instance").in_bulk({pk for _, pair in pairs for pk in pair})
    return [Suggestion(found[first], found[second], sign) for sign, (first, second) in pairs]


def _alike() -> Iterator[tuple[Sign, set[int]]]:
    """Each group of two and more."""
    people = list(Person.objects.values_list("pk", "name", "email", "user__email"))
    accounts = list(JiraAccount.objects.values_list("person", "name", "email", "instance", "account_id"))
    groups: defaultdict[tuple[Sign, str], set[int]] = defaultdict(set)
    places: defaultdict[int, set[int]] = defaultdict(set)
    clouds = set(JiraInstance.objects.filter(kind=JiraInstance.Kind.CLOUD).values_list("pk", flat=True))
    for person, name, *emails in people + [row[:3] for row in accounts]:
        groups[Sign.NAME, " ".join(name.casefold().split())].add(person)
        for email in emails:
            groups[Sign.EMAIL, (email or "").lower()].add(person)
    for person, _name, _email, instance, account_id in accounts:
        places[person].add(instance)
        if instance in clouds:
            groups[Sign.ACCOUNT_ID, account_id].add(person)
    for (sign, key), alike in groups.items():
        if key and 1 < len(alike) <= MOST_ALIKE and not (sign is Sign.NAME and _are_told_apart(alike, places)):
            yield sign, alike


def _are_told_apart(people: set[int], places: dict[int, set[int]]) -> bool:
    """By an instance on which two of them have an account: namesakes."""
    listed = [instance for person in people for instance in places.get(person, ())]
    return len(listed) > len(set(listed))
