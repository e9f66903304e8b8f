import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.invitations import invite
from accounts.links import issue_link
from accounts.models import AuditEntry, AuditIsAppendOnly, Membership, Role
from accounts.tenancy import company_scope
from tests.conftest import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def told(cast: Cast, action: str, **detail: Any) -> AuditEntry:
    audit.record(action, user=cast.admin, company=cast.company, **detail)
    return AuditEntry.objects.latest("pk")


def told_at(moment: datetime, cast: Cast, action: str, **detail: Any) -> AuditEntry:
    with time_machine.travel(moment, tick=False):
        return told(cast, action, **detail)


def actions(client: Client, query: str = "") -> list[str]:
    return [entry.action for entry, _action, _detail in client.get(f"/audit/{query}").context["rows"]]


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/audit/export.csv{query}")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# Append-only


ATTEMPTS: list[Callable[[AuditEntry], Any]] = [
    lambda entry: entry.save(),
    lambda entry: entry.delete(),
    lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(action="second"),
    lambda entry: AuditEntry.objects.all().delete(),
    lambda entry: AuditEntry.objects.bulk_update([entry], ["action"]),
    lambda entry: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"action": "second"}),
    lambda entry: AuditEntry.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["id"], update_fields=["action"]
    ),
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_entry_is_neither_changed_nor_removed(alborada: Cast, attempt: Callable[[AuditEntry], Any]) -> None:
    entry = told(alborada, "first")
    entry.action = "second"
    with pytest.raises(AuditIsAppendOnly), transaction.atomic():
        attempt(entry)
    assert AuditEntry.objects.get().action == "first"


def test_a_new_entry_under_an_old_key_is_refused(alborada: Cast) -> None:
    entry = told(alborada, "first")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry(pk=entry.pk, action="second").save()


def test_only_the_retention_removes(alborada: Cast, settings: Any) -> None:
    told_at(timezone.now() - timedelta(days=31), alborada, "old")
    told(alborada, "new")
    out = io.StringIO()
    call_command("prune_audit", stdout=out)
    assert "AUDIT_RETENTION_DAYS is 0, so nothing was deleted." in out.getvalue()
    settings.AUDIT_RETENTION_DAYS = 30
    call_command("prune_audit", stdout=out)
    assert "Deleted 1 audit entries older than 30 days." in out.getvalue()
    assert AuditEntry.objects.get().action == "new"


# The operator reads what is of no company


