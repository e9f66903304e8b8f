"""Log lines that say which request, company and user they belong to, and never a secret.

Every record goes through here, the standard library's and structlog's own: as one JSON object a line in production,
as a line of text while developing. Neither ever prints local variables.
"""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils.functional import Promise
from structlog.typing import EventDict

current_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)

NAMED = r"\w*(?:token|secret|password|api_?key|authorization)"
SECRETS = (
    # Whoever reads the path of such a link could follow it.
    (re.compile(r"(/(?:sign-in/link|invitations)/)[^/\s\"'?]+"), r"\1…"),
    (re.compile(rf"\b({NAMED}|code|state)=[^&\s\"']+", re.IGNORECASE), r"\1=…"),
    (re.compile(rf"((['\"]){NAMED}\2: ?b?)(['\"]).*?\3", re.IGNORECASE), r"\1\3…\3"),
    (re.compile(r"\b(Basic|Bearer)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 …"),
)


def masked(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def harmless(value: Any, name: str = "") -> Any:
    """What may be written, however deep it lies. Of an object only its kind: to show itself it may ask the database."""
    kind = type(value)  # and not isinstance, which wakes what is lazy
    if re.fullmatch(NAMED, name, re.IGNORECASE):
        return "…"
    if issubclass(kind, Mapping):
        return {masked(str(key)): harmless(each, str(key)) for key, each in value.items()}
    if issubclass(kind, list | tuple | set | frozenset):
        return [harmless(each) for each in value]
    if value is None or issubclass(kind, bool | int | float):
        return value
    return masked(str(value)) if issubclass(kind, str | Promise | Exception | date) else f"<{kind.__name__}>"


def line_of(_logger: Any, _name: str, told: EventDict) -> EventDict:
    """Its fields in the order of a line; `request`, `company` and `user` are left out where there is none."""
    record: logging.LogRecord = told.pop("_record")
    del told["_from_structlog"]
    trace = {"trace": told.pop("exception")} if "exception" in told else {}
    if is_refusal(record):
        trace = {}  # whoever asks for nonsense would fill the log with our code
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line = {"at": at, "level": record.levelname, "logger": record.name, "text": told.pop("event")}
    whole: EventDict = harmless({**line, **circumstances(record), **told, **trace})
    return whole


def is_refusal(record: logging.LogRecord) -> bool:
    """Of a request that was at fault itself."""
    return 400 <= getattr(record, "status_code", 0) < 500


def circumstances(record: logging.LogRecord) -> dict[str, Any]:
    """Asks no database: a line about a broken one has to come out too."""
    request = getattr(record, "request", None)
    if not isinstance(request, HttpRequest):
        request = current_request.get()
    if request is None:
        return {}
    company, user = getattr(request, "company", None), getattr(request, "_cached_user", None)
    told = {
        "request": getattr(request, "id", None),
        "company": company.slug if company else None,
        "user": user.pk if user else None,
        "status": getattr(record, "status_code", None),
    }
    return {name: value for name, value in told.items() if value is not None}


def as_text(_logger: Any, _name: str, line: EventDict) -> str:
    first = " ".join(str(line.pop(name)) for name in ("at", "level", "logger", "text"))
    trace = line.pop("trace", "")
    return " ".join([first, *(f"{name}={value}" for name, value in line.items())]) + (f"\n{trace}" if trace else "")


BOUND: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info]


def formatter(renderer: Any) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=BOUND, processors=[line_of, renderer])


def json_lines() -> structlog.stdlib.ProcessorFormatter:
    return formatter(structlog.processors.JSONRenderer(ensure_ascii=False))


def text_lines() -> structlog.stdlib.ProcessorFormatter:
    return formatter(as_text)


structlog.configure(
    processors=[*BOUND, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)
