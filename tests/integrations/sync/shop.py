"""A SQLite file of its own with a company and its instances, and the product's commands on it as processes."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.simulator.build import build_world
from integrations.simulator.world import accesses
from tests.integrations.sync.stage import Told
from worklogs.models.totals import TOTALS

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
NOW = datetime.now(UTC)  # the commands of another process know no other time
NAMES = ("alborada", "norte")


@dataclass
class Shop:
    """A database of its own, and the product's commands on it."""

    database: Path

    @property
    def environment(self) -> dict[str, str]:
        settings = {"DATABASE_URL": f"sqlite:///{self.database}", "DJANGO_SETTINGS_MODULE": "config.settings"}
        return os.environ | settings | {"LOG_LEVEL": "ERROR"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, MANAGE, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expected: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        assert process.returncode == expected, out + err
        return out

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, timeout=20)) as database, database:
            return database.execute(sql, values).fetchall()

    def stored(self, name: str) -> dict[str, Told]:
        rows = self.ask(
            "SELECT w.external_id, w.day, w.seconds, a.name, i.key, i.summary, coalesce(e.key, ''), p.key"
            " FROM worklogs_worklog w JOIN worklogs_jirainstance j ON j.id = w.instance_id"
            " JOIN worklogs_jiraaccount a ON a.id = w.account_id JOIN worklogs_issue i ON i.id = w.issue_id"
            " LEFT JOIN worklogs_issue e ON e.id = w.epic_id JOIN worklogs_project p ON p.id = w.project_id"
            " WHERE j.name = ?",
            name,
        )
        return {external_id: Told(date.fromisoformat(day), *values) for external_id, day, *values in rows}

    def assert_consistent(self) -> None:
        """Every table of totals is what the worklogs sum up to."""
        assert self.ask("PRAGMA integrity_check") == [("ok",)]
        assert self.ask("PRAGMA foreign_key_check") == []
        for total in TOTALS:
            keys = ", ".join(total.keys)
            day = "date(day, 'start of month')" if "Month" in total.__name__ else "day"
            summed = keys.replace("day", day, 1).replace("epic_id", "coalesce(epic_id, 0)")
            kept = self.ask(f"SELECT {keys}, seconds, billable_seconds, worklogs FROM {total._meta.db_table}")
            expected = self.ask(
                f"SELECT {summed}, sum(seconds), sum(billable_seconds), count(*) FROM worklogs_worklog"
                f" GROUP BY {summed}"
            )
            assert sorted(kept) == sorted(expected), total


FURNISH = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_company", "Alborada", timezone="Europe/Madrid", admin="admin@alborada.example")
for line in sys.argv[1:]:
    call_command("add_instance", *line.split())
"""


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a company and its instances, nothing read yet."""
    path = tmp_path_factory.mktemp("shop") / "furnished.sqlite3"
    lines = []
    for access in accesses(build_world(1, NOW.date(), people=2, worklogs=10, now=NOW), "http://127.0.0.1:1"):
        line = f"--company alborada --name {access.name} --url {access.url} --no-check"
        line += f" --email {access.email} --token {access.token}"
        line += f" --tempo-url {access.tempo_url} --tempo-token {access.tempo_token}" if access.tempo_url else ""
        lines += [line] if access.name in NAMES else []
    subprocess.run([sys.executable, "-c", FURNISH, *lines], check=True, env=Shop(path).environment, cwd=MANAGE.parent)
    Shop(path).ask("PRAGMA wal_checkpoint(TRUNCATE)")
    return path
