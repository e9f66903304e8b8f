"""A pytest plugin: which database the tests run on, and that nothing is skipped in silence.

`pytest --postgres` runs on PostgreSQL: the server of TEST_POSTGRES_URL, else one from the pgserver wheel.
"""

import importlib.util
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest

# In the background of a shell it is ignored, and would be by every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

VENDOR_FILES = Path(__file__).resolve().parent.parent.parent / "shared" / "apis"


def postgres_url() -> str | None:
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return url
    if importlib.util.find_spec("pgserver") is None:
        return None
    folder = Path(tempfile.gettempdir()) / f"worklogs-postgres-{os.getuid()}"
    (folder / "runtime").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pgserver

    logging.getLogger("pgserver").setLevel(logging.WARNING)  # it logs at exit, when the streams are closed
    server = pgserver.get_server(folder / "cluster", cleanup_mode="stop")
    for name in ("fsync", "synchronous_commit", "full_page_writes"):  # no test survives a crash
        server.psql(f"ALTER SYSTEM SET {name} = off")
    server.psql("SELECT pg_reload_conf()")
    return str(server.get_uri())


# Where the tests' own OpenID provider listens; each worker has one.
GOOGLE_PORT = 9411 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
os.environ |= {"GOOGLE_URL": f"http://localhost:{GOOGLE_PORT}", "GOOGLE_CLIENT_ID": "ours", "GOOGLE_CLIENT_SECRET": "s"}

if "PYTEST_XDIST_WORKER" not in os.environ:  # workers inherit what the first process chose
    os.environ |= {"DEBUG": "1", "DEMO": "0", "ALLOW_PRIVATE_HOSTS": "1", "SITE_URL": "http://testserver"}
    os.environ["ONE_QUERY_A_ROW_FAILS"] = "1"
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    if "--postgres" in sys.argv:
        os.environ["DATABASE_URL"] = postgres_url() or "missing"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on PostgreSQL instead of SQLite")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ["DATABASE_URL"] == "missing":
        raise pytest.UsageError("No PostgreSQL: set TEST_POSTGRES_URL or install the pgserver wheel.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches a database is run: the rest has been run on SQLite."""
    if config.getoption("--postgres"):
        idle = [item for item in items if not touches_database(item)]
        config.hook.pytest_deselected(items=idle)
        items[:] = [item for item in items if item not in idle]


def touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines name what did not run; with CI=true that is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        terminalreporter.write_line(f"NOT RUN: {report.nodeid}: {report.longrepr[2]}")
    if skipped and os.environ.get("CI") == "true":
        terminalreporter.write_line(f"CI=true: {len(skipped)} skipped tests are failures.", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def vendor_files() -> Path:
    """The vendors' specifications and recorded payloads, which are read beside the checkout and never committed."""
    if not VENDOR_FILES.is_dir():
        pytest.skip(f"the vendors' files are not at {VENDOR_FILES}")
    return VENDOR_FILES
