"""Where to go next: only ever to our own pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import MAX_URL_REDIRECT_LENGTH, url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect


def is_own_path(wanted: str) -> bool:
    # Anything but a path would be looked up as the name of a view, and fail.
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return is_ours and len(wanted) <= MAX_URL_REDIRECT_LENGTH


def safe_next(request: HttpRequest, default: str = "dashboard") -> str:
    """The `next` of the request when it is the path of a page of ours, else the page of the view `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_own_path(wanted) else resolve_url(default)


def shown_page(request: HttpRequest) -> str:
    """The path that the browser shows; empty when it cannot be opened anew, as after a form was sent."""
    if htmx := getattr(request, "htmx", None):
        return htmx.current_url_abs_path or ""
    return request.get_full_path() if request.method in ("GET", "HEAD") else ""


def whole_page(request: HttpRequest, place: str) -> HttpResponse:
    """Leads the browser there. A redirect would be followed by htmx, and its page land in the fragment."""
    return HttpResponseClientRedirect(place) if getattr(request, "htmx", False) else HttpResponseRedirect(place)