def shown(*options: str) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    call_command("show_audit", *options, stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def test_the_operator_reads_what_no_company_is_told(alborada: Cast, meridiana: Cast) -> None:
    told(alborada, "ours")
    told(meridiana, "theirs")
    audit.record("sign-in refused", email="=who@elsewhere.example", reason="why")
    (entry,) = shown()
    assert (entry["Action"], entry["E-mail"]) == ("sign-in refused", "'=who@elsewhere.example")
    assert "reason: why" in entry["Detail"]
    assert [each["Action"] for each in shown("--company", "alborada")] == ["ours"]
    with pytest.raises(CommandError, match="Unknown company “nobody”"):
        shown("--company", "nobody")


# Which company is told


def test_a_sign_in_and_out_is_told_to_every_company_of_the_user(
    client: Client, alborada: Cast, meridiana: Cast
) -> None:
    with company_scope(meridiana.company):
        Membership.objects.create(user=alborada.user, role=Role.USER)
    client.get(f"/sign-in/link/{issue_link(alborada.user, None)}/")
    client.post("/sign-out/")
    for cast in (alborada, meridiana):
        found = AuditEntry.objects.filter(company=cast.company, user=alborada.user).order_by("pk")
        assert [entry.action for entry in found] == ["sign-in by link", "sign-out"]


def test_a_refused_address_is_told_to_its_owners_companies_alone(alborada: Cast, meridiana: Cast) -> None:
    with company_scope(meridiana.company):
        invite(meridiana.company, "who@elsewhere.example", Role.USER, meridiana.admin)
        invite(meridiana.company, alborada.user.email, Role.USER, meridiana.admin)
    for email in (alborada.user.email.upper(), "WHO@elsewhere.example", "nobody@elsewhere.example"):
        audit.record("sign-in refused", email=email, reason="why")
    found = AuditEntry.objects.filter(action="sign-in refused").order_by("pk")
    assert [entry.company for entry in found] == [alborada.company, None, None]


# The page


@pytest.mark.parametrize("path", ["/audit/", "/audit/export.csv"])
def test_the_audit_is_for_admins(client: Client, alborada: Cast, path: str) -> None:
    assert client.get(path)["Location"].startswith("/sign-in/")
    for user in (alborada.manager, alborada.user):
        client.force_login(user, backend=BACKEND)
        assert client.get(path).status_code == 403
        assert 'href="/audit/"' not in client.get("/worklogs/").content.decode()
    client.force_login(alborada.admin, backend=BACKEND)
    assert client.get(path).status_code == 200
    assert 'href="/audit/"' in client.get("/worklogs/").content.decode()


def test_another_companys_entries_never_show(signed_in: Client, alborada: Cast, meridiana: Cast) -> None:
    told(alborada, "ours")
    foreign = told(meridiana, "theirs", row="Secret of Meridiana")
    AuditEntry.objects.create(action="nobody's", detail={"row": "Secret of nobody"})
    queries = ("", "?text=Secret", "?action=theirs", f"?user={meridiana.admin.pk}", f"?after={foreign.pk}")
    for query in queries:
        page = signed_in.get(f"/audit/{query}").content.decode()
        assert "Meridiana" not in page
        assert "nobody" not in page
    assert {row["Action"] for row in rows(signed_in)} == {"ours"}


def test_entries_are_shown_in_the_readers_language_and_kept_in_english(signed_in: Client, alborada: Cast) -> None:
    told(alborada, "sync ended", instance="Norte", result="succeeded")
    told(alborada, "jira account changed", row="role", changes={"is_active": [True, False], "role": ["User", "Admin"]})
    told(alborada, "of an older version", other="User")
    page = signed_in.get("/audit/?action=sync+ended", headers={"Accept-Language": "it"})
    ((_, what, detail),) = page.context["rows"]
    # PostgreSQL keeps the parts in an order of its own.
    assert (what, set(detail.split("; "))) == ("sincronizzazione terminata", {"istanza: Norte", "esito: riuscita"})
    assert ("sync ended", "sincronizzazione terminata") in page.context["form"].fields["action"].choices
    shown = signed_in.get("/audit/", headers={"Accept-Language": "es"}).context["rows"]
    assert [(what, set(detail.split("; "))) for _, what, detail in shown][:2] == [
        ("of an older version", {"other: User"}),
        ("modificación: cuenta de Jira", {"elemento: role", "activo: sí → no", "rol: Usuario → Administrador"}),
    ]
    assert {row["Action"] for row in rows(signed_in)} >= {"sync ended", "jira account changed"}


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "27 Sep 2026 14:05:09"), ("it", "27 set 2026 14:05:09"), ("es", "27 sept 2026 14:05:09")],
)
def test_moments_are_written_as_on_the_pages(signed_in: Client, alborada: Cast, language: str, shown: str) -> None:
    told_at(datetime(2026, 9, 27, 12, 5, 9, tzinfo=UTC), alborada, "team added")
    assert f">{shown}<" in signed_in.get("/audit/", headers={"Accept-Language": language}).content.decode()


def test_what_an_admin_changes_in_italian_is_kept_in_english(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        membership = Membership.objects.get(user=alborada.user)
    path = f"/admin/accounts/membership/{membership.pk}/change/"
    signed_in.post(path, {"role": Role.MANAGER}, headers={"Accept-Language": "it"})
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.detail["changes"]) == ("member changed", {"role": ["User", "Manager"]})
    assert entry.detail["row"].endswith("(Manager)")


