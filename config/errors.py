"""Every request has an id: in its answer, in its log lines, and on the page that says that it failed."""

import secrets
from collections.abc import Callable

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import escape_leading_slashes
from django.views.defaults import page_not_found

from config.logs import current_request

# What no page of ours asks a browser for, so that no script that got in can either.
PERMISSIONS = ", ".join(
    f"{each}=()" for each in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture", "midi")
)


class RequestIds:
    """The outermost middleware. An id that a client sends is not taken over: it could be anybody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]
        before = current_request.set(request)
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(before)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What is no mistake of ours: a row that is not there, whose page helps while developing, too;
        and a character that PostgreSQL keeps in no text, which nobody types."""
        if isinstance(exception, Http404):
            return not_found(request, exception)
        if isinstance(exception, DataError | ValueError) and has_nul(request):
            return bad_request(request, exception)
        return None


def has_nul(request: HttpRequest) -> bool:
    told = (*request.GET.lists(), *request.POST.lists())
    return "\0" in request.path or any("\0" in text for name, values in told for text in (name, *map(str, values)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    response = page_not_found(request, exception)
    if getattr(request, "htmx", False) and request.method == "GET":
        # A fragment would be thrown away: the browser goes there, and sees the page that offers to switch.
        response["HX-Redirect"] = escape_leading_slashes(request.get_full_path())
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Rendered without the request: what was asked may be what no code can read."""
    return HttpResponse(render_to_string("400.html", {"error_id": getattr(request, "id", "")}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what failed may be one of the context processors."""
    return HttpResponse(render_to_string("500.html", {"error_id": getattr(request, "id", "")}), status=500)
