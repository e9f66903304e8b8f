"""Ends the mails of a schedule for one recipient, by the link in each of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.limits import limited
from accounts.permissions import for_anyone
from worklogs import unsubscribing


@csrf_exempt  # a mail program that asks for it (RFC 8058) has no cookie of ours; the signed link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
@for_anyone
@never_cache
@limited("unsubscribe", "60/m", method="GET")
@limited("unsubscribe", "20/m")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only asks, since mail scanners open every link."""
    found = unsubscribing.subscription_of(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        unsubscribing.unsubscribe(found, request)
    has_ended = found.recipient is None or request.method == "POST"
    context = {"subscription": found, "has_ended": has_ended}
    return render(request, "worklogs/reports/unsubscribe.html", context)
