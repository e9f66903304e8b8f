"""Tempo's paths and pages."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit

from integrations.session import PAGE_LIMIT, ApiError, ApiSession, Pages, Param
from integrations.tempo.records import AuditPagePayload, DeletedPagePayload, TempoWorklogPayload, WorklogPagePayload

WORKLOGS = "4/worklogs"
AUDIT_LOG = "4/papertrail/search"
OLD_AUDIT_LOG = "papertrail/1/events/deleted/types/worklog"  # deprecated, and all that some sites offer
UNAVAILABLE = {403, 404, 410}
PAGE_SIZES = (5_000, 1_000)
AUDIT_PAGE_SIZE = 1_000


class TempoClient:
    """Every method raises ApiError; a short answer is never an outage."""

    page_limit = PAGE_LIMIT

    def __init__(
        self, url: str, token: str, *, per_second: float = 5, on_wait: Callable[[float], None] = time.sleep
    ) -> None:
        authorization = f"Bearer {token.strip()}"
        self.session = ApiSession(
            url, authorization=authorization, per_second=per_second, on_wait=on_wait, service="Tempo"
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
        """None for what does not exist or is hidden."""
        try:
            return self.session.get(f"{WORKLOGS}/{quote(tempo_id, safe='')}", TempoWorklogPayload)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def close(self) -> None:
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _worklogs(self, params: dict[str, Param]) -> Iterator[list[TempoWorklogPayload]]:
        pages = Pages("Tempo's list of worklogs", self.page_limit)
        page = self._first_page(params)
        pages.bring(worklog.tempo_worklog_id for worklog in page.results)
        yield page.results
        while following := page.metadata.next:
            pages.turn(following)
            # Only its query: the token must not follow a link to wherever it leads.
            page = self.session.get(WORKLOGS, WorklogPagePayload, **parse_qs(urlsplit(following).query))
            pages.bring(worklog.tempo_worklog_id for worklog in page.results)
            yield page.results

    def _first_page(self, params: dict[str, Param]) -> WorklogPagePayload:
        for size in PAGE_SIZES:
            try:
                return self.session.get(WORKLOGS, WorklogPagePayload, **params, limit=size)
            except ApiError as error:
                if error.status != 400 or size == PAGE_SIZES[-1]:
                    raise
        raise AssertionError  # the loop returns or raises

    def _audit_log(self, since: datetime) -> Iterator[list[str]]:
        pages, token = Pages("Tempo's audit log", self.page_limit), None
        body = {"entityType": ["worklog"], "action": ["Deleted"], "from": utc(since)}
        while True:
            pages.turn(token)
            page = self.session.post(AUDIT_LOG, AuditPagePayload, body, limit=AUDIT_PAGE_SIZE, nextPageToken=token)
            yield [str(event.entity_id) for event in page.results]
            token = page.metadata.next_page_token
            if not token:
                return

    def _old_audit_log(self, since: datetime) -> Iterator[list[str]]:
        pages, key = Pages("Tempo's list of deleted worklogs", self.page_limit), None
        params: dict[str, Param] = {"updatedFrom": utc(since), "limit": AUDIT_PAGE_SIZE}
        while True:
            pages.turn(key)
            page = self.session.get(OLD_AUDIT_LOG, DeletedPagePayload, **params, lastEvaluatedKey=key)
            yield [str(deleted.tempo_worklog_id) for deleted in page.results]
            key = page.metadata.last_evaluated_key
            if not key:
                return


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
