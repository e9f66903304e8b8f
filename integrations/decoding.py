"""From the bytes of an answer to typed payloads, past what a vendor's text may hold that is no text.

A list is decoded row by row where it is not understood whole: what is wrong with one row is no other's trouble.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import isclass
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Struct

from integrations.limits import TooLarge

BODY_BYTES = 32 * 2**20  # of an answer, unpacked
MENDED_BYTES = 8 * 2**20  # mending takes many times what it mends
MOST_PARTS = 2_000_000  # each takes about 100 bytes of memory, and may be two in the answer

T = TypeVar("T")

IDS = ("id", "tempoWorklogId", "worklogId", "entityId", "accountId", "key")
ID = re.compile("[!-,.-~][!-~]{0,63}")
DEEPEST = 100  # lists in lists, of a text; the decoder takes 1,000, and no text needs so many
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
REASONS = {  # how msgspec begins, and what people read; the first that fits (sync_words has them in other languages)
    "Object missing required field": "missing",
    "Expected int >=": "number out of range",
    "Expected int <=": "number out of range",
    "Expected int | str": "invalid format",
    "Expected int": "not a whole number",
    "Expected str matching": "invalid format",
    "Expected str": "not text",
    "Expected date": "not a date",
    "Invalid RFC3339": "not a date",
}
SHOWN = 40  # characters of a value that nothing can be made of


class Passing(Exception):
    """What another try may cure; `seconds` is how long the server asked to wait, if it did."""

    def __init__(self, message: str, *, status: int | None = None, seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.seconds = seconds


class WebPage(Passing):
    """HTML where data should be."""


@dataclass(eq=False)
class BadRow(Exception):
    """A row that cannot be used: what it is, its id in `source` (empty where that is unknown), the field, and why."""

    source: str  # jira, tempo
    kind: str  # as its payload calls itself: worklog, issue, user ...
    external_id: str
    field: str
    reason: str
    issue_id: str = ""  # of a worklog, where it tells one
    digest: str = ""  # of a row without an id: what tells it from others

    def __str__(self) -> str:
        where = f", {self.field}" if self.field else ""
        return f"{self.source.title()} {self.kind} {self.external_id or 'without an id'}{where}: {self.reason}"


class Rows(list[T]):
    """The rows of a list that are understood; `left_out` others are not."""

    left_out = 0


def given(rows: Sequence[object]) -> int:
    """How many rows the server gave, by which it counts its pages."""
    return len(rows) + (rows.left_out if isinstance(rows, Rows) else 0)


def decoded(body: bytes | bytearray, type: type[T], bad_rows: list[BadRow] | None = None) -> T:
    """What is wrong with single rows of a list is added to `bad_rows`.

    Raises Passing for what is not JSON, msgspec.ValidationError for JSON of another shape, TooLarge.
    """
    if len(body) > MOST_PARTS and sum(body.count(mark) for mark in b",[{") > MOST_PARTS:
        raise TooLarge
    try:
        return _decoded(body, type, bad_rows)
    except RecursionError:
        return _decoded(shallow(body), type, bad_rows)


def _decoded(body: bytes | bytearray, type: type[T], bad_rows: list[BadRow] | None) -> T:
    try:
        return _whole(body, type)
    except msgspec.ValidationError:
        if bad_rows is None or row_type_of(type) is None:
            raise
        return cast("T", _row_by_row(_tree(body), type, bad_rows))


def _whole(body: bytes | bytearray, type: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(mended(body), type=type)


def row_type_of(type: Any) -> Any:
    """Of a list of rows, or of a page that has one; None for anything else. A row's type has a `kind`."""
    if get_origin(type) is list:
        [row_type] = get_args(type)
        return row_type if hasattr(row_type, "kind") else None
    field = _rows_field(type)
    return field and row_type_of(field.type)


def _rows_field(type: Any) -> Any:
    fields = msgspec.structs.fields(type) if isclass(type) and issubclass(type, Struct) else ()
    return next((field for field in fields if get_origin(field.type) is list and row_type_of(field.type)), None)


