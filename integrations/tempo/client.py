"""Tempo's paths and pages."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit

from integrations.decoding import given
from integrations.paging import PAGE_LIMIT, Pages
from integrations.session import AnswerTooLarge, ApiError, ApiSession, Param
from integrations.tempo.records import (
    AuditPagePayload,
    DeletedPagePayload,
    IdPagePayload,
    TempoWorklogPayload,
    WorklogPagePayload,
)

WORKLOGS = "4/worklogs"
IDS_OF_JIRA = "4/worklogs/jira-to-tempo"
AUDIT_LOG = "4/papertrail/search"
OLD_AUDIT_LOG = "papertrail/1/events/deleted/types/worklog"  # deprecated, and all that some sites offer
UNAVAILABLE = {403, 404, 410}
HIDDEN = {403, 404}  # of a single worklog: another one may well be seen
PAGE_SIZES = (5_000, 1_000, 100)  # some sites refuse the largest; of long descriptions an answer holds fewer
AUDIT_PAGE_SIZE = 1_000
IDS_AT_ONCE = 1_000


class TempoClient:
    """Every method raises ApiError; a short answer is never an outage."""

    page_limit = PAGE_LIMIT

    def __init__(
        self, url: str, token: str, *, per_second: float = 5, on_wait: Callable[[float], None] = time.sleep
    ) -> None:
        authorization = f"Bearer {token.strip()}"
        self.session = ApiSession(
            url,
            authorization=authorization,
            per_second=per_second,
            on_wait=on_wait,
            service="Tempo",
            needs=scope_for,
        )

    def worklogs(self, first: date, last: date) -> Iterator[list[TempoWorklogPayload]]:
        """Of the days from first to last, both included."""
        return self._worklogs({"from": first.isoformat(), "to": last.isoformat()})

    def updated(self, since: datetime) -> Iterator[list[TempoWorklogPayload]]:
        """Created or changed since then, on whichever day; Tempo does not combine this with days."""
        return self._worklogs({"updatedFrom": utc(since)})

    def of_issue(self, issue_id: str) -> Iterator[list[TempoWorklogPayload]]:
        """Of one issue, on whichever day."""
        return self._worklogs({"issueId": issue_id})

    def deleted(self, since: datetime) -> Iterator[list[str]]:
        """Tempo ids. Tempo looks back 180 days at most and refuses an earlier `since`."""
        try:
            yield from self._audit_log(since)
        except ApiError as error:
            if error.status not in UNAVAILABLE:
                raise
            yield from self._old_audit_log(since)

    def worklog(self, tempo_id: str) -> TempoWorklogPayload | None:
        """None for what does not exist, is hidden or is not understood."""
        try:
            return self.session.one(f"{WORKLOGS}/{quote(tempo_id, safe='')}", TempoWorklogPayload)
        except ApiError as error:
            if error.status not in HIDDEN:
                raise
            return None

    def ids_of(self, jira_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Jira's id of a worklog and Tempo's own; none of those that Tempo does not know."""
        for start in range(0, len(jira_ids), IDS_AT_ONCE):
            body = {"jiraWorklogIds": [int(jira_id) for jira_id in jira_ids[start : start + IDS_AT_ONCE]]}
            pages, offset = Pages("Tempo’s list of IDs", self.page_limit), 0
            while True:
                pages.turn(offset)
                page = self.session.post(IDS_OF_JIRA, IdPagePayload, body, limit=IDS_AT_ONCE, offset=offset)
                yield from ((str(pair.jira_worklog_id), str(pair.tempo_worklog_id)) for pair in page.results)
                offset += given(page.results)
                if not page.metadata.next:
                    break

    def close(self) -> None:
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _worklogs(self, params: Mapping[str, Param]) -> Iterator[list[TempoWorklogPayload]]:
        pages, sizes = Pages("Tempo’s list of worklogs", self.page_limit), list(PAGE_SIZES)
        params = {**params, "limit": sizes.pop(0)}
        while True:
            page = self._page(params, sizes)
            pages.bring(worklog.tempo_worklog_id for worklog in page.results)
            yield page.results
            following = page.metadata.next
            if not following:
                return
            pages.turn(following)
            # Only its query: the token must not follow a link to wherever it leads.
            params = parse_qs(urlsplit(following).query)

    def _page(self, params: Mapping[str, Param], smaller: list[int]) -> WorklogPagePayload:
        """With the first of the smaller sizes with which it comes, where it does not come as it is."""
        while True:
            try:
                return self.session.get(WORKLOGS, WorklogPagePayload, **params)
            except ApiError as error:
                if not (smaller and (error.status == 400 or isinstance(error, AnswerTooLarge))):
                    raise
                params = {**params, "limit": smaller.pop(0)}

    def _audit_log(self, since: datetime) -> Iterator[list[str]]:
        pages, token = Pages("Tempo’s audit log", self.page_limit), None
        body = {"entityType": ["worklog"], "action": ["Deleted"], "from": utc(since)}
        while True:
            pages.turn(token)
            page = self.session.post(AUDIT_LOG, AuditPagePayload, body, limit=AUDIT_PAGE_SIZE, nextPageToken=token)
            yield [str(event.entity_id) for event in page.results]
            token = page.metadata.next_page_token
            if not token:
                return

    def _old_audit_log(self, since: datetime) -> Iterator[list[str]]:
        pages, key = Pages("Tempo’s list of deleted worklogs", self.page_limit), None
        params: dict[str, Param] = {"updatedFrom": utc(since), "limit": AUDIT_PAGE_SIZE}
        while True:
            pages.turn(key)
            page = self.session.get(OLD_AUDIT_LOG, DeletedPagePayload, **params, lastEvaluatedKey=key)
            yield [str(deleted.tempo_worklog_id) for deleted in page.results]
            key = page.metadata.last_evaluated_key
            if not key:
                return


def scope_for(path: str) -> str:
    return "the scope “View worklogs”" if path.startswith(WORKLOGS) else ""


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
