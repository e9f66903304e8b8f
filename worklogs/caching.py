"""An unchanged page is a 304: its ETag is what it was made of, without making it."""

import hashlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import condition

from accounts.middleware import CompanyRequest

View = Callable[Concatenate[CompanyRequest, ...], HttpResponse]
STARTED = time.time()  # a new release is a new process
AGES_CHANGE_EVERY = 60  # seconds: "6 min ago" is part of a page


def page_etag(request: CompanyRequest, *_args: Any, **_kwargs: Any) -> str:
    made_of = (
        STARTED,
        int(time.time() / AGES_CHANGE_EVERY),
        request.company.pk,
        request.company.data_version,
        request.membership.pk,
        request.membership.role,
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
