from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only PostgreSQL has row-level security: elsewhere these tests do not exist, rather than being skipped."""
    return None if config.getoption("--postgres") else True
