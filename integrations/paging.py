"""Keeps a walk over a vendor's pages from going on for ever."""

from collections.abc import Iterable

from integrations.session import AGAIN, ApiError

PAGE_LIMIT = 100_000
IDLE_PAGES = 5  # in a row without a new row: no real list does that


class Pages:
    """Counts the pages of one walk, so that no server can keep us turning for ever."""

    def __init__(self, what: str, limit: int = PAGE_LIMIT) -> None:
        self._what, self._limit = what, limit
        self._seen: set[int] = set()
        self._brought: set[int] = set()
        self._idle = 0

    def turn(self, mark: object) -> None:
        """Before the page that `mark` (a token, an offset) leads to is asked. Raises ApiError."""
        if hash(mark) in self._seen:
            raise ApiError(f"{self._what} returned the same page twice. {AGAIN}", permanent=False)
        self._seen.add(hash(mark))
        if len(self._seen) > self._limit:
            text = f"{self._what} had more results after {self._limit:,} pages, which is the limit. {AGAIN}"
            raise ApiError(text, permanent=False)

    def bring(self, rows: Iterable[object]) -> None:
        """After a page, with what tells its rows apart. Raises ApiError when page after page brings nothing new."""
        known = len(self._brought)
        self._brought.update(map(hash, rows))
        self._idle = 0 if len(self._brought) > known else self._idle + 1
        if self._idle >= IDLE_PAGES:
            text = f"{self._what} returned the same rows again after {known:,} rows. {AGAIN}"
            raise ApiError(text, permanent=False)
