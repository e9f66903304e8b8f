"""Names, summaries and comments come from elsewhere, and anyone can write them: no page takes them for its own HTML."""

import pytest

from tests.conftest import Cast
from tests.isolation.asking import ask
from tests.isolation.planted import Planted, plant
from tests.isolation.routes import routes

PAYLOAD = "'\"></script><xss onload=alert(1)>{{7*7}}"


@pytest.fixture
def hostile(alborada: Cast) -> Planted:
    return plant(alborada, PAYLOAD, "hostile")


@pytest.mark.parametrize("role", ["user", "manager", "admin"])
def test_no_page_takes_text_for_markup(hostile: Planted, role: str) -> None:
    user, wrong, escaped = getattr(hostile.cast, role), [], set()
    for route in routes():
        known = hostile.ids.get(route.model, hostile.cast.company.pk) if route.model else hostile.cast.company.pk
        for method in ("GET", "HTMX", "POST"):
            answer = ask(user, method, route.path(hostile.tokens.get(route.link, known)))
            if "text/html" in answer.headers and "<xss" in answer.body.lower():
                wrong.append(f"{method} {route}")
            if "&lt;xss" in answer.body:
                escaped.add(str(route))
    assert wrong == []
    assert {"worklogs/", "worklogs/<int:pk>/"} <= escaped
    assert role == "user" or {"start", "sync/", "sync/runs/<int:pk>/"} <= escaped
    assert role != "admin" or {"admin/worklogs/person/", "admin/worklogs/team/"} <= escaped


TEXTS = dict.fromkeys(["q", "team", "instance", "split", "next", "o"], PAYLOAD)  # which a page takes
BAD = [{part: PAYLOAD} for part in ("person", "epic", "sort", "after", "from")]  # and each of which it refuses


@pytest.mark.parametrize("query", [TEXTS, *BAD], ids=lambda query: "-".join(query))
def test_no_page_takes_its_query_for_markup(hostile: Planted, query: dict[str, str]) -> None:
    for route in (route for route in routes() if not route.parameters):
        for user in (None, hostile.cast.admin):
            answer = ask(user, "GET", route.path(""), query)
            assert "text/html" not in answer.headers or "<xss" not in answer.body.lower(), route


def test_a_download_is_never_shown_as_a_page(hostile: Planted) -> None:
    answer = ask(hostile.cast.admin, "GET", "/worklogs/export.csv")
    assert "<xss" in answer.body
    assert "text/csv" in answer.headers
    assert "attachment" in answer.headers
    assert "'X-Content-Type-Options': 'nosniff'" in answer.headers
