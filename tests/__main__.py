"""`make test`: the whole suite on SQLite, then what touches the database on PostgreSQL. Fails when any part does."""

import os
import subprocess
import sys

from tests.environment import postgres_url

PARTS = {
    "SQLite and browser": [],
    # Pages in a browser and the crawl over every URL ask nothing of the database that the rest does not.
    "PostgreSQL": ["--postgres", "--ignore=tests/browser", "--ignore=tests/isolation"],
}


def main() -> int:
    ended = {}
    for name, options in PARTS.items():
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        if "--postgres" in options and postgres_url() is None:
            ended[name] = "NOT RUN: neither TEST_POSTGRES_URL nor the pgserver wheel"
            continue
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "--durations=25", *options]).returncode  # noqa: S603
        ended[name] = "passed" if code == 0 else f"FAILED ({code})"
    for name, result in ended.items():
        sys.stdout.write(f"{name}: {result}\n")
    accepted = {"passed"} if os.environ.get("CI") == "true" else {"passed", *(r for r in ended.values() if "NOT" in r)}
    return 0 if set(ended.values()) <= accepted else 1


if __name__ == "__main__":
    raise SystemExit(main())