def _row_by_row(tree: Any, type: Any, bad_rows: list[BadRow]) -> Any:
    if field := _rows_field(type):
        rows = tree.get(field.encode_name) if isinstance(tree, dict) else None
        if not isinstance(rows, list):  # an outage is never an empty list
            return msgspec.convert(tree, type)
        page = msgspec.convert(tree | {field.encode_name: []}, type)
        setattr(page, field.name, _understood(rows, row_type_of(type), bad_rows))
        return page
    return _understood(tree, row_type_of(type), bad_rows) if isinstance(tree, list) else msgspec.convert(tree, type)


def _understood(rows: list[Any], type: Any, bad_rows: list[BadRow]) -> Rows[Any]:
    found: Rows[Any] = Rows()
    for row in rows:
        try:
            found.append(msgspec.convert(row, type))
        except msgspec.ValidationError as error:
            found.left_out += 1
            bad_rows.append(bad_row(row, type, error))
    return found


def bad_row(row: Any, type: Any, error: msgspec.ValidationError) -> BadRow:
    words, _, path = str(error).replace("`", "").partition(" - at $")
    value, missing = row, re.search(r"required field (\w+)", words)
    field = ".".join(filter(None, (path.lstrip("."), missing and missing[1])))
    words = next((reason for beginning, reason in REASONS.items() if words.startswith(beginning)), words)
    with suppress(LookupError, TypeError):
        for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
            value = value[int(index) if index else name]
        words += f" ({shown(value)})" if not missing and not isinstance(value, dict | list) else ""
    own_id = id_of(row)
    return BadRow(type.source, type.kind, own_id, field, words, issue_of(row), "" if own_id else digest_of(row))


def id_of(row: Any, *names: str) -> str:
    """Empty where it has none by which it could be found again."""
    told = [row[name] for name in names or IDS if name in row] if isinstance(row, dict) else []
    text = str(told[0]) if told and isinstance(told[0], int | str) and not isinstance(told[0], bool) else ""
    return text if ID.fullmatch(text) else ""


def digest_of(row: Any) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]


def issue_of(row: Any) -> str:
    return id_of(row, "issueId") or id_of(row.get("issue") if isinstance(row, dict) else None)


def shown(value: object) -> str:
    """A value in a message: one short line of it."""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in str(value)[: SHOWN + 1])
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


def _tree(body: bytes | bytearray) -> Any:
    """The JSON as it is; mended where it is not too large for that."""
    return json.loads(mended(body)) if len(body) <= MENDED_BYTES else msgspec.json.decode(body)


def shallow(body: bytes | bytearray) -> bytes:
    """The same JSON with null for what lies deeper than anything that is read."""
    parts, depth, kept = list[bytes](), 0, 0
    for token in TOKEN.finditer(body):
        if token[0] in b"[{":
            depth += 1
            if depth == DEEPEST + 1:
                parts += [bytes(body[kept : token.start()]), b"null"]
        elif token[0] in b"]}":
            if depth == DEEPEST + 1:
                kept = token.end()
            depth -= 1
    return b"".join([*parts, bytes(body[kept:])])


def mended(body: bytes | bytearray) -> bytes:
    """The same JSON with U+FFFD for bytes and halves of surrogate pairs that are not text, and null for numbers that
    are none. Raises Passing, and RecursionError."""
    if re.match(rb"\s*<", body):
        raise WebPage("answered with a web page instead of data")
    if len(body) > MENDED_BYTES:
        raise Passing("sent a damaged response")
    try:
        text = body.decode("utf-8-sig", "replace")
        tree = json.loads(text, strict=False, parse_int=whole, parse_float=finite, parse_constant=finite)
        text = json.dumps(tree, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise Passing("sent a damaged response") from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def whole(number: str) -> int | None:
    return int(number) if len(number) <= SHOWN else None


def finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def told(error: msgspec.ValidationError, body: bytes | bytearray) -> str:
    """msgspec's words, and which row is meant: its id where it has one."""
    words, _, path = str(error).partition(" - at `$")
    node: Any = None
    with suppress(Passing, RecursionError):
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
