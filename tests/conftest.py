"""The fixed cast: two companies, and in each an admin, a manager and a user."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation

from accounts.models import Company, Membership, Role, User
from accounts.tenancy import company_scope
from tests.environment import GOOGLE_PORT
from tests.statement_guard import guard


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite's file, as in production: one in memory would be one connection for all threads of a server."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "worklogs.sqlite3")


@pytest.fixture(scope="session")
def live_server(django_db_setup: None, live_server: Any) -> Any:
    """Where the database is not set up yet, it would be taken for one in memory, and its connection shared."""
    return live_server


@pytest.fixture(autouse=True)
def guarded_statements() -> Iterator[None]:
    with connection.execute_wrapper(guard):
        yield


@pytest.fixture(autouse=True)
def counts_from_zero() -> None:
    """Else the rate limits would count the tests before."""
    cache.clear()


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Else the language of a page would last until the next page."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def google() -> Iterator[None]:
    from oidc_provider_mock import run_server_in_thread  # slow to import, and few tests need it

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    with run_server_in_thread(port=GOOGLE_PORT):
        yield


@dataclass(frozen=True)
class Cast:
    company: Company
    admin: User
    manager: User
    user: User


def found(name: str) -> Cast:
    company = Company.objects.create(name=name, slug=name.lower(), timezone="Europe/Madrid")
    users = {}
    with company_scope(company):
        for role in Role:
            users[role] = User.objects.create_user(f"{role}@{name.lower()}.example", name=f"{role.label} of {name}")
            Membership.objects.create(user=users[role], role=role)
    return Cast(company, users[Role.ADMIN], users[Role.MANAGER], users[Role.USER])


@pytest.fixture
def alborada(db: None) -> Cast:
    return found("Alborada")


@pytest.fixture
def meridiana(db: None) -> Cast:
    return found("Meridiana")


@pytest.fixture
def in_alborada(alborada: Cast) -> Iterator[Cast]:
    with company_scope(alborada.company):
        yield alborada


def browser_of(user: User) -> Client:
    """Signed in, in a session that has been written down: the first request of one does so."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/preferences/")  # which is only posted to
    return client


@pytest.fixture
def signed_in(alborada: Cast) -> Client:
    """The admin of Alborada in a browser."""
    return browser_of(alborada.admin)
