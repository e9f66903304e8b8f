"""The settings of the benchmark: those of production, on a database of its own."""

import os
from pathlib import Path

import django

KEY = "of the benchmark alone: 0123456789abcdefghijklmnopqrstuvwxyz"


def prepare(database: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": KEY,
        "CREDENTIALS_KEY": KEY[::-1],
        "SITE_URL": "http://testserver",
        "DEBUG": "0",
        "ALLOW_PRIVATE_HOSTS": "1",
        "LOG_LEVEL": "ERROR",
    }
    django.setup()
