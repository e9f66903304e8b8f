"""The only HTTP of the product: one address, one token, patience, and errors in an admin's words."""

import base64
import binascii
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from random import SystemRandom
from threading import Event, Lock
from typing import Any, Self, TypeVar
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

import msgspec
import requests
from django.conf import settings
from urllib3.exceptions import HTTPError, ReadTimeoutError

from integrations.decoding import BODY_BYTES, BadRow, Passing, WebPage, decoded, told
from integrations.hosts import DEFAULT_PORTS, UnsafeUrl
from integrations.limits import Abandoned, TooLarge, abandoned, hurry, receiving, refuse_abandoned, within
from integrations.refusals import FIRST_WAIT, said, told_wait
from integrations.room import Grow, Room, body_of
from integrations.sockets import CONNECT_SECONDS, CheckedHosts

TRIES = 5
READ_SECONDS, EXCHANGE_SECONDS = 60.0, 300.0  # of one piece, and of an answer with its way and its headers
REDIRECTS = 3
AGAIN = "No data was lost. Sync again later."


T = TypeVar("T")
Item = TypeVar("Item")
Param = str | int | float | bool | Sequence[str] | None

dice = SystemRandom()


class ApiError(Exception):
    """An answer that cannot be used. Its text tells an admin what happened and what to do, and never holds a token.

    `permanent`: asking again changes nothing until somebody acts. `status` is the HTTP status, if there was one;
    `service` is who was asked, Jira or Tempo.
    """

    def __init__(self, message: str, *, permanent: bool, status: int | None = None, service: str = "") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.status = status
        self.service = service


