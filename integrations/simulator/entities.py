"""What a simulated Jira holds: users, projects, issues, worklogs and what was deleted."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

ABSENT: Final = "(absent)"  # of a spoiled field: it is left out


def as_spoiled(payload: dict[str, Any], spoiled: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (payload | spoiled).items() if value != ABSENT}


@dataclass(slots=True)
class SimUser:
    """`key` is the accountId on the Cloud and the user key on Data Center; `name` is the Data Center login."""

    key: str
    name: str
    display_name: str
    email: str
    time_zone: str
    email_hidden: bool = False
    active: bool = True
    is_app: bool = False
    spoiled: dict[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)  # cached by the standard library


@dataclass(slots=True)
class SimProject:
    id: int
    key: str
    name: str
    lead: SimUser
    hidden: bool = False
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class SimIssueType:
    """`level` is Jira's hierarchyLevel: 2 initiative, 1 epic, 0 standard, -1 sub-task."""

    id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class SimStatus:
    id: str
    name: str
    category: str


@dataclass(slots=True, eq=False)
class SimIssue:
    id: int
    key: str
    project: SimProject
    type: SimIssueType
    summary: str
    status: SimStatus
    created: datetime
    updated: datetime
    parent: "SimIssue | None" = None
    assignee: SimUser | None = None
    labels: tuple[str, ...] = ()
    old_keys: tuple[str, ...] = ()
    estimate_seconds: int | None = None
    spoiled: dict[str, Any] = field(default_factory=dict)

    @property
    def epic(self) -> "SimIssue | None":
        ancestor = self.parent
        while ancestor is not None and ancestor.type.level < 1:
            ancestor = ancestor.parent
        return ancestor if ancestor is not None and ancestor.type.level == 1 else None


@dataclass(slots=True, eq=False)
class SimWorklog:
    """`id` is Jira's; `tempo_id` is None without Tempo; `copy_of` is the id where it was logged first.

    `hidden` from the token, while its issue is not. `spoiled`: fields of its payloads that hold what they must not.
    """

    id: int
    issue: SimIssue
    author: SimUser
    started: datetime
    seconds: int
    text: str
    created: datetime
    updated: datetime
    tempo_id: int | None = None
    logged_in_tempo: bool = False
    billable_seconds: int = 0
    role: str | None = None
    copy_of: int | None = None
    hidden: bool = False
    spoiled: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return self.started.astimezone(self.author.zone).date()


@dataclass(frozen=True, slots=True)
class Deletion:
    worklog_id: int
    tempo_id: int | None
    issue_id: int
    author: SimUser
    seconds: int
    deleted_at: datetime
