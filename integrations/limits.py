"""What a conversation with a vendor may take: time, and bytes.

The timeout of requests begins anew with every piece that arrives, so a server that sends a byte now and then would
hold its caller for ever. These limits are absolute, and looked at before every read (see sockets.py).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from django.http import HttpRequest, HttpResponseBase

PAGE_SECONDS = 10.0

_end: ContextVar[float | None] = ContextVar("end", default=None)
_bytes_left: ContextVar[list[int] | None] = ContextVar("bytes left", default=None)

abandoned: ContextVar[Event | None] = ContextVar("abandoned", default=None)


class OutOfTime(Exception):
    """Whoever waits has waited long enough. `trouble` is the error that took the time, where there was one."""

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()
        self.trouble = trouble


class Abandoned(Exception):
    """Another call of the same `map` failed, so nobody waits for this one."""


class TooLarge(Exception):
    """An answer that would take more memory than an answer may."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything asked in here, from threads that copy the context too, ends so soon; an earlier end stays."""
    end, outer = time.monotonic() + seconds, _end.get()
    token = _end.set(end if outer is None else min(outer, end))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left(at_most: float) -> float:
    """For the next wait; TimeoutError when there is no time left."""
    end = _end.get()
    left = at_most if end is None else min(at_most, end - time.monotonic())
    if left <= 0:
        raise TimeoutError("out of time")
    return left


def hurry(seconds: float = 0, trouble: Exception | None = None) -> None:
    """OutOfTime when so many seconds more are too many."""
    end = _end.get()
    if end is not None and time.monotonic() + seconds > end:
        raise OutOfTime(trouble)


@contextmanager
def receiving(at_most: int) -> Iterator[None]:
    """TooLarge as soon as more bytes than that have come over the line in here."""
    token = _bytes_left.set([at_most])
    try:
        yield
    finally:
        _bytes_left.reset(token)


def received(count: int) -> int:
    left = _bytes_left.get()
    if left is not None:
        left[0] -= count
        if left[0] < 0:
            raise TooLarge
    return count


def refuse_abandoned() -> None:
    stop = abandoned.get()
    if stop is not None and stop.is_set():
        raise Abandoned


def pages_wait_no_longer(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: whatever a page asks of Jira and Tempo takes PAGE_SECONDS in all; a few slow ones are not the web."""

    def limited(request: HttpRequest) -> HttpResponseBase:
        with within(PAGE_SECONDS):
            return get_response(request)

    return limited
