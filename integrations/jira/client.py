"""Jira's paths and pages."""

import base64
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Self, TypeVar
from urllib.parse import quote

from msgspec import Struct

from integrations.decoding import given
from integrations.jira.parse import IssueFields, fields_to_read, find_fields
from integrations.jira.records import (
    BulkIssuesPayload,
    FeedPayload,
    FieldPayload,
    IssuePayload,
    IssueTypePayload,
    OffsetPagePayload,
    ProjectPagePayload,
    ProjectPayload,
    StatusPayload,
    TokenPagePayload,
    UserPagePayload,
    UserPayload,
    WorklogPagePayload,
    WorklogPayload,
)
from integrations.paging import PAGE_LIMIT, Pages
from integrations.session import AnswerTooLarge, ApiError, ApiSession

ISSUES, WORKLOGS, USERS, EVERYBODY = 100, 1_000, 100, 1_000  # the most that one request may ask for
FEW = 5  # users that are asked for one by one, where no request names several
ABSENT = {400, 404}  # 400: an id in a form that this Jira never gave
IDS_ONLY = {"id", "key"}

T = TypeVar("T")


class FeedPage(Struct):
    """`until`, in milliseconds since the epoch, is where the next reading of the feed goes on."""

    ids: list[str]
    until: int


class JiraClient(ABC):
    """What Cloud and Data Center share. Every method raises ApiError; a short answer is never an outage."""

    api: str
    page_limit = PAGE_LIMIT

    def __init__(
        self, url: str, authorization: str, *, connections: int = 4, on_wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.session = ApiSession(
            url,
            authorization=authorization,
            connections=connections,
            on_wait=on_wait,
            service="Jira",
            needs=permission_for,
        )

    @abstractmethod
    def projects(self) -> Iterator[list[ProjectPayload]]: ...

    @abstractmethod
    def search(self, jql: str, fields: Sequence[str] = ("id",)) -> Iterator[list[IssuePayload]]: ...

    @abstractmethod
    def issue_worklogs(
        self, issue_id: str, *, started_after: datetime | None = None, started_before: datetime | None = None
    ) -> list[WorklogPayload]:
        """All worklogs of one issue; Data Center knows no filter and gives them whenever they started."""

    @abstractmethod
    def users(self, account_ids: Sequence[str]) -> list[UserPayload]:
        """Those that exist, in any order."""

    @abstractmethod
    def known_users(self, account_ids: Sequence[str]) -> Iterator[list[UserPayload]]:
        """As `users`, in a request for many of them; others may be among them."""

    @abstractmethod
    def everybody(self) -> Iterator[list[UserPayload]]:
        """All users, inactive ones, apps and customers included. A user may come twice."""

    @abstractmethod
    def _issues(self, ids_or_keys: list[str]) -> list[IssuePayload]: ...

    def myself(self) -> UserPayload:
        return self.session.get(f"{self.api}/myself", UserPayload)

    def fields(self) -> list[FieldPayload]:
        return self.session.get(f"{self.api}/field", list[FieldPayload])

    def issue_types(self) -> list[IssueTypePayload]:
        """Those of the projects that the token's user may browse; all of them for an admin of that Jira."""
        return self.session.get(f"{self.api}/issuetype", list[IssueTypePayload])

    def statuses(self) -> list[StatusPayload]:
        """Those of the projects that the token's user may browse."""
        return self.session.get(f"{self.api}/status", list[StatusPayload])

    @cached_property
    def issue_fields(self) -> IssueFields:
        return find_fields(self.fields())

    def issues(self, ids_or_keys: Sequence[str]) -> Iterator[list[IssuePayload]]:
        """With the fields that `parse_issue` reads. Those that do not exist or are hidden are absent."""
        if ids_or_keys:
            _ = self.issue_fields  # asked once, before the threads would all ask
        return self.session.map(self._issues, chunks(ids_or_keys, ISSUES))

    def updated(self, since: int) -> Iterator[FeedPage]:
        """Worklogs created or changed since then (ms), oldest first; Jira keeps back the last minute."""
        return self._feed("worklog/updated", since)

    def deleted(self, since: int) -> Iterator[FeedPage]:
        return self._feed("worklog/deleted", since)

    def worklogs(self, ids: Sequence[str]) -> Iterator[list[WorklogPayload]]:
        """Those that exist and may be seen; the others are absent."""
        return self.session.map(self._worklogs, chunks(ids, WORKLOGS))

    def close(self) -> None:
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _worklogs(self, ids: list[str]) -> list[WorklogPayload]:
        body = {"ids": [int(worklog_id) for worklog_id in ids]}
        return self.session.post(f"{self.api}/worklog/list", list[WorklogPayload], body)

    def _feed(self, path: str, since: int) -> Iterator[FeedPage]:
        pages = Pages(f"Jira’s {path}", self.page_limit)
        is_last = False
        while not is_last:
            pages.turn(since)
            page = self.session.get(f"{self.api}/{path}", FeedPayload, since=since)
            pages.bring((changed.worklog_id, changed.moment) for changed in page.values)
            is_last = is_last_page(page)
            since = end_of(page, since) if is_last else max(since, end_of(page, since))
            yield FeedPage([str(changed.worklog_id) for changed in page.values], since)

    def _everybody(self, path: str, **params: str | bool) -> Iterator[list[UserPayload]]:
        """Hidden users make a page shorter than it was asked for, so that only an empty one is behind the last."""
        pages, start = self._pages(path), 0
        while True:
            pages.turn(start)
            page = self.session.get(
                f"{self.api}/{path}", list[UserPayload], startAt=start, maxResults=EVERYBODY, **params
            )
            if not given(page):
                return
            pages.bring(user.account_id or user.key or user.name for user in page)
            yield page
            start += given(page)

    def _pages(self, what: str) -> Pages:
        return Pages(f"Jira’s {what}", self.page_limit)

    def _single(self, path: str, type: type[T], **params: str) -> T | None:
        """None for what does not exist, is hidden or is not understood."""
        try:
            return self.session.one(f"{self.api}/{path}", type, **params)
        except ApiError as error:
            if error.status not in ABSENT:
                raise
            return None


class JiraCloud(JiraClient):
    """`url` is the site, or https://api.atlassian.com/ex/jira/{cloudId} for tokens with scopes."""

    api = "rest/api/3"

    def __init__(
        self, url: str, email: str, token: str, *, connections: int = 4, on_wait: Callable[[float], None] = time.sleep
    ) -> None:
        pair = base64.b64encode(f"{email.strip()}:{token.strip()}".encode()).decode()
        super().__init__(url, f"Basic {pair}", connections=connections, on_wait=on_wait)

    def projects(self) -> Iterator[list[ProjectPayload]]:
        pages, start = self._pages("project/search"), 0
        while True:
            pages.turn(start)
            page = self.session.get(f"{self.api}/project/search", ProjectPagePayload, startAt=start, maxResults=100)
            yield page.values
            start += given(page.values)
            if page.is_last or (page.is_last is None and start >= (page.total or 0)):
                return

    def search(self, jql: str, fields: Sequence[str] = ("id",)) -> Iterator[list[IssuePayload]]:
        body: dict[str, object] = {"jql": jql, "fields": list(fields)}
        body["maxResults"] = 5_000 if IDS_ONLY.issuperset(fields) else ISSUES
        pages, token = self._pages("search/jql"), None
        while True:
            pages.turn(token)
            page = self.session.ask(f"{self.api}/search/jql", TokenPagePayload, body)
            pages.bring(issue.id for issue in page.issues)
            yield page.issues
            body["nextPageToken"] = token = page.next_page_token
            if page.is_last or not token:
                return

    def issue_worklogs(
        self, issue_id: str, *, started_after: datetime | None = None, started_before: datetime | None = None
    ) -> list[WorklogPayload]:
        found: list[WorklogPayload] = []
        start = 0
        pages, path = (
            self._pages(f"worklogs of issue {issue_id}"),
            f"{self.api}/issue/{quote(issue_id, safe='')}/worklog",
        )
        window = {"startedAfter": milliseconds(started_after), "startedBefore": milliseconds(started_before)}
        while True:
            pages.turn(start)
            page = self.session.get(path, WorklogPagePayload, startAt=start, maxResults=WORKLOGS, **window)
            found += page.worklogs
            start += given(page.worklogs)
            if start >= page.total and not (page.is_full and given(page.worklogs)):
                return found

    def users(self, account_ids: Sequence[str]) -> list[UserPayload]:
        known = [account_id for account_id in account_ids if account_id != "unknown"]
        return [user for part in self.session.map(self._users, chunks(known, USERS)) for user in part]

    def known_users(self, account_ids: Sequence[str]) -> Iterator[list[UserPayload]]:
        yield self.users(account_ids)

    def everybody(self) -> Iterator[list[UserPayload]]:
        return self._everybody("users/search")

    def _users(self, account_ids: list[str]) -> list[UserPayload]:
        try:
            return self._bulk_users(account_ids)
        except ApiError as error:
            if error.status not in {*ABSENT, 405, 410}:  # one id that Jira cannot read spoils them all
                raise
        singles = (self._single("user", UserPayload, accountId=account_id) for account_id in account_ids)
        return [user for user in singles if user]

    def _bulk_users(self, account_ids: list[str]) -> list[UserPayload]:
        found: list[UserPayload] = []
        pages, start = self._pages("user/bulk"), 0
        while True:
            pages.turn(start)
            page = self.session.get(
                f"{self.api}/user/bulk", UserPagePayload, accountId=account_ids, startAt=start, maxResults=USERS
            )
            found += page.values
            start += given(page.values)
            if page.is_last or (page.is_last is None and start >= (page.total or 0)):
                return found

    def _issues(self, ids_or_keys: list[str]) -> list[IssuePayload]:
        body = {"issueIdsOrKeys": ids_or_keys, "fields": fields_to_read(self.issue_fields)}
        return self.session.post(f"{self.api}/issue/bulkfetch", BulkIssuesPayload, body).issues


class JiraDataCenter(JiraClient):
    """`url` may have a context path; `token` is a personal access token."""

    api = "rest/api/2"

    def __init__(
        self, url: str, token: str, *, connections: int = 4, on_wait: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(url, f"Bearer {token.strip()}", connections=connections, on_wait=on_wait)

    def projects(self) -> Iterator[list[ProjectPayload]]:
        yield self.session.get(f"{self.api}/project", list[ProjectPayload])

    def search(self, jql: str, fields: Sequence[str] = ("id",)) -> Iterator[list[IssuePayload]]:
        size = 1_000 if IDS_ONLY.issuperset(fields) else ISSUES
        return self._search({"jql": jql, "fields": list(fields), "maxResults": size})

    def _search(self, body: dict[str, object]) -> Iterator[list[IssuePayload]]:
        pages, start = self._pages("search"), 0
        while True:
            pages.turn(start)
            page = self.session.ask(f"{self.api}/search", OffsetPagePayload, body | {"startAt": start})
            pages.bring(issue.id for issue in page.issues)
            yield page.issues
            start += given(page.issues)
            if start >= page.total:
                return

    def issue_worklogs(
        self, issue_id: str, *, started_after: datetime | None = None, started_before: datetime | None = None
    ) -> list[WorklogPayload]:
        path = f"{self.api}/issue/{quote(issue_id, safe='')}/worklog"
        try:
            page = self.session.get(path, WorklogPagePayload)
        except AnswerTooLarge as error:
            text = (
                f"Issue {issue_id} has too many worklogs for one response. "
                "Run a full sync, which fetches them in parts."
            )
            raise ApiError(text, permanent=True) from error
        count = given(page.worklogs)
        if count < page.total:  # it knows no pages, so there is no way to ask for the rest
            text = f"Jira returned only {count} of the {page.total} worklogs of issue {issue_id}. Sync again later."
            raise ApiError(text, permanent=False)
        return page.worklogs

    def users(self, account_ids: Sequence[str]) -> list[UserPayload]:
        known = [account_id for account_id in account_ids if account_id != "unknown"]
        return [user for user in self.session.map(self._user, known) if user]

    def known_users(self, account_ids: Sequence[str]) -> Iterator[list[UserPayload]]:
        if len(account_ids) > FEW:
            yield from self.everybody()
        else:
            yield self.users(account_ids)

    def everybody(self) -> Iterator[list[UserPayload]]:
        # A dot is in every address, and a search for nothing is refused.
        return self._everybody("user/search", username=".", includeInactive=True)

    def _user(self, account_id: str) -> UserPayload | None:
        # Old versions told no key, and then the account is known by its name.
        return self._single("user", UserPayload, key=account_id) or self._single(
            "user", UserPayload, username=account_id
        )

    def _issues(self, ids_or_keys: list[str]) -> list[IssuePayload]:
        fields = fields_to_read(self.issue_fields)
        jql = f"issue in ({', '.join(map(in_jql, ids_or_keys))})"
        body = {"jql": jql, "fields": fields, "maxResults": ISSUES, "validateQuery": False}
        try:
            return [issue for page in self._search(body) for issue in page]
        except ApiError as error:
            if error.status != 400:  # a version that refuses the whole query for one unknown issue
                raise
        singles = (self._issue(id_or_key, fields) for id_or_key in ids_or_keys)
        return [issue for issue in singles if issue]

    def _issue(self, id_or_key: str, fields: list[str]) -> IssuePayload | None:
        return self._single(f"issue/{quote(id_or_key, safe='')}", IssuePayload, fields=",".join(fields))


def jira_client(
    kind: str, url: str, email: str, token: str, *, connections: int = 4, on_wait: Callable[[float], None] = time.sleep
) -> JiraClient:
    if kind == "cloud":
        return JiraCloud(url, email, token, connections=connections, on_wait=on_wait)
    if kind == "data_center":
        return JiraDataCenter(url, token, connections=connections, on_wait=on_wait)
    raise ValueError(f"No client for a Jira of kind {kind!r}.")


def permission_for(path: str) -> str:
    if "/user" in path:
        return "the permission “Browse users and groups”"
    if re.search("/(issue|search|worklog|project)", path):
        return "the permission “Browse projects”"
    return ""


def chunks(entries: Sequence[str], size: int) -> Iterable[list[str]]:
    return (list(entries[start : start + size]) for start in range(0, len(entries), size))


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def is_last_page(page: FeedPayload) -> bool:
    told = page.is_last_page if page.last_page is None else page.last_page
    return page.next_page is None if told is None else told


def end_of(page: FeedPayload, since: int) -> int:
    if page.until is not None:
        return page.until
    return max((changed.moment or since for changed in page.values), default=since)


def in_jql(id_or_key: str) -> str:
    if id_or_key.isdigit():
        return id_or_key  # in quotes it would be looked up as a key
    escaped = id_or_key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