def test_the_filter_narrows(signed_in: Client, alborada: Cast) -> None:
    told_at(datetime(2026, 3, 1, 22, 59, tzinfo=UTC), alborada, "role changed", row="Ana Beltrán")
    told_at(datetime(2026, 3, 1, 23, 1, tzinfo=UTC), alborada, "team added", row="100%_sure")
    audit.record("sync started", user=alborada.manager, company=alborada.company)
    assert actions(signed_in) == ["sync started", "team added", "role changed"]
    assert actions(signed_in, "?last=2026-03-01") == ["role changed"]  # midnight of Madrid, not of Greenwich
    assert actions(signed_in, "?first=2026-03-02") == ["sync started", "team added"]
    assert actions(signed_in, "?first=2026-03-02&last=2026-03-02") == ["team added"]
    assert actions(signed_in, "?action=team+added") == ["team added"]
    assert actions(signed_in, f"?user={alborada.manager.pk}") == ["sync started"]
    assert actions(signed_in, "?text=Beltrán") == ["role changed"]
    assert actions(signed_in, "?text=%25_s") == ["team added"]
    assert actions(signed_in, "?text=MANAGER%40") == ["sync started"]


@pytest.mark.parametrize("query", ["?action=two-step+verification+added", "?text=Two-step"])
def test_older_entries_are_found_and_shown_as_what_is_said_today(signed_in: Client, alborada: Cast, query: str) -> None:
    told(alborada, "second step added")
    told(alborada, "two-step verification added")
    told(alborada, "sign-in")
    page = signed_in.get(f"/audit/{query}")
    assert [action for _entry, action, _detail in page.context["rows"]] == ["two-step verification added"] * 2
    chosen = [name for name, _label in page.context["form"].fields["action"].choices]
    assert chosen == ["", "sign-in", "two-step verification added"]


@pytest.mark.parametrize("query", ["?first=yesterday", "?user=x", "?action=unknown", "?last=9999-12-31", "?text=%00"])
def test_a_filter_that_cannot_be_read_says_so(signed_in: Client, alborada: Cast, query: str) -> None:
    told(alborada, "ours")
    assert 'role="alert"' in signed_in.get(f"/audit/{query}").content.decode()
    assert signed_in.get(f"/audit/export.csv{query}").status_code == 404


def test_pages_follow_each_other_without_a_gap(alborada: Cast) -> None:
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):  # all at one moment
        keys = [told(alborada, "same").pk for _ in range(25)]
    seen: list[int] = []
    page = audit.audit_page(alborada.company, audit.AuditFilter(), size=10)
    while True:
        seen += [entry.pk for entry in page.rows]
        if page.next_after is None:
            break
        page = audit.audit_page(alborada.company, audit.AuditFilter(), after=page.next_after, size=10)
    assert seen == keys[::-1]


def test_older_entries_are_a_link_away(signed_in: Client, alborada: Cast) -> None:
    for _ in range(101):
        told(alborada, "same")
    page = signed_in.get("/audit/?action=same")
    after = page.context["next_after"]
    assert f'href="/audit/?action=same&amp;after={after}"' in page.content.decode()
    assert len(signed_in.get(f"/audit/?action=same&after={after}").context["rows"]) == 1


def test_the_download_has_the_same_rows_and_no_formulas(signed_in: Client, alborada: Cast) -> None:
    told(alborada, "person changed", changes={"=cmd": ["a", "=1+1"], "is_active": [True, False]}, row="Ana")
    told(alborada, "=HYPERLINK(1)", email="x@y.example")
    told(alborada, "team added")
    found = rows(signed_in)
    assert [row["Action"] for row in found] == ["team added", "'=HYPERLINK(1)", "person changed"]
    assert found[2]["Detail"] == "row: Ana; =cmd: a → =1+1; is_active: yes → no"
    assert found[2]["E-mail"] == alborada.admin.email
    assert [row["Action"] for row in rows(signed_in, "?action=team+added")] == ["team added"]


def test_markup_in_an_entry_is_text(signed_in: Client, alborada: Cast) -> None:
    told(alborada, "<script>alert(1)</script>", row="<img src=x onerror=alert(1)>")
    page = signed_in.get("/audit/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
