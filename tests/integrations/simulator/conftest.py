import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import requests

from integrations.simulator.build import build_world
from integrations.simulator.server import Simulator, simulator
from integrations.simulator.world import World
from tests.integrations.simulator.specifications import Specification, data_center, jira_cloud, tempo

TODAY = date(2026, 11, 20)


@dataclass
class Reader:
    """Asks one API with the right credentials; `url` is its base."""

    url: str
    authorization: str | tuple[str, str]
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        if isinstance(self.authorization, tuple):
            self.session.auth = self.authorization
        else:
            self.session.headers["Authorization"] = self.authorization

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.url + path, params=query, timeout=10)

    def post(self, path: str, body: Any, **query: Any) -> requests.Response:
        return self.session.post(self.url + path, json=body, params=query, timeout=10)


def jira(sim: Simulator, name: str) -> Reader:
    access = sim.access(name)
    if access.kind == "cloud":
        return Reader(access.url, (access.email, access.token))
    return Reader(access.url, f"Bearer {access.token}")


def tempo_of(sim: Simulator, name: str = "alborada") -> Reader:
    access = sim.access(name)
    return Reader(str(access.tempo_url), f"Bearer {access.tempo_token}")


def small_world() -> World:
    return build_world(1, TODAY, people=8, worklogs=2_500)


@pytest.fixture(scope="session")
def still_world() -> World:
    """For reading only."""
    return small_world()


@pytest.fixture(scope="session")
def still(still_world: World) -> Iterator[Simulator]:
    """For reading only, without faults."""
    with simulator(still_world) as sim:
        yield sim


@pytest.fixture(scope="session")
def pickled_world(still_world: World) -> bytes:
    return pickle.dumps(still_world)


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


@pytest.fixture(scope="session")
def cloud_specification(vendor_files: Any) -> Specification:
    return jira_cloud(vendor_files / "specs" / "jira-cloud-v3-openapi.json")


@pytest.fixture(scope="session")
def data_center_specification(vendor_files: Any) -> Specification:
    return data_center(vendor_files / "specs" / "jira-dc-10.3-openapi.json")


@pytest.fixture(scope="session")
def tempo_specification(vendor_files: Any) -> Specification:
    return tempo(vendor_files / "specs" / "tempo-v4-openapi.yaml")
