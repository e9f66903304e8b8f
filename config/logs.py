"""Log lines that say which request, company and user they belong to, and never a secret."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

current_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)

SECRETS = (
    # Whoever reads the path of such a link could follow it.
    (re.compile(r"(/(?:sign-in/link|invitations)/)[^/\s\"'?]+"), r"\1…"),
    (re.compile(r"\b(\w*(?:token|secret|password|api_?key)|code|state)=[^&\s\"']+", re.IGNORECASE), r"\1=…"),
    (re.compile(r"\b(Basic|Bearer)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 …"),
)


def masked(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class MaskedLines(logging.Formatter):
    """For people who develop."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line. `request`, `company` and `user` are left out where there is none."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": masked(record.getMessage()),
            **circumstances(record),
        }
        if record.exc_info:
            told["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


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
