"""Accounts of an instance, kept up to date."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from accounts.tenancy import refuse_other_company
from worklogs.ingest.identity import doubt_address, join, person_of_twins, small, told_address, told_of
from worklogs.ingest.records import AccountRecord
from worklogs.ingest.text import composed, storable
from worklogs.ingest.totals import mark_changed
from worklogs.models import JiraAccount, JiraInstance, Person


class AccountBook:
    """Finds the account of an accountId on one instance, or opens one: nobody's worklog is ever dropped."""

    def __init__(self, instance: JiraInstance) -> None:
        refuse_other_company(instance)
        self.instance = instance
        self._accounts = {account.account_id: account for account in JiraAccount.objects.filter(instance=instance)}

    def find(self, account_id: str) -> JiraAccount | None:
        return self._accounts.get(account_id)

    @property
    def known(self) -> list[str]:
        """Account ids of everyone who is known on the instance."""
        return sorted(self._accounts)

    @property
    def nameless(self) -> list[str]:
        """Account ids of which no name is known yet."""
        return sorted(account.account_id for account in self._accounts.values() if not account.name)

    def upsert(self, records: Iterable[AccountRecord]) -> None:
        """Opens unknown accounts and keeps known ones up to date; what a record does not tell stays as it is.

        Whose an account is depends on no order: all addresses are written down before any of them is believed.
        """
        records = list(records)
        self._learn_people(record.account_id for record in records)
        written = [refreshed for record in records if (refreshed := self._refreshed(record))]
        opened = [self._open(record) for record in records if record.account_id not in self._accounts]
        addresses = {small(email) for each in written for email in (each.account.email, each.email)}
        addresses |= {small(account.email) for account in opened}
        addresses.discard("")
        silent = self._silent(addresses)
        self._doubt(silent)
        for each in written:
            each.follow(is_told=each.account.account_id not in silent)
        left = []
        for account in opened:
            own = account.person_id
            if account.account_id not in silent and join(account):
                left.append(own)
        Person.objects.filter(pk__in=left).delete()
        _give(addresses)

    def refresh(self, records: Iterable[AccountRecord]) -> None:
        """As `upsert`, of known accounts alone."""
        self.upsert(record for record in records if record.account_id in self._accounts)

    def _learn_people(self, account_ids: Iterable[str]) -> None:
        """Whose the accounts are now: an ADMIN may have given them to somebody else since the sync began."""
        known = [account_id for account_id in account_ids if account_id in self._accounts]
        rows = JiraAccount.objects.filter(instance=self.instance, account_id__in=known).order_by("id")
        for account_id, person_id in rows.select_for_update(no_key=True).values_list("account_id", "person_id"):
            self._accounts[account_id].person_id = person_id

    def _refreshed(self, record: AccountRecord) -> "Refreshed | None":
        """None for an account that is as it was, or unknown."""
        account = self._accounts.get(record.account_id)
        if account is None:
            return None
        told = {
            "name": composed(record.name, 255),
            "email": storable(record.email, 254),
            "timezone": record.timezone[:64],
            "is_active": record.is_active,
        }
        changed = {
            field: value
            for field, value in told.items()
            if value not in ("", None) and value != getattr(account, field)
        }
        if not changed:
            return None
        before = Refreshed(account, account.name, account.email)
        for field, value in changed.items():
            setattr(account, field, value)
        account.save(update_fields=list(changed))
        mark_changed()
        return before

    def _silent(self, addresses: set[str]) -> set[str]:
        """Account ids of those that show one of the addresses, and of whom it tells nothing."""
        accounts = list(accounts_of(addresses).filter(instance=self.instance))
        shown: dict[str, list[tuple[bool, int]]] = {}
        for account in accounts:
            shown.setdefault(small(account.email), []).append((account.is_active, account.person_id))
        told = {email: told_of(each) for email, each in shown.items()}
        return {each.account_id for each in accounts if told[small(each.email)] != each.person_id}

    def _doubt(self, account_ids: Collection[str]) -> None:
        rows = JiraAccount.objects.filter(instance=self.instance, account_id__in=account_ids).order_by("id")
        for account in rows.select_related("person__user").select_for_update(no_key=True, of=("self",)):
            doubt_address(account)
        self._learn_people(account_ids)

    def _open(self, record: AccountRecord) -> JiraAccount:
        """As a person of its own, where its id does not tell whose it is."""
        account_id, name = storable(record.account_id, 255), composed(record.name, 255)
        person = person_of_twins(self.instance, account_id) or Person.objects.create(name=name or account_id)
        account = JiraAccount.objects.create(
            instance=self.instance,
            account_id=account_id,
            person=person,
            name=name,
            email=storable(record.email, 254),
            timezone=record.timezone[:64],
            is_active=record.is_active is not False,
        )
        self._accounts[record.account_id] = account
        return account


@dataclass(frozen=True)
class Refreshed:
    """An account that has been written anew, and the name and address that it had before."""

    account: JiraAccount
    name: str
    email: str

    def follow(self, *, is_told: bool) -> None:
        """A person that still bears the account's old name or address takes the new one; what an admin wrote stays."""
        account = self.account
        person = Person.objects.get(pk=account.person_id)
        followed = {}
        if account.name != self.name and person.name in (self.name, account.account_id):
            followed["name"] = account.name
        if account.email != self.email and person.email in (self.email, ""):
            followed["email"] = told_address(account.email, person) if is_told else ""
        for field, value in followed.items():
            setattr(person, field, value)
        person.save(update_fields=list(followed))


def accounts_of(addresses: set[str]) -> "QuerySet[JiraAccount]":
    """Of any instance, that show one of these, which are as `small` makes them."""
    accounts = JiraAccount.objects.annotate(address=Lower("email"))
    return accounts.filter(Q(address__in=addresses) | Q(email__in=addresses)).order_by("id")


def _give(addresses: set[str]) -> None:
    """To those who have none and of whom it tells: until now it may have been somebody else's."""
    for account in accounts_of(addresses).filter(person__email="").select_related("person"):
        if email := told_address(account.email, account.person):
            account.person.email = email
            account.person.save(update_fields=["email"])
