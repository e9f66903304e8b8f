"""The simulated vendors over HTTP: one port, a path prefix for each instance, and the faults of the network."""

import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from integrations.simulator.control import ControlApi
from integrations.simulator.exchange import Answer, Request, html
from integrations.simulator.faults import Fault, FaultPlan
from integrations.simulator.jira_cloud import JiraCloudApi
from integrations.simulator.jira_data_center import JiraDataCenterApi
from integrations.simulator.tempo import TempoApi
from integrations.simulator.world import Access, World, accesses

Vendor = JiraCloudApi | JiraDataCenterApi | TempoApi
COLLECTIONS = ("issues", "worklogs", "values", "results")
NEXT = ("nextPageToken", "nextPage", "next", "lastEvaluatedKey", "nextPageUrl")


@dataclass(frozen=True)
class Mount:
    """`prefix` is what comes before the vendor's own paths."""

    prefix: str
    instance: str
    vendor: Vendor
    scoped: bool = False


class SimulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, world: World, faults: FaultPlan, latency: float, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.world, self.faults, self.latency = world, faults, latency
        self.mounts = _mounts(world)
        self.control = ControlApi(world, faults)
        self.requests: deque[str] = deque(maxlen=100_000)  # method and target, for tests that count them
        self.turn = Lock()  # one request at a time looks at the world or changes it

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that hangs up is no news
            super().handle_error(request, client_address)

    def mount(self, path: str) -> Mount | None:
        return next((mount for mount in self.mounts if path.startswith(f"{mount.prefix}/")), None)


def _mounts(world: World) -> list[Mount]:
    """Tempo first: its prefix begins like its Jira's."""
    mounts: list[Mount] = []
    for instance in world.instances:
        jira = JiraCloudApi(instance) if instance.kind == "cloud" else JiraDataCenterApi(instance)
        if instance.has_tempo:
            mounts.append(Mount(f"{instance.path}/tempo", instance.name, TempoApi(instance)))
        mounts.append(Mount(instance.path, instance.name, jira))
        if instance.cloud_id:
            mounts.append(Mount(f"/ex/jira/{instance.cloud_id}", instance.name, jira, scoped=True))
    return mounts


class Handler(BaseHTTPRequestHandler):
    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "Simulator"
    sys_version = ""
    error_content_type = "text/plain"
    LINGER_NOT: ClassVar[bytes] = struct.pack("ii", 1, 0)
    _headers_buffer: list[bytes]  # of the standard library, which does not declare it

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the requests are in `server.requests`."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        path = unquote(target.path)
        if path.startswith("/_sim/"):
            request = self._request(target.query, path, body, self.server.url)
            with self.server.turn:
                answer = self.server.control.answer(request)
            return self._send(answer)
        self.server.requests.append(f"{self.command} {self.path}")
        mount = self.server.mount(path)
        if mount is None:
            return self._send(html(404, "There is no such site"))
        if self.server.latency:
            time.sleep(self.server.latency)
        request = self._request(target.query, path.removeprefix(mount.prefix), body, self.server.url + mount.prefix)
        return self._answer(mount, request, self.server.faults.next(mount.instance, self.path))

    def _request(self, query: str, path: str, body: bytes, root: str) -> Request:
        authorization = self.headers.get("Authorization", "")
        return Request(self.command, path, parse_qs(query), body, authorization, root)

    def _answer(self, mount: Mount, request: Request, fault: Fault | None) -> None:
        if fault and fault.kind == "reset":
            return self._reset()
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        if answer := fault and _failure(fault, mount.vendor):
            return self._send(answer)
        with self.server.turn:
            if mount.vendor.is_authorized(request, scoped=mount.scoped):
                answer = mount.vendor.answer(request)
            else:
                answer = mount.vendor.refusal(401, "Client must be authenticated to access this resource.")
            if fault and fault.kind == "empty":
                answer = Answer(
                    answer.status, emptied(answer.payload), answer.body, answer.content_type, answer.headers
                )
            encoded = answer.encoded()
        self._send(answer, encoded, truncated=bool(fault and fault.kind == "truncated"))

    def _send(self, answer: Answer, encoded: bytes | None = None, *, truncated: bool = False) -> None:
        body = answer.encoded() if encoded is None else encoded
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if truncated:
            self.close_connection = True
            body = body[: len(body) // 2]
        # Headers and body in one packet: a second write would wait for the first one's acknowledgement.
        self._headers_buffer.append(b"\r\n")
        self.wfile.write(b"".join(self._headers_buffer) + body)
        self._headers_buffer = []

    def _reset(self) -> None:
        """Closing without lingering sends RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, self.LINGER_NOT)
        self.close_connection = True
        self.connection.close()


def _failure(fault: Fault, vendor: Vendor) -> Answer | None:
    """None: the request is answered after all, though slowly, in part or with nothing."""
    if fault.kind == "html":
        return html(200, "Log in to continue")
    if fault.kind == "429":
        return vendor.throttled(fault.retry_after)
    if not fault.kind.isdecimal():
        return None
    status = int(fault.kind)
    if status >= 500:
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        return html(status, "Oops, an error has occurred", headers)
    return vendor.refusal(status, {401: "Unauthorized", 403: "Forbidden"}.get(status, "Not Found"))


def emptied(payload: Any) -> Any:
    """The same answer as if nothing had been found."""
    if isinstance(payload, list):
        return []
    if not isinstance(payload, dict):
        return payload
    empty = {name: value for name, value in payload.items() if name not in NEXT}
    empty |= {name: [] for name in COLLECTIONS if name in payload}
    empty |= {name: 0 for name in ("total",) if name in payload}
    empty |= {name: True for name in ("isLast", "lastPage") if name in payload}
    if "metadata" in payload:
        metadata = {name: value for name, value in payload["metadata"].items() if name not in NEXT}
        empty["metadata"] = metadata | ({"count": 0} if "count" in metadata else {})
    return empty


@dataclass(frozen=True)
class Simulator:
    """A running one."""

    server: SimulatorServer

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def world(self) -> World:
        return self.server.world

    @property
    def faults(self) -> FaultPlan:
        return self.server.faults

    @property
    def requests(self) -> list[str]:
        """Of the vendors, without those of the control: `GET /alborada/rest/api/3/myself`."""
        return list(self.server.requests)

    def access(self, name: str) -> Access:
        self.world.instance(name)
        return next(access for access in accesses(self.world, self.url) if access.name == name)


@contextmanager
def simulator(world: World, faults: str = "", *, latency: float = 0, port: int = 0) -> Iterator[Simulator]:
    """Serves in a thread, on a free port unless one is given, until the block ends. `latency` in seconds."""
    server = SimulatorServer(world, FaultPlan(faults), latency, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Simulator(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
