"""How often what is expensive, or worth guessing, may be asked: by one user, and from one address.

Counts are in the cache. Without a shared one (REDIS_URL) each process counts for itself, which lets through so many
times more.
"""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

WINDOWS = {"s": 1, "m": 60, "h": 3600}
LONGEST_DOWNLOAD = 600  # seconds: one whose process died is over then
V = TypeVar("V", bound=Callable[..., Any])


def address_of(request: HttpRequest) -> str:
    """Of the client, as the nearest proxies tell it: what stands before those in X-Forwarded-For, anyone can write."""
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.PROXIES and len(told) >= settings.PROXIES:
        return str(told[-settings.PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def seconds_to_wait(request: HttpRequest, name: str, rate: str) -> int:
    """Counts this request against `20/m`; 0 when it is within the limit."""
    most, window = int(rate.split("/")[0]), WINDOWS[rate.split("/")[1]]
    now = time.time()
    who = [f"address {address_of(request)}"]
    if request.user.is_authenticated:
        who.append(f"user {request.user.pk}")
    counts = [_count(f"limit:{name}:{each}:{int(now // window)}".replace(" ", "-"), window) for each in who]
    return 0 if max(counts) <= most else int(window - now % window) + 1


def _count(key: str, window: int) -> int:
    cache.add(key, 0, timeout=window + 1)
    try:
        return cache.incr(key)
    except ValueError:  # it was thrown out in between
        return 1


def limited(name: str, rate: str, *, method: str = "POST") -> Callable[[V], V]:
    """Beyond `20/m` (or s, h) the view is not called: 429, and when to try again. A HEAD does the work of a GET."""
    counted = ("GET", "HEAD") if method == "GET" else (method,)

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in counted and (seconds := seconds_to_wait(request, name, rate)):
                return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return cast(V, guarded)

    return decorate


def one_at_a_time(view: V) -> V:
    """A user's next download from a company waits until the last byte of the one before has gone: 429."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key, mine = f"download:{request.user.pk}:{request.company.pk}", secrets.token_hex(8)
        if not cache.add(key, mine, timeout=LONGEST_DOWNLOAD):
            return render(request, "429.html", {"is_running": True}, status=429)
        try:
            response: HttpResponseBase = view(request, *args, **kwargs)
        except BaseException:
            _end(key, mine)
            raise
        return _when_sent(response, lambda: _end(key, mine))

    return cast(V, guarded)


def _when_sent(response: HttpResponseBase, then: Callable[[], None]) -> HttpResponseBase:
    """The server closes every response: whole, broken off, or of a HEAD, which reads nothing of it."""
    close = response.close

    def closed() -> None:
        try:
            close()
        finally:
            then()

    response.close = closed  # type: ignore[method-assign]
    return response


def _end(key: str, mine: str) -> None:
    if cache.get(key) == mine:  # it may have taken so long that the next one has begun
        cache.delete(key)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response
