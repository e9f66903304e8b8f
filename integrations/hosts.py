"""Which hosts the product may speak to: public ones over https, unless the operator allows private ones.

An address typed into a form must not turn the server into a window on its own network (SSRF).
"""

import ipaddress
import re
import socket
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Once for sites of their own (RFC 3879), and for documentation (RFC 9637): Python calls them global.
NOBODYS = (ipaddress.ip_network("fec0::/10"), ipaddress.ip_network("3fff::/20"))
DEFAULT_PORTS = {"https": 443, "http": 80}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeUrl(ValueError):
    """A URL that must not be asked; the text is for the form it was typed into."""


def check_url(url: str) -> str:
    """The URL without a trailing slash and in one spelling, or UnsafeUrl. Resolves the host's name."""
    parts = parsed(url.strip())
    host, scheme = ascii_host(parts), parts.scheme or ""
    if not settings.ALLOW_PRIVATE_HOSTS:
        for address in resolved(host, parts.port or DEFAULT_PORTS[scheme]):
            refuse_private(address)
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}{(parts.path or '').rstrip('/')}"


def parsed(url: str) -> Url:
    # urllib3's parser, because it is the one that connects: two parsers that disagree are a way around the check.
    if not re.fullmatch(r"[^\s\\\x00-\x1f\x7f]+", url):
        raise UnsafeUrl("Enter a URL without spaces and backslashes.")
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise UnsafeUrl("This is not a URL.") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.ALLOW_PRIVATE_HOSTS):
        raise UnsafeUrl("The URL must start with https://.")
    if not parts.host:
        raise UnsafeUrl("The URL has no host.")
    if parts.auth is not None:
        raise UnsafeUrl("Leave user name and password out of the URL.")
    if parts.query is not None or parts.fragment is not None:
        raise UnsafeUrl("Leave everything from ? or # on out of the URL.")
    return parts


def ascii_host(parts: Url) -> str:
    try:
        host = (parts.host or "").encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        host = ""
    if not host:
        raise UnsafeUrl("The URL has no valid host.")
    return host


def resolved(host: str, port: int) -> Iterator[str]:
    """Every address of a name. The resolver also reads 2130706433 and 0177.1 as the addresses they are."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnsafeUrl(f"No host is called {host}. Check the spelling.") from None
    return (str(sockaddr[0]) for *_, sockaddr in found)


def refuse_private(address: str) -> None:
    if not is_public(address):
        raise UnsafeUrl("This host has a private address. Only public hosts can be reached from here.")


def is_public(address: str) -> bool:
    ip = carried(ipaddress.ip_address(address))
    if any(ip in network for network in NOBODYS):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def carried(ip: Address) -> Address:
    """The IPv4 address inside an IPv6 one that leads to it, else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.teredo:
        return ip.teredo[1]
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


class CheckedPeer(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connects and looks at who answered: the name may resolve to something else than when it was checked."""
        peer = super()._new_conn()
        try:
            if not settings.ALLOW_PRIVATE_HOSTS:
                refuse_private(str(peer.getpeername()[0]))
        except BaseException:
            peer.close()
            raise
        return peer


class CheckedPeerTls(CheckedPeer, HTTPSConnection):
    pass


class CheckedPool(HTTPConnectionPool):
    ConnectionCls = CheckedPeer


class CheckedTlsPool(HTTPSConnectionPool):
    ConnectionCls = CheckedPeerTls


class CheckedHosts(HTTPAdapter):
    """Sends nothing, not even a TLS greeting, to a private address. Raises UnsafeUrl."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": CheckedPool, "https": CheckedTlsPool}
