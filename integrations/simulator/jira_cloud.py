"""Jira Cloud, REST v3."""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from integrations.simulator.entities import SimIssue, SimIssueType, SimProject, SimUser, as_spoiled
from integrations.simulator.exchange import Answer, RefusedError, Request
from integrations.simulator.instance import UnknownError
from integrations.simulator.jira import UNBOUNDED, JiraApi, Payload, asked_fields, route
from integrations.simulator.markup import adf

AVATAR = "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/initials"
SIZES = (48, 24, 16, 32)
BULK_ISSUES = 100
PAGE_OF_IDS, PAGE_OF_FIELDS = 5000, 100
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


class JiraCloudApi(JiraApi):
    version = "3"
    routes = [
        route("GET", "/rest/api/3/myself", "myself"),
        route("GET", "/rest/api/3/field", "fields"),
        route("GET", "/rest/api/3/issuetype", "issue_types"),
        route("GET", "/rest/api/3/status", "all_statuses"),
        route("GET", "/rest/api/3/project/search", "projects"),
        route("GET", "/rest/api/3/search/jql", "search_by_query"),
        route("POST", "/rest/api/3/search/jql", "search_by_body"),
        route("GET", "/rest/api/3/search", "removed_search"),
        route("POST", "/rest/api/3/search", "removed_search"),
        route("POST", "/rest/api/3/issue/bulkfetch", "bulk_fetch"),
        route("GET", "/rest/api/3/issue/{}", "issue_by_key"),
        route("GET", "/rest/api/3/issue/{}/worklog", "issue_worklogs"),
        route("GET", "/rest/api/3/worklog/updated", "worklogs_updated"),
        route("GET", "/rest/api/3/worklog/deleted", "worklogs_deleted"),
        route("POST", "/rest/api/3/worklog/list", "worklog_list"),
        route("GET", "/rest/api/3/user/bulk", "users"),
        route("GET", "/rest/api/3/user", "user_by_account"),
        route("GET", "/rest/api/3/users/search", "all_users"),
    ]

    def is_authorized(self, request: Request, *, scoped: bool) -> bool:
        """A scoped token works only through /ex/jira/<cloudId>, one without scopes only on the site itself."""
        token = self.instance.scoped_token if scoped else self.instance.token
        expected = b64encode(f"{self.instance.caller.email}:{token}".encode()).decode()
        return request.authorization == f"Basic {expected}"

    def throttled(self, retry_after: float | None) -> Answer:
        headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "RateLimit-Reason": "jira-burst-based"}
        if retry_after is not None:
            headers["Retry-After"] = f"{retry_after:g}"
        return Answer(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, headers=headers)

    # People

    def user(self, user: SimUser, root: str) -> Payload:
        payload: Payload = {
            "self": f"{root}/rest/api/{self.version}/user?accountId={user.key}",
            "accountId": user.key,
            "emailAddress": user.email,
            "avatarUrls": {f"{size}x{size}": f"{AVATAR}/{user.key[-2:]}.png?size={size}" for size in SIZES},
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": user.time_zone,
            "accountType": "app" if user.is_app else "atlassian",
        }
        if user.is_app:
            del payload["emailAddress"]
        if user.email_hidden:
            del payload["emailAddress"], payload["timeZone"]
        return as_spoiled(payload, user.spoiled) if user.spoiled else payload

    def myself(self, request: Request) -> Payload:
        return self.user(self.instance.caller, request.root) | {"locale": "en_US", "expand": "groups,applicationRoles"}

    def users(self, request: Request) -> Payload:
        asked = request.query.get("accountId", [])
        if not asked:
            raise RefusedError(400, "The accountId query parameter needs to be provided.")
        known = [self.instance.users[key] for key in asked if key in self.instance.users]
        start, size = request.number("startAt", 0), min(request.number("maxResults", 10), 200)
        page = [self.user(user, request.root) for user in known[start : start + size]]
        return _page(page, start, size, len(known), f"{request.root}/rest/api/3/user/bulk")

    def user_by_account(self, request: Request) -> Payload:
        user = self.instance.users.get(request.text("accountId"))
        if user is None:
            raise RefusedError(404, "Specified user does not exist or you do not have required permissions")
        return self.user(user, request.root)

    def all_users(self, request: Request) -> list[Payload]:
        start, size = request.number("startAt", 0), min(request.number("maxResults", 50), 1000)
        return [self.user(user, request.root) for user in list(self.instance.users.values())[start : start + size]]

    # Projects and fields

    def projects(self, request: Request) -> Payload:
        visible = sorted((project for project in self.instance.projects.values() if not project.hidden), key=_key)
        start, size = request.number("startAt", 0), min(request.number("maxResults", 50), 100)
        page = [
            self.project(project, request.root) | {"isPrivate": False, "style": "classic", "properties": {}}
            for project in visible[start : start + size]
        ]
        return _page(page, start, size, len(visible), f"{request.root}/rest/api/3/project/search")

    def project(self, project: SimProject, root: str) -> Payload:
        picture = f"{root}/rest/api/3/universal_avatar/view/type/project/avatar/10400"
        return {
            "self": f"{root}/rest/api/3/project/{project.id}",
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "avatarUrls": {f"{size}x{size}": picture for size in SIZES},
        }

    def fields(self, request: Request) -> list[Payload]:
        epic = "com.pyxis.greenhopper.jira"
        return [
            _field("summary", "Summary", {"type": "string", "system": "summary"}),
            _field("issuetype", "Issue Type", {"type": "issuetype", "system": "issuetype"}),
            {"id": "parent", "key": "parent", "name": "Parent", "custom": False, "orderable": False, "navigable": True,
             "searchable": False, "clauseNames": ["parent"]},
            _field("worklog", "Log Work", {"type": "array", "items": "worklog", "system": "worklog"}),
            _field("timespent", "Time Spent", {"type": "number", "system": "timespent"}),
            _custom(10011, "Epic Name", {"type": "string", "custom": f"{epic}:gh-epic-label"}),
            _custom(10014, "Epic Link", {"type": "any", "custom": f"{epic}:gh-epic-link"}),
        ]  # fmt: skip

    # Issues

    def hierarchy_fields(self, issue: SimIssue, root: str) -> Payload:
        fields: Payload = {"issuetype": self.issue_type(issue.type, root), "customfield_10014": None}
        if issue.type.level == 1:
            fields["customfield_10011"] = issue.summary
        if issue.parent:
            fields["parent"] = {
                "id": str(issue.parent.id),
                "key": issue.parent.key,
                "self": f"{root}/rest/api/3/issue/{issue.parent.id}",
                "fields": {
                    "summary": issue.parent.summary,
                    "status": self.status(issue.parent.status, root),
                    "issuetype": self.issue_type(issue.parent.type, root),
                },
            }
        return fields

    def issue_type(self, type: SimIssueType, root: str) -> Payload:
        return super().issue_type(type, root) | {"hierarchyLevel": type.level}

    def search_by_query(self, request: Request) -> Payload:
        asked = asked_fields(request.query.get("fields"), "id")
        size = request.number("maxResults", 50)
        return self._search(request, request.text("jql"), asked, size, request.text("nextPageToken"))

    def search_by_body(self, request: Request) -> Payload:
        body = request.json()
        size, token = int(body.get("maxResults", 50)), str(body.get("nextPageToken") or "")
        return self._search(request, str(body.get("jql", "")), asked_fields(body.get("fields"), "id"), size, token)

    def _search(self, request: Request, jql: str, asked: set[str], size: int, token: str) -> Payload:
        if not jql.strip() or jql.strip().lower().startswith("order by"):
            raise RefusedError(400, UNBOUNDED)
        found = self.matching(jql)
        start = _offset(token, jql)
        size = min(size, PAGE_OF_IDS if asked <= {"id", "key"} else PAGE_OF_FIELDS)
        shown = found[start : start + size]
        page = [{"id": str(each.id)} if asked <= {"id"} else self.issue(each, asked, request.root) for each in shown]
        is_last = start + size >= len(found)
        return {"issues": page, "isLast": is_last} | ({} if is_last else {"nextPageToken": _token(start + size, jql)})

    def removed_search(self, request: Request) -> Payload:
        raise RefusedError(410, REMOVED)

    def bulk_fetch(self, request: Request) -> Payload:
        body = request.json()
        asked = body.get("issueIdsOrKeys")
        if not isinstance(asked, list) or not 0 < len(asked) <= BULK_ISSUES:
            raise RefusedError(400, f"Between 1 and {BULK_ISSUES} issue IDs or keys are required.")
        found: dict[int, SimIssue] = {}
        errors = []
        for name in asked:
            try:
                issue = self.instance.issue(name)
                found[issue.id] = issue
            except UnknownError:
                message = "Issue does not exist or you do not have permission to see it."
                errors.append({"id": str(name), "errorMessage": message})
        fields = asked_fields(body.get("fields"), "*navigable")
        issues = [self.issue(found[number], fields, request.root) for number in sorted(found)]
        return {"issues": issues, "issueErrors": errors}

    def issue_worklogs(self, request: Request, id_or_key: str) -> Payload:
        """Without the two `started` bounds they are open; both exclude the millisecond they name."""
        after, before = request.number("startedAfter", -(2**62)), request.number("startedBefore", 2**62)
        worklogs = [
            worklog
            for worklog in self.instance.worklogs_of(self.instance.issue(id_or_key))
            if after < worklog.started.timestamp() * 1000 < before
        ]
        start, size = request.number("startAt", 0), min(request.number("maxResults", 5000), 5000)
        page = [self.worklog(worklog, request.root) for worklog in worklogs[start : start + size]]
        return {"startAt": start, "maxResults": size, "total": len(worklogs), "worklogs": page}

    def comment(self, text: str) -> Any:
        if not text:
            return None
        if "[~" not in text:
            return _encoded_adf(text)
        return adf(text, {user.display_name: user.key for user in self.instance.users.values()})

    def visibility_identifier(self) -> Payload:
        return {"identifier": "10002"}


