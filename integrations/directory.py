"""What an instance tells of itself beside its worklogs: who is there, and which types its issues have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from integrations.jira.client import JiraClient
from integrations.jira.parse import (
    UNKNOWN,
    is_human,
    parse_account,
    parse_issue_type,
    parse_project,
    parse_status,
)
from integrations.session import ApiError
from worklogs.ingest import (
    AccountBook,
    IssueBook,
    IssueTypeRecord,
    ProjectRecord,
    StatusRecord,
    TypeChanges,
    rename_statuses,
    write_issue_types,
)
from worklogs.ingest.totals import mark_changed
from worklogs.models import JiraAccount, JiraInstance, Person


@dataclass(frozen=True)
class FetchedAccounts:
    """`people` of the new accounts are of somebody whom the company did not know; of the others it did.

    `left_out` are apps, customers, and inactive users of whom nothing has ever been read.
    """

    new: int
    people: int
    known: int
    left_out: int


@dataclass(frozen=True)
class NameList:
    """A list of names, which an administrator changes without touching what bears them. `read` raises ApiError."""

    what: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


def name_lists(jira: JiraClient, issues: IssueBook) -> tuple[NameList, ...]:
    """What a sync reads each time, a few requests in all, and compares with what is stored."""
    instance = issues.instance
    return (
        NameList("projects", partial(read_projects, jira), issues.rename_projects),
        NameList("statuses", partial(read_statuses, jira), partial(rename_statuses, instance)),
        NameList(
            "issue types",
            partial(read_issue_types, instance, jira),
            lambda types: write_issue_types(instance, types.records, shown=types.shown),
        ),
    )


def fetch_accounts(instance: JiraInstance, jira: JiraClient) -> FetchedAccounts:
    """Raises ApiError; then nothing was written. The reading comes first, so that no transaction waits for Jira."""
    jira.myself()  # an anonymous visitor is told of nobody, without a refusal
    users = {(user.account_id, user.key, user.name): user for page in jira.everybody() for user in page}
    records = {record.account_id: record for record in map(parse_account, filter(is_human, users.values()))}
    records.pop(UNKNOWN.account_id, None)
    if not records:
        text = f"{instance} returned no users. Give the token’s account permission to browse users."
        raise ApiError(text, permanent=True)
    with transaction.atomic():
        known = set(JiraAccount.objects.filter(instance=instance).values_list("account_id", flat=True))
        wanted = [each for key, each in records.items() if key in known or each.is_active is not False]
        people = Person.objects.count()
        AccountBook(instance).upsert(sorted(wanted, key=lambda record: record.name))
        mark_changed()
        new = sum(record.account_id not in known for record in wanted)
        return FetchedAccounts(new, Person.objects.count() - people, len(wanted) - new, len(users) - len(wanted))


def fetch_issue_types(instance: JiraInstance, jira: JiraClient) -> TypeChanges:
    """Raises ApiError; then nothing was written."""
    jira.myself()  # an anonymous visitor is told of fewer types, without a refusal
    types = read_issue_types(instance, jira)
    with transaction.atomic():
        return write_issue_types(instance, types.records, shown=types.shown)


@dataclass(frozen=True)
class IssueTypes:
    """`shown` are the ids of all that the instance has, of those too that cannot be read."""

    records: list[IssueTypeRecord]
    shown: set[str]


def read_issue_types(instance: JiraInstance, jira: JiraClient) -> IssueTypes:
    types = jira.issue_types()
    records = [record for record in map(parse_issue_type, types) if record]
    if not records:
        text = f"{instance} returned no issue types. Give the token’s account permission to browse its projects."
        raise ApiError(text, permanent=True)
    bad = {row.external_id for row in jira.session.bad_rows if row.kind == "issue type"}
    return IssueTypes(records, bad | {str(each.id) for each in types})


def read_statuses(jira: JiraClient) -> list[StatusRecord]:
    return [record for record in map(parse_status, jira.statuses()) if record]


def read_projects(jira: JiraClient) -> list[ProjectRecord]:
    return [parse_project(project) for page in jira.projects() for project in page]


FETCHES: dict[str, Callable[[JiraInstance, JiraClient], FetchedAccounts | TypeChanges]] = {
    "accounts": fetch_accounts,
    "issue types": fetch_issue_types,
}
