"""Tempo v4 beside one Jira: the same worklogs under other ids, and the papertrail of what is gone."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.simulator.entities import Deletion, SimWorklog, as_spoiled
from integrations.simulator.exchange import Answer, RefusedError, Request, html
from integrations.simulator.instance import SimInstance, UnknownError
from integrations.simulator.jira import Payload, route
from integrations.simulator.markup import plain

LARGEST_PAGE = 5000
PAPERTRAIL_DAYS = 180
ATTRIBUTE = "_Modalidad_"
PLACES = {"remote": "En remoto", "office": "En la oficina", "client": "En casa del cliente"}
ORDERS: dict[str, Callable[[SimWorklog], Any]] = {
    "ID": lambda worklog: worklog.tempo_id,
    "START_DATE_TIME": lambda worklog: (worklog.started, worklog.tempo_id),
    "UPDATED": lambda worklog: (worklog.updated, worklog.tempo_id),
}


class TempoApi:
    """Paths begin after the Tempo base, so `/4/worklogs`. `jira_root` is the site that the issues and users live on."""

    routes = [
        route("GET", "/4/worklogs", "worklogs"),
        route("POST", "/4/worklogs/search", "search"),
        route("POST", "/4/worklogs/jira-to-tempo", "from_jira"),
        route("POST", "/4/worklogs/tempo-to-jira", "to_jira"),
        route("GET", "/4/worklogs/{}", "worklog_by_id"),
        route("GET", "/4/work-attributes", "work_attributes"),
        route("POST", "/4/papertrail/search", "audit_log"),
        route("GET", "/papertrail/1/events/deleted/types/worklog", "deleted_events"),
    ]

    def __init__(self, instance: SimInstance) -> None:
        self.instance = instance
        self._found: tuple[tuple[int, str], list[SimWorklog]] | None = None

    def answer(self, request: Request) -> Answer:
        try:
            return self._route(request)
        except RefusedError as error:
            return self.refusal(error.status, error.message)
        except UnknownError:
            return self.refusal(404, "Worklog not found")

    def _route(self, request: Request) -> Answer:
        for method, pattern, name in self.routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                endpoint: Callable[..., Payload] = getattr(self, name)
                return Answer(payload=endpoint(request, *match.groups()))
        raise RefusedError(404, "Not Found")

    def refusal(self, status: int, message: str) -> Answer:
        if status in (401, 403):
            return html(status, "Unauthorized" if status == 401 else "Forbidden")
        return Answer(status, {"errors": [{"message": message}]})

    def is_authorized(self, request: Request, *, scoped: bool) -> bool:
        return request.authorization == f"Bearer {self.instance.tempo_token}" and not scoped

    def throttled(self, retry_after: float | None) -> Answer:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return Answer(429, {"errors": [{"message": "Too Many Requests"}]}, headers=headers)

    # Worklogs

    def worklogs(self, request: Request) -> Payload:
        wanted = {
            "projectIds": _numbers(request, "projectId"),
            "issueIds": _numbers(request, "issueId"),
            "authorIds": [],
        } | {name: request.text(name) for name in ("from", "to", "updatedFrom")}
        order = [(request.text("orderBy"), True)] if request.text("orderBy") else []
        return self._page(request, self._matching(wanted, order), self.worklog)

    def search(self, request: Request) -> Payload:
        body = request.json()
        wanted = {name: body.get(name) or [] for name in ("projectIds", "issueIds", "authorIds")}
        wanted |= {name: body.get(name) or "" for name in ("from", "to", "updatedFrom")}
        order = [(str(each.get("field")), each.get("order") == "DESC") for each in body.get("orderBy") or []]
        return self._page(request, self._matching(wanted, order), self.worklog)

    def _matching(self, wanted: dict[str, Any], order: list[tuple[str, bool]]) -> list[SimWorklog]:
        # One answer at a time is remembered, so that its later pages cost nothing.
        key = (self.instance.version, repr((wanted, order)))
        if self._found is None or self._found[0] != key:
            self._found = key, self._select(wanted, order)
        return self._found[1]

    def _select(self, wanted: dict[str, Any], order: list[tuple[str, bool]]) -> list[SimWorklog]:
        projects, issues = set(map(int, wanted["projectIds"])), set(map(int, wanted["issueIds"]))
        authors = set(wanted["authorIds"])
        first, last = _day(wanted["from"], date.min), _day(wanted["to"], date.max)
        updated = _moment(wanted["updatedFrom"]) if wanted["updatedFrom"] else datetime.min.replace(tzinfo=UTC)
        found = [
            worklog
            for worklog in self.instance.visible_worklogs()
            if worklog.updated >= updated
            and first <= worklog.day <= last
            and (not projects or worklog.issue.project.id in projects)
            and (not issues or worklog.issue.id in issues)
            and (not authors or worklog.author.key in authors)
        ]
        for name, descending in reversed(order or [("START_DATE_TIME", False)]):
            if name not in ORDERS:
                raise RefusedError(400, f"orderBy: must be one of {', '.join(ORDERS)}")
            found.sort(key=ORDERS[name], reverse=descending)
        return found

    def worklog_by_id(self, request: Request, tempo_id: str) -> Payload:
        if not tempo_id.isdecimal():
            raise RefusedError(400, "id: must be a number")
        return self.worklog(self.instance.worklog_of_tempo(int(tempo_id)), request.root)

    def worklog(self, worklog: SimWorklog, root: str) -> Payload:
        """The description is the plain text; the day is the author's own."""
        own = f"{root}/4/worklogs/{worklog.tempo_id}"
        wall = worklog.started.astimezone(worklog.author.zone)
        jira = root.removesuffix("/tempo")
        values = [{"key": ATTRIBUTE, "value": _place(worklog)}] if worklog.logged_in_tempo else []
        payload = {
            "self": own,
            "tempoWorklogId": worklog.tempo_id,
            "issue": {"self": f"{jira}/rest/api/2/issue/{worklog.issue.id}", "id": worklog.issue.id},
            "timeSpentSeconds": worklog.seconds,
            "billableSeconds": worklog.billable_seconds,
            "startDate": wall.date().isoformat(),
            "startTime": wall.strftime("%H:%M:%S"),
            "startDateTimeUtc": _utc(worklog.started),
            "description": plain(worklog.text),
            "createdAt": _utc(worklog.created),
            "updatedAt": _utc(worklog.updated),
            "author": {
                "self": f"{jira}/rest/api/2/user?accountId={worklog.author.key}",
                "accountId": worklog.author.key,
            },
            "attributes": {"self": f"{own}/work-attribute-values", "values": values},
        }
        return as_spoiled(payload, worklog.spoiled) if worklog.spoiled else payload

    def _page(self, request: Request, found: list[Any], tell: Callable[[Any, str], Payload]) -> Payload:
        offset = request.number("offset", 0)
        limit = min(request.number("limit", 50), LARGEST_PAGE)
        if offset < 0 or limit < 1:
            raise RefusedError(400, "offset and limit must not be negative")
        page = [tell(each, request.root) for each in found[offset : offset + limit]]
        metadata: Payload = {"count": len(page), "offset": offset, "limit": limit}
        if offset + limit < len(found):
            metadata["next"] = _url(request, offset=offset + limit, limit=limit)
        if offset:
            metadata["previous"] = _url(request, offset=max(0, offset - limit), limit=limit)
        return {"self": _url(request, offset=offset, limit=limit), "metadata": metadata, "results": page}

    # Ids of the two sides

    def from_jira(self, request: Request) -> Payload:
        found = []
        for number in _ids(request.json(), "jiraWorklogIds"):
            if number in self.instance.worklogs:
                found.append(self.instance.worklogs[number])
        return self._page(request, found, _id_pair)

    def to_jira(self, request: Request) -> Payload:
        found = []
        for number in _ids(request.json(), "tempoWorklogIds"):
            try:
                found.append(self.instance.worklog_of_tempo(number))
            except UnknownError:
                continue
        return self._page(request, found, _id_pair)

    def work_attributes(self, request: Request) -> Payload:
        attribute = {
            "self": f"{request.root}/4/work-attributes/{ATTRIBUTE}",
            "key": ATTRIBUTE,
            "name": "Modalidad",
            "type": "STATIC_LIST",
            "required": False,
            "values": list(PLACES),
            "names": PLACES,
        }
        return self._page(request, [attribute], lambda each, _: each)

    # What is gone

    def deleted_events(self, request: Request) -> Payload:
        since = _moment(request.text("updatedFrom"))
        limit, position = request.number("limit", 50), request.number("lastEvaluatedKey", 0)
        if not 50 <= limit <= 1000:
            raise RefusedError(400, "limit: must be between 50 and 1000")
        gone = [deletion for deletion in self._deletions() if deletion.deleted_at >= since]
        page = gone[position : position + limit]
        metadata: Payload = {"count": len(page), "limit": limit}
        if position + limit < len(gone):
            metadata["lastEvaluatedKey"] = str(position + limit)
            metadata["next"] = _url(request, lastEvaluatedKey=position + limit)
        results = [
            {
                "tempoWorklogId": str(deletion.tempo_id),
                "jiraWorklogId": str(deletion.worklog_id),
                "deletedAt": _utc(deletion.deleted_at),
            }
            for deletion in page
        ]
        return {"self": _url(request), "metadata": metadata, "results": results}

    def audit_log(self, request: Request) -> Payload:
        """Deletions only: created and updated worklogs are told by `updatedFrom`."""
        body = request.json()
        now = self.instance.clock.now()
        first = _moment(body["from"]) if body.get("from") else now - timedelta(days=PAPERTRAIL_DAYS)
        last = _moment(body["to"]) if body.get("to") else now
        if first < now - timedelta(days=PAPERTRAIL_DAYS, minutes=5):
            raise RefusedError(400, f"from: must be within the last {PAPERTRAIL_DAYS} days")
        wanted = "worklog" in (body.get("entityType") or ["worklog"]) and "Deleted" in (
            body.get("action") or ["Deleted"]
        )
        limit, start = request.number("limit", 100), request.number("nextPageToken", 0)
        if not 1 <= limit <= 1000:
            raise RefusedError(400, "limit: must be between 1 and 1000")
        gone = [deletion for deletion in self._deletions() if wanted and first <= deletion.deleted_at <= last]
        metadata: Payload = {"limit": limit}
        if start + limit < len(gone):
            metadata["nextPageToken"] = str(start + limit)
            metadata["nextPageUrl"] = _url(request, nextPageToken=start + limit)
        results = [_audit_event(deletion) for deletion in gone[start : start + limit]]
        return {"self": _url(request), "metadata": metadata, "results": results}

    def _deletions(self) -> list[Deletion]:
        told = [deletion for deletion in self.instance.deletions if deletion.tempo_id is not None]
        return sorted(told, key=lambda deletion: deletion.deleted_at)


