"""Processes that die, or sleep, in the middle of a sync: on a SQLite file of their own, against a slow simulator."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from integrations.simulator.build import build_world
from integrations.simulator.server import Simulator, simulator
from tests.integrations.sync.shop import MANAGE, NAMES, NOW, Shop, furnished  # noqa: F401
from tests.integrations.sync.stage import Told, told

PERIOD = ["--from", str(NOW.date() - timedelta(days=380)), "--to", str(NOW.date())]


@pytest.fixture
def slow_sim() -> Iterator[Simulator]:
    world = build_world(1, NOW.date(), people=8, worklogs=2_000, now=NOW)
    del world.companies[1:]
    world.clock.follow_the_machine()
    with simulator(world, latency=0.01) as sim:
        yield sim


@pytest.fixture
def shop(furnished: Path, slow_sim: Simulator, tmp_path: Path) -> Shop:  # noqa: F811
    shop = Shop(tmp_path / "shop.sqlite3")
    shutil.copy(furnished, shop.database)
    for name in NAMES:
        access = slow_sim.access(name)
        shop.ask("UPDATE worklogs_jirainstance SET url = ? WHERE name = ?", access.url, name)
        if access.tempo_url:
            shop.ask("UPDATE integrations_tempocredential SET url = ?", access.tempo_url)
    return shop


def wait_for(sim: Simulator, requests: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while len(sim.server.requests) < requests and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def control(sim: Simulator, name: str) -> dict[str, Told]:
    worklogs = sim.world.instance(name).visible_worklogs()
    return {str(each.tempo_id or each.id): told(each) for each in worklogs}


def sync(name: str) -> list[str]:
    return ["sync", "--company", "alborada", "--instance", name, *PERIOD]


@pytest.mark.parametrize("name", NAMES)
def test_a_sync_that_is_killed_again_and_again_comes_to_the_right_end(
    shop: Shop, slow_sim: Simulator, name: str
) -> None:
    dice = Random(name)
    for _ in range(2):
        slow_sim.server.requests.clear()
        process = shop.start(*sync(name))
        wait_for(slow_sim, dice.randint(3, 45), process)
        time.sleep(dice.random() / 50)  # anywhere between two requests
        process.kill()
        process.communicate()
        assert process.returncode in (-signal.SIGKILL, 0)
        shop.assert_consistent()
    shop.run(*sync(name))
    assert shop.stored(name) == control(slow_sim, name)
    shop.assert_consistent()
    shop.run("check_isolation")
    statuses = [status for (status,) in shop.ask("SELECT status FROM integrations_syncrun ORDER BY id")]
    assert statuses.count("running") == 0
    assert statuses[-1] == "succeeded"


def test_the_run_after_a_killed_one_takes_over_at_once_and_goes_on(shop: Shop, slow_sim: Simulator) -> None:
    shop.run(*sync("norte"))
    whole = len(slow_sim.requests)
    shop.ask("UPDATE integrations_syncrun SET status = 'failed', checkpoint = '{}'")
    slow_sim.server.requests.clear()
    process = shop.start(*sync("norte"))
    wait_for(slow_sim, whole * 3 // 4, process)
    process.kill()
    process.communicate()
    assert shop.ask("SELECT count(*) FROM integrations_syncrun WHERE status = 'running'") == [(1,)]
    slow_sim.server.requests.clear()
    shop.run(*sync("norte"))
    assert len(slow_sim.requests) < whole * 3 // 4
    assert shop.stored("norte") == control(slow_sim, "norte")
    told_of_the_dead = shop.ask("SELECT errors FROM integrations_syncrun WHERE status = 'failed' ORDER BY id DESC")
    assert "stopped unexpectedly" in told_of_the_dead[0][0]


def test_of_two_syncs_at_once_one_is_refused(shop: Shop, slow_sim: Simulator) -> None:
    slow_sim.faults.replace("slow:match=/search,seconds=3,times=1")
    first = shop.start(*sync("norte"))
    wait_for(slow_sim, 2, first)
    first.send_signal(signal.SIGSTOP)  # it waits for an answer, however long the other takes to start
    out = shop.run(*sync("norte"), "--json", expected=1)
    assert "is already syncing" in out
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert shop.stored("norte") == control(slow_sim, "norte")
    shop.assert_consistent()


def test_a_process_that_slept_through_its_lease_writes_nothing_when_it_wakes(shop: Shop, slow_sim: Simulator) -> None:
    slow_sim.faults.replace("slow:match=/4/worklogs,after=5,times=1,seconds=3")
    sleeper = shop.start(*sync("alborada"))
    wait_for(slow_sim, 1, sleeper)
    while sum("/4/worklogs" in request for request in slow_sim.requests) < 6:
        time.sleep(0.002)
    sleeper.send_signal(signal.SIGSTOP)  # it waits for an answer, so it holds no lock
    shop.ask("UPDATE integrations_syncrun SET heartbeat_at = '2020-01-01 00:00:00' WHERE status = 'running'")
    site = slow_sim.world.instance("alborada")
    site.delete_worklog(next(iter(site.worklogs)))
    shop.run(*sync("alborada"))
    before = {table: shop.ask(f"SELECT * FROM {table} ORDER BY id") for table in tables(shop)}
    sleeper.send_signal(signal.SIGCONT)
    sleeper.communicate(timeout=60)
    assert sleeper.returncode == 1
    assert {table: shop.ask(f"SELECT * FROM {table} ORDER BY id") for table in tables(shop)} == before
    assert shop.stored("alborada") == control(slow_sim, "alborada")
    shop.assert_consistent()


def tables(shop: Shop) -> list[str]:
    names = shop.ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted(name for (name,) in names if name.startswith(("worklogs_", "integrations_", "accounts_company")))


def test_a_sync_that_is_interrupted_at_the_keyboard_says_so_and_is_resumed(shop: Shop, slow_sim: Simulator) -> None:
    process = shop.start(*sync("norte"))
    wait_for(slow_sim, 30, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert shop.ask("SELECT status FROM integrations_syncrun") == [("cancelled",)]
    shop.assert_consistent()
    shop.run(*sync("norte"))
    assert shop.stored("norte") == control(slow_sim, "norte")


def test_a_terminal_shows_a_progress_bar(shop: Shop, slow_sim: Simulator) -> None:
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, str(MANAGE), *sync("norte")]
    with subprocess.Popen(command, env=shop.environment, stdout=subprocess.PIPE, stderr=theirs) as process:
        process.communicate(timeout=60)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, shown
    assert "norte:" in shown
    assert "worklogs" in shown
