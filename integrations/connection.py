"""Opens the way to an instance: its clients with its credentials."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from accounts.models import Company
from accounts.tenancy import current_company_id
from integrations.decoding import BadRow
from integrations.hosts import UnsafeUrl, check_url
from integrations.jira.client import JiraClient, jira_client
from integrations.jira.parse import zone_of
from integrations.limits import OutOfTime
from integrations.models import JiraCredential, TempoCredential
from integrations.session import ApiError
from integrations.sources import JiraSource, Source, TempoSource
from integrations.tempo.client import TempoClient
from worklogs.models import JiraInstance


@dataclass(frozen=True)
class Connection:
    jira: JiraClient
    tempo: TempoClient | None
    zone: ZoneInfo  # of authors whose own is not known

    @property
    def source(self) -> Source:
        return TempoSource(self.tempo, self.jira, self.zone) if self.tempo else JiraSource(self.jira, self.zone)

    @property
    def requests(self) -> int:
        return self.jira.session.requests_made + (self.tempo.session.requests_made if self.tempo else 0)

    @property
    def bad_rows(self) -> list[BadRow]:
        """All that were left out of what was read so far."""
        return self.jira.session.bad_rows

    def check(self, today: date) -> str:
        """Asks both whether they let us in; the name that Jira knows the token's user by. Raises ApiError."""
        myself = self.jira.myself()
        if self.tempo:
            next(self.tempo.worklogs(today, today), None)
        return str(myself.display_name or myself.name or "")


@dataclass(frozen=True)
class Access:
    """What it takes to reach an instance. Without a Tempo token it has no Tempo."""

    kind: str
    url: str
    email: str
    token: str = field(repr=False)
    tempo_url: str = ""
    tempo_token: str = field(default="", repr=False)
    connections: int = 4
    timezone: str = ""


def access_to(instance: JiraInstance) -> Access:
    """Raises ApiError when its credential is missing."""
    credential = JiraCredential.objects.filter(instance=instance).first()
    if credential is None:
        raise ApiError(f"{instance} has no Jira token. Add one to its credentials.", permanent=True)
    tempo = TempoCredential.objects.filter(instance=instance).first()
    return Access(
        kind=instance.kind,
        url=instance.url,
        email=credential.email,
        token=credential.token,
        tempo_url=tempo.url if tempo else "",
        tempo_token=tempo.token if tempo else "",
        connections=instance.connections,
        timezone=instance.timezone,
    )


@contextmanager
def connect(access: Access, on_wait: Callable[[float], None]) -> Iterator[Connection]:
    """Raises ApiError when an address must not be asked."""
    with ExitStack() as stack:
        jira = jira_client(
            access.kind,
            checked(access.url),
            access.email,
            access.token,
            connections=access.connections,
            on_wait=on_wait,
        )
        stack.callback(jira.close)
        tempo = None
        if access.tempo_token:
            tempo = TempoClient(checked(access.tempo_url), access.tempo_token, on_wait=on_wait)
            tempo.session.bad_rows = jira.session.bad_rows  # one list, as they are one instance's
            stack.callback(tempo.close)
        company = Company.objects.get(pk=current_company_id())
        yield Connection(jira, tempo, zone_of(access.timezone) or company.zone)


def checked(url: str) -> str:
    try:
        return check_url(url)
    except UnsafeUrl as error:
        raise ApiError(str(error), permanent=True) from error


class TakesLonger(ApiError):
    """Nothing is wrong but the time: in the background it may come to its end."""


@contextmanager
def connect_at_once(access: Access) -> Iterator[Connection]:
    """For somebody who waits for a page, within the time that a page has. What takes longer is an ApiError too."""
    try:
        with connect(access, time.sleep) as connection:
            yield connection
    except OutOfTime as late:
        text = "The response took too long. Check the address, or try again later."
        raise late.trouble or TakesLonger(text, permanent=False) from late
