"""The only HTTP of the product: one address, one token, patience, and errors in an admin's words."""

import base64
import binascii
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from random import SystemRandom
from threading import Event, Lock
from typing import Any, Self, TypeVar
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

import msgspec
import requests
from django.conf import settings

from integrations.decoding import Passing, decoded, told
from integrations.hosts import DEFAULT_PORTS, CheckedHosts, UnsafeUrl

TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 1.0, 15 * 60.0
CONNECT_SECONDS, READ_SECONDS, BODY_SECONDS = 10.0, 60.0, 300.0
BODY_BYTES = 256 * 2**20
REDIRECTS = 3
PAGE_LIMIT = 100_000
IDLE_PAGES = 5  # in a row without a new row: no real list does that
AGAIN = "Nothing is lost: run it again later."

T = TypeVar("T")
Item = TypeVar("Item")
Param = str | int | float | bool | Sequence[str] | None

dice = SystemRandom()
abandoned: ContextVar[Event | None] = ContextVar("abandoned", default=None)


class ApiError(Exception):
    """An answer that cannot be used. Its text tells an admin what happened and what to do, and never holds a token.

    `permanent`: asking again changes nothing until somebody acts. `status` is the HTTP status, if there was one.
    """

    def __init__(self, message: str, *, permanent: bool, status: int | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.status = status


class Abandoned(Exception):
    """Another call of the same `map` failed, so nobody waits for this one."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiSession:
    """Asks one API. Safe to use from several threads. POST is repeated like GET, so only questions may be posted.

    `on_wait(seconds)` is called instead of sleeping, in slices of a second at most and from worker threads too;
    what it raises ends the call. `per_second` spreads the requests of all threads.
    """

    def __init__(
        self,
        base_url: str,
        *,
        authorization: str,
        connections: int = 4,
        per_second: float | None = None,
        on_wait: Callable[[float], None] = time.sleep,
        service: str = "The server",
    ) -> None:
        self.service = service
        self.base_url = base_url.rstrip("/")
        if not self.base_url.startswith("https://") and not settings.ALLOW_PRIVATE_HOSTS:
            raise ApiError(f"The address of {service} must start with https://. Correct it.", permanent=True)
        if not (authorization.isascii() and authorization.isprintable()):
            raise ApiError(f"The token of {service} has characters that no token has. Copy it again.", permanent=True)
        self._connections = connections
        self._on_wait = on_wait
        self._pace = Pace(per_second)
        self._secrets = secrets_of(authorization)
        self._count, self._count_lock = 0, Lock()
        self._http = http_session(authorization, connections)
        self._get_only: set[str] = set()

    @property
    def requests_made(self) -> int:
        """HTTP requests sent so far, repeated and redirected ones included."""
        return self._count

    def get(self, path: str, type: type[T], /, **params: Param) -> T:
        return self._ask("GET", path, type, params, None)

    def post(self, path: str, type: type[T], body: object, /, **params: Param) -> T:
        return self._ask("POST", path, type, params, msgspec.json.encode(body))

    def ask(self, path: str, type: type[T], body: Mapping[str, Any], /) -> T:
        """A long question, by POST; by GET where only that is let through (a strict proxy, an old version)."""
        if path not in self._get_only:
            try:
                return self.post(path, type, body)
            except ApiError as error:
                if error.status != 405:
                    raise
                self._get_only.add(path)
        lists = {name: ",".join(map(str, value)) for name, value in body.items() if isinstance(value, list)}
        return self.get(path, type, **{**body, **lists})

    def map(self, function: Callable[[Item], T], items: Iterable[Item]) -> Iterator[T]:
        """Results in the order of the items, at most `connections` calls at once and as many results held back.

        The first call that fails ends the others, waiting ones at once, and its error is raised.
        """
        stop = Event()
        errors: list[BaseException] = []

        def call(item: Item) -> T:
            abandoned.set(stop)
            try:
                return function(item)
            except BaseException as error:
                if not isinstance(error, Abandoned):
                    errors.append(error)
                stop.set()
                raise

        pool = ThreadPoolExecutor(self._connections, thread_name_prefix="api")
        pending: deque[Future[T]] = deque()
        try:
            for item in items:
                # The company's scope is a ContextVar, which does not cross into a pool's thread by itself.
                pending.append(pool.submit(copy_context().run, call, item))
                if len(pending) > self._connections:
                    yield self._awaited(pending.popleft())
            while pending:
                yield self._awaited(pending.popleft())
        except Abandoned:
            if errors:
                raise errors[0] from None
            raise
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)

    def _awaited(self, future: Future[T]) -> T:
        """Lets the caller show life, and stop, while the threads are busy."""
        while not future.done():
            wait([future], timeout=1)
            self._on_wait(0)
        return future.result()

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, method: str, path: str, type: type[T], params: Mapping[str, Param], content: bytes | None) -> T:
        url = f"{self.base_url}/{path.lstrip('/')}{query(params)}"
        for remaining in reversed(range(TRIES)):
            try:
                self._wait(self._pace.turn())
                answer = self._send(method, url, content)
                self._check(answer, path)
                return decoded(answer.body, type)
            except Passing as trouble:
                if not remaining:
                    raise self._error(f"{self.service} {trouble}. {AGAIN}", status=trouble.status) from trouble
                self._wait(wait_before(TRIES - remaining) if trouble.seconds is None else trouble.seconds)
            except msgspec.ValidationError as error:
                text = (
                    f"{self.service} sent {path} in a form that is not understood: {told(error, answer.body)}. "
                    "Report it to the developers."
                )
                raise self._error(text, permanent=True) from error
        raise AssertionError  # the loop returns or raises

    def _wait(self, seconds: float) -> None:
        stop = abandoned.get()
        while True:
            if stop is not None and stop.is_set():
                raise Abandoned
            if seconds <= 0:
                return
            self._on_wait(min(seconds, 1.0))
            seconds -= 1.0

    def _send(self, method: str, url: str, content: bytes | None) -> Answer:
        for _ in range(REDIRECTS + 1):
            answer = self._exchange(method, url, content)
            location = answer.headers.get("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = self._followed(method, url, location, answer.status)
        text = f"{self.service} redirects in circles. Check the address."
        raise self._error(text, permanent=True, status=answer.status)

    def _followed(self, method: str, url: str, location: str, status: int) -> str:
        here = urlsplit(url)
        try:
            target = urljoin(url, location)
            there = urlsplit(target)
            stays = origin(here) == origin(there) or is_upgrade(here, there)
        except ValueError:
            text = f"{here.hostname} redirects to no valid address. Check the address."
            raise self._error(text, permanent=True, status=status) from None
        if not stays:
            text = f"{here.hostname} redirects to {there.hostname}, where the token must not go. Check the address."
            raise self._error(text, permanent=True, status=status)
        if method != "GET" and status not in (307, 308):
            text = f"{here.hostname} redirects to another page of its own. Check the address."
            raise self._error(text, permanent=True, status=status)
        return target

    def _exchange(self, method: str, url: str, content: bytes | None) -> Answer:
        with self._count_lock:
            self._count += 1
        headers = {"Content-Type": "application/json"} if content is not None else {}
        host = urlsplit(url).hostname
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            with self._http.request(
                method, url, data=content, headers=headers, timeout=timeout, stream=True
            ) as response:
                return Answer(response.status_code, response.headers, self._body(response))
        except UnsafeUrl as error:
            raise self._error(f"{host}: {error}", permanent=True) from error
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                text = f"The certificate of {host} is not trusted. Check the address, or renew the certificate."
                raise self._error(text, permanent=True) from error
            raise Passing(f"broke off the encryption with {host}") from error
        except requests.exceptions.Timeout as error:
            raise Passing(f"did not answer in time ({host})") from error
        except requests.exceptions.InvalidURL as error:
            raise self._error(f"The address of {self.service} is not valid. Correct it.", permanent=True) from error
        except requests.exceptions.RequestException as error:
            raise Passing(f"could not be reached, or broke off its answer ({host})") from error

    def _body(self, response: requests.Response) -> bytes:
        chunks, size, deadline = [], 0, time.monotonic() + BODY_SECONDS
        for chunk in response.iter_content(2**16):
            chunks.append(chunk)
            size += len(chunk)
            if size > BODY_BYTES:
                raise self._error(f"{self.service} sent an answer that is too large.", permanent=True)
            if time.monotonic() > deadline:  # READ_SECONDS is for each piece: one byte a minute would hold us for ever
                raise Passing("took too long over one answer")
        return b"".join(chunks)

    def _check(self, answer: Answer, path: str) -> None:
        status = answer.status
        # With an expired token Jira Cloud answers 200 and what an anonymous visitor may see, often an empty list.
        login = answer.headers.get("X-Seraph-LoginReason", "")
        if "AUTHENTICATION_DENIED" in login:
            text = (
                f"{self.service} wants a CAPTCHA solved ({status}). Sign in there once in a browser, then run it again."
            )
            raise self._error(text, permanent=True, status=status)
        if "AUTHENTICATED_FAILED" in login:
            status = 401
        if 200 <= status < 300:
            return
        if status == 429:
            raise Passing("limits how often it may be asked (429)", status=status, seconds=told_wait(answer.headers))
        if status >= 500 or status == 408:
            raise Passing(f"has trouble of its own ({status})", status=status, seconds=told_wait(answer.headers))
        words = self._blotted(said(answer))[:300]
        raise self._error(self._refusal(status, path, words), permanent=True, status=status)

    def _refusal(self, status: int, path: str, words: str) -> str:
        name, words = self.service, f" {words}" if words else ""
        match status:
            case 401:
                return (
                    f"{name} refused the token (401). Create a new API token and put it in the instance's credentials."
                )
            case 403:
                return f"The token's user may not read {path} (403).{words} Give that user the permission in {name}."
            case 404:
                return (
                    f"{name} does not know {path}, or hides it from the token's user (404).{words} Check the address."
                )
            case 410:
                return f"{name} no longer offers {path} (410).{words} Update this product."
            case _:
                return f"{name} did not accept {path} ({status}).{words} Report it to the developers."

    def _error(self, message: str, *, permanent: bool = False, status: int | None = None) -> ApiError:
        return ApiError(self._blotted(message), permanent=permanent, status=status)

    def _blotted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class Pace:
    """Spreads turns evenly over threads."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = Lock()

    def turn(self) -> float:
        """Takes the next free turn; the seconds until it comes."""
        with self._lock:
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + self._gap
        return mine - now


class Pages:
    """Counts the pages of one walk, so that no server can keep us turning for ever."""

    def __init__(self, what: str, limit: int = PAGE_LIMIT) -> None:
        self._what, self._limit = what, limit
        self._seen: set[int] = set()
        self._brought: set[int] = set()
        self._idle = 0

    def turn(self, mark: object) -> None:
        """Before the page that `mark` (a token, an offset) leads to is asked. Raises ApiError."""
        if hash(mark) in self._seen:
            raise ApiError(f"{self._what} led back to a page it had already given. {AGAIN}", permanent=False)
        self._seen.add(hash(mark))
        if len(self._seen) > self._limit:
            raise ApiError(f"{self._what} has no end after {self._limit:,} pages. {AGAIN}", permanent=False)

    def bring(self, rows: Iterable[object]) -> None:
        """After a page, with what tells its rows apart. Raises ApiError when page after page brings nothing new."""
        known = len(self._brought)
        self._brought.update(map(hash, rows))
        self._idle = 0 if len(self._brought) > known else self._idle + 1
        if self._idle >= IDLE_PAGES:
            text = f"{self._what} goes on without anything new after {known:,} rows. {AGAIN}"
            raise ApiError(text, permanent=False)


def origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)


