"""From the bytes of an answer to typed payloads, past what a vendor's text may hold that is no text."""

import json
import re
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Passing(Exception):
    """What another try may cure; `seconds` is how long the server asked to wait, if it did."""

    def __init__(self, message: str, *, status: int | None = None, seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.seconds = seconds


def decoded(body: bytes, type: type[T]) -> T:
    """Raises Passing for what is not JSON, msgspec.ValidationError for JSON of another shape."""
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(mended(body), type=type)


def mended(body: bytes) -> bytes:
    """The same JSON with U+FFFD for bytes and halves of surrogate pairs that are not text. Raises Passing."""
    try:
        tree = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
        text = json.dumps(tree, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] == b"<":
            raise Passing("answered with a web page instead of data: a login or proxy page stands before it") from error
        raise Passing("sent a damaged answer") from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def told(error: msgspec.ValidationError, body: bytes) -> str:
    """msgspec's words, and which row is meant: its id where it has one."""
    words, _, path = str(error).partition(" - at `$")
    node: Any = None
    with suppress(Passing):
        node = json.loads(mended(body))
    row = None
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        try:
            node = node[int(index) if index else name]
        except (LookupError, TypeError):
            break
        if isinstance(node, dict):
            row = next((node[key] for key in ("id", "tempoWorklogId", "worklogId", "key") if key in node), row)
    where = path.rstrip("`") or "the top"
    return f"{words} at {where}" + (f" (row {row})" if row is not None else "")
