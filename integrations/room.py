"""The answers that a session holds at the same time, and the memory that they may take together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

import requests

from integrations.decoding import BODY_BYTES
from integrations.limits import refuse_abandoned, seconds_left
from integrations.unpacking import unpacked

PIECE = 2**16
Grow = Callable[[int], None]


class Room:
    """What a session's answers take of memory: each connection its share, and one at a time a whole answer."""

    def __init__(self, connections: int) -> None:
        self._share = BODY_BYTES // connections
        self._whole = Lock()

    @contextmanager
    def for_an_answer(self) -> Iterator[Grow]:
        """Yields what is told the size of the answer as it grows, and waits there for its turn to be a large one."""
        is_large = False

        def grow(size: int) -> None:
            nonlocal is_large
            if size > self._share and not is_large:
                while not self._whole.acquire(timeout=seconds_left(1.0)):
                    refuse_abandoned()
                is_large = True

        try:
            yield grow
        finally:
            if is_large:
                self._whole.release()


def body_of(response: requests.Response, grow: Grow) -> bytearray:
    """As it came over the line it is unpacked here, and not by urllib3, which would unpack without a limit."""
    body = bytearray()
    pieces = response.raw.stream(PIECE, decode_content=False)
    for piece in unpacked(pieces, response.headers.get("Content-Encoding", ""), BODY_BYTES):
        grow(len(body) + len(piece))
        body += piece
    return body
