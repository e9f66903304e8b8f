"""What a server says when it refuses: for how long, and why."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

FIRST_WAIT, LONGEST_WAIT = 1.0, 15 * 60.0
WORDS_BYTES = 2**20  # of a refusal that is looked through for its reason


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks us to wait, at least one and at most LONGEST_WAIT; None where it does not tell."""
    after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    try:
        if re.fullmatch(r"\d+(\.\d+)?", after):
            seconds = float(after)
        elif after:
            seconds = until(parsedate_to_datetime(after))
        else:
            seconds = until(datetime.fromisoformat(reset))
    except ValueError:
        return None
    return min(max(seconds, FIRST_WAIT), LONGEST_WAIT)


def until(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time.time()


def said(body: bytes | bytearray) -> str:
    """What a refusal says in the words of Jira or Tempo; empty for HTML and the like."""
    if len(body) > WORDS_BYTES:
        return ""
    try:
        error: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(error, dict):
        return ""
    parts = [error.get("errorMessages"), error.get("errors"), error.get("message")]
    texts = [text for part in parts for text in sentences(part)]
    return " ".join(texts)


def sentences(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from (value for value in part.values() if isinstance(value, str))
    elif isinstance(part, list):
        for entry in part:
            yield from sentences(entry if isinstance(entry, str | dict) else None)
