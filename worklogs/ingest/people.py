"""Accounts of an instance, and the people that they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, QuerySet, Sum

from accounts.tenancy import refuse_other_company
from worklogs.ingest.records import AccountRecord
from worklogs.ingest.text import storable
from worklogs.ingest.totals import Deltas, cell_of, mark_changed
from worklogs.models import JiraAccount, JiraInstance, Person, Worklog


class AccountBook:
    """Finds the account of an accountId on one instance, or opens one: nobody's worklog is ever dropped."""

    def __init__(self, instance: JiraInstance) -> None:
        refuse_other_company(instance)
        self.instance = instance
        self._accounts = {account.account_id: account for account in JiraAccount.objects.filter(instance=instance)}

    def find(self, account_id: str) -> JiraAccount | None:
        return self._accounts.get(account_id)

    @property
    def nameless(self) -> list[str]:
        """Account ids of which no name is known yet."""
        return sorted(account.account_id for account in self._accounts.values() if not account.name)

    def upsert(self, records: Iterable[AccountRecord]) -> None:
        """Opens unknown accounts and keeps known ones up to date; what a record does not tell stays as it is."""
        for record in records:
            account = self._accounts.get(record.account_id)
            if account is None:
                self._accounts[record.account_id] = self._open(record)
            else:
                _refresh(account, record)

    def _open(self, record: AccountRecord) -> JiraAccount:
        account_id = storable(record.account_id, 255)
        name, email = storable(record.name, 255), storable(record.email, 254)
        person = self._known_person(account_id, email) or Person.objects.create(name=name or account_id, email=email)
        account, _ = JiraAccount.objects.get_or_create(
            instance=self.instance,
            account_id=account_id,
            defaults={
                "person": person,
                "name": name,
                "email": email,
                "timezone": record.timezone[:64],
                "is_active": record.is_active is not False,
            },
        )
        return account

    def _known_person(self, account_id: str, email: str) -> Person | None:
        """An accountId of Atlassian's cloud is one human on every site; an address that Jira shows is another hint."""
        if self.instance.kind == JiraInstance.Kind.CLOUD and account_id != "unknown":
            twins = JiraAccount.objects.filter(account_id=account_id, instance__kind=JiraInstance.Kind.CLOUD)
            if twin := Person.objects.filter(accounts__in=twins).order_by("id").first():
                return twin
        return Person.objects.filter(email__iexact=email).order_by("id").first() if email else None


def _refresh(account: JiraAccount, record: AccountRecord) -> None:
    told = {
        "name": storable(record.name, 255),
        "email": storable(record.email, 254),
        "timezone": record.timezone[:64],
        "is_active": record.is_active,
    }
    changed = {
        field: value for field, value in told.items() if value not in ("", None) and value != getattr(account, field)
    }
    if not changed:
        return
    _follow(account, changed)
    for field, value in changed.items():
        setattr(account, field, value)
    account.save(update_fields=list(changed))
    mark_changed()


def _follow(account: JiraAccount, changed: Mapping[str, object]) -> None:
    """A person that still bears the account's old name or address takes the new one; what an admin wrote stays."""
    person = account.person
    if "name" in changed and person.name in (account.name, account.account_id):
        person.name = str(changed["name"])
    if "email" in changed and person.email in (account.email, ""):
        person.email = str(changed["email"])
    person.save(update_fields=["name", "email"])


def map_account(account: JiraAccount, person: Person) -> None:
    """From now on and backwards, this account's time is that person's."""
    refuse_other_company(person)
    rows = Worklog.objects.filter(account=account).exclude(person=person)
    deltas = Deltas()
    for day, old, *place, seconds, billable_seconds, worklogs in _sums(rows):
        deltas.take(cell_of(day, old, *place), seconds, billable_seconds, worklogs)
        deltas.add(cell_of(day, person.pk, *place), seconds, billable_seconds, worklogs)
    rows.update(person=person)
    account.person = person
    account.save(update_fields=["person"])
    deltas.write()
    mark_changed()


def merge_people(source: Person, into: Person) -> None:
    """Both were one human: accounts and time go to `into`, and `source` is gone."""
    for account in JiraAccount.objects.filter(person=source):
        map_account(account, into)
    if not into.email and source.email:
        into.email = source.email
        into.save(update_fields=["email"])
    if not into.schedules.exists():
        source.schedules.update(person=into)
    source.delete()


def _sums(rows: "QuerySet[Worklog]") -> Iterable[Any]:
    cells = rows.order_by().values_list("day", "person_id", "epic_id", "project_id", "issue_id", "instance_id")
    return cells.annotate(Sum("seconds"), Sum("billable_seconds"), Count("id"))
