"""The state of one simulated Jira, with or without Tempo, and everything that can change in it."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from integrations.simulator.clock import Clock, milliseconds
from integrations.simulator.entities import (
    Deletion,
    SimIssue,
    SimIssueType,
    SimProject,
    SimStatus,
    SimUser,
    SimWorklog,
)


def is_visible(worklog: SimWorklog) -> bool:
    return not (worklog.hidden or worklog.issue.project.hidden)


class UnknownError(LookupError):
    """Nothing of that name or id in the simulated world."""


@dataclass(eq=False)
class SimInstance:
    """Writers go through the methods: they keep the indexes, and `version` tells readers that their caches are old."""

    name: str
    kind: Literal["cloud", "data_center"]
    language: str
    caller: SimUser
    token: str
    clock: Clock
    tempo_token: str | None = None
    cloud_id: str | None = None
    scoped_token: str | None = None
    users: dict[str, SimUser] = field(default_factory=dict)
    projects: dict[str, SimProject] = field(default_factory=dict)
    issue_types: dict[int, SimIssueType] = field(default_factory=dict)
    statuses: dict[str, SimStatus] = field(default_factory=dict)
    issues: dict[int, SimIssue] = field(default_factory=dict)
    worklogs: dict[int, SimWorklog] = field(default_factory=dict)
    deletions: list[Deletion] = field(default_factory=list)
    tells_epic_names: bool = True  # Data Center; a screen without that field leaves it out
    version: int = 0

    def __post_init__(self) -> None:
        self._by_key: dict[str, SimIssue] = {}
        self._by_issue: dict[int, dict[int, SimWorklog]] = defaultdict(dict)
        self._by_tempo_id: dict[int, SimWorklog] = {}
        self._updates: list[tuple[int, int]] = []
        self._deleted: list[tuple[int, int]] = []
        self._last_id = 10_000
        self._last_tempo_id = 1_000

    @property
    def has_tempo(self) -> bool:
        return self.tempo_token is not None

    @property
    def path(self) -> str:
        return f"/{self.name}"

    # Reading

    def issue(self, id_or_key: str | int) -> SimIssue:
        """By id, key or a key it had before a move, in any case; UnknownError when absent or not visible."""
        text = str(id_or_key)
        found = self.issues.get(int(text)) if text.isdecimal() else self._by_key.get(text.upper())
        if found is None or found.project.hidden:
            raise UnknownError(f"{self.name} has no issue {id_or_key}")
        return found

    def worklog(self, worklog_id: int) -> SimWorklog:
        found = self.worklogs.get(worklog_id)
        if found is None or not is_visible(found):
            raise UnknownError(f"{self.name} has no worklog {worklog_id}")
        return found

    def worklog_of_tempo(self, tempo_id: int) -> SimWorklog:
        if tempo_id not in self._by_tempo_id:
            raise UnknownError(f"{self.name} has no Tempo worklog {tempo_id}")
        return self.worklog(self._by_tempo_id[tempo_id].id)

    def worklogs_of(self, issue: SimIssue) -> list[SimWorklog]:
        shown = (worklog for worklog in self._by_issue[issue.id].values() if not worklog.hidden)
        return sorted(shown, key=lambda worklog: (worklog.created, worklog.id))

    def has_worklog(self, issue: SimIssue, test: Callable[[SimWorklog], bool]) -> bool:
        return any(test(worklog) for worklog in self._by_issue[issue.id].values() if not worklog.hidden)

    def visible_worklogs(self) -> Iterator[SimWorklog]:
        return filter(is_visible, self.worklogs.values())

    def visible_issues(self) -> Iterator[SimIssue]:
        return (issue for issue in self.issues.values() if not issue.project.hidden)

    def changed_since(self, since: int) -> Iterator[tuple[int, int]]:
        """(milliseconds, worklog id) of what changed after `since`, oldest first, without the last minute."""
        for moment, worklog_id in self._until_a_minute_ago(self._updates, since):
            worklog = self.worklogs.get(worklog_id)
            if worklog and milliseconds(worklog.updated) == moment and is_visible(worklog):
                yield moment, worklog_id

    def deleted_since(self, since: int) -> Iterator[tuple[int, int]]:
        return self._until_a_minute_ago(self._deleted, since)

    def _until_a_minute_ago(self, feed: list[tuple[int, int]], since: int) -> Iterator[tuple[int, int]]:
        a_minute_ago = milliseconds(self.clock.now() - timedelta(minutes=1))
        for position in range(bisect_right(feed, (since, 2**63)), len(feed)):
            if feed[position][0] > a_minute_ago:
                return
            yield feed[position]

    def seconds(self, first: date, last: date, author: str | None = None) -> int:
        """What a correct sync arrives at: visible worklogs, each once, by the author's own day.

        `author` is a display name.
        """
        return sum(
            worklog.seconds
            for worklog in self.visible_worklogs()
            if first <= worklog.day <= last and author in (None, worklog.author.display_name)
        )

    # Writing

    def put_issue(self, issue: SimIssue) -> SimIssue:
        self.issues[issue.id] = issue
        self._by_key[issue.key] = issue
        self.version += 1
        return issue

    def load(self, worklogs: Iterable[SimWorklog], deletions: Iterable[Deletion]) -> None:
        """The history the world begins with, all at once."""
        for worklog in worklogs:
            self._index(worklog)
            worklog.issue.updated = max(worklog.issue.updated, worklog.updated)
        self._updates = sorted((milliseconds(worklog.updated), worklog.id) for worklog in self.worklogs.values())
        for deletion in sorted(deletions, key=lambda deletion: deletion.deleted_at):
            self._note_deletion(deletion)
        self._last_id = max([self._last_id, *self.worklogs, *(gone.worklog_id for gone in self.deletions)])
        tempo_ids = [*self._by_tempo_id, *(gone.tempo_id or 0 for gone in self.deletions)]
        self._last_tempo_id = max([self._last_tempo_id, *tempo_ids])
        self.version += 1

    def add_worklog(
        self,
        issue: str | int,
        author: str,
        started: datetime,
        seconds: int,
        text: str = "",
        *,
        in_tempo: bool = False,
        now: datetime | None = None,
    ) -> SimWorklog:
        """`author` is a display name or a user key."""
        now = now or self.clock.now()
        user = self.user(author)
        self._last_id += 1
        worklog = SimWorklog(self._last_id, self.issue(issue), user, started, seconds, text, now, now)
        if self.has_tempo:
            self._last_tempo_id += 1
            worklog.tempo_id, worklog.logged_in_tempo = self._last_tempo_id, in_tempo
            worklog.billable_seconds = seconds
        self._index(worklog)
        self._note_update(worklog, now)
        return worklog

    def edit_worklog(
        self,
        worklog_id: int,
        *,
        seconds: int | None = None,
        text: str | None = None,
        started: datetime | None = None,
        now: datetime | None = None,
    ) -> SimWorklog:
        worklog = self.worklog(worklog_id)
        if seconds is not None:
            if worklog.billable_seconds:
                worklog.billable_seconds = seconds
            worklog.seconds = seconds
        worklog.text = worklog.text if text is None else text
        worklog.started = started or worklog.started
        self._note_update(worklog, now or self.clock.now())
        return worklog

    def delete_worklog(self, worklog_id: int, *, now: datetime | None = None) -> Deletion:
        worklog = self.worklog(worklog_id)
        deletion = self._forget(worklog, now or self.clock.now())
        self._note_deletion(deletion)
        self.version += 1
        return deletion

    def move_worklog(self, worklog_id: int, issue: str | int, *, now: datetime | None = None) -> SimWorklog:
        """Jira deletes it and creates another with a new id; Tempo keeps its id."""
        now = now or self.clock.now()
        worklog, target = self.worklog(worklog_id), self.issue(issue)
        self._note_deletion(replace(self._forget(worklog, now), tempo_id=None))
        self._last_id += 1
        worklog.id, worklog.issue, worklog.created = self._last_id, target, now
        self._index(worklog)
        self._note_update(worklog, now)
        return worklog

    def rename_issue(self, issue: str | int, summary: str, *, now: datetime | None = None) -> SimIssue:
        found = self.issue(issue)
        found.summary, found.updated = summary, now or self.clock.now()
        self.version += 1
        return found

    def move_issue(self, issue: str | int, project: str, *, now: datetime | None = None) -> SimIssue:
        """Another project and so another key; the id and the worklogs stay, and the old key still finds it."""
        found, target = self.issue(issue), self.project(project)
        target.last_number += 1
        found.old_keys = (*found.old_keys, found.key)
        found.key, found.project = f"{target.key}-{target.last_number}", target
        found.updated = now or self.clock.now()
        return self.put_issue(found)

    def set_parent(self, issue: str | int, parent: str | int | None, *, now: datetime | None = None) -> SimIssue:
        found = self.issue(issue)
        found.parent = None if parent is None else self.issue(parent)
        found.updated = now or self.clock.now()
        self.version += 1
        return found

    def delete_issue(self, issue: str | int, *, in_feed: bool = False, now: datetime | None = None) -> None:
        """Its sub-tasks and all their worklogs go too.

        Whether the deleted feed tells of those worklogs is not documented: `in_feed`.
        """
        found, now = self.issue(issue), now or self.clock.now()
        for child in [child for child in self.issues.values() if child.parent is found]:
            if child.type.level < 0:
                self.delete_issue(child.id, in_feed=in_feed, now=now)
            else:
                child.parent = None
        for worklog in self.worklogs_of(found):
            deletion = self._forget(worklog, now)
            if in_feed:
                self._note_deletion(deletion)
        del self.issues[found.id]
        for key in (found.key, *found.old_keys):
            if self._by_key.get(key) is found:  # else another issue has it by now
                del self._by_key[key]
        self.version += 1

    def hide_project(self, key: str, *, hidden: bool = True) -> None:
        """As when the token's owner loses the permission to browse it."""
        self.project(key).hidden = hidden
        self.version += 1

    def hide_worklog(self, worklog_id: int, *, hidden: bool = True) -> SimWorklog:
        """As when it is restricted to a group that the token's owner left, or to a Tempo team: its issue is there."""
        worklog = self.worklogs[worklog_id]
        worklog.hidden = hidden
        self.version += 1
        return worklog

    def spoil_worklog(self, worklog_id: int, now: datetime | None = None, **fields: Any) -> SimWorklog:
        """Its payloads have these fields, whatever they must hold; none as they were."""
        worklog = self.worklog(worklog_id)
        worklog.spoiled = fields
        self._note_update(worklog, now or self.clock.now())
        return worklog

    def spoil_issue(self, issue: str | int, now: datetime | None = None, **fields: Any) -> SimIssue:
        """Likewise; what is none of the payload's own keys is one of its `fields`."""
        found = self.issue(issue)
        found.spoiled, found.updated = fields, now or self.clock.now()
        self.version += 1
        return found

    # What an administrator changes: no issue and no worklog is `updated` by it

    def rename_project(self, project: str, *, key: str | None = None, name: str | None = None) -> SimProject:
        """With another key every issue has another one too; the old ones still find it, until others are given them."""
        found = self.project(project)
        found.name = name or found.name
        if key:
            del self.projects[found.key]
            for issue in [issue for issue in self.issues.values() if issue.project is found]:
                issue.old_keys = (*issue.old_keys, issue.key)
                issue.key = f"{key}-{issue.key.rpartition('-')[2]}"
                self._by_key[issue.key] = issue
            found.key = key
            self.projects[key] = found
        self.version += 1
        return found

    def rename_status(self, status: str, name: str) -> SimStatus:
        """By its id."""
        if status not in self.statuses:
            raise UnknownError(f"{self.name} has no status {status}")
        renamed = self.statuses[status] = replace(self.statuses[status], name=name)
        for issue in self.issues.values():
            if issue.status.id == status:
                issue.status = renamed
        self.version += 1
        return renamed

    def change_type(self, type: int, *, name: str | None = None, level: int | None = None) -> SimIssueType:
        """By its id."""
        if type not in self.issue_types:
            raise UnknownError(f"{self.name} has no issue type {type}")
        before = self.issue_types[type]
        changed = replace(before, name=name or before.name, level=before.level if level is None else level)
        self.issue_types[type] = changed
        for issue in self.issues.values():
            if issue.type.id == type:
                issue.type = changed
        self.version += 1
        return changed

    def change_user(
        self,
        user: str,
        *,
        display_name: str | None = None,
        email: str | None = None,
        time_zone: str | None = None,
        active: bool | None = None,
    ) -> SimUser:
        """`user` is a display name or a key."""
        found = self.user(user)
        found.display_name, found.email = display_name or found.display_name, email or found.email
        found.time_zone = time_zone or found.time_zone
        found.active = found.active if active is None else active
        self.version += 1
        return found

    def user(self, name: str) -> SimUser:
        for user in self.users.values():
            if name in (user.display_name, user.key):
                return user
        raise UnknownError(f"{self.name} has no user {name}")

    def project(self, key: str) -> SimProject:
        if key not in self.projects:
            raise UnknownError(f"{self.name} has no project {key}")
        return self.projects[key]

    def _index(self, worklog: SimWorklog) -> None:
        self.worklogs[worklog.id] = worklog
        self._by_issue[worklog.issue.id][worklog.id] = worklog
        if worklog.tempo_id is not None:
            self._by_tempo_id[worklog.tempo_id] = worklog

    def _note_update(self, worklog: SimWorklog, now: datetime) -> None:
        worklog.updated = worklog.issue.updated = now
        insort(self._updates, (milliseconds(now), worklog.id))
        self.version += 1

    def _note_deletion(self, deletion: Deletion) -> None:
        self.deletions.append(deletion)
        insort(self._deleted, (milliseconds(deletion.deleted_at), deletion.worklog_id))

    def _forget(self, worklog: SimWorklog, now: datetime) -> Deletion:
        del self.worklogs[worklog.id]
        del self._by_issue[worklog.issue.id][worklog.id]
        if worklog.tempo_id is not None:
            del self._by_tempo_id[worklog.tempo_id]
        worklog.issue.updated = now
        author = worklog.author
        return Deletion(worklog.id, worklog.tempo_id, worklog.issue.id, author, worklog.seconds, now)
