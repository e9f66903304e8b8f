"""Pages of hours are watched in the tests: one that asks the database row by row fails."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from zeal.middleware import zeal_middleware

Answer = Callable[[HttpRequest], HttpResponse]


def watched_pages(get_response: Answer) -> Answer:
    """The settings and what is posted may ask for each of the few rows that they change."""
    watched = zeal_middleware(get_response)

    def answer(request: HttpRequest) -> HttpResponse:
        is_page = request.method == "GET" and not request.path.startswith("/admin/")
        response: HttpResponse = watched(request) if is_page else get_response(request)
        return response

    return answer
