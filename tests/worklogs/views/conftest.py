import pytest
from django.test import Client

from accounts.tenancy import company_scope
from tests.conftest import Cast, browser_of
from tests.worklogs.conftest import Scene, build
from worklogs.models import Person


@pytest.fixture
def strangers(meridiana: Cast) -> Scene:
    """The same scene in another company, whose rows nobody here may ever see."""
    with company_scope(meridiana.company):
        return build(meridiana, 30)


@pytest.fixture
def ana(busy: Scene) -> Client:
    """Alborada's USER, who is Ana, in a browser."""
    with company_scope(busy.cast.company):
        Person.objects.filter(name="Ana").update(user=busy.cast.user)
    return browser_of(busy.cast.user)
