"""Connections that lead to public hosts alone, and keep the limits of who asks: see hosts.py and limits.py."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from integrations.hosts import Way, cannot_find, looked_up, refuse_private
from integrations.limits import received, seconds_left, within

CONNECT_SECONDS = 10.0  # over all addresses of a name, with its lookup and the greeting of TLS
ADDRESS_SECONDS = 4.0  # so that one that does not answer leaves time for the next


class LimitedSocket(socket.socket):
    """Its timeout is never longer than the time that is left in all."""

    def recv_into(self, *args: Any, **options: Any) -> int:
        with self._hurried():
            return received(super().recv_into(*args, **options))

    def send(self, *args: Any, **options: Any) -> int:
        with self._hurried():
            return super().send(*args, **options)

    def sendall(self, *args: Any, **options: Any) -> None:
        with self._hurried():
            super().sendall(*args, **options)

    @contextmanager
    def _hurried(self) -> Iterator[None]:
        usual = self.gettimeout()
        self.settimeout(seconds_left(CONNECT_SECONDS if usual is None else usual))
        try:
            yield
        finally:
            self.settimeout(usual)


class LimitedTlsSocket(LimitedSocket, ssl.SSLSocket):
    pass


class CheckedPeer(HTTPConnection):
    def connect(self) -> None:
        """With the greeting of TLS, whose time is that of the socket."""
        with within(CONNECT_SECONDS):
            super().connect()

    def _new_conn(self) -> socket.socket:
        """To the addresses that were looked at: the name may lead elsewhere than when it was checked."""
        trouble: OSError | None = None
        for way in self._ways():
            try:
                return self._connected(way)
            except OSError as error:
                trouble = error
        if isinstance(trouble, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} did not take the connection in time") from trouble
        raise NewConnectionError(self, f"{self.host} takes no connection: {trouble}") from trouble

    def _ways(self) -> list[Way]:
        try:
            ways = looked_up(self.host, self.port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_NONAME:
                raise cannot_find(self.host) from error
            raise NameResolutionError(self.host, self, error) from error
        if not settings.ALLOW_PRIVATE_HOSTS:
            for way in ways:
                refuse_private(way.address)
        return ways

    def _connected(self, way: Way) -> socket.socket:
        peer = LimitedSocket(way.family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                peer.setsockopt(*option)
            peer.settimeout(seconds_left(ADDRESS_SECONDS))
            peer.connect(way.target)
            peer.settimeout(seconds_left(CONNECT_SECONDS))
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
    """Sends nothing, not even a TLS greeting, to a private address. Raises UnsafeUrl, and TooLarge."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = LimitedTlsSocket
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {"http": CheckedPool, "https": CheckedTlsPool}
