import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine

from integrations import runs
from integrations.simulator.build import build_world
from integrations.simulator.server import Simulator, simulator
from integrations.simulator.world import World
from tests.conftest import Cast
from tests.integrations.sync.stage import NOW, Stage


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is killed has a SQLite file of its own, whatever database the other tests run on: once is enough."""
    return True if collection_path.name == "test_kill.py" and config.getoption("--postgres") else None


@pytest.fixture(scope="session")
def pickled_world() -> bytes:
    """Ten people, so that New York and Tokyo are among them."""
    world = build_world(1, NOW.date(), people=10, worklogs=400, now=NOW)
    del world.companies[1:]
    return pickle.dumps(world)


@pytest.fixture
def world(pickled_world: bytes) -> World:
    """To be changed; a copy takes a fraction of the time of building one."""
    world = pickle.loads(pickled_world)
    assert isinstance(world, World)
    return world


@pytest.fixture
def sim(world: World) -> Iterator[Simulator]:
    with simulator(world) as sim:
        yield sim


@pytest.fixture
def stage(sim: Simulator, in_alborada: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Waits are noted instead of slept."""
    with time_machine.travel(NOW, tick=False) as traveller:
        stage = Stage(sim, traveller)
        monkeypatch.setattr(runs, "time", SimpleNamespace(sleep=stage.slept.append, monotonic=time.monotonic))
        yield stage
