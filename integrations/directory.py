"""What an instance tells of itself beside its worklogs: who is there, and which types its issues have."""

from dataclasses import dataclass

from django.db import transaction

from integrations.jira.client import JiraClient
from integrations.jira.parse import UNKNOWN, is_human, parse_account, parse_issue_type
from integrations.session import ApiError
from worklogs.ingest import AccountBook, TypeChanges, write_issue_types
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


def fetch_accounts(instance: JiraInstance, jira: JiraClient) -> FetchedAccounts:
    """Raises ApiError; then nothing was written. The reading comes first, so that no transaction waits for Jira."""
    jira.myself()  # an anonymous visitor is told of nobody, without a refusal
    users = {user for page in jira.everybody() for user in page}
    records = {record.account_id: record for record in map(parse_account, filter(is_human, users))}
    records.pop(UNKNOWN.account_id, None)
    if not records:
        text = f"{instance} names no users. Give the token's account the permission to browse users."
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
    records = [record for record in map(parse_issue_type, jira.issue_types()) if record]
    if not records:
        text = f"{instance} names no issue types. Let the token's account browse its projects."
        raise ApiError(text, permanent=True)
    with transaction.atomic():
        return write_issue_types(instance, records)
