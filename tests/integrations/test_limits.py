"""Servers that are slow, endless or too large hold neither the time nor the memory of who asks them."""

import gzip
import json
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Event, Thread

import msgspec
import pytest

from integrations import limits, sockets
from integrations import session as session_module
from integrations.decoding import decoded, mended
from integrations.jira.client import JiraCloud
from integrations.limits import OutOfTime, TooLarge, hurry, within
from integrations.room import Room
from integrations.session import ApiError, ApiSession

MB = 2**20
LIMIT, AT_MOST = 0.4, 4.0  # seconds: what is allowed, and what a busy machine may need for it

Behaviour = Callable[[socket.socket, Event], None]


class RawServer:
    """Behaves on every connection as it is told, until the test ends."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = silent
        self.ended = Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while not self.ended.is_set():
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            Thread(target=self.serve, args=[peer], daemon=True).start()

    def serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                self.behaviour(peer, self.ended)
            except OSError:
                return  # whoever asked has hung up, as it should

    def close(self) -> None:
        self.ended.set()
        self.listener.close()


def silent(peer: socket.socket, ended: Event) -> None:
    ended.wait(30)


def dripping(start: bytes, drop: bytes) -> Behaviour:
    def behave(peer: socket.socket, ended: Event) -> None:
        peer.recv(MB)
        peer.sendall(start)
        while not ended.wait(0.02):
            peer.sendall(drop)

    return behave


def answering(body: bytes, **headers: str) -> Behaviour:
    """One answer to each request."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *lines, "", ""]).encode()

    def behave(peer: socket.socket, ended: Event) -> None:
        while peer.recv(MB):
            peer.sendall(head)
            peer.sendall(body)

    return behave


def redirecting(peer: socket.socket, ended: Event) -> None:
    while peer.recv(MB):
        ended.wait(0.2)
        peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


OK = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "nothing": silent,
    "a byte of the status": dripping(b"", b"H"),
    "a byte of a header": dripping(OK + b"X-Long: ", b"x"),
    "header after header": dripping(OK, b"X: y\r\n"),
    "continue for ever": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a byte of the body": dripping(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "a byte of a chunk": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a byte of a chunk's length": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "redirects": redirecting,
}


@pytest.fixture
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@contextmanager
def in_time(seconds: float = AT_MOST) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


@pytest.fixture
def session(server: RawServer) -> Iterator[ApiSession]:
    with ApiSession(server.url, authorization="Bearer secret-token", service="Jira") as session:
        yield session


# Time


def assert_not_waited_for(url: str) -> None:
    session = ApiSession(url, authorization="Bearer x")
    with session, in_time(), within(LIMIT), pytest.raises(OutOfTime):
        session.get("page", object)


@pytest.mark.parametrize("slow", SLOW)
def test_a_slow_server_is_not_waited_for_beyond_the_end(server: RawServer, session: ApiSession, slow: str) -> None:
    server.behaviour = SLOW[slow]
    with in_time(), within(LIMIT), pytest.raises((OutOfTime, ApiError)):
        session.get("page", object)


@pytest.mark.parametrize("drop", [b"", b"\x16"], ids=["silent", "dripping"])
def test_a_slow_greeting_of_tls_is_not_waited_for(server: RawServer, drop: bytes) -> None:
    server.behaviour = dripping(b"\x16\x03\x03\x40\x00", drop) if drop else silent
    with (
        ApiSession(f"https://127.0.0.1:{server.port}", authorization="Bearer x") as session,
        in_time(),
        within(LIMIT),
        pytest.raises(OutOfTime),
    ):
        session.get("page", object)


