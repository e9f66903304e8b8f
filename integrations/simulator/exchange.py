"""A request and an answer, free of sockets, and the refusals every simulated vendor can give."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """`path` is without the instance's prefix; `root` is the URL that the prefix stands for."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    authorization: str
    root: str

    def text(self, name: str, default: str = "") -> str:
        return self.query[name][-1] if self.query.get(name) else default

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise RefusedError(400, f"The value '{text}' of {name} is not a number.") from None

    def json(self) -> dict[str, Any]:
        try:
            body = msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise RefusedError(400, f"Invalid request payload: {error}") from error
        if not isinstance(body, dict):
            raise RefusedError(400, "Invalid request payload: an object was expected.")
        return body


@dataclass(frozen=True)
class Answer:
    """`payload` becomes JSON, unless `body` is given as it is to be sent."""

    status: int = 200
    payload: Any = None
    body: bytes | None = None
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.body if self.body is not None else msgspec.json.encode(self.payload)


class RefusedError(Exception):
    """The vendor answers with an error; each vendor words `message` in its own body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def html(status: int, title: str, headers: dict[str, str] | None = None) -> Answer:
    body = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, body=body.encode(), content_type=HTML, headers=headers or {})
