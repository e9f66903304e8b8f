"""Every request of the tests is watched: one that asks the database row by row fails."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from zeal import NPlusOneError
from zeal.middleware import zeal_middleware

from tests.worklogs.conftest import Scene
from worklogs.models import Person


def teams(_request: HttpRequest) -> HttpResponse:
    return HttpResponse([str(person.team) for person in Person.objects.all()])


def test_a_request_that_asks_row_by_row_is_an_error(scene: Scene) -> None:
    with pytest.raises(NPlusOneError, match="Person.team"):
        zeal_middleware(teams)(RequestFactory().get("/"))
