import base64
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.tenancy import NoCompany, company_scope
from integrations.models import JiraCredential, TempoCredential
from integrations.secrets import UnreadableSecret, decrypt, encrypt, rotated
from tests.conftest import Cast
from tests.factories import InstanceFactory

TOKEN = "ATATT3xFfGF0-very-secret"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = ["first"]


def test_a_secret_comes_back_and_does_not_stand_there(in_alborada: Cast) -> None:
    stored = encrypt(TOKEN)
    assert decrypt(stored) == TOKEN
    assert TOKEN not in stored
    assert TOKEN.encode() not in base64.urlsafe_b64decode(stored)
    assert encrypt(TOKEN) != stored


def test_another_company_cannot_read_it(in_alborada: Cast, meridiana: Cast) -> None:
    stored = encrypt(TOKEN)
    with company_scope(meridiana.company), pytest.raises(UnreadableSecret) as raised:
        decrypt(stored)
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.django_db
def test_without_a_company_nothing_is_encrypted() -> None:
    with pytest.raises(NoCompany):
        encrypt(TOKEN)


def test_a_changed_letter_is_noticed(in_alborada: Cast) -> None:
    stored = encrypt(TOKEN)
    with pytest.raises(UnreadableSecret):
        decrypt(stored[:-10] + ("A" if stored[-10] != "A" else "B") + stored[-9:])


def test_an_old_key_behind_the_new_one_still_reads(in_alborada: Cast, settings: Any) -> None:
    stored = encrypt(TOKEN)
    settings.CREDENTIALS_KEYS = ["second", "first"]
    assert decrypt(stored) == TOKEN
    fresh = rotated(stored)
    settings.CREDENTIALS_KEYS = ["second"]
    assert decrypt(fresh) == TOKEN
    with pytest.raises(UnreadableSecret, match="CREDENTIALS_KEY"):
        decrypt(stored)


def test_rotation_rewrites_the_credentials_of_every_company(in_alborada: Cast, meridiana: Cast, settings: Any) -> None:
    for cast in (in_alborada, meridiana):
        with company_scope(cast.company):
            instance = InstanceFactory.create()
            for model in (JiraCredential, TempoCredential):
                credential = model(instance=instance)
                credential.token = f"{TOKEN}-{cast.company.slug}"
                credential.save()
    settings.CREDENTIALS_KEYS = ["second", "first"]
    call_command("rotate_credentials", stdout=StringIO())
    settings.CREDENTIALS_KEYS = ["second"]
    for cast in (in_alborada, meridiana):
        with company_scope(cast.company):
            tokens = [model.objects.get().token for model in (JiraCredential, TempoCredential)]
            assert tokens == [f"{TOKEN}-{cast.company.slug}"] * 2


def test_a_credential_does_not_show_its_token(in_alborada: Cast) -> None:
    credential = JiraCredential(instance=InstanceFactory.create(), email="bot@alborada.example")
    credential.token = TOKEN
    credential.save()
    row = JiraCredential.objects.values().get()
    assert TOKEN not in f"{credential} {credential!r} {row}"
    assert credential.token == TOKEN
