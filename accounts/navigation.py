"""Where to go next: only ever to our own pages."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import MAX_URL_REDIRECT_LENGTH, url_has_allowed_host_and_scheme


def safe_next(request: HttpRequest, default: str = "dashboard") -> str:
    """The `next` of the request when it is the path of a page of ours, else the page of the view `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # Anything but a path would be looked up as the name of a view, and fail.
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if is_ours and len(wanted) <= MAX_URL_REDIRECT_LENGTH else resolve_url(default)
