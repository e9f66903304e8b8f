"""Adds people by e-mail addresses that somebody pastes, and puts people into teams."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Membership
from worklogs.ingest.totals import mark_changed
from worklogs.linking import link_people
from worklogs.models import Person, Team

# Bounded, and begun at the beginning of a word alone: a long text must not take long.
ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
LONGEST_NAME = 255
BETWEEN = re.compile(r"[<>,;:|\t\r\n]")
WORD = re.compile(r"[^\s<>()\[\]\",;:|]+")


@dataclass(frozen=True)
class Moved:
    """Who got another team, and the name of the one before."""

    person: Person
    before: str


@dataclass(frozen=True)
class Pasted:
    added: tuple[Person, ...]
    moved: tuple[Moved, ...]
    unchanged: tuple[Person, ...]  # who were there already, in this team where one was chosen
    ambiguous: tuple[str, ...]  # addresses that several people have: none of them got the team
    left_out: tuple[str, ...]


def addresses_in(text: str) -> dict[str, str]:
    """Each address once, in lower case and in the order of the text, with the name written before it."""
    found: dict[str, str] = {}
    for match in ADDRESS.finditer(text):
        email = match[0].lower().strip("'")
        try:
            validate_email(email)
        except ValidationError:
            continue
        found.setdefault(email, name_before(text, match.start()) or name_from(email))
    return {email: name for email, name in found.items() if len(email) <= 254}


def unreadable_in(text: str) -> tuple[str, ...]:
    """What somebody may have meant as an address, each once: a word with an @ in which none is found."""
    words = dict.fromkeys(word for word in WORD.findall(text) if "@" in word)
    return tuple(word for word in words if not addresses_in(word))


def name_before(text: str, start: int) -> str:
    """`Ana Beltrán` where it is written as: "Ana Beltrán" <ana@alborada.example>"""
    before = text[max(0, start - LONGEST_NAME) : start].rstrip()
    return BETWEEN.split(before[:-1])[-1].strip(' "') if before.endswith("<") else ""


def name_from(email: str) -> str:
    """`Ana Beltran` of ana.beltran@alborada.example, until somebody writes it right."""
    return " ".join(word.capitalize() for word in re.split(r"[._+-]+", email.split("@")[0]) if word) or email


@transaction.atomic
def add_people(text: str, team: Team | None) -> Pasted:
    """One person for each address that nobody of the company has yet; members are linked to their users at once. With
    a team, whoever is there already gets it too, unless several people have the address."""
    found = addresses_in(text)
    known: defaultdict[str, list[Person]] = defaultdict(list)
    people = Person.objects.select_related("team").annotate(bears=Lower("email"), shows=Lower("accounts__email"))
    for person in people.filter(Q(bears__in=found) | Q(shows__in=found)):
        for address in {person.bears, person.shows} & found.keys():
            if person not in known[address]:
                known[address].append(person)
    new = [Person(name=name, email=email, team=team) for email, name in found.items() if email not in known]
    added = Person.objects.bulk_create(new)
    for member in Membership.objects.filter(user__email__in=found).select_related("user", "company"):
        link_people(member, {member.user.email})
    several = tuple(email for email in found if team and len(known.get(email, ())) > 1)
    single = [known[email][0] for email in found if email in known and email not in several]
    moved = put_into_team(single, team) if team else ()
    moving = {each.person.pk for each in moved}
    if added:
        mark_changed()
    return Pasted(
        added=tuple(added),
        moved=moved,
        unchanged=tuple(person for person in single if person.pk not in moving),
        ambiguous=several,
        left_out=unreadable_in(text),
    )


def put_into_team(people: Iterable[Person], team: Team) -> tuple[Moved, ...]:
    """Tells those who were not in it. The people come with their teams."""
    moved = tuple(Moved(person, str(person.team or "")) for person in people if person.team_id != team.pk)
    if moved:
        Person.objects.filter(pk__in=[each.person.pk for each in moved]).update(team=team)
        mark_changed()
    return moved
