"""Which worklogs that one source told are told by the other one too: of an instance that turned to Tempo, or back."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from worklogs.models import Worklog

TOGETHER = timedelta(minutes=1)  # Jira and Tempo copy a worklog within seconds


class StoredWorklog(NamedTuple):
    external_id: str
    source: str
    issue_id: int
    day: date
    seconds: int
    account_id: int
    created_at: datetime
    missing_since: datetime | None  # where an earlier sync has found no twin of it


def with_twin(
    old: Collection[StoredWorklog],
    new: Collection[StoredWorklog],
    *,
    ids: Mapping[str, str],
    newly_told: Collection[str],
) -> set[str]:
    """Ids of those `old` ones that stand among the `new` ones, which the source that is read now has told.

    `ids`: of an old one the new one's id, where the vendor knows it. Else the twin is of the same issue and author, and
    of the same day and time; or created at the same moment, where it was edited since. Each is the twin of one alone,
    and of one that had none in an earlier sync only what is `newly_told`.
    """
    shown, known = {each.external_id for each in new}, set(ids.values())
    found = {each.external_id for each in old if ids.get(each.external_id) in shown}
    left = [each for each in old if each.external_id not in ids]
    free = [each for each in new if each.external_id not in known]
    # Jira's author of what was logged in Tempo is an app, which Tempo never names.
    authors = {each.account_id for each in (*old, *new) if each.source == Worklog.Source.TEMPO}

    def may_be(one: StoredWorklog, other: StoredWorklog) -> bool:
        in_jira = one if one.source == Worklog.Source.JIRA else other
        is_author = one.account_id == other.account_id or in_jira.account_id not in authors
        return is_author and (one.missing_since is None or other.external_id in newly_told)

    def created_together(one: StoredWorklog, other: StoredWorklog) -> bool:
        return may_be(one, other) and abs(one.created_at - other.created_at) <= TOGETHER

    for is_twin, marks in ((created_together, _work), (may_be, _work), (created_together, _minutes)):
        pairs = _paired(left, free, is_twin, marks)
        taken = set(pairs.values())
        found |= pairs.keys()
        left = [each for each in left if each.external_id not in pairs]
        free = [each for each in free if each.external_id not in taken]
    return found


def _paired(
    left: Iterable[StoredWorklog],
    free: Iterable[StoredWorklog],
    is_twin: Callable[[StoredWorklog, StoredWorklog], bool],
    marks: Callable[[StoredWorklog], Iterable[Hashable]],
) -> dict[str, str]:
    """Ids of twins; only those that have a mark in common are compared."""
    marked = defaultdict[Hashable, list[StoredWorklog]](list)
    for each in free:
        for mark in marks(each):
            marked[mark].append(each)
    pairs, taken = dict[str, str](), set[str]()
    for each in left:
        others = (other for mark in marks(each) for other in marked[mark])
        twin = next((other for other in others if other.external_id not in taken and is_twin(each, other)), None)
        if twin:
            pairs[each.external_id] = twin.external_id
            taken.add(twin.external_id)
    return pairs


def _work(each: StoredWorklog) -> list[Hashable]:
    return [(each.issue_id, each.day, each.seconds)]


def _minutes(each: StoredWorklog) -> list[Hashable]:
    """Two that are at most a minute apart have one in common."""
    minute = int(each.created_at.timestamp() // TOGETHER.total_seconds())
    return [(each.issue_id, minute), (each.issue_id, minute + 1)]
