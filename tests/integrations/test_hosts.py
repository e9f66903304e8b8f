import socket
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

import pytest
import requests

from integrations.hosts import UnsafeUrl, check_url, is_public, site_url
from integrations.sockets import CheckedHosts


@pytest.fixture
def public_only(settings) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver answers; other names do not exist."""
    known: dict[str, list[str]] = {}

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" https://Alborada.Atlassian.net/ ", "https://alborada.atlassian.net"),
        ("https://jira.example.com:443/jira//", "https://jira.example.com/jira"),
        ("https://jira.example.com:8443/Jira", "https://jira.example.com:8443/Jira"),
        ("https://api.atlassian.com/ex/jira/1-2", "https://api.atlassian.com/ex/jira/1-2"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://jira.example.com.", "https://jira.example.com"),
        ("https://93.184.215.14/", "https://93.184.215.14"),
    ],
)
def test_a_public_address_is_kept_in_one_spelling(public_only, names, typed, kept):
    for host in ("alborada.atlassian.net", "jira.example.com", "api.atlassian.com", "xn--bcher-kva.example"):
        names[host] = ["93.184.215.14"]
    names["93.184.215.14"] = ["93.184.215.14"]
    assert check_url(typed) == kept
    assert check_url(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jira.example.com",
        "http://jira.example.com",
        "ftp://jira.example.com",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@jira.example.com",
        "https://user:secret@jira.example.com",
        "https://jira.example.com?next=1",
        "https://jira.example.com#top",
        "https://jira.example.com\\@127.0.0.1",
        "https://jira.example.com\n.evil.example",
        "https://jira example.com",
        "https://jira.example.com:port",
        "https://jira.example.com:99999",
        "https://nobody.example",
        "https://" + "a" * 64 + ".example",
        "https://[::1",
    ],
)
def test_what_is_no_plain_https_address_of_a_known_host_is_refused(public_only, names, typed):
    names["jira.example.com"] = ["93.184.215.14"]
    with pytest.raises(UnsafeUrl):
        check_url(typed)


@pytest.mark.parametrize(
    ("pasted", "site"),
    [
        ("norte.atlassian.net", "https://norte.atlassian.net"),
        (" Norte.Atlassian.NET/ ", "https://Norte.Atlassian.NET"),
        ("http://norte.atlassian.net", "https://norte.atlassian.net"),
        ("https://norte.atlassian.net/jira/software/c/projects/ABC/boards/1?view=2", "https://norte.atlassian.net"),
        ("https://norte.atlassian.net/browse/ABC-1?focusedId=1#comment", "https://norte.atlassian.net"),
        ("norte.atlassian.net?x=1", "https://norte.atlassian.net"),
        ("https://api.atlassian.com/ex/jira/1-2/rest/api/3/myself", "https://api.atlassian.com/ex/jira/1-2"),
        ("norte.atlassian.net/login?next=https://norte.atlassian.net/x", "https://norte.atlassian.net"),
        ("api.tempo.io/4", "https://api.tempo.io"),
        ("jira.example.com/browse/ABC-1", "https://jira.example.com"),
        ("https://jira.example.com/jira/browse/ABC-1?x=1", "https://jira.example.com/jira"),
        ("https://jira.example.com:8443/jira/secure/Dashboard.jspa", "https://jira.example.com:8443/jira"),
        ("https://jira.example.com/projects/ABC/issues", "https://jira.example.com"),
        ("https://jira.example.com/Jira/", "https://jira.example.com/Jira/"),
        ("http://127.0.0.1:9100/norte", "http://127.0.0.1:9100/norte"),
        ("", ""),
    ],
)
def test_a_page_of_a_site_means_the_site(pasted, site):
    assert site_url(pasted) == site
    assert site_url(site) == site


@pytest.mark.parametrize(
    "typed",
    [
        "https://user:secret@norte.atlassian.net",
        "https://127.0.0.1\\.atlassian.net",
        "https://jira.example.com?next=.atlassian.net",
        "ftp://jira.example.com/browse/A-1",
        "nobody.example",
    ],
)
def test_what_must_not_be_asked_is_no_site_either(public_only, names, typed):
    names["jira.example.com"] = ["93.184.215.14"]
    with pytest.raises(UnsafeUrl):
        check_url(site_url(typed))


def test_a_host_that_nobody_knows_is_named(public_only, names):
    with pytest.raises(UnsafeUrl, match=r"Can’t find host nobody\.example\. Check the spelling\."):
        check_url("https://nobody.example")


def test_a_resolver_that_never_answers_is_not_waited_for(public_only, monkeypatch):
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [] if answered.wait(30) else [])
    monkeypatch.setattr("integrations.hosts.LOOKUP_SECONDS", 0.1)
    assert check_url("https://slow.example") == "https://slow.example"  # whoever connects looks at its addresses
    answered.set()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
def test_a_private_address_is_refused_however_it_is_written(public_only, host):
    with pytest.raises(UnsafeUrl, match="private address"):
        check_url(f"https://{host}/")


def test_one_private_address_among_public_ones_is_enough_to_refuse_a_name(public_only, names):
    names["jira.example.com"] = ["93.184.215.14", "10.0.0.7"]
    with pytest.raises(UnsafeUrl, match="private address"):
        check_url("https://jira.example.com")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:0a00:0001::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "fc00::1",
        "fe80::1%lo",
        "fec0::1",
        "feff::1",
        "3fff::1",
        "3fff:fff::1",
        "ff02::1",
    ],
)
def test_addresses_that_lead_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"])
def test_addresses_that_lead_outside_are_public(address):
    assert is_public(address)


def test_an_operator_may_allow_private_hosts_and_plain_http(settings):
    settings.ALLOW_PRIVATE_HOSTS = True
    assert check_url("http://127.0.0.1:9100/alborada/") == "http://127.0.0.1:9100/alborada"


@dataclass
class Listener:
    port: int
    received: list[bytes]
    thread: Thread


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Takes one connection on the loopback and keeps what arrives first."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            peer, _ = server.accept()
            with peer:
                received.append(peer.recv(1000))

        thread = Thread(target=listen, daemon=True)
        thread.start()
        yield Listener(server.getsockname()[1], received, thread)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_inside_when_it_is_connected_is_not_connected_to(public_only, listener, scheme):
    with requests.Session() as session:
        session.trust_env = False
        session.mount(f"{scheme}://", CheckedHosts())
        with pytest.raises(UnsafeUrl, match="private address"):
            session.get(f"{scheme}://localhost:{listener.port}/", headers={"Authorization": "Bearer x"}, timeout=10)
    assert listener.received == []


def test_private_hosts_are_spoken_to_where_they_are_allowed(settings, listener):
    settings.ALLOW_PRIVATE_HOSTS = True
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", CheckedHosts())
        with pytest.raises(requests.ConnectionError):
            session.get(f"http://localhost:{listener.port}/", timeout=10)
    assert listener.received[0].startswith(b"GET / HTTP/1.1")
