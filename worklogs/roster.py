"""Adds people by e-mail addresses that somebody pastes."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import Membership
from worklogs.ingest.totals import mark_changed
from worklogs.models import Person, Team

# Bounded, and begun at the beginning of a word alone: a long text must not take long.
ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
LONGEST_NAME = 255
BETWEEN = re.compile(r"[<>,;:|\t\r\n]")
WORD = re.compile(r"[^\s<>()\[\]\",;:|]+")


@dataclass(frozen=True)
class Pasted:
    added: tuple[Person, ...]
    known: tuple[str, ...]  # addresses of people who were there already
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
    """One person for each address that nobody of the company has yet; members are linked to their users at once."""
    found = addresses_in(text)
    known = set(Person.objects.annotate(lower=Lower("email")).filter(lower__in=found).values_list("lower", flat=True))
    members = Membership.objects.filter(user__email__in=found).select_related("user")
    users = {member.user.email: member.user for member in members}
    new = [
        Person(name=name, email=email, team=team, user=users.get(email))
        for email, name in found.items()
        if email not in known
    ]
    added = Person.objects.bulk_create(new)
    if added:
        mark_changed()
    return Pasted(tuple(added), tuple(email for email in found if email in known), unreadable_in(text))
