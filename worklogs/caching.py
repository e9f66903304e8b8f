"""An unchanged page is a 304: its ETag is what it was made of, without making it."""

import hashlib
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import condition

from accounts.middleware import CompanyRequest

View = Callable[Concatenate[CompanyRequest, ...], HttpResponse]
MADE_BY = ("accounts", "config", "integrations", "locale", "templates", "worklogs", "requirements.txt")
SOURCES = {".py", ".html", ".mo", ".txt"}
AGES_CHANGE_EVERY = 60  # seconds: "6 min ago" is part of a page


@cache
def release() -> float:
    """When what makes the pages was last changed: the same for every process that serves them.

    Sources alone: what Python compiles beside them is written while processes start.
    """
    roots = [settings.BASE_DIR / name for name in MADE_BY]
    return max(each.stat().st_mtime for root in roots for each in (root, *root.rglob("*")) if each.suffix in SOURCES)


def page_etag(request: CompanyRequest, *_args: Any, **_kwargs: Any) -> str:
    made_of = (
        release(),
        int(time.time() / AGES_CHANGE_EVERY),
        request.company.pk,
        request.company.data_version,
        request.membership.pk,
        request.membership.role,
        str(request.user),
        request.get_full_path(),
        bool(request.htmx),
        get_language(),
        sorted((name, value) for name, value in request.COOKIES.items() if name != settings.SESSION_COOKIE_NAME),
    )
    return f'"{hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]}"'


def unchanged_is_304(view: View) -> View:
    @wraps(view)
    @condition(etag_func=page_etag)
    def cached(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie", "HX-Request", "Accept-Language"])
        return response

    return cached