def _audit_event(deletion: Deletion) -> Payload:
    changes = [
        {"field": "timeSpentSeconds", "previous": str(deletion.seconds), "new": None},
        {"field": "jiraWorklogId", "previous": str(deletion.worklog_id), "new": None},
    ]
    return {
        "action": "Deleted",
        "author": deletion.author.key,
        "worker": deletion.author.key,
        "changes": changes,
        "entityId": str(deletion.tempo_id),
        "entityType": "worklog",
        "parentId": str(deletion.issue_id),
        "timestamp": _utc(deletion.deleted_at),
    }


def _id_pair(worklog: SimWorklog, _: str) -> Payload:
    return {"jiraWorklogId": worklog.id, "tempoWorklogId": worklog.tempo_id}


def _place(worklog: SimWorklog) -> str:
    return list(PLACES)[(worklog.tempo_id or 0) % len(PLACES)]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _url(request: Request, **changed: int) -> str:
    query = request.query | {name: [str(value)] for name, value in changed.items()}
    return f"{request.root}{request.path}?{urlencode(query, doseq=True)}"


def _numbers(request: Request, name: str) -> list[int]:
    try:
        return [int(text) for text in request.query.get(name, [])]
    except ValueError:
        raise RefusedError(400, f"{name}: must be a number") from None


def _ids(body: Payload, name: str) -> list[int]:
    ids = body.get(name)
    if not isinstance(ids, list) or not ids:
        raise RefusedError(400, f"{name}: must not be empty")
    return [int(number) for number in ids]


def _day(text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise RefusedError(400, f"'{text}' is not a date of the form yyyy-MM-dd")
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    """`2023-11-16` or `2023-11-06T16:48:59Z`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(400, f"'{text}' is not a date or a date time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