class AnswerTooLarge(ApiError):
    """An answer of more than BODY_BYTES. Fewer rows at once may do."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class ApiSession:
    """Asks one API. Safe to use from several threads. POST is repeated like GET, so only questions may be posted.

    `on_wait(seconds)` is called instead of sleeping, in slices of a second at most and from worker threads too;
    what it raises ends the call. `per_second` spreads the requests of all threads. `needs(path)` is what lets a token
    read there, in the words of the service.
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
        needs: Callable[[str], str] = lambda path: "",
    ) -> None:
        self.service = service
        self._needs = needs
        self.base_url = base_url.rstrip("/")
        if not self.base_url.startswith("https://") and not settings.ALLOW_PRIVATE_HOSTS:
            raise ApiError(f"The address of {service} must start with https://. Correct it.", permanent=True)
        if not (authorization.isascii() and authorization.isprintable()):
            raise ApiError(f"The {service} token contains invalid characters. Copy it again.", permanent=True)
        self._connections = connections
        self._on_wait = on_wait
        self._pace = Pace(per_second)
        self._secrets = secrets_of(authorization)
        self._count, self._count_lock = 0, Lock()
        self._http = http_session(authorization, connections)
        self._get_only: set[str] = set()
        self._room = Room(connections)
        self.bad_rows: list[BadRow] = []  # that were left out of lists; appended to from several threads

    @property
    def requests_made(self) -> int:
        """HTTP requests sent so far, repeated and redirected ones included."""
        return self._count

    def get(self, path: str, type: type[T], /, **params: Param) -> T:
        return self._ask("GET", path, type, params, None)

    def one(self, path: str, type: type[T], /, **params: Param) -> T | None:
        """A single row. None for one that has an id and is not understood, as if it were left out of a list."""
        bad_rows: list[BadRow] = []
        body = b"[" + bytes(self.get(path, msgspec.Raw, **params)) + b"]"
        [*rows] = decoded(body, list[type], bad_rows)  # type: ignore[valid-type]
        if any(not row.external_id for row in bad_rows):
            text = (
                f"{self.service} sent an unexpected response for {path}: {bad_rows[0].reason}. "
                "Report it to the developers."
            )
            raise self._error(text, permanent=True)
        self.bad_rows += bad_rows
        return rows[0] if rows else None

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
                with self._room.for_an_answer() as grow:
                    answer = self._send(method, url, content, grow)
                    self._check(answer, path)
                    return decoded(answer.body, type, self.bad_rows)
            except Passing as trouble:
                passing = self._passing_error(trouble, url)
                if not remaining:
                    raise passing from trouble
                self._wait(wait_before(TRIES - remaining) if trouble.seconds is None else trouble.seconds, passing)
            except TooLarge as error:
                size = megabytes(BODY_BYTES)
                text = f"The response of {self.service} to {path} is larger than {size}. Check the address."
                raise AnswerTooLarge(self._blotted(text), permanent=True, service=self.service) from error
            except msgspec.ValidationError as error:
                text = (
                    f"{self.service} sent an unexpected response for {path}: {told(error, answer.body)}. "
                    "Report it to the developers."
                )
                raise self._error(text, permanent=True) from error
        raise AssertionError  # the loop returns or raises

    def _passing_error(self, trouble: Passing, url: str) -> ApiError:
        if isinstance(trouble, WebPage):
            text = (
                f"{urlsplit(url).hostname} shows a login page instead of the {self.service} API. Check the address. "
                "If it’s right, single sign-on, a CAPTCHA or a proxy is blocking the API: allow API tokens there."
            )
            return self._error(text, permanent=True)
        return self._error(f"{self.service} {trouble}. {AGAIN}", status=trouble.status)

    def _wait(self, seconds: float, trouble: ApiError | None = None) -> None:
        """OutOfTime at once when that is too long."""
        while True:
            refuse_abandoned()
            hurry(max(seconds, 0), trouble)
            if seconds <= 0:
                return
            self._on_wait(min(seconds, 1.0))
            seconds -= 1.0

    def _send(self, method: str, url: str, content: bytes | None, grow: Grow) -> Answer:
        for _ in range(REDIRECTS + 1):
            with within(EXCHANGE_SECONDS), receiving(BODY_BYTES):
                answer = self._exchange(method, url, content, grow)
            location = answer.headers.get("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = self._followed(method, url, location, answer.status)
        text = f"{self.service} redirects in a loop. Check the address."
        raise self._error(text, permanent=True, status=answer.status)

    def _followed(self, method: str, url: str, location: str, status: int) -> str:
        here = urlsplit(url)
        try:
            target = urljoin(url, location)
            there = urlsplit(target)
            stays = origin(here) == origin(there)
        except ValueError:
            text = f"{here.hostname} redirects to an invalid address. Check the address."
            raise self._error(text, permanent=True, status=status) from None
        if not stays:
            where = there.hostname if there.hostname != here.hostname else "{}://{}:{}".format(*origin(there))
            text = f"{here.hostname} redirects to {where}. For security, the token isn’t sent there. Check the address."
            raise self._error(text, permanent=True, status=status)
        if method != "GET" and status not in (307, 308):
            text = f"{here.hostname} redirects to another page on the same host. Check the address."
            raise self._error(text, permanent=True, status=status)
        return target

    def _exchange(self, method: str, url: str, content: bytes | None, grow: Grow) -> Answer:
        with self._count_lock:
            self._count += 1
        headers = {"Content-Type": "application/json"} if content is not None else {}
        host = urlsplit(url).hostname
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            with self._http.request(
                method, url, data=content, headers=headers, timeout=timeout, stream=True
            ) as response:
                return Answer(response.status_code, response.headers, body_of(response, grow))
        except UnsafeUrl as error:
            text = str(error) if host and host in str(error) else f"{host}: {error}"
            raise self._error(text, permanent=True) from error
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                text = f"The certificate of {host} is not trusted. Check the address, or renew the certificate."
                raise self._error(text, permanent=True) from error
            raise Passing(f"couldn’t set up a secure connection ({host})") from error
        except (requests.exceptions.Timeout, ReadTimeoutError, TimeoutError) as error:
            raise Passing(f"didn’t respond in time ({host})") from error
        except requests.exceptions.InvalidURL as error:
            raise self._error(f"The address of {self.service} is not valid. Correct it.", permanent=True) from error
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise Passing(f"couldn’t be reached or closed the connection ({host})") from error

    def _check(self, answer: Answer, path: str) -> None:
        status = answer.status
        # With an expired token Jira Cloud answers 200 and what an anonymous visitor may see, often an empty list.
        login = answer.headers.get("X-Seraph-LoginReason", "")
        if "AUTHENTICATION_DENIED" in login:
            text = f"{self.service} requires a CAPTCHA ({status}). Sign in there once in a browser, then sync again."
            raise self._error(text, permanent=True, status=status)
        if "AUTHENTICATED_FAILED" in login:
            status = 401
        if 200 <= status < 300:
            return
        if status == 429:
            raise Passing("received too many requests (429)", status=status, seconds=told_wait(answer.headers))
        if status >= 500 or status == 408:
            raise Passing(f"returned a server error ({status})", status=status, seconds=told_wait(answer.headers))
        words = self._blotted(said(answer.body))[:300]
        raise self._error(self._refusal(status, path, words), permanent=True, status=status)

    def _refusal(self, status: int, path: str, words: str) -> str:
        name, words = self.service, f" {words.rstrip('. ')}." if words else ""
        match status:
            case 401:
                return (
                    f"{name} rejected the token (401). Create a new API token and put it in the instance’s credentials."
                )
            case 403 if needed := self._needs(path):
                return f"The token isn’t allowed to read {path} (403).{words} It needs {needed} in {name}."
            case 403:
                return (
                    f"The token’s account isn’t allowed to read {path} (403).{words} Give it the permission in {name}."
                )
            case 404:
                return (
                    f"{name} didn’t find {path}, or hides it from the token’s account (404).{words} Check the address."
                )
            case 410:
                return f"{name} no longer offers {path} (410).{words} Update Worklog Dashboard."
            case _:
                return f"{name} rejected the request {path} ({status}).{words} Report it to the developers."

    def _error(self, message: str, *, permanent: bool = False, status: int | None = None) -> ApiError:
        return ApiError(self._blotted(message), permanent=permanent, status=status, service=self.service)

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


def megabytes(count: int) -> str:
    return f"{count // 2**20} MB"


def origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: where any of them is another, somebody else may answer."""
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)


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
        | {"Accept-Encoding": "gzip"}
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
