"""How long a first sync takes against downloading and parsing the same pages, and how much memory it needs.

`python -m tests.bench.sync download|sync PORT`, called by the benchmark in a process of its own each.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.settings import prepare


def main(what: str, port: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder) / "sync.sqlite3")
        from django.core.management import call_command

        from accounts.companies import found_company
        from accounts.tenancy import company_scope

        call_command("migrate", verbosity=0)
        company = found_company("Bench", admin="admin@bench.example", timezone="Europe/Madrid")
        with company_scope(company):
            add_instances(port)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            start = time.perf_counter()
            count = download() if what == "download" else sync_all()
            seconds = time.perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(f"{seconds} {count} {before / 1024 + grown} {grown}\n")


def add_instances(port: str) -> None:
    from integrations.connection import Access
    from integrations.instances import add_instance

    site = f"http://127.0.0.1:{port}"
    for name in ("alborada", "norte", "helvia"):
        access = Access(
            kind="data_center" if name == "helvia" else "cloud",
            url=f"{site}/{name}",
            email="dashboard@alborada.example",
            token="sim-helvia-personal-access-token" if name == "helvia" else f"sim-{name}-api-token",
            tempo_url=f"{site}/{name}/tempo",
            tempo_token="sim-alborada-tempo-token" if name == "alborada" else "",
        )
        add_instance(name, access)


def download() -> int:
    """The same requests as a first sync, parsed and thrown away."""
    from django.utils import timezone

    from integrations.connection import access_to, connect
    from integrations.hierarchy import IssueReader
    from integrations.sync import FIRST_MONTHS
    from worklogs.ingest import IssueBook
    from worklogs.models import JiraInstance
    from worklogs.periods import Period, add_months

    count, today = 0, timezone.now().date()
    for instance in JiraInstance.objects.all():
        with connect(access_to(instance), time.sleep) as connection:
            connection.check(today)
            reader = IssueReader(connection.jira, IssueBook(instance))
            whole = Period(add_months(today, -FIRST_MONTHS), add_months(today, FIRST_MONTHS))
            for chunk in connection.source.chunks(whole):
                for records in connection.source.read(chunk, lambda part: None):
                    reader.read({record.issue_id for record in records})
                    count += len(records)
    return count


def sync_all() -> int:
    from integrations.runs import queue_run
    from integrations.sync import sync
    from worklogs.models import JiraInstance

    count = 0
    for instance in JiraInstance.objects.all():
        run = sync(queue_run(instance))
        if run.errors:
            raise SystemExit(str(run.errors))
        count += run.read
    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