def is_upgrade(here: SplitResult, there: SplitResult) -> bool:
    return (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname


class OneExchange(requests.Session):
    """Leaves redirects alone: requests looks at their targets, and fails on bad ones, even when it must not follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def http_session(authorization: str, connections: int) -> requests.Session:
    session = OneExchange()
    session.trust_env = False  # else a .netrc or a proxy of the environment would replace the token
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {"Authorization": authorization, "Accept": "application/json", "User-Agent": "worklog-dashboard"}
    )
    adapter = CheckedHosts(pool_connections=2, pool_maxsize=connections, pool_block=True)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def secrets_of(authorization: str) -> list[str]:
    """What must not appear in a message: the credential, and the token inside a Basic one."""
    scheme, _, credential = authorization.partition(" ")
    secrets = [credential]
    if scheme == "Basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            secrets.append(base64.b64decode(credential).decode().partition(":")[2])
    return [secret for secret in secrets if len(secret) >= 6]


def query(params: Mapping[str, Param]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()}
    text = urlencode({name: value for name, value in texts.items() if value is not None}, doseq=True)
    return f"?{text}" if text else ""


def wait_before(attempt: int) -> float:
    """Exponential, with jitter so that threads which failed together do not come back together."""
    return FIRST_WAIT * 2.0 ** (attempt - 1) * dice.uniform(0.75, 1.25)


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks us to wait, at least one and at most LONGEST_WAIT; None where it does not tell."""
    after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    try:
        if re.fullmatch(r"\d+(\.\d+)?", after):
            seconds = float(after)
        elif after:
            seconds = until(parsedate_to_datetime(after))
        else:
            seconds = until(datetime.fromisoformat(reset))
    except ValueError:
        return None
    return min(max(seconds, FIRST_WAIT), LONGEST_WAIT)


def until(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()


def said(answer: Answer) -> str:
    """What a refusal says in the words of Jira or Tempo; empty for HTML and the like."""
    try:
        error: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(error, dict):
        return ""
    parts = [error.get("errorMessages"), error.get("errors"), error.get("message")]
    texts = [text for part in parts for text in sentences(part)]
    return " ".join(texts)


def sentences(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from (value for value in part.values() if isinstance(value, str))
    elif isinstance(part, list):
        for entry in part:
            yield from sentences(entry if isinstance(entry, str | dict) else None)