@pytest.fixture
def full_house() -> Iterator[int]:
    """A port that answers no greeting, as an address that leads nowhere: nobody takes its waiting connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex(("127.0.0.1", port))
            waiting.append(peer)
        yield port
        for peer in waiting:
            peer.close()


def test_addresses_that_lead_nowhere_are_not_waited_for_one_after_the_other(
    full_house: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", full_house))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [way] * 100)
    with (
        ApiSession("http://many.example", authorization="Bearer x") as session,
        in_time(),
        within(LIMIT),
        pytest.raises(OutOfTime),
    ):
        session.get("page", object)


def test_an_address_that_leads_nowhere_leaves_time_for_the_next(
    full_house: int, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behaviour = answering(b"[]")
    monkeypatch.setattr(sockets, "ADDRESS_SECONDS", 0.1)
    ways = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (full_house, server.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ways)
    with ApiSession("http://two.example", authorization="Bearer x") as session:
        assert session.get("page", object) == []


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [] if answered.wait(30) else [])
    with (
        ApiSession("http://slow.example", authorization="Bearer x") as session,
        in_time(),
        within(LIMIT),
        pytest.raises(OutOfTime),
    ):
        session.get("page", object)
    answered.set()


def test_a_host_that_does_not_exist_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with (
        ApiSession("http://nobody.example", authorization="Bearer x") as session,
        pytest.raises(ApiError, match=r"^Can’t find host nobody\.example\. Check the spelling\.$") as caught,
    ):
        session.get("page", object)
    assert caught.value.permanent
    assert session.requests_made == 1


def test_pages_without_end_are_not_waited_for(server: RawServer) -> None:
    def pages(peer: socket.socket, ended: Event) -> None:
        while request := peer.recv(MB):
            start = request.partition(b"startAt=")[2].partition(b"&")[0].decode()
            body = json.dumps([{"accountId": f"new {start}", "displayName": "New"}]).encode()
            peer.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    server.behaviour = pages
    with JiraCloud(server.url, "a@b.example", "token") as jira, in_time(), within(LIMIT), pytest.raises(OutOfTime):
        list(jira.everybody())
    assert jira.session.requests_made > 5


def test_the_end_holds_in_the_threads_of_a_session_too(server: RawServer, session: ApiSession) -> None:
    with in_time(), within(LIMIT), pytest.raises(OutOfTime):
        list(session.map(lambda number: session.get(f"page/{number}", object), range(20)))


def test_a_trouble_is_told_when_there_is_no_time_to_try_again(server: RawServer, session: ApiSession) -> None:
    server.behaviour = answering(b"<html>")
    with in_time(), within(LIMIT), pytest.raises(OutOfTime) as caught:
        session.get("page", object)
    assert "shows a login page" in str(caught.value.trouble)
    assert session.requests_made == 1


def test_without_a_page_that_waits_each_answer_has_its_end(
    server: RawServer, session: ApiSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "EXCHANGE_SECONDS", 0.1)
    monkeypatch.setattr(session_module, "wait_before", lambda attempt: 0)
    server.behaviour = SLOW["a byte of a header"]
    with in_time(), pytest.raises(ApiError, match="didn’t respond in time"):
        session.get("page", object)


def test_an_inner_end_is_never_later_than_an_outer_one() -> None:
    with within(-1), within(60), pytest.raises(OutOfTime):
        hurry()
    hurry(1e9)


# Memory


@contextmanager
def taking(at_most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < at_most
    finally:
        tracemalloc.stop()


def bomb(size: int, *, layers: int = 1) -> bytes:
    packed = b" " * size
    for _ in range(layers):
        packed = gzip.compress(packed)
    return packed


class Row(msgspec.Struct):
    id: int = 0


BIG = 200 * MB
ENDLESS = {
    "blanks": lambda: answering(b" " * (40 * MB)),
    "gzip": lambda: answering(bomb(BIG), Content_Encoding="gzip"),
    "gzip in gzip": lambda: answering(bomb(BIG, layers=2), Content_Encoding="gzip, gzip"),
    "deflate": lambda: answering(zlib.compress(b" " * BIG), Content_Encoding="deflate"),
    "headers of gzip, one each": lambda: answering(
        bomb(BIG, layers=2), Content_Encoding="gzip\r\nContent-Encoding: gzip"
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end_is_refused_by_name_and_takes_little(
    server: RawServer, session: ApiSession, kind: str
) -> None:
    server.behaviour = ENDLESS[kind]()
    with (
        taking(48 * MB),
        pytest.raises(ApiError, match=r"The response of Jira to page is larger than 32 MB\.") as caught,
    ):
        session.get("page", object)
    assert caught.value.permanent
    assert session.requests_made == 1


def test_chunks_without_end_are_refused(server: RawServer, session: ApiSession) -> None:
    def chunks(peer: socket.socket, ended: Event) -> None:
        peer.recv(MB)
        peer.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"100000\r\n" + b" " * MB + b"\r\n")

    server.behaviour = chunks
    with taking(48 * MB), pytest.raises(ApiError, match="larger than 32 MB"):
        session.get("page", object)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip, gzip", "nonsense"])
def test_a_packing_that_nobody_asked_for_is_not_unpacked(
    server: RawServer, session: ApiSession, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "wait_before", lambda attempt: 0)
    server.behaviour = answering(bomb(10, layers=3), Content_Encoding=encoding)
    with pytest.raises(ApiError, match="unsupported compression"):
        session.get("page", object)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "gzip, identity", "GZIP", "deflate"])
def test_a_packed_answer_is_read(server: RawServer, session: ApiSession, encoding: str) -> None:
    rows = [{"id": number} for number in range(100_000)]
    body = json.dumps(rows).encode()
    packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    server.behaviour = answering(packed, Content_Encoding=encoding)
    assert len(session.get("page", list[Row])) == 100_000
    assert len(session.get("page", list[Row])) == 100_000


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"[1, 2, 3]" * 99)[:-20]], ids=["none", "half"])
def test_a_damaged_packing_is_a_passing_trouble(
    server: RawServer, session: ApiSession, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "wait_before", lambda attempt: 0)
    server.behaviour = answering(packed, Content_Encoding="gzip")
    with pytest.raises(ApiError, match="damaged response") as caught:
        session.get("page", object)
    assert not caught.value.permanent


def test_the_connections_of_a_session_share_what_its_answers_may_take(server: RawServer) -> None:
    body = b"[" + b" " * (31 * MB) + b"]"
    server.behaviour = answering(gzip.compress(body), Content_Encoding="gzip")
    with ApiSession(server.url, authorization="Bearer x", connections=8) as session, taking(80 * MB):
        assert list(session.map(lambda _: session.get("page", object), range(8))) == [[]] * 8


def test_small_answers_do_not_wait_for_each_other() -> None:
    room, together = Room(4), Barrier(4)

    def take() -> None:
        with room.for_an_answer() as grow:
            grow(8 * MB)
            together.wait(10)

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not together.broken


@pytest.mark.parametrize("body", [b"[" + b"{}," * 4_000_000 + b"{}]", b"[" + b"[]," * 4_000_000 + b"[]]"])
def test_an_answer_of_countless_parts_is_too_large(body: bytes) -> None:
    with taking(MB), pytest.raises(TooLarge):
        decoded(body, object)


def test_a_large_answer_that_is_damaged_is_not_mended() -> None:
    body = b'["\xff' + b"x" * (9 * MB) + b'"]'
    with taking(MB), pytest.raises(Exception, match="damaged"):
        mended(body)


# A page that asks


def test_every_request_of_a_page_ends_with_it() -> None:
    seen = []

    def page(request: object) -> None:
        with pytest.raises(OutOfTime):
            hurry(limits.PAGE_SECONDS + 1)
        hurry(limits.PAGE_SECONDS - 1)
        seen.append(request)

    limits.pages_wait_no_longer(page)("request")  # type: ignore[arg-type]
    assert seen == ["request"]
    hurry(1e9)
