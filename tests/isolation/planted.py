"""A company whose every text says whose it is, and whose ids no other row has."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.core import mail
from django.db import connection, models
from django.utils import timezone
from msgspec.structs import replace

from accounts import audit
from accounts.invitations import invite
from accounts.links import issue_link
from accounts.models import AuditEntry, Company, Membership, Role, User
from accounts.tenancy import TenantModel, company_scope
from integrations.models import Cursor, JiraCredential, SyncChange, SyncRun, SyncSchedule, TempoCredential
from tests.conftest import Cast
from tests.factories import settings_rows
from worklogs.ingest import (
    AccountBook,
    AccountRecord,
    IssueBook,
    IssueRecord,
    ProjectRecord,
    UnreadableBook,
    UnreadableRecord,
    WorklogBook,
    WorklogRecord,
)
from worklogs.models import (
    DefaultView,
    DifferentPeople,
    FormerName,
    FormerPerson,
    JiraInstance,
    Person,
    ReportRecipient,
    ReportSchedule,
    SavedReport,
    Team,
)
from worklogs.unsubscribing import unsubscribe_url

FAR = 700_000_000


@dataclass(frozen=True)
class Planted:
    """One company with a row of every kind. `tokens` open something for whoever holds them."""

    cast: Cast
    ids: dict[type[models.Model], int]
    slugs: dict[str, str]
    tokens: dict[str, str]
    secrets: tuple[str, ...]


def number_from_far_away() -> None:
    """The ids of rows to come: in each table of its own, so that one of them in an answer can be nothing else."""
    with connection.cursor() as cursor:
        for index, model in enumerate(sorted(apps.get_models(), key=lambda each: each._meta.label)):
            if not isinstance(model._meta.pk, models.AutoField):
                continue
            table, first = model._meta.db_table, FAR + index * 1_000_000
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{table}"', first])
                continue
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])


def plant(cast: Cast, text: str, word: str) -> Planted:
    """`text` is in every name, comment and message; `word` in what takes no such text: slugs and tokens."""
    company = cast.company
    company.name, company.slug = f"{text} company", f"{word}-company"
    company.save()
    for user in (cast.admin, cast.manager, cast.user):
        user.name = f"{text} {user.email.split('@')[0]}"
        user.email = f"{user.email.split('@')[0]}@{word}.example"
        user.save()
    with company_scope(company):
        instance = JiraInstance.objects.create(
            name=f"{text} instance", slug=f"{word}-instance", url=f"https://{word}.example", sync_error=f"{text} error"
        )
        secrets = credentials(instance, word)
        hours(instance, text, word)
        someone = Person.objects.get()
        someone.team = Team.objects.create(name=f"{text} team", slug=f"{word}-team")
        someone.user = cast.user
        someone.save()
        settings_rows(instance, someone, text)
        identities(someone, text)
        runs(instance, cast, text)
        SyncSchedule.objects.create(every_minutes=60)
        report(cast, text)
        FormerName.objects.create(part="team", old=f"{word}-former", new=f"{word}-team")
        tokens = links(cast, word)
        audit.record("planted", company=company, user=cast.admin, note=f"{text} note")
        ids: dict[type[models.Model], int] = {model: newest_id(model) for model in tenant_models()}
    slugs = {"company": company.slug, "instance": instance.slug, "team": someone.team.slug}
    slugs |= {"epic": f"{word}-1", "issue": f"{word}-2"}
    return Planted(cast, ids, slugs, tokens, secrets)


def rows_of(planted: Planted) -> dict[str, list[Any]]:
    """Every column of every row of the company, and of its users: what nobody else may change."""
    cast = planted.cast
    users = User.objects.filter(pk__in=[cast.admin.pk, cast.manager.pk, cast.user.pk]).order_by("pk")
    with company_scope(cast.company):
        rows = {model._meta.label: list(model.objects.order_by("pk").values_list()) for model in tenant_models()}
    companies = Company.objects.filter(pk=cast.company.pk).values_list()
    told = AuditEntry.objects.filter(company=cast.company).order_by("pk").values_list()
    return rows | {"users": list(users.values_list()), "company": list(companies), "audit": list(told)}


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def newest_id(model: type[TenantModel]) -> int:
    newest = model.objects.order_by("-pk").first()
    assert newest is not None, f"Plant a row of {model._meta.label}: nothing proves that it stays within its company."
    return int(newest.pk)


def credentials(instance: JiraInstance, word: str) -> tuple[str, ...]:
    jira = JiraCredential(instance=instance, email=f"robot@{word}.example")
    jira.token = f"{word}-jira-token"
    jira.save()
    tempo = TempoCredential(instance=instance)
    tempo.token = f"{word}-tempo-token"
    tempo.save()
    Cursor.objects.create(instance=instance, source="jira", feed="worklogs", position=1)
    return jira.token, tempo.token, jira.encrypted_token, tempo.encrypted_token


def hours(instance: JiraInstance, text: str, word: str) -> None:
    """An epic, an issue below it, and an hour of work on that today, so that the default period shows it; and another
    two whose keys can stand in an address."""
    now = datetime.now(UTC)
    project = ProjectRecord("10", f"{text} key", f"{text} project")
    epic = IssueRecord("1", f"{text} epic key", f"{text} epic", type=f"{text} type", level=1, project=project)
    issue = IssueRecord("2", f"{text} issue key", f"{text} summary", f"{text} type", 0, f"{text} status", project, "1")
    AccountBook(instance).upsert([AccountRecord("ann", f"{text} person", f"{text}@mail.example")])
    issues = IssueBook(instance)
    addressed = IssueRecord("3", f"{word}-1", f"{text} epic", f"{text} type", level=1, project=project)
    below = IssueRecord("4", f"{word}-2", f"{text} summary", f"{text} type", project=project, parent_id="3")
    issues.upsert([replace(below, key=f"{text} former key")])
    issues.upsert([epic, issue, addressed, below])
    worklog = WorklogRecord("jira", "1", "2", "ann", now.date(), now, 3600, 3600, f"{text} comment", now, now)
    WorklogBook(instance, AccountBook(instance), IssueBook(instance)).upsert([worklog])
    bad_row = UnreadableRecord("jira", "worklog", "5", "started", f"{text} reason", issue_id="4")
    UnreadableBook(instance).note([bad_row])


def identities(someone: Person, text: str) -> None:
    """Somebody who was merged, and somebody who is told apart."""
    former = FormerPerson.objects.create(into=someone, name=f"{text} former", email=f"{text}@former.example")
    someone.accounts.update(former=former)
    other = Person.objects.create(name=f"{text} other")
    DifferentPeople.objects.create(first=someone, second=other)


def runs(instance: JiraInstance, cast: Cast, text: str) -> None:
    now = timezone.now()
    told: dict[str, Any] = {"errors": [f"{text} error"], "warnings": [f"{text} warning"], "started_at": now}
    SyncRun.objects.create(instance=instance, user=cast.admin, status="running", **told)
    ended = SyncRun.objects.create(
        instance=instance, user=cast.admin, status="failed", finished_at=now, unconfirmed_deletions=3, **told
    )
    SyncChange.objects.create(
        run=ended, external_id="1", issue=f"{text} issue", person=f"{text} person", day=now.date(), before=1, after=2
    )


def report(cast: Cast, text: str) -> None:
    """Shared, so that everyone of the company finds it, and sent to all of them."""
    saved = SavedReport.objects.create(name=f"{text} report", owner=cast.admin, is_shared=True, query="rows=person")
    DefaultView.objects.create(user=cast.admin, page="dashboard", report=saved)
    schedule = ReportSchedule.objects.create(
        report=saved, created_by=cast.admin, next_at=timezone.now(), last_error=f"{text} error"
    )
    for membership in Membership.objects.all():
        ReportRecipient.objects.create(schedule=schedule, membership=membership)


def links(cast: Cast, word: str) -> dict[str, str]:
    invite(cast.company, f"invited@{word}.example", Role.USER, cast.admin)
    invitation = str(mail.outbox[-1].body).split("/invitations/")[1].split("/")[0]
    recipient = ReportRecipient.objects.get(membership__user=cast.admin)
    unsubscribing = unsubscribe_url(recipient).rstrip("/").rpartition("/")[2]
    links = {"invitation": invitation, "sign-in link": issue_link(cast.admin, cast.company)}
    return links | {"unsubscribe link": unsubscribing}
