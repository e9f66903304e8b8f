"""`make bench`: how fast pages are, as ratios within one run on one machine, so that they can be compared.

N is a signed-in request that does nothing; "least SQL" the fewest statements that give the same numbers on the same
database, and D the same sums by DuckDB with one thread on the same facts sorted by company and day.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

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


def prepare(database: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": "bench",
        "CREDENTIALS_KEY": "bench",
        "SITE_URL": "http://testserver",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()


if __name__ == "__main__":
    main()
