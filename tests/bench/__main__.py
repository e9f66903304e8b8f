"""`make bench`: how fast pages are, as ratios within one run on one machine, so that they can be compared.

N is a signed-in request that does nothing; "least SQL" the fewest statements that give the same numbers on the same
database, and D the same sums by DuckDB with one thread on the same facts sorted by company and day.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.settings import prepare
from tests.screenshots import free_port, wait_for

FOLDER = Path(tempfile.gettempdir()) / "worklogs-bench"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--large", action="store_true", help="ten companies, 5 million worklogs in all")
    parser.add_argument("--worklogs", type=int, default=500_000, help="of each company, in a year")
    options = parser.parse_args()
    companies = 10 if options.large else 1
    FOLDER.mkdir(exist_ok=True)
    database = FOLDER / f"{companies}x{options.worklogs}.sqlite3"
    prepare(database)
    fresh = not database.with_suffix(".built").exists()
    if fresh:
        database.unlink(missing_ok=True)

    from django.core.management import call_command

    from tests.bench import build, measure

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if fresh:
        sys.stdout.write(f"Building {database} ...\n")
        for number in range(companies):
            build.build(number, options.worklogs)
        build.analyze()
        database.with_suffix(".built").touch()
    measure.report()
    measure_sync()


def measure_sync(worklogs: int = 100_000) -> None:
    """A first sync of the simulator's company, beside its download alone."""
    port = str(free_port())
    simulate = ["manage.py", "simulate", "--port", port, "--worklogs", str(worklogs), "--people", "100"]
    simulator = subprocess.Popen(
        [sys.executable, *simulate], stdout=subprocess.DEVNULL, env=os.environ | {"DEBUG": "1"}
    )
    try:
        wait_for(int(port))
        results = {what: timed_run(what, port) for what in ("download", "sync")}
    finally:
        simulator.terminate()
        simulator.wait()
    (downloaded, _, _), (synced, count, memory) = results["download"], results["sync"]
    sys.stdout.write(
        f"\nfirst sync of {count:,.0f} worklogs: {synced:.1f} s, {synced / downloaded:.2f} times their download"
        f" ({downloaded:.1f} s), {memory:.0f} MB\n"
    )


def timed_run(what: str, port: str) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "tests.bench.sync", what, port]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(told[0]), float(told[1]), float(told[2])


if __name__ == "__main__":
    main()
