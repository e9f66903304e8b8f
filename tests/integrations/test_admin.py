"""The settings of instances: tokens go in and never come out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tenancy import company_scope
from integrations import limits
from integrations.connection import Access, access_to
from integrations.instances import add_instance
from integrations.models import JiraCredential, SyncRun, TempoCredential
from integrations.simulator.build import build_world
from integrations.simulator.server import Simulator, simulator
from tests.conftest import Cast
from tests.integrations.test_limits import SLOW, RawServer, in_time
from worklogs.models import JiraInstance

LIST = "admin:worklogs_jirainstance_changelist"
TOKENS = ("jira-token-of-old", "tempo-token-of-old", "jira-token-anew", "tempo-token-anew")


def connected(cast: Cast, kind: str = "cloud", tempo: str = TOKENS[1]) -> JiraInstance:
    access = Access(
        kind=kind,
        url="https://127.0.0.1",
        email="bot@alborada.example",
        token=TOKENS[0],
        tempo_url="https://127.0.0.2",
        tempo_token=tempo,
    )
    with company_scope(cast.company):
        return add_instance("Alpha", access)


@pytest.fixture
def alpha(alborada: Cast) -> JiraInstance:
    return connected(alborada)


def page_of(instance: JiraInstance, page: str = "change") -> str:
    return reverse(f"admin:worklogs_jirainstance_{page}", args=[instance.pk])


def answers(**changed: Any) -> dict[str, Any]:
    """What the form of Alpha sends, with changes."""
    same = {"name": "Alpha", "slug": "alpha", "timezone": "", "connections": "4", "is_active": "on"}
    same |= {"email": "bot@alborada.example", "token": "", "tempo_url": "https://127.0.0.2", "tempo_token": ""}
    return same | changed


def tokens(cast: Cast, instance: JiraInstance) -> tuple[str, str]:
    with company_scope(cast.company):
        access = access_to(JiraInstance.objects.get(pk=instance.pk))
    return access.token, access.tempo_token


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("pk")


def test_empty_tokens_are_kept(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    assert signed_in.post(page_of(alpha), answers(name="Beta", connections="2")).status_code == 302
    assert tokens(alborada, alpha) == TOKENS[:2]
    assert last_entry(alborada).detail["changes"] == {"name": ["Alpha", "Beta"], "connections": [4, 2]}


def test_new_tokens_are_stored_and_told_without_a_value(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    signed_in.post(page_of(alpha), answers(token=TOKENS[2], tempo_token=TOKENS[3]))
    assert tokens(alborada, alpha) == TOKENS[2:]
    assert last_entry(alborada).detail["changes"] == {"token": "changed", "tempo_token": "changed"}


def visible_pages(client: Client, cast: Cast) -> Iterator[str]:
    """Every page of the settings and of the audit that an admin can open."""
    paths = ["/admin/", "/audit/", "/sync/", "/instances/add/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        with company_scope(cast.company):
            keys = list(model._default_manager.values_list("pk", flat=True))
        paths += [reverse(f"{name}_{page}", args=[pk]) for pk in keys for page in ("change", "delete", "history")]
    for path in paths:
        yield client.get(path, follow=True).content.decode()
    yield b"".join(client.get("/audit/export.csv").streaming_content).decode()  # type: ignore[attr-defined]


def test_no_token_is_in_any_answer(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    wrong = answers(name="", token=TOKENS[2], tempo_token=TOKENS[3])
    seen = [signed_in.post(page_of(alpha), wrong).content.decode()]
    assert "Please correct" in seen[0]
    seen.append(signed_in.post(page_of(alpha), wrong | {"name": "Alpha"}, follow=True).content.decode())
    seen += visible_pages(signed_in, alborada)
    with company_scope(alborada.company):
        stored = [JiraCredential.objects.get().encrypted_token, TempoCredential.objects.get().encrypted_token]
    for secret in (*TOKENS, *stored):
        assert not [page for page in seen if secret in page]


def test_a_stored_token_is_never_sent_to_another_address(
    signed_in: Client, alborada: Cast, alpha: JiraInstance
) -> None:
    page = signed_in.post(page_of(alpha), answers(tempo_url="https://127.0.0.3")).content.decode()
    assert "Enter the token again when you change the address." in page
    with company_scope(alborada.company):
        assert TempoCredential.objects.get().url == "https://127.0.0.2"
    signed_in.post(
        page_of(alpha), answers(tempo_url="https://127.0.0.3", tempo_token=TOKENS[3], url="https://x.example")
    )
    with company_scope(alborada.company):
        assert TempoCredential.objects.get().url == "https://127.0.0.3"
        assert JiraInstance.objects.get().url == "https://127.0.0.1"


def test_the_address_of_tempo_is_taken_as_it_is_pasted(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    pasted = " 127.0.0.3/rest/api "
    assert signed_in.post(page_of(alpha), answers(tempo_url=pasted, tempo_token=TOKENS[3])).status_code == 302
    with company_scope(alborada.company):
        assert TempoCredential.objects.get().url == "https://127.0.0.3"


def test_private_addresses_are_refused(signed_in: Client, alpha: JiraInstance, settings: Any) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    page = signed_in.post(page_of(alpha), answers(tempo_url="https://127.0.0.3", tempo_token="t")).content.decode()
    assert "private address" in page


def test_tempo_is_added_later(signed_in: Client, alborada: Cast) -> None:
    alpha = connected(alborada, tempo="")
    signed_in.post(page_of(alpha), answers(tempo_token=TOKENS[3]))
    assert tokens(alborada, alpha)[1] == TOKENS[3]
    with company_scope(alborada.company):
        assert JiraInstance.objects.get().has_tempo


def test_the_tempo_token_is_forgotten_and_the_audit_tells_it(
    signed_in: Client, alborada: Cast, alpha: JiraInstance
) -> None:
    assert 'name="forget_tempo"' in signed_in.get(page_of(alpha)).content.decode()
    assert signed_in.post(page_of(alpha), answers(forget_tempo="on")).status_code == 302
    assert tokens(alborada, alpha) == (TOKENS[0], "")
    with company_scope(alborada.company):
        assert not TempoCredential.objects.exists()
        assert not JiraInstance.objects.get().has_tempo
    entry = last_entry(alborada)
    assert (entry.action, entry.detail["changes"]) == ("jira instance changed", {"forget_tempo": [False, True]})
    assert 'name="forget_tempo"' not in signed_in.get(page_of(alpha)).content.decode()
    assert signed_in.post(page_of(alpha), answers(forget_tempo="on")).status_code == 302
    assert tokens(alborada, alpha) == (TOKENS[0], "")


def test_a_token_is_not_forgotten_and_given_at_once(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    page = signed_in.post(page_of(alpha), answers(forget_tempo="on", tempo_token=TOKENS[3])).content.decode()
    assert "Enter a new token or remove it, not both." in page
    assert tokens(alborada, alpha) == TOKENS[:2]


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        ("cloud", {"email": ""}, "Enter the e-mail"),
        ("data_center", {"tempo_token": "t"}, "Only Tempo Cloud is supported."),
        ("cloud", {"connections": "0"}, "greater than or equal to 1"),
        ("cloud", {"timezone": "Mars"}, "Unknown time zone “Mars”"),
        ("cloud", {"email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"}, "at most 254"),
        ("cloud", {"tempo_url": f"https://127.0.0.3/{'x' * 200}"}, "at most 200"),
    ],
)
def test_an_instance_is_not_settled_wrongly(
    signed_in: Client, alborada: Cast, kind: str, changed: dict[str, str], told: str
) -> None:
    alpha = connected(alborada, kind=kind, tempo="")
    assert told in signed_in.post(page_of(alpha), answers(**changed)).content.decode()


def test_what_a_sync_writes_meanwhile_stays(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    with CaptureQueriesContext(connection) as asked:
        signed_in.post(page_of(alpha), answers(name="Beta"))
    written = [each["sql"] for each in asked.captured_queries if 'UPDATE "worklogs_jirainstance"' in each["sql"]]
    assert len(written) == 1
    assert "sync_error" not in written[0]


def test_an_instance_with_history_is_deactivated(signed_in: Client, alborada: Cast, alpha: JiraInstance) -> None:
    with company_scope(alborada.company):
        SyncRun.objects.create(instance=alpha)
    page = signed_in.post(page_of(alpha, "delete"), {"post": "yes"}, follow=True).content.decode()
    assert "its worklogs are kept, and it won’t be synced any more." in page
    with company_scope(alborada.company):
        assert not JiraInstance.objects.get().is_active
    assert last_entry(alborada).action == "jira instance deactivated"


def test_an_instance_without_history_goes_with_its_tokens(
    signed_in: Client, alborada: Cast, alpha: JiraInstance
) -> None:
    signed_in.post(page_of(alpha, "delete"), {"post": "yes"})
    with company_scope(alborada.company):
        assert not JiraCredential.objects.exists()
        assert not JiraInstance.objects.exists()


def test_adding_an_instance_asks_it_first(signed_in: Client) -> None:
    assert signed_in.get(reverse("admin:worklogs_jirainstance_add"))["Location"] == reverse("first_instance")


def test_another_companys_instance_is_out_of_reach(signed_in: Client, meridiana: Cast) -> None:
    theirs = connected(meridiana)
    assert signed_in.post(page_of(theirs), answers(name="Ours", token=TOKENS[2])).status_code == 404
    assert tokens(meridiana, theirs) == TOKENS[:2]
    page = signed_in.post(reverse(LIST), {"action": "test_connection", "_selected_action": [theirs.pk]}, follow=True)
    assert "Alpha" not in page.content.decode()


@pytest.fixture
def dripping() -> Iterator[RawServer]:
    server = RawServer()
    server.behaviour = SLOW["a byte of the body"]
    yield server
    server.close()


@pytest.fixture
def sim(db: None) -> Iterator[Simulator]:
    now = timezone.now()
    with simulator(build_world(1, now.date(), people=2, worklogs=20, now=now)) as running:
        yield running


@pytest.mark.parametrize("action", ["test_connection", "fetch_accounts", "fetch_issue_types"])
def test_instances_that_drip_hold_a_page_no_longer_than_one_that_answers(
    signed_in: Client, alborada: Cast, dripping: RawServer, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(limits, "PAGE_SECONDS", 1.0)
    with company_scope(alborada.company):
        for number in range(8):
            access = Access(kind="cloud", url=f"{dripping.url}/{number}", email="a@b.example", token="secret-token")
            add_instance(f"Slow {number}", access)
        keys = list(JiraInstance.objects.values_list("pk", flat=True))
    with in_time(5):
        page = signed_in.post(reverse(LIST), {"action": action, "_selected_action": keys}, follow=True)
    text = page.content.decode()
    assert "Slow 0: Jira didn’t respond in time (127.0.0.1)" in text
    late = "Slow 7: The response took too long." if action == "test_connection" else "Slow 7 is taking longer. Fetching"
    assert late in text


def test_the_connection_is_tested(signed_in: Client, alborada: Cast, sim: Simulator) -> None:
    right = sim.access("norte")
    other = sim.access("alborada")
    with company_scope(alborada.company):
        for name, to, token in (("Right", right, right.token), ("Wrong", other, "nonsense")):
            add_instance(name, Access(kind=to.kind, url=to.url, email=to.email, token=token))
        JiraInstance.objects.create(name="Empty", slug="empty", url="https://127.0.0.1")
        keys = list(JiraInstance.objects.values_list("pk", flat=True))
    page = signed_in.post(reverse(LIST), {"action": "test_connection", "_selected_action": keys}, follow=True)
    text = page.content.decode()
    assert "Right: connected as" in text
    assert "Wrong: " in text
    assert "Empty has no Jira token" in text
    assert "nonsense" not in text
    told = AuditEntry.objects.filter(company=alborada.company).order_by("pk").values_list("action", "detail__row")
    assert list(told) == [
        ("connection tested", "Right"),
        ("instance unreachable", "Wrong"),
        ("instance unreachable", "Empty"),
    ]
