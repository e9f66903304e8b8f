"""Where an instance's worklogs come from: Jira itself, or Tempo where it is in use; the sync knows only Source."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from integrations.jira.client import JiraClient
from integrations.jira.parse import parse_all
from integrations.jira.parse import parse_worklog as parse_jira_worklog
from integrations.jira.records import WorklogPayload
from integrations.session import ApiError
from integrations.tempo.client import TempoClient
from integrations.tempo.parse import parse_worklog as parse_tempo_worklog
from integrations.tempo.records import TempoWorklogPayload
from worklogs.ingest import WorklogRecord
from worklogs.models import Worklog
from worklogs.periods import ONE_DAY, Period, add_months

PAGE = 1000
ZONES = 2 * ONE_DAY  # an author's day and that of the account that reads differ by this at most
ON_THE_WEB_SINCE = 0  # 1970: every feed from its beginning
FEW = 50  # Tempo takes 5 requests a second: more are looked for in its list of changes
UNAVAILABLE = {403, 404, 410}  # of a list of deletions, which not every token may read
AUDIT_REACH = timedelta(days=179)  # Tempo's deletions are told for 180 days


@dataclass(frozen=True)
class FeedStep:
    """A part of a feed, and the position (ms since 1970) at which the next reading goes on."""

    position: int
    records: list[WorklogRecord] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


class Missing(NamedTuple):
    """A stored worklog that a complete reading did not give."""

    external_id: str
    seconds: int
    updated_at: datetime
    missing_since: datetime | None = None  # where an earlier sync has noticed it


class Source(ABC):
    """Every method raises ApiError rather than give less than there is."""

    name: Worklog.Source
    months_at_once: int
    found_at_once: int  # of missing ones, in few requests
    jira: JiraClient

    def chunks(self, period: Period) -> Iterator[Period]:
        """The period in parts, each of which is read and reconciled in itself: what a killed run need not repeat."""
        first = period.first
        while first <= period.last:
            last = min(add_months(first, self.months_at_once) - ONE_DAY, period.last)
            yield Period(first, last)
            first = last + ONE_DAY

    @abstractmethod
    def read(self, period: Period, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        """Every worklog of these days, in pages; `progress` is told the part that has been read (0..1)."""

    @abstractmethod
    def read_all(self, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        """Every worklog there is."""

    @abstractmethod
    def read_issue(self, issue_id: str) -> Iterator[list[WorklogRecord]]:
        """Every worklog of one issue, whose external id that is."""

    @abstractmethod
    def changes(self, since: int) -> Iterator[FeedStep]:
        """Worklogs created or changed since then, oldest first."""

    @abstractmethod
    def deletions(self, since: int) -> Iterator[FeedStep]:
        """Ids of worklogs deleted since then."""

    @abstractmethod
    def find(self, missing: Sequence[Missing]) -> list[WorklogRecord]:
        """Those of them that live, wherever they are."""

    def ids_of_twins(self, external_ids: Sequence[str]) -> dict[str, str]:
        """Of worklogs that the other source told, by their ids there, the ids here, as far as this one knows them."""
        return {}

    def told_deleted(self, missing: Sequence[Missing]) -> set[str]:
        """Ids of those, and of others, whose deletion is told; none where the token may not read that."""
        since = min((each.updated_at for each in missing), default=None)
        try:
            steps = self.deletions(max(milliseconds(since), ON_THE_WEB_SINCE)) if since else ()
            return {external_id for step in steps for external_id in step.deleted}
        except ApiError as error:
            if error.status not in UNAVAILABLE:
                raise
            return set()

    def _readable(self, issue_ids: Collection[str]) -> set[str]:
        return {str(issue.id) for page in self.jira.issues(sorted(issue_ids, key=by_number)) for issue in page}


class JiraSource(Source):
    name = Worklog.Source.JIRA
    months_at_once = 3
    found_at_once = PAGE

    def __init__(self, jira: JiraClient, zone: ZoneInfo) -> None:
        self.jira, self.zone = jira, zone

    def read(self, period: Period, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        first, last = period.first - ZONES, period.last + ZONES
        jql = f'worklogDate >= "{first}" AND worklogDate <= "{last}"'
        found = {str(issue.id) for page in self.jira.search(jql) for issue in page}
        # Of an issue that is not understood the worklogs may be.
        found |= {row.external_id for row in self.jira.session.bad_rows if row.kind == "issue"} - {""}
        issues = sorted(found, key=by_number)
        after, before = (datetime.combine(day, time(), UTC) for day in (first, last + ONE_DAY))

        def worklogs(issue_id: str) -> list[WorklogRecord]:
            try:
                payloads = self.jira.issue_worklogs(issue_id, started_after=after, started_before=before)
            except ApiError as error:
                if error.status != 404 or issue_id in self._readable([issue_id]):
                    raise  # else it is gone, or hidden, since the search
                return []
            return [record for record in self._parsed(payloads) if period.first <= record.day <= period.last]

        page: list[WorklogRecord] = []
        for number, records in enumerate(self.jira.session.map(worklogs, issues), 1):
            page += records
            progress(number / len(issues))
            if len(page) >= PAGE:
                yield page
                page = []
        yield page

    def read_all(self, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        ids = [worklog_id for page in self.jira.updated(ON_THE_WEB_SINCE) for worklog_id in page.ids]
        ids, read = list(dict.fromkeys(ids)), 0
        for records in self._listed(ids):
            read += PAGE
            progress(min(read / len(ids), 1))
            yield records

    def read_issue(self, issue_id: str) -> Iterator[list[WorklogRecord]]:
        yield self._parsed(self.jira.issue_worklogs(issue_id))

    def changes(self, since: int) -> Iterator[FeedStep]:
        for page in self.jira.updated(since):
            records = [record for part in self._listed(page.ids) for record in part]
            yield FeedStep(page.until, records=records)

    def deletions(self, since: int) -> Iterator[FeedStep]:
        for page in self.jira.deleted(since):
            yield FeedStep(page.until, deleted=page.ids)

    def find(self, missing: Sequence[Missing]) -> list[WorklogRecord]:
        return [record for page in self._listed([each.external_id for each in missing]) for record in page]

    def _listed(self, ids: Sequence[str]) -> Iterator[list[WorklogRecord]]:
        for payloads in self.jira.worklogs(ids):
            yield self._parsed(payloads)

    def _parsed(self, payloads: Iterable[WorklogPayload]) -> list[WorklogRecord]:
        return parse_all(payloads, parse_jira_worklog, self.zone, self.jira.session.bad_rows)


class TempoSource(Source):
    """Jira's own copies of Tempo's worklogs are never read, so no hour stands here twice."""

    name = Worklog.Source.TEMPO
    months_at_once = 1
    found_at_once = FEW

    def __init__(self, tempo: TempoClient, jira: JiraClient, zone: ZoneInfo) -> None:
        self.tempo, self.jira, self.zone = tempo, jira, zone

    def read(self, period: Period, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        for payloads in self.tempo.worklogs(period.first, period.last):
            yield [record for record in self._parsed(payloads) if period.first <= record.day <= period.last]

    def read_all(self, progress: Callable[[float], None]) -> Iterator[list[WorklogRecord]]:
        # By days they would need a first and a last one, and a mistyped year lies beyond any.
        for payloads in self.tempo.updated(moment(ON_THE_WEB_SINCE)):
            yield self._parsed(payloads)

    def read_issue(self, issue_id: str) -> Iterator[list[WorklogRecord]]:
        for payloads in self.tempo.of_issue(issue_id):
            yield [record for record in self._parsed(payloads) if record.issue_id == issue_id]

    def changes(self, since: int) -> Iterator[FeedStep]:
        # Tempo's pages come by the day of work, so the position moves only when the last one has been read; and only
        # to the last change that was told, for a list that is empty by error must not be taken for a quiet time.
        newest, now = since, now_in_milliseconds()
        for payloads in self.tempo.updated(moment(since)):
            records = self._parsed(payloads)
            newest = max([newest, *(milliseconds(record.updated_at) for record in records)])
            yield FeedStep(since, records=records)
        yield FeedStep(min(newest, now))

    def deletions(self, since: int) -> Iterator[FeedStep]:
        started = now_in_milliseconds()
        reach = max(moment(since), datetime.now(UTC) - AUDIT_REACH)
        for ids in self.tempo.deleted(reach):
            yield FeedStep(since, deleted=ids)
        yield FeedStep(started)

    def find(self, missing: Sequence[Missing]) -> list[WorklogRecord]:
        if len(missing) <= FEW:
            one_by_one = self.tempo.session.map(self.tempo.worklog, [each.external_id for each in missing])
            found = [payload for payload in one_by_one if payload]
        else:
            # What lives has been updated at least as late as we know, so that list is complete.
            wanted = {each.external_id for each in missing}
            since = max(min(each.updated_at for each in missing), moment(ON_THE_WEB_SINCE))
            pages = self.tempo.updated(since)
            found = [payload for page in pages for payload in page if str(payload.tempo_worklog_id) in wanted]
        return self._parsed(found)

    def ids_of_twins(self, external_ids: Sequence[str]) -> dict[str, str]:
        try:
            return dict(self.tempo.ids_of(external_ids))
        except ApiError as error:
            if error.status not in UNAVAILABLE:
                raise
            return {}

    def _parsed(self, payloads: Iterable[TempoWorklogPayload]) -> list[WorklogRecord]:
        return parse_all(payloads, parse_tempo_worklog, self.zone, self.tempo.session.bad_rows)


def by_number(external_id: str) -> tuple[int, str]:
    return len(external_id), external_id


def milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def moment(position: int) -> datetime:
    return datetime.fromtimestamp(position / 1000, UTC)


def now_in_milliseconds() -> int:
    return milliseconds(datetime.now(UTC))
