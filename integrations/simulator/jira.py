"""What Jira Cloud (v3) and Jira Data Center (v2) answer alike: feeds, worklogs, issues, searches."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, ClassVar

import msgspec

from integrations.simulator import jql
from integrations.simulator.entities import (
    SimIssue,
    SimIssueType,
    SimProject,
    SimStatus,
    SimUser,
    SimWorklog,
    as_spoiled,
)
from integrations.simulator.exchange import Answer, RefusedError, Request
from integrations.simulator.instance import SimInstance, UnknownError

Payload = dict[str, Any]
FEED_PAGE = 1000
EMBEDDED_WORKLOGS = 20
HOURS_A_DAY, DAYS_A_WEEK = 8, 5
CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


class JiraApi(ABC):
    """`answer` expects a request that has passed authentication."""

    version: ClassVar[str]
    routes: ClassVar[list[tuple[str, re.Pattern[str], str]]]

    def __init__(self, instance: SimInstance) -> None:
        self.instance = instance
        self._encoded_at = -1
        self._encoded: dict[tuple[str, str], msgspec.Raw] = {}
        self._found: tuple[tuple[int, str, datetime], list[SimIssue]] | None = None

    def answer(self, request: Request) -> Answer:
        try:
            return self._route(request)
        except RefusedError as error:
            return self.refusal(error.status, error.message)
        except UnknownError:
            return self.refusal(404, "Issue does not exist or you do not have permission to see it.")

    def _route(self, request: Request) -> Answer:
        allowed = False
        for method, pattern, name in self.routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                endpoint: Callable[..., Payload | list[Any]] = getattr(self, name)
                return Answer(payload=endpoint(request, *match.groups()))
            allowed = allowed or bool(match)
        raise RefusedError(405 if allowed else 404, "Method Not Allowed" if allowed else "Not Found")

    def refusal(self, status: int, message: str) -> Answer:
        if status == 401:
            return Answer(
                401, {"message": message, "status-code": 401}, headers={"WWW-Authenticate": 'OAuth realm="Jira"'}
            )
        return Answer(status, {"errorMessages": [message], "errors": {}})

    @abstractmethod
    def is_authorized(self, request: Request, *, scoped: bool) -> bool: ...

    @abstractmethod
    def throttled(self, retry_after: float | None) -> Answer: ...

    @abstractmethod
    def user(self, user: SimUser, root: str) -> Payload: ...

    @abstractmethod
    def comment(self, text: str) -> Any: ...

    @abstractmethod
    def hierarchy_fields(self, issue: SimIssue, root: str) -> Payload:
        """How the issue tells its type, parent and epic."""

    @abstractmethod
    def project(self, project: SimProject, root: str) -> Payload: ...

    # Worklogs

    def worklogs_updated(self, request: Request) -> Payload:
        return self._feed(request, "updated", self.instance.changed_since(request.number("since", 0)))

    def worklogs_deleted(self, request: Request) -> Payload:
        return self._feed(request, "deleted", self.instance.deleted_since(request.number("since", 0)))

    def _feed(self, request: Request, kind: str, changes: Iterator[tuple[int, int]]) -> Payload:
        since = request.number("since", 0)
        page = list(islice(changes, FEED_PAGE))
        following = next(changes, None)
        if following and following[0] == page[-1][0] != page[0][0]:
            # `nextPage` asks for what is after `until`: a page must not end between two of the same millisecond.
            page = [change for change in page if change[0] != following[0]]
        until = page[-1][0] if page else since
        url = f"{request.root}/rest/api/{self.version}/worklog/{kind}?since="
        return {
            "values": [self.changed_worklog(worklog_id, moment) for moment, worklog_id in page],
            "since": since,
            "until": until,
            "self": f"{url}{since}",
            "nextPage": f"{url}{until}",  # on the last page too, as in the vendor's example
            "lastPage": following is None,
        }

    def changed_worklog(self, worklog_id: int, moment: int) -> Payload:
        return {"worklogId": worklog_id, "updatedTime": moment, "properties": []}

    def worklog_list(self, request: Request) -> list[Payload]:
        ids = request.json().get("ids")
        if not isinstance(ids, list) or not ids or len(ids) > FEED_PAGE:
            raise RefusedError(400, "The number of worklog ids must be between 1 and 1000.")
        return [self.worklog(worklog, request.root) for worklog in self._known(ids)]

    def _known(self, ids: Iterable[int]) -> Iterator[SimWorklog]:
        for worklog_id in ids:
            try:
                yield self.instance.worklog(int(worklog_id))
            except UnknownError:
                continue

    def worklog(self, worklog: SimWorklog, root: str) -> Payload:
        author = self._tempo_app() if worklog.logged_in_tempo else worklog.author
        person = self._encoded_user(author, root)
        payload: Payload = {
            "self": f"{root}/rest/api/{self.version}/issue/{worklog.issue.id}/worklog/{worklog.id}",
            "author": person,
            "updateAuthor": person,
            "comment": self.comment(worklog.text),
            "created": self.moment(worklog.created),
            "updated": self.moment(worklog.updated),
            "started": self.moment(worklog.started),
            "timeSpent": time_spent(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
            "id": str(worklog.id),
            "issueId": str(worklog.issue.id),
        }
        if payload["comment"] is None:
            del payload["comment"]
        if worklog.role:
            payload["visibility"] = {"type": "role", "value": worklog.role} | self.visibility_identifier()
        return as_spoiled(payload, worklog.spoiled) if worklog.spoiled else payload

    def _encoded_user(self, user: SimUser, root: str) -> msgspec.Raw:
        """Encoded once for all the worklogs of a person: half of an answer is its authors."""
        if self._encoded_at != self.instance.version:
            self._encoded_at, self._encoded = self.instance.version, {}
        if (root, user.key) not in self._encoded:
            self._encoded[root, user.key] = msgspec.Raw(msgspec.json.encode(self.user(user, root)))
        return self._encoded[root, user.key]

    def visibility_identifier(self) -> Payload:
        return {}

    def _tempo_app(self) -> SimUser:
        return next(user for user in self.instance.users.values() if user.is_app)

    def moment(self, moment: datetime) -> str:
        """In the caller's time zone, with an offset that has no colon."""
        local = moment.astimezone(self.instance.caller.zone)
        if (offset := local.utcoffset()) and offset.seconds % 60:  # before there were time zones
            local = moment.astimezone(timezone(timedelta(minutes=offset // timedelta(minutes=1))))
        text = local.isoformat(timespec="milliseconds")
        return text[:-3] + text[-2:]

    # Issues

    def issue_by_key(self, request: Request, id_or_key: str) -> Payload:
        return self.issue(
            self.instance.issue(id_or_key), asked_fields(request.query.get("fields"), "*all"), request.root
        )

    def issue(self, issue: SimIssue, asked: set[str], root: str) -> Payload:
        payload: Payload = {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            "id": str(issue.id),
            "self": f"{root}/rest/api/{self.version}/issue/{issue.id}",
            "key": issue.key,
        }
        own = {name: value for name, value in issue.spoiled.items() if name in ("id", "key", "fields")}
        if fields := self._fields(issue, asked, root):
            payload["fields"] = as_spoiled(fields, {name: issue.spoiled[name] for name in issue.spoiled.keys() - own})
        return as_spoiled(payload, own) if own else payload

    def _fields(self, issue: SimIssue, asked: set[str], root: str) -> Payload:
        if not asked - {"id", "key", "issuekey"}:
            return {}
        everything = bool(asked & {"*all", "*navigable"})
        fields = self._plain_fields(issue, root) | self.hierarchy_fields(issue, root)
        if "worklog" in asked or "*all" in asked:
            fields["worklog"] = self._embedded_worklogs(issue, root)
        if everything or asked & {"timespent", "timetracking"}:
            fields |= self._time_fields(issue)
        hidden = {name[1:] for name in asked if name.startswith("-")}
        return {name: value for name, value in fields.items() if (everything or name in asked) and name not in hidden}

    def _plain_fields(self, issue: SimIssue, root: str) -> Payload:
        return {
            "summary": issue.summary,
            "status": self.status(issue.status, root),
            "project": self.project(issue.project, root),
            "labels": list(issue.labels),
            "assignee": self.user(issue.assignee, root) if issue.assignee else None,
            "created": self.moment(issue.created),
            "updated": self.moment(issue.updated),
            "resolution": None,
            "description": None,
            "timeoriginalestimate": issue.estimate_seconds,
        }

    def _time_fields(self, issue: SimIssue) -> Payload:
        total = sum(worklog.seconds for worklog in self.instance.worklogs_of(issue))
        if not total:
            return {"timespent": None, "timetracking": {}}
        return {"timespent": total, "timetracking": {"timeSpent": time_spent(total), "timeSpentSeconds": total}}

    def status(self, status: SimStatus, root: str) -> Payload:
        number, color, name = CATEGORIES[status.category]
        category = {
            "self": f"{root}/rest/api/{self.version}/statuscategory/{number}",
            "id": number,
            "key": status.category,
            "colorName": color,
            "name": name,
        }
        return {
            "self": f"{root}/rest/api/{self.version}/status/{status.id}",
            "description": "",
            "iconUrl": f"{root}/",
            "name": status.name,
            "id": status.id,
            "statusCategory": category,
        }

    def all_statuses(self, request: Request) -> list[Payload]:
        return [self.status(each, request.root) for each in self.instance.statuses.values()]

    def issue_type(self, type: SimIssueType, root: str) -> Payload:
        return {
            "self": f"{root}/rest/api/{self.version}/issuetype/{type.id}",
            "id": str(type.id),
            "description": "",
            "name": type.name,
            "subtask": type.level < 0,
        }

    def issue_types(self, request: Request) -> list[Payload]:
        return [self.issue_type(each, request.root) for each in self.instance.issue_types.values()]

    def _embedded_worklogs(self, issue: SimIssue, root: str) -> Payload:
        worklogs = self.instance.worklogs_of(issue)
        shown = [self.worklog(worklog, root) for worklog in worklogs[:EMBEDDED_WORKLOGS]]
        return {"startAt": 0, "maxResults": EMBEDDED_WORKLOGS, "total": len(worklogs), "worklogs": shown}

    def matching(self, text: str, *, strict: bool = True) -> list[SimIssue]:
        # One search at a time is remembered, so that its later pages cost nothing.
        # The minute is part of its name, because `updated >= -5m` moves with the clock.
        minute = self.instance.clock.now().replace(second=0, microsecond=0)
        key = (self.instance.version, f"{strict} {text}", minute)
        if self._found is None or self._found[0] != key:
            self._found = key, jql.select(jql.parse(text), self.instance, strict=strict)
        return self._found[1]


def route(method: str, path: str, endpoint: str) -> tuple[str, re.Pattern[str], str]:
    return method, re.compile(path.replace("{}", "([^/]+)")), endpoint


def asked_fields(given: Iterable[str] | None, default: str) -> set[str]:
    """From repeated parameters, comma-separated ones, or a JSON list."""
    names = {name.strip() for part in given or () for name in part.split(",") if name.strip()}
    return names or {default}


def time_spent(seconds: int) -> str:
    """Jira's words: `1w 2d 3h 15m`, a week of five days of eight hours."""
    minutes = seconds // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, HOURS_A_DAY)
    weeks, days = divmod(days, DAYS_A_WEEK)
    parts = ((weeks, "w"), (days, "d"), (hours, "h"), (minutes, "m"))
    return " ".join(f"{number}{unit}" for number, unit in parts if number) or "0m"
