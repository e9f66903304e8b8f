"""Alborada, from which everyone looks, and Meridiana, of which nobody there may learn."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.conftest import Cast, found
from tests.isolation.planted import Planted, number_from_far_away, plant

MARK = "zqxmark"


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """Answers are compared, and pages tell how long ago something was."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def ours(still: None, alborada: Cast) -> Planted:
    return plant(alborada, "Own", "own")


@pytest.fixture
def theirs(ours: Planted) -> Planted:
    number_from_far_away()
    return plant(found("Meridiana"), MARK.title(), MARK)
