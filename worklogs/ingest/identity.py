"""Which person an account is. An accountId of Atlassian's cloud is proof; an address is a hint, and a doubt keeps two
people apart until an ADMIN says that they are one.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet, Sum

from accounts import audit
from accounts.tenancy import refuse_other_company
from worklogs.former_names import renamed, replace
from worklogs.ingest.totals import Deltas, cell_of, mark_changed
from worklogs.models import (
    DifferentPeople,
    FormerPerson,
    JiraAccount,
    JiraInstance,
    Person,
    PersonSchedule,
    Worklog,
    WorkSchedule,
)

Who = TypeVar("Who", bound=Hashable)
UNKNOWN = "unknown"  # Jira's own word for an account that is gone: whoever it was
TAKEN_OVER = ("email", "team", "user")  # by the one that stays of a merge, where it has none

# Whose an account or an address is


def told_of(shown: Iterable[tuple[bool, Who]]) -> Who | None:
    """Who an address tells of on an instance where these show it: nobody, where it is several people's.

    Each comes with whether its account is active; one that is not tells nothing beside one that is.
    """
    shown = list(shown)
    whose = {who for is_active, who in shown if is_active} or {who for _, who in shown}
    return whose.pop() if len(whose) == 1 else None


def people_of_address(email: str) -> list[Person]:
    """Everyone who bears the address, or of whom an instance tells that it is theirs."""
    if not email:
        return []
    has_address = Q(email__iexact=email) if email.isascii() else Q(email=email)
    shown: dict[int, list[tuple[bool, int]]] = {}
    rows = JiraAccount.objects.filter(has_address)
    for instance, is_active, person in rows.values_list("instance_id", "is_active", "person_id"):
        shown.setdefault(instance, []).append((is_active, person))
    told = {told_of(each) for each in shown.values()} - {None}
    return list(Person.objects.filter(has_address | Q(pk__in=told)).order_by("id"))


def small(email: str) -> str:
    """Capital letters of an address are the same, but beyond ASCII: there two that only look alike may become one."""
    return email.lower() if email.isascii() else email


def only_bearer(email: str) -> Person | None:
    """The active person whose address it is, if it can be nobody else's."""
    match people_of_address(email):
        case [person] if person.is_active and small(person.email) == small(email):
            return person
    return None


def free_address(email: str, person: Person | None = None) -> str:
    """The address for this person, or none: of two who bear the same, nobody could tell who is who."""
    others = [each for each in people_of_address(email) if each != person]
    return "" if others else email


def told_address(email: str, person: Person) -> str:
    """The address, where an account of this person's, and of nobody else's, tells it."""
    return email if people_of_address(email) == [person] else ""


def person_of_twins(instance: JiraInstance, account_id: str) -> Person | None:
    """Whose this accountId is on other clouds, unless an ADMIN has told them apart."""
    twins = _people_of_twins(instance, account_id)
    return _locked(twins[0]) if len(twins) == 1 else None


def join(account: JiraAccount) -> bool:
    """A new account, without time and of a person of its own, to the known person of whom its address tells."""
    if account.account_id == UNKNOWN or _people_of_twins(account.instance, account.account_id):
        return False
    person = _person_of_address(account)
    if person is None or _locked(person) is None:
        return False
    account.person, account.joined_by = person, account.email
    account.save(update_fields=["person", "joined_by"])
    return True


def _people_of_twins(instance: JiraInstance, account_id: str) -> list[Person]:
    if instance.kind != JiraInstance.Kind.CLOUD or account_id == UNKNOWN:
        return []
    clouds = JiraAccount.objects.filter(account_id=account_id, instance__kind=JiraInstance.Kind.CLOUD)
    return list(Person.objects.filter(accounts__in=clouds.exclude(instance=instance)).distinct()[:2])


def _locked(person: Person) -> Person | None:
    """None when they have been merged into another person meanwhile."""
    return Person.objects.select_for_update(no_key=True).filter(pk=person.pk).first()


def _person_of_address(account: JiraAccount) -> Person | None:
    match [person for person in people_of_address(account.email) if person.pk != account.person_id]:
        case [person] if person.is_active and small(person.email) in (small(account.email), ""):
            is_known_here = person.accounts.filter(instance=account.instance).exists()
            return None if is_known_here or _was_told_apart(person) else person
    return None


def _was_told_apart(person: Person) -> bool:
    """An address has been wrong about this person before."""
    return DifferentPeople.objects.filter(Q(first=person) | Q(second=person)).exists()


# An address that turns out to tell nothing


def doubt_address(account: JiraAccount) -> None:
    """Its address tells nothing of it: what that joined is taken apart, and nobody bears it because of this account."""
    person, email = account.person, account.email
    if small(account.joined_by) == small(email):
        map_account(account, Person.objects.create(name=account.name or account.account_id))
        return
    joined = list(person.accounts.filter(joined_by__iexact=email))
    if small(person.email) == small(email):
        person.email = ""
        _unlink(person, email)
        person.save(update_fields=["email", "user"])
    if joined:
        _separate_together(joined)


def _separate_together(joined: Sequence[JiraAccount]) -> None:
    """They are one person still: only another account, which has the same address, told too much."""
    first = joined[0]
    person = Person.objects.create(name=first.name or first.account_id)
    for account in joined:
        map_account(account, person)
        if account != first:
            JiraAccount.objects.filter(pk=account.pk).update(joined_by=first.email)