@lru_cache(maxsize=4096)
def _encoded_adf(text: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(adf(text, {})))


def _key(project: SimProject) -> str:
    return project.key


def _page(values: list[Payload], start: int, size: int, total: int, url: str) -> Payload:
    is_last = start + size >= total
    page: Payload = {
        "self": f"{url}?startAt={start}&maxResults={size}",
        "maxResults": size,
        "startAt": start,
        "total": total,
        "isLast": is_last,
        "values": values,
    }
    return page if is_last else page | {"nextPage": f"{url}?startAt={start + size}&maxResults={size}"}


def _field(name: str, title: str, schema: Payload) -> Payload:
    return {"id": name, "key": name, "name": title, "custom": False, "orderable": True, "navigable": True,
            "searchable": True, "clauseNames": [name], "schema": schema}  # fmt: skip


def _custom(number: int, title: str, schema: Payload) -> Payload:
    name = f"customfield_{number}"
    return {"id": name, "key": name, "name": title, "custom": True, "orderable": True, "navigable": True,
            "searchable": True, "clauseNames": [f"cf[{number}]", title],
            "schema": schema | {"customId": number}}  # fmt: skip


def _token(offset: int, jql: str) -> str:
    return urlsafe_b64encode(f"{offset}:{_fingerprint(jql)}".encode()).decode()


def _offset(token: str, jql: str) -> int:
    """A token belongs to its own query."""
    if not token:
        return 0
    try:
        offset, fingerprint = urlsafe_b64decode(token).decode().split(":")
    except (Base64Error, ValueError):
        fingerprint = ""
    if fingerprint != _fingerprint(jql):
        raise RefusedError(400, "The provided next page token is invalid or expired.")
    return int(offset)


def _fingerprint(jql: str) -> str:
    return sha256(jql.encode()).hexdigest()[:16]
