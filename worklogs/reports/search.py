"""What the palette finds: people, teams, epics and issues by a few letters of their name or key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from worklogs.models import Issue, Person, Team, Worklog
from worklogs.reports.dimensions import issue_group

MOST = 6  # of each kind
EPIC_LEVEL = 1


@dataclass(frozen=True)
class Hit:
    label: str
    url: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Hits:
    title: str
    icon: str
    rows: tuple[Hit, ...]


def search(text: str, own: Sequence[int] | None) -> tuple[Hits, ...]:
    """`own` are the people to whose worklogs the reader is kept: only what those tell of is found."""
    if not text:
        return ()
    found = (
        Hits(_("People"), "person", tuple(_people(text, own))),
        Hits(_("Teams"), "team", tuple(_teams(text, own))),
        Hits(_("Epics"), "epic", tuple(_issues(text, own, "epic"))),
        Hits(_("Issues"), "issue", tuple(_issues(text, own, "issue"))),
    )
    return tuple(hits for hits in found if hits.rows)


def _people(text: str, own: Sequence[int] | None) -> Iterator[Hit]:
    found = Person.objects.filter(Q(name__icontains=text) | Q(email__icontains=text))
    found = found if own is None else found.filter(pk__in=own)
    for pk, name, team in found.order_by("-is_active", "name").values_list("id", "name", "team__name")[:MOST]:
        yield Hit(name, reverse("person", args=[pk]), detail=team or "")


def _teams(text: str, own: Sequence[int] | None) -> Iterator[Hit]:
    found = Team.objects.filter(name__icontains=text)
    found = found if own is None else found.filter(people__in=own).distinct()
    for slug, name in found.order_by("name").values_list("slug", "name")[:MOST]:
        yield Hit(name, reverse("team", args=[slug]))


def _issues(text: str, own: Sequence[int] | None, page: str) -> Iterator[Hit]:
    """Those with this key first, then those whose key begins so, then those that say it."""
    found: QuerySet[Any] = Issue.objects.filter(Q(key__icontains=text) | Q(summary__icontains=text))
    found = found.filter(level=EPIC_LEVEL) if page == "epic" else found.exclude(level=EPIC_LEVEL)
    if own is not None:
        found = found.filter(pk__in=Worklog.objects.filter(person__in=own, **{f"{page}__isnull": False}).values(page))
    nearness = Case(
        When(key__iexact=text, then=Value(0)),
        When(key__istartswith=text, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    columns = ("id", "key", "summary", "external_id", "instance__slug", "instance__name")
    for told in found.order_by(nearness, "-id").values_list(*columns)[:MOST]:
        group = issue_group(*told, page=page)
        yield Hit(group.label, group.url, group.code, group.detail)