def _unlink(person: Person, email: str) -> None:
    """Unless an ADMIN has said which user it is."""
    user = person.user
    if user is None or person.has_settled_user or small(user.email) != small(email):
        return
    person.user = None
    mark_changed()
    audit.record("person unlinked", user=user, company=person.company, row=str(person), id=person.pk)


# Joining, by an ADMIN


def map_account(account: JiraAccount, person: Person) -> None:
    """From now on and backwards, this account's time is that person's.

    Whose last account it was is left without hours: saved reports name the other person too.
    """
    refuse_other_company(person)
    # A sync that writes worklogs of the account at this moment ends first, and the next one finds the new person.
    # A form may have put the new one into `account` already.
    before = JiraAccount.objects.select_for_update(no_key=True).get(pk=account.pk).person
    rows = Worklog.objects.filter(account=account).exclude(person=person)
    deltas = Deltas()
    for day, old, *place, seconds, billable_seconds, worklogs in _sums(rows):
        deltas.take(cell_of(day, old, *place), seconds, billable_seconds, worklogs)
        deltas.add(cell_of(day, person.pk, *place), seconds, billable_seconds, worklogs)
    rows.update(person=person)
    account.person, account.joined_by = person, ""
    account.save(update_fields=["person", "former", "joined_by"])
    deltas.write()
    if before != person and not before.accounts.exists():
        replace("person", {str(before.pk): [str(before.pk), str(person.pk)]})
    mark_changed()


def _sums(rows: "QuerySet[Worklog]") -> Iterable[Any]:
    cells = rows.order_by().values_list("day", "person_id", "epic_id", "project_id", "issue_id", "instance_id")
    return cells.annotate(Sum("seconds"), Sum("billable_seconds"), Count("id"))


def merge_people(source: Person, into: Person) -> None:
    """Both were one human: accounts and time go to `into`, and `source` is kept as who they were. What named `source`
    names `into`."""
    list(Person.objects.select_for_update().filter(pk__in=[source.pk, into.pk]).order_by("pk"))  # no sync joins it now
    former = _remembered(source, into)
    for account in JiraAccount.objects.filter(person=source):
        account.former = account.former or former
        map_account(account, into)
    if not former.accounts.exists():  # nothing of theirs could be separated again
        former.delete()
    for name in former.given:
        if name != "schedules":
            setattr(into, name, getattr(source, name))
    into.save(update_fields=[name for name in TAKEN_OVER if name in former.given])
    if "schedules" in former.given:
        source.schedules.update(person=into)
    FormerPerson.objects.filter(into=source).update(into=into)
    _pass_on_differences(source, into)
    renamed("person", source.pk, into.pk)
    source.delete()


def _remembered(source: Person, into: Person) -> FormerPerson:
    rows = source.schedules.values_list("schedule_id", "first_day", "last_day")
    schedules = [[pk, str(first), str(last) if last else None] for pk, first, last in rows]
    given = [name for name in TAKEN_OVER if getattr(source, name) and not getattr(into, name)]
    if schedules and not into.schedules.exists():
        given.append("schedules")
    return FormerPerson.objects.create(
        into=into,
        name=source.name,
        email=source.email,
        team=source.team,
        user=source.user,
        has_settled_user=source.has_settled_user,
        is_active=source.is_active,
        schedules=schedules,
        given=given,
    )


def _pass_on_differences(source: Person, into: Person) -> None:
    """Who was not `source` is not `into` either."""
    for told in DifferentPeople.objects.filter(Q(first=source) | Q(second=source)).select_related("first", "second"):
        tell_apart(told.second if told.first == source else told.first, into)


# Taking apart, by an ADMIN


def tell_apart(one: Person, other: Person) -> None:
    if one != other:
        first, second = sorted((one, other), key=lambda person: person.pk)
        DifferentPeople.objects.get_or_create(first=first, second=second)


def separate_account(account: JiraAccount) -> Person:
    """The account and its time become who they were before a merge, else a person of their own. Nothing joins them
    again but an ADMIN.
    """
    before, former = account.person, account.former
    if former is None:
        person = Person.objects.create(name=account.name or account.account_id, is_active=account.is_active)
    else:
        person = former.person or _restored(former)
    account.former = None
    map_account(account, person)
    tell_apart(before, person)
    if former is None:  # not before: until now it was an account of the other's that showed the address
        person.email = told_address(account.email, person)
        person.save(update_fields=["email"])
    elif not former.accounts.exists():
        former.delete()
    return person


def _restored(former: FormerPerson) -> Person:
    """Who was merged, with what the other one took over of them and still has."""
    into = former.into
    returned = [name for name in TAKEN_OVER if name in former.given and getattr(into, name) == getattr(former, name)]
    for name in returned:
        setattr(into, name, "" if name == "email" else None)
    into.save(update_fields=returned)
    stays = small(into.email) == small(former.email)
    former.person = person = Person.objects.create(
        name=former.name,
        email="" if stays else free_address(former.email, into),
        team=former.team,
        user=None if Person.objects.filter(user=former.user).exists() else former.user,
        has_settled_user=former.has_settled_user,
        is_active=former.is_active,
    )
    former.save(update_fields=["person"])
    _restore_schedules(former, person)
    return person


def _restore_schedules(former: FormerPerson, person: Person) -> None:
    known = set(WorkSchedule.objects.values_list("pk", flat=True))
    for pk, first, last in former.schedules:
        if "schedules" in former.given:
            former.into.schedules.filter(schedule=pk, first_day=first, last_day=last).delete()
        if pk in known:
            PersonSchedule.objects.create(person=person, schedule_id=pk, first_day=first, last_day=last)
