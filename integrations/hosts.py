"""Which hosts the product may speak to: public ones over https, unless the operator allows private ones.

An address typed into a form must not turn the server into a window on its own network (SSRF).
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from threading import Thread
from typing import Any

from django.conf import settings
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from integrations.limits import seconds_left

LOOKUP_SECONDS = 5.0
UNKNOWN_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Once for sites of their own (RFC 3879), and for documentation (RFC 9637): Python calls them global.
NOBODYS = (ipaddress.ip_network("fec0::/10"), ipaddress.ip_network("3fff::/20"))
DEFAULT_PORTS = {"https": 443, "http": 80}
ATLASSIANS = re.compile(r"(.+\.)?(atlassian\.net|jira\.com|tempo\.io)(:443)?", re.IGNORECASE)
# What a browser shows of a Jira beside its own address; what comes before it may be a context path.
PAGES = re.compile(
    r"/(browse|projects|secure|issues|plugins|servicedesk|rest|login\.jsp"
    r"|jira/(software|core|for-you|your-work|dashboards|people))(/.*)?$"
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeUrl(ValueError):
    """A URL that must not be asked; the text is for the form it was typed into."""


@dataclass(frozen=True)
class Way:
    """One of the addresses behind a name; `target` is what its socket connects to."""

    family: int
    target: Any

    @property
    def address(self) -> str:
        return str(self.target[0])


def site_url(typed: str) -> str:
    """The site that somebody means who pastes what the browser shows: a board, an issue, a name without https://."""
    if not (text := typed.strip()):
        return ""
    scheme, rest = found.groups() if (found := re.match(r"(\w+)://(.*)", text)) else ("https", text)
    host, slash, path = rest.partition("/")
    path = slash + path
    if found := ATLASSIANS.fullmatch(re.split(r"[?#]", host)[0]):
        return f"https://{found[0]}"
    if host.lower() == "api.atlassian.com":
        scoped = re.match(r"/ex/jira/[^/?#]+", path)
        return f"https://{host}{scoped[0] if scoped else path}"
    site, is_page = PAGES.subn("", re.split(r"[?#]", path)[0])
    return f"{scheme.lower()}://{host}{site if is_page else path}"


def check_url(url: str) -> str:
    """The URL without a trailing slash and in one spelling, or UnsafeUrl. Resolves the host's name."""
    parts = parsed(url.strip())
    host, scheme = ascii_host(parts), parts.scheme or ""
    if not settings.ALLOW_PRIVATE_HOSTS:
        try:
            ways = looked_up(host, parts.port or DEFAULT_PORTS[scheme])
        except socket.gaierror as error:
            if error.errno in UNKNOWN_HOST:
                raise cannot_find(host) from None
            ways = []  # the resolver may answer later: whoever connects looks at the addresses again
        for way in ways:
            refuse_private(way.address)
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}{(parts.path or '').rstrip('/')}"


def parsed(url: str) -> Url:
    # urllib3's parser, because it is the one that connects: two parsers that disagree are a way around the check.
    if not re.fullmatch(r"[^\s\\\x00-\x1f\x7f]+", url):
        raise UnsafeUrl("Enter a URL without spaces or backslashes.")
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise UnsafeUrl("This is not a URL.") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.ALLOW_PRIVATE_HOSTS):
        raise UnsafeUrl("The URL must start with https://.")
    if not parts.host:
        raise UnsafeUrl("The URL has no host.")
    if parts.auth is not None:
        raise UnsafeUrl("Remove the user name and password from the URL.")
    if parts.query is not None or parts.fragment is not None:
        raise UnsafeUrl("Remove everything after the path, starting with ? or #, from the URL.")
    return parts


def ascii_host(parts: Url) -> str:
    try:
        host = (parts.host or "").encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        host = ""
    if not host:
        raise UnsafeUrl("The URL has no valid host.")
    return host


def looked_up(host: str, port: int) -> list[Way]:
    """Every address of a name. The resolver also reads 2130706433 and 0177.1 as the addresses they are.

    It takes no time limit, so it is asked in a thread that is left alone when it takes too long. Raises gaierror.
    """
    ways: list[Way] = []
    errors: list[socket.gaierror] = []

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            errors.append(error)
        except (OSError, UnicodeError) as error:
            errors.append(socket.gaierror(socket.EAI_NONAME, str(error)))
        else:
            ways.extend([Way(family, target) for family, _, _, _, target in found])

    thread = Thread(target=look_up, daemon=True, name="lookup")
    thread.start()
    try:
        thread.join(seconds_left(LOOKUP_SECONDS))
    except TimeoutError as error:
        errors.append(socket.gaierror(socket.EAI_AGAIN, str(error)))
    if ways:
        return ways
    raise errors[0] if errors else socket.gaierror(socket.EAI_AGAIN, "The resolver does not answer")


def cannot_find(host: str) -> UnsafeUrl:
    return UnsafeUrl(f"Can’t find host {host}. Check the spelling.")


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
