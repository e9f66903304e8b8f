"""Every component on one page, while developing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import for_anyone


@require_safe
@for_anyone
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide.html")
