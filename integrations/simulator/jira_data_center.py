"""Jira Data Center, REST v2: logins instead of accounts, text instead of ADF, an Epic Link field instead of parents."""

from typing import Any

from integrations.simulator.entities import SimIssue, SimProject, SimUser
from integrations.simulator.exchange import Answer, RefusedError, Request, html
from integrations.simulator.jira import JiraApi, Payload, asked_fields, route

EPIC_LINK, EPIC_NAME = 10_101, 10_103
SIZES = (48, 24, 16, 32)
LARGEST_PAGE = 1000


class JiraDataCenterApi(JiraApi):
    version = "2"
    routes = [
        route("GET", "/rest/api/2/myself", "myself"),
        route("GET", "/rest/api/2/field", "fields"),
        route("GET", "/rest/api/2/issuetype", "issue_types"),
        route("GET", "/rest/api/2/status", "all_statuses"),
        route("GET", "/rest/api/2/project", "projects"),
        route("GET", "/rest/api/2/search", "search_by_query"),
        route("POST", "/rest/api/2/search", "search_by_body"),
        route("GET", "/rest/api/2/issue/{}", "issue_by_key"),
        route("GET", "/rest/api/2/issue/{}/worklog", "issue_worklogs"),
        route("GET", "/rest/api/2/worklog/updated", "worklogs_updated"),
        route("GET", "/rest/api/2/worklog/deleted", "worklogs_deleted"),
        route("POST", "/rest/api/2/worklog/list", "worklog_list"),
        route("GET", "/rest/api/2/user", "user_by_name"),
        route("GET", "/rest/api/2/user/search", "users_found"),
    ]

    def is_authorized(self, request: Request, *, scoped: bool) -> bool:
        return request.authorization == f"Bearer {self.instance.token}" and not scoped

    def throttled(self, retry_after: float | None) -> Answer:
        """Its own rate limiter speaks HTML, through Tomcat."""
        headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-FillRate": "1",
                   "X-RateLimit-Interval-Seconds": "1"}  # fmt: skip
        if retry_after is not None:
            headers["Retry-After"] = f"{retry_after:g}"
        return html(429, "HTTP Status 429 - Too Many Requests", headers)

    def user(self, user: SimUser, root: str) -> Payload:
        return {
            "self": f"{root}/rest/api/2/user?username={user.name}",
            "key": user.key,
            "name": user.name,
            "emailAddress": user.email,
            "avatarUrls": {f"{size}x{size}": f"{root}/secure/useravatar?avatarId=10122" for size in SIZES},
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": user.time_zone,
        }

    def myself(self, request: Request) -> Payload:
        more = {"deleted": False, "locale": "en_US", "expand": "groups,applicationRoles"}
        return self.user(self.instance.caller, request.root) | more

    def user_by_name(self, request: Request) -> Payload:
        key, name = request.text("key"), request.text("username")
        for user in self.instance.users.values():
            if (key and user.key == key) or (name and user.name == name):
                return self.user(user, request.root) | {"deleted": False}
        if not key and not name:
            raise RefusedError(400, "Either the username or the key must be provided")
        raise RefusedError(404, f"The user named '{name or key}' does not exist")

    def users_found(self, request: Request) -> list[Payload]:
        """By a part of the login, the name or the address, in any case; inactive ones only when they are asked for."""
        text, with_inactive = request.text("username").lower(), request.text("includeInactive") == "true"
        if not text:
            raise RefusedError(400, "The username query parameter was not provided")
        found = [
            self.user(user, request.root)
            for user in self.instance.users.values()
            if (user.active or with_inactive) and text in f"{user.name} {user.display_name} {user.email}".lower()
        ]
        start, size = request.number("startAt", 0), min(request.number("maxResults", 50), LARGEST_PAGE)
        return found[start : start + size]

    def projects(self, request: Request) -> list[Payload]:
        visible = [project for project in self.instance.projects.values() if not project.hidden]
        return [self.project(project, request.root) | {"archived": False} for project in visible]

    def project(self, project: SimProject, root: str) -> Payload:
        picture = f"{root}/secure/projectavatar?pid={project.id}"
        return {
            "self": f"{root}/rest/api/2/project/{project.id}",
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "avatarUrls": {f"{size}x{size}": picture for size in SIZES},
        }

    def fields(self, request: Request) -> list[Payload]:
        epic = "com.pyxis.greenhopper.jira"
        return [
            _field("summary", "Summary", {"type": "string", "system": "summary"}),
            _field("issuetype", "Issue Type", {"type": "issuetype", "system": "issuetype"}),
            _field("worklog", "Log Work", {"type": "array", "items": "worklog", "system": "worklog"}),
            _custom(EPIC_LINK, "Epic Link", {"type": "any", "custom": f"{epic}:gh-epic-link"}),
            _custom(EPIC_NAME, "Epic Name", {"type": "string", "custom": f"{epic}:gh-epic-label"}),
        ]

    def hierarchy_fields(self, issue: SimIssue, root: str) -> Payload:
        link = issue.parent.key if issue.parent and issue.parent.type.level == 1 else None
        fields: Payload = {"issuetype": self.issue_type(issue.type, root), f"customfield_{EPIC_LINK}": link}
        if issue.type.level == 1 and self.instance.tells_epic_names:
            fields[f"customfield_{EPIC_NAME}"] = issue.summary
        if issue.parent and issue.type.level < 0:
            shown = {
                "summary": issue.parent.summary,
                "status": self.status(issue.parent.status, root),
                "issuetype": self.issue_type(issue.parent.type, root),
            }
            url = f"{root}/rest/api/2/issue/{issue.parent.id}"
            fields["parent"] = {"id": str(issue.parent.id), "key": issue.parent.key, "self": url, "fields": shown}
        return fields

    def search_by_query(self, request: Request) -> Payload:
        strict = request.text("validateQuery", "true").lower() != "false"
        asked = asked_fields(request.query.get("fields"), "*navigable")
        page = request.number("startAt", 0), request.number("maxResults", 50)
        return self._search(request, request.text("jql"), asked, page, strict=strict)

    def search_by_body(self, request: Request) -> Payload:
        body = request.json()
        asked = asked_fields(body.get("fields"), "*navigable")
        page = int(body.get("startAt", 0)), int(body.get("maxResults", 50))
        return self._search(
            request, str(body.get("jql", "")), asked, page, strict=body.get("validateQuery") is not False
        )

    def _search(self, request: Request, jql: str, asked: set[str], page: tuple[int, int], *, strict: bool) -> Payload:
        found = self.matching(jql, strict=strict)
        start, size = page[0], min(page[1], LARGEST_PAGE)
        issues = [self.issue(issue, asked, request.root) for issue in found[start : start + size]]
        return {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found), "issues": issues}

    def issue_worklogs(self, request: Request, id_or_key: str) -> Payload:
        """All of them: this resource knows neither pages nor dates."""
        found = self.instance.worklogs_of(self.instance.issue(id_or_key))
        worklogs = [self.worklog(worklog, request.root) for worklog in found]
        return {"startAt": 0, "maxResults": len(worklogs), "total": len(worklogs), "worklogs": worklogs}

    def changed_worklog(self, worklog_id: int, moment: int) -> Payload:
        return {"worklogId": worklog_id, "updatedTime": moment}

    def comment(self, text: str) -> Any:
        return text


def _field(name: str, title: str, schema: Payload) -> Payload:
    return {"id": name, "name": title, "custom": False, "orderable": True, "navigable": True, "searchable": True,
            "clauseNames": [name], "schema": schema}  # fmt: skip


def _custom(number: int, title: str, schema: Payload) -> Payload:
    return {"id": f"customfield_{number}", "name": title, "custom": True, "orderable": True, "navigable": True,
            "searchable": True, "clauseNames": [f"cf[{number}]", title],
            "schema": schema | {"customId": number}}  # fmt: skip
