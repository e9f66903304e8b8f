import json
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Event, Lock, Thread

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from integrations import session as session_module
from integrations.decoding import Passing, decoded
from integrations.paging import Pages
from integrations.refusals import LONGEST_WAIT
from integrations.session import TRIES, ApiError, ApiSession, Pace

TOKEN = "very-secret-token"


class Row(msgspec.Struct):
    id: int | str
    seconds: int
    text: str = ""


class Page(msgspec.Struct):
    rows: list[Row]


PAGE = b'{"rows": [{"id": 7, "seconds": 60}]}'

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def respond(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        with self.server.lock:
            self.server.seen.append((self.command, self.path, dict(self.headers), content))
            script = self.server.script
            behaviour = script.popleft() if len(script) > 1 else script[0]
        behaviour(self)

    do_GET = do_POST = respond

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Answers the first request with the first behaviour, and so on; the last one for ever."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.script: deque[Behaviour] = deque()

    def handle_error(self, *_: object) -> None:
        """Clients of these tests hang up in the middle, which is no news."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/base"


def answer(status: int = 200, body: bytes = PAGE, **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()
    handler.close_connection = True


def truncated(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PAGE) + 100))
    handler.end_headers()
    handler.wfile.write(PAGE)
    handler.close_connection = True


HTML = answer(body=b"\n<!DOCTYPE html><title>Log in</title>")
TROUBLES = {
    "429": answer(429, b"<html>Too many requests</html>"),
    "500": answer(500),
    "503": answer(503, b"", Retry_After="2"),
    "408": answer(408),
    "reset": reset,
    "truncated": truncated,
    "broken JSON": answer(body=PAGE[:-5]),
    "nothing": answer(body=b""),
    "HTML": HTML,
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def session(server: Server, waits: list[float]) -> Iterator[ApiSession]:
    with ApiSession(server.url, authorization=f"Bearer {TOKEN}", on_wait=waits.append, service="Jira") as session:
        yield session


def failure(session: ApiSession, path: str = "page") -> ApiError:
    with pytest.raises(ApiError) as caught:
        session.get(path, Page)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_the_base_path_the_token_and_the_parameters_arrive(server, session):
    server.script.append(answer())
    page = session.get("/rest/page", Page, id=["a", "b"], none=None, flag=False, jql='a = "é"', path="x", type="y")
    assert page.rows[0].id == 7
    assert page.rows[0].seconds == 60
    method, path, headers, content = server.seen[0]
    assert (method, path, content) == (
        "GET",
        "/base/rest/page?id=a&id=b&flag=false&jql=a+%3D+%22%C3%A9%22&path=x&type=y",
        b"",
    )
    assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_posted_question_is_json(server, session):
    server.script.append(answer())
    session.post("page", Page, {"ids": [1]}, limit=5)
    method, path, headers, content = server.seen[0]
    assert (method, path, json.loads(content)) == ("POST", "/base/page?limit=5", {"ids": [1]})
    assert headers["Content-Type"] == "application/json"


def test_netrc_and_cookies_do_not_replace_the_token(server, session, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.script.append(answer(Set_Cookie="JSESSIONID=1; Path=/"))
    session.get("page", Page)
    session.get("page", Page)
    headers = server.seen[1][2]
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Cookie" not in headers


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_passing_trouble_is_waited_for_and_asked_again(server, session, waits, trouble):
    server.script.extend([TROUBLES[trouble], TROUBLES[trouble], answer()])
    assert session.get("page", Page).rows[0].id == 7
    assert session.requests_made == len(server.seen) == 3
    assert sum(waits) > 2
    assert max(waits) <= 1


def test_what_lies_deeper_than_anything_that_is_read_is_left_out(server, session):
    deep = b"[" * 50_000 + b"]" * 50_000
    server.script.append(
        answer(body=b'{"rows": [{"id": 7, "seconds": 1, "unread": ' + deep + b'}, {"id": 8, "seconds": 1}]}')
    )
    assert [row.id for row in session.get("page", Page).rows] == [7, 8]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_lasting_trouble_is_an_error_that_may_be_tried_later(server, session, trouble):
    server.script.append(TROUBLES[trouble])
    error = failure(session)
    assert (error.permanent, error.service) == (trouble == "HTML", "Jira")
    assert ("Sync again later" in str(error)) != (trouble == "HTML")
    assert session.requests_made == TRIES


def test_a_lasting_web_page_is_called_a_login_page_and_not_put_off(server, session):
    server.script.append(HTML)
    text = str(failure(session))
    assert text.startswith("127.0.0.1 shows a login page instead of the Jira API. Check the address.")
    assert "later" not in text


def test_a_time_out_is_tried_again(server, session, monkeypatch):
    monkeypatch.setattr(session_module, "READ_SECONDS", 0.05)
    done = Event()
    server.script.append(lambda handler: done.wait(10) and None)
    error = failure(session)
    done.set()
    assert "didn’t respond in time" in str(error)
    assert session.requests_made == TRIES


def test_a_host_that_is_not_there_is_a_passing_trouble(session, server, waits):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with ApiSession(f"http://127.0.0.1:{port}", authorization="Bearer x", on_wait=waits.append) as session:
        error = failure(session)
    assert (error.permanent, error.status) == (False, None)
    assert "couldn’t be reached" in str(error)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "rejected the request page (400)"),
        (401, "Jira rejected the token (401). Create a new API token and put it in the instance’s credentials."),
        (403, "isn’t allowed to read page (403)"),
        (404, "didn’t find page"),
        (410, "no longer offers page (410)"),
        (418, "(418)"),
    ],
)
def test_a_refusal_is_final_at_once(server, session, waits, status, words):
    body = {"errorMessages": [f"Told {TOKEN}"], "errors": {"jql": "Unbounded."}}
    server.script.append(answer(status, json.dumps(body).encode()))
    error = failure(session)
    assert (error.permanent, error.status) == (True, status)
    assert words in str(error)
    assert status == 401 or "Told *** Unbounded." in str(error)
    assert session.requests_made == 1
    assert not waits


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"<html>",
        b'{"errors": [{"message": "no"}, 3, null]}',
        b'{"errors": 3}',
        b"[" * 9999,
    ],
)
def test_a_refusal_may_say_anything(server, session, body):
    server.script.append(answer(400, body))
    assert failure(session).status == 400


def test_a_long_refusal_is_cut_without_telling_half_a_token(server, session):
    server.script.append(answer(400, json.dumps({"message": "x" * 290 + TOKEN + "y" * 500}).encode()))
    message = str(failure(session))
    assert TOKEN[:5] not in message
    assert len(message) < 500


def test_the_token_inside_a_basic_credential_is_not_told(server, waits):
    server.script.append(answer(400, b'{"message": "a@b.example:very-secret-token"}'))
    basic = "Basic YUBiLmV4YW1wbGU6dmVyeS1zZWNyZXQtdG9rZW4="
    with ApiSession(server.url, authorization=basic, on_wait=waits.append) as session:
        assert "a@b.example:***" in str(failure(session))


def test_an_anonymous_answer_to_an_expired_token_is_a_refused_token(server, session):
    server.script.append(answer(200, X_Seraph_LoginReason="AUTHENTICATED_FAILED"))
    error = failure(session)
    assert (error.permanent, error.status) == (True, 401)
    assert session.requests_made == 1


def test_a_captcha_is_named(server, session):
    server.script.append(answer(403, X_Seraph_LoginReason="AUTHENTICATION_DENIED"))
    error = failure(session)
    assert error.permanent
    assert "CAPTCHA" in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "0"}, 1),
        ({"Retry_After": "86400"}, LONGEST_WAIT),
        ({"Retry_After": format_datetime(datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC), usegmt=True)}, 30),
        ({"Retry_After": format_datetime(datetime(2026, 11, 22, 11, 0, tzinfo=UTC), usegmt=True)}, 1),
        ({"X_RateLimit_Reset": "2026-11-22T12:01Z"}, 60),
        ({"X_RateLimit_Reset": "2026-11-22T12:00:20"}, 20),
        ({"Retry_After": "5", "X_RateLimit_Reset": "2026-11-22T13:00:00Z"}, 5),
    ],
)
def test_a_server_that_tells_how_long_to_wait_is_believed(server, session, waits, time_machine, headers, seconds):
    time_machine.move_to(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), tick=False)
    server.script.extend([answer(429, **headers), answer()])
    session.get("page", Page)
    assert sum(waits) == pytest.approx(seconds)
    assert max(waits) <= 1


@pytest.mark.parametrize("headers", [{"Retry_After": "soon"}, {"X_RateLimit_Reset": "soon"}, {"Retry_After": "inf"}])
def test_a_wait_that_cannot_be_read_is_left_to_the_back_off(server, session, waits, headers):
    server.script.extend([answer(429, **headers), answer()])
    session.get("page", Page)
    assert 0.75 <= sum(waits) <= 1.25


def test_the_back_off_grows(server, session, waits):
    server.script.append(answer(500))
    failure(session)
    assert 0.75 * 15 <= sum(waits) <= 1.25 * 15


def test_what_on_wait_raises_ends_the_call(server):
    class Stopped(Exception):
        pass

    def stop(_: float) -> None:
        raise Stopped

    server.script.append(answer(500))
    with ApiSession(server.url, authorization="Bearer x", on_wait=stop) as session, pytest.raises(Stopped):
        session.get("page", Page)
    assert len(server.seen) == 1


def test_a_redirect_on_the_same_host_is_followed_with_the_token(server, session):
    server.script.extend([answer(302, Location="/elsewhere?x=1"), answer(307, Location="more"), answer()])
    session.get("page", Page)
    assert [path for _, path, _, _ in server.seen] == ["/base/page", "/elsewhere?x=1", "/more"]
    assert all(headers["Authorization"] == f"Bearer {TOKEN}" for _, _, headers, _ in server.seen)


@pytest.mark.parametrize(
    "location", ["http://localhost:{port}/page", "//localhost:{port}/page", "https://evil.example/?t=1"]
)
def test_a_redirect_to_another_host_is_refused_and_names_both(server, session, location):
    server.script.append(answer(302, Location=location.format(port=server.server_port)))
    error = failure(session)
    assert error.permanent
    assert "127.0.0.1 redirects to " in str(error)
    assert "/page" not in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/page", "http://[/", "ftp://127.0.0.1/", "http://127.0.0.1:port/"]
)
def test_a_redirect_to_another_port_or_to_nowhere_is_refused(server, session, location):
    server.script.append(answer(301, Location=location))
    assert failure(session).permanent
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("https", "http://jira.example.com:80"),
        ("https", "https://jira.example.com:8443"),
        ("http", "https://jira.example.com:443"),
        ("http", "https://jira.example.com:8443"),
    ],
)
def test_a_redirect_to_another_scheme_or_port_of_the_host_is_one_to_another_host(here, there, settings):
    settings.ALLOW_PRIVATE_HOSTS = True
    session = ApiSession(f"{here}://jira.example.com", authorization="Bearer secret-token")
    with (
        session,
        pytest.raises(ApiError, match=f"jira.example.com redirects to {there}. For security, the token isn’t sent"),
    ):
        session._followed("GET", f"{here}://jira.example.com/a", f"{there}/a", 302)


def test_redirects_in_circles_end(server, session):
    server.script.append(answer(302, Location="/base/page"))
    assert "in a loop" in str(failure(session))
    assert len(server.seen) == 4


def test_a_posted_question_does_not_become_another_one_by_a_redirect(server, session):
    server.script.append(answer(302, Location="/login"))
    with pytest.raises(ApiError, match="another page"):
        session.post("page", Page, {})
    assert [method for method, *_ in server.seen] == ["POST"]


def test_plain_http_is_refused_where_private_hosts_are(settings):
    settings.ALLOW_PRIVATE_HOSTS = False
    with pytest.raises(ApiError, match="https") as caught:
        ApiSession("http://jira.example.com", authorization="Bearer x")
    assert caught.value.permanent


def test_a_private_address_is_a_permanent_error(server, settings, waits):
    settings.ALLOW_PRIVATE_HOSTS = False
    url = f"https://localhost:{server.server_port}"
    with ApiSession(url, authorization="Bearer x", on_wait=waits.append) as session:
        error = failure(session)
    assert error.permanent
    assert "private address" in str(error)


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    (tmp_path / "both.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_a_permanent_error(server, self_signed, waits):
    server.socket = self_signed.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}"
    with ApiSession(url, authorization="Bearer x", on_wait=waits.append) as session:
        error = failure(session)
    assert error.permanent
    assert "certificate of localhost is not trusted" in str(error)
    assert (server.seen, session.requests_made) == ([], 1)


def test_an_encrypted_answer_is_read(server, self_signed, tmp_path):
    server.script.append(
        answer(body=b'{"rows": [' + b'{"id": 7, "seconds": 60},' * 50_000 + b'{"id": 8, "seconds": 1}]}')
    )
    server.socket = self_signed.wrap_socket(server.socket, server_side=True)
    with ApiSession(f"https://localhost:{server.server_port}", authorization="Bearer x") as session:
        session._http.verify = str(tmp_path / "both.pem")
        assert len(session.post("page", Page, {"ids": ["x" * 100_000]}).rows) == 50_001


def test_a_server_that_does_not_speak_tls_is_a_passing_trouble(server, waits):
    url = f"https://localhost:{server.server_port}"
    with ApiSession(url, authorization="Bearer x", on_wait=waits.append) as session:
        assert not failure(session).permanent
    assert not server.seen


@pytest.mark.parametrize("token", ["two\nlines", "smart “quotes”", "tab\there"])
def test_a_token_that_was_copied_badly_is_refused(token):
    with pytest.raises(ApiError, match="Copy it again"):
        ApiSession("https://jira.example.com", authorization=f"Bearer {token}")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (
            b'{"rows": [{"id": 1, "seconds": 2}, {"id": "w-9"}]}',
            "missing required field `seconds` at .rows[1] (row w-9)",
        ),
        (b'{"rows": [{"id": 8, "seconds": "2h"}]}', "(row 8)"),
        (b'{"rows": [{"seconds": 2}]}', "missing required field `id` at .rows[0]"),
        (b'{"rows": [{"id": "\\ud800", "seconds": null}]}', "(row \N{REPLACEMENT CHARACTER})"),
        (b"{}", "missing required field `rows` at the top"),
        (b"[]", "the top"),
        (b'{"rows": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", ".rows[0]"),
    ],
)
def test_a_row_that_lacks_what_is_needed_is_named(server, session, body, where):
    server.script.append(answer(body=body))
    error = failure(session)
    assert error.permanent
    assert where in str(error)
    assert session.requests_made == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"half \\ud83d pair", "half \N{REPLACEMENT CHARACTER} pair"),
        (b"\\udc00\\ud800", "\N{REPLACEMENT CHARACTER}" * 2),
        (b"\\ud83d\\ude00 \\ud83d", "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"),
        (b"\\\\ud83d \xff", "\\ud83d \N{REPLACEMENT CHARACTER}"),
        (b"tab\there", "tab\there"),
    ],
)
def test_text_that_is_no_text_is_mended(text, read):
    body = b'{"rows": [{"id": 1, "seconds": 2, "unread": "\\udfff", "text": "' + text + b'"}]}'
    assert decoded(body, Page).rows[0].text == read


def test_a_byte_order_mark_is_passed_over():
    assert decoded(b"\xef\xbb\xbf" + PAGE, Page).rows[0].id == 7


@given(st.binary())
def test_any_bytes_are_read_or_are_a_passing_trouble(body):
    try:
        assert isinstance(decoded(body, object), object)
    except Passing:
        with pytest.raises(ValueError):  # noqa: PT011
            json.loads(body)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_with_any_surrogates_is_read(text):
    read = decoded(json.dumps({"rows": [{"id": 1, "seconds": 2, "text": text}]}).encode(), Page).rows[0].text
    assert read == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_turns_are_spread(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    pace = Pace(5)
    assert [pace.turn() for _ in range(3)] == pytest.approx([0, 0.2, 0.4])
    clock[0] += 10
    assert [pace.turn() for _ in range(2)] == pytest.approx([0, 0.2])
    assert [Pace(None).turn() for _ in range(2)] == [0, 0]


def test_a_repeated_mark_and_a_walk_without_end_are_errors():
    pages = Pages("Jira's search", limit=3)
    for mark in (None, "a", "b"):
        pages.turn(mark)
    with pytest.raises(ApiError, match="same page twice"):
        pages.turn("a")
    with pytest.raises(ApiError, match="had more results after 3 pages"):
        pages.turn("c")


def test_results_come_in_the_order_of_the_items(session):
    first = Event()

    def square(number: int) -> int:
        if number == 0:
            assert first.wait(10)
        else:
            first.set()
        return number * number

    assert list(session.map(square, range(20))) == [number * number for number in range(20)]
    assert list(session.map(square, [])) == []


def test_no_more_than_the_connections_run_at_once_and_all_of_them_do(server):
    together, running, most = Barrier(3), [0], [0]
    lock = Lock()

    def call(_: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait(10)
        with lock:
            running[0] -= 1

    with ApiSession(server.url, authorization="Bearer x", connections=3) as session:
        list(session.map(call, range(12)))
    assert most == [3]


def test_items_are_taken_as_results_are_used(session):
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = session.map(lambda number: number, items())
    assert not taken
    next(results)
    assert len(taken) <= 5
    results.close()
    assert len(taken) <= 5


def test_the_first_failure_ends_those_who_wait(server):
    waiting = Event()

    def wait(_: float) -> None:
        waiting.set()
        Event().wait(0.01)  # a wait that nobody ends would take 36 seconds

    def call(path: str) -> Page:
        if path == "refused":
            assert waiting.wait(10)
        return patient.get(path, Page)

    def by_path(handler: Handler) -> None:
        if "refused" in handler.path:
            answer(403)(handler)
        else:
            answer(429, Retry_After="100000")(handler)

    server.script.append(by_path)
    with ApiSession(server.url, authorization="Bearer x", on_wait=wait) as patient:
        results = patient.map(call, ["busy", "busy", "refused", *["later"] * 50])
        with pytest.raises(ApiError, match="isn’t allowed to read refused"):
            list(results)
    assert not [path for _, path, _, _ in server.seen if "later" in path][5:]


def test_a_failure_among_the_items_is_raised(session):
    def items() -> Iterator[int]:
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        list(session.map(lambda number: number, items()))


def test_the_scope_of_the_caller_crosses_into_the_threads(session):
    company: ContextVar[str] = ContextVar("company")
    company.set("Alborada")
    assert list(session.map(lambda _: company.get(), range(5))) == ["Alborada"] * 5


def test_requests_are_counted_over_threads(server, session):
    server.script.append(answer())
    list(session.map(lambda _: session.get("page", Page), range(30)))
    assert session.requests_made == 30


def test_connections_are_used_again(server, session):
    peers = set()

    def remember(handler: Handler) -> None:
        peers.add(handler.client_address)
        answer()(handler)

    server.script.append(remember)
    for _ in range(5):
        session.get("page", Page)
    assert len(peers) == 1


def test_dates_of_retry_after_are_read_in_any_zone(server, session, waits, time_machine):
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    server.script.extend([answer(503, Retry_After=format_datetime(now + timedelta(seconds=9))), answer()])
    session.get("page", Page)
    assert sum(waits) == pytest.approx(9)


def test_a_question_is_asked_by_get_where_post_is_not_let_through(server, session):
    server.script.extend([answer(405), answer()])
    for _ in range(2):
        assert session.ask("search", Page, {"jql": "a", "fields": ["id", "key"], "startAt": 0}).rows[0].id == 7
    asked = [(method, path) for method, path, _, _ in server.seen]
    question = ("GET", "/base/search?jql=a&fields=id%2Ckey&startAt=0")
    assert asked == [("POST", "/base/search"), question, question]


def test_pages_that_bring_nothing_new_end_as_an_error():
    pages = Pages("Jira's feed")
    pages.bring([1, 2])
    for _ in range(4):
        pages.bring([2])
    with pytest.raises(ApiError, match="returned the same rows again after 2 rows"):
        pages.bring([1, 2])
