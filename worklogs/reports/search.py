"""What the palette finds: people, teams, epics and issues by a few letters of their name or key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from worklogs.filters import has_text
from worklogs.folding import fold
from worklogs.labels import BESIDE, people_apart
from worklogs.models import FormerKey, Issue, Person, Team, Worklog
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
    found = Person.objects.filter(folded__contains=fold(text))
    found = found if own is None else found.filter(pk__in=own)
    rows = found.order_by("-is_active", "folded").values_list("id", "name", "team__name", BESIDE)[:MOST]
    for pk, name, team in people_apart(rows):
        yield Hit(name, reverse("person", args=[pk]), detail=team or "")


def _teams(text: str, own: Sequence[int] | None) -> Iterator[Hit]:
    found = Team.objects.filter(folded__contains=fold(text))
    found = found if own is None else found.filter(people__in=own).distinct()
    for slug, name in found.order_by("folded").values_list("slug", "name")[:MOST]:
        yield Hit(name, reverse("team", args=[slug]))


def _issues(text: str, own: Sequence[int] | None, page: str) -> Iterator[Hit]:
    """Those with this key first, then those that had it, then those whose key begins so, then those that say it."""
    found: QuerySet[Any] = Issue.objects.filter(has_text(text))
    found = found.filter(level=EPIC_LEVEL) if page == "epic" else found.exclude(level=EPIC_LEVEL)
    if own is not None:
        found = found.filter(pk__in=Worklog.objects.filter(person__in=own, **{f"{page}__isnull": False}).values(page))
    nearness = Case(
        When(key__iexact=text, then=Value(0)),
        When(pk__in=FormerKey.objects.filter(key__iexact=text).values("issue"), then=Value(1)),
        When(key__istartswith=text, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    columns = ("id", "key", "summary", "external_id", "instance__slug", "instance__name")
    for told in found.order_by(nearness, "-id").values_list(*columns)[:MOST]:
        group = issue_group(*told, page=page)
        yield Hit(group.label, group.url, group.code, group.detail)
