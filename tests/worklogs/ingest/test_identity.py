"""Which person an account is, when an address is believed, and how what was joined is taken apart."""

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from accounts.models import AuditEntry, Membership, User
from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from tests.worklogs.ingest.test_worklogs import assert_totals_hold
from worklogs.ingest import AccountBook, AccountRecord, map_account, merge_people, separate_account, tell_apart
from worklogs.models import (
    DifferentPeople,
    FormerPerson,
    JiraAccount,
    JiraInstance,
    Person,
    PersonSchedule,
    Team,
    WorkSchedule,
)
from worklogs.suggestions import Sign, suggested_merges

MAIL = "ana@mail.example"


@pytest.fixture
def company(alborada: Cast) -> Iterator[Cast]:
    with company_scope(alborada.company):
        yield alborada


@pytest.fixture
def first(company: Cast) -> JiraInstance:
    return InstanceFactory.create(kind="data_center")


@pytest.fixture
def second(company: Cast) -> JiraInstance:
    return InstanceFactory.create(kind="data_center")


@pytest.fixture
def cloud(company: Cast) -> JiraInstance:
    return InstanceFactory.create()


def tell(instance: JiraInstance, account_id: str, email: str = MAIL, name: str = "Ana", **told: Any) -> Person:
    AccountBook(instance).upsert([AccountRecord(account_id, name, email, **told)])
    return Person.objects.get(accounts__instance=instance, accounts__account_id=account_id)


def addresses() -> list[str]:
    return sorted(Person.objects.values_list("email", flat=True))


# What an address joins, and what it does not


def test_one_address_on_two_instances_is_one_person(first: JiraInstance, second: JiraInstance) -> None:
    assert tell(first, "a") == tell(second, "b", "ANA@mail.example")


def test_two_accounts_of_one_instance_are_two_people_whatever_address_they_show(first: JiraInstance) -> None:
    assert tell(first, "a") != tell(first, "b")
    assert addresses() == ["", ""]


def test_an_address_does_not_join_a_second_account_of_an_instance_to_a_person_from_another(
    first: JiraInstance, second: JiraInstance
) -> None:
    ana = tell(first, "a")
    assert tell(second, "b") == ana
    assert tell(second, "c") != ana


def test_an_address_that_two_new_accounts_show_at_once_joins_neither(first: JiraInstance, second: JiraInstance) -> None:
    known = tell(first, "ana")
    AccountBook(second).upsert([AccountRecord("ana", "Ana", MAIL), AccountRecord("shared", "Desk", MAIL.upper())])
    assert set(known.accounts.values_list("instance", flat=True)) == {first.pk}
    assert JiraAccount.objects.values("person").distinct().count() == 3


def test_an_address_that_two_people_have_joins_nobody(first: JiraInstance) -> None:
    people = [Person.objects.create(name=name, email=email) for name, email in (("Ana", MAIL), ("Bea", MAIL.upper()))]
    assert tell(first, "a") not in people


def test_an_address_that_somebody_elses_account_shows_joins_nobody(first: JiraInstance, second: JiraInstance) -> None:
    ana, twin = tell(first, "a"), tell(first, "b")
    assert tell(second, "c") not in (ana, twin)


def test_a_person_who_has_left_is_not_taken_for_the_next_owner_of_the_address(first: JiraInstance) -> None:
    left = Person.objects.create(name="Ana", email=MAIL, is_active=False)
    assert tell(first, "a") != left


def test_a_tag_behind_a_plus_is_another_address(first: JiraInstance, second: JiraInstance) -> None:
    assert tell(first, "a") != tell(second, "b", "ana+jira@mail.example")


def test_a_letter_that_only_looks_alike_joins_nobody(first: JiraInstance, second: JiraInstance) -> None:
    kim = tell(first, "a", "kim@mail.example")
    assert tell(second, "b", "\u212aim@mail.example") != kim
    assert tell(first, "c", "\u212aim@mail.example") != kim
    kim.refresh_from_db()
    assert kim.email == "kim@mail.example"


def test_an_address_beyond_ascii_is_borne_and_joins(first: JiraInstance, second: JiraInstance) -> None:
    jose = tell(first, "a", "José@mail.example")
    assert jose.email == "José@mail.example"
    assert tell(second, "b", "José@mail.example") == jose


def test_the_unknown_author_is_nobody_else_on_any_instance(cloud: JiraInstance, first: JiraInstance) -> None:
    ana = Person.objects.create(name="Ana", email=MAIL)
    people = {tell(instance, "unknown") for instance in (cloud, first, InstanceFactory.create())}
    assert len(people) == 3
    assert ana not in people


# What an address does later


def test_an_address_that_moves_to_another_account_takes_no_person_along(
    first: JiraInstance, second: JiraInstance
) -> None:
    ana, bea = tell(first, "a"), tell(first, "b", "bea@mail.example", "Bea")
    records = [AccountRecord("a", "Ana", "ana.b@mail.example"), AccountRecord("b", "Bea", MAIL)]
    AccountBook(first).upsert(records)
    assert addresses() == ["ana.b@mail.example", MAIL]
    assert tell(second, "c") == bea != ana


def test_an_address_that_a_second_account_shows_later_is_nobodys(first: JiraInstance) -> None:
    ana, bea = tell(first, "a"), tell(first, "b", "bea@mail.example")
    tell(first, "a", "bea@mail.example")
    assert addresses() == ["", ""]
    tell(first, "a", "ana.b@mail.example")
    ana.refresh_from_db()
    bea.refresh_from_db()
    assert (ana.email, bea.email) == ("ana.b@mail.example", "bea@mail.example")


def test_accounts_that_trade_their_addresses_trade_those_of_their_people(first: JiraInstance) -> None:
    ana, bea = tell(first, "a"), tell(first, "b", "bea@mail.example")
    AccountBook(first).upsert([AccountRecord("a", "Ana", "bea@mail.example"), AccountRecord("b", "Ana", MAIL)])
    ana.refresh_from_db()
    bea.refresh_from_db()
    assert (ana.email, bea.email) == ("bea@mail.example", MAIL)


def people_as_they_are() -> list[tuple[str, list[str]]]:
    """Each with the address and the accounts, whatever its number is."""
    return sorted(
        (person.email.lower(), sorted(f"{each.instance.slug} {each.account_id}" for each in person.accounts.all()))
        for person in Person.objects.prefetch_related("accounts__instance")
    )


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_who_is_who_depends_on_no_order(company: Cast, order: tuple[int, ...]) -> None:
    """Two accounts of one instance show an address, and one on each of two others; of two on a fourth one is active."""
    slugs = ("two", "two", "one", "other")
    instances = {slug: InstanceFactory.create(kind="data_center", slug=slug) for slug in {*slugs, "left"}}
    user = User.objects.create_user(MAIL)
    Membership.objects.create(user=user)
    tell(instances["left"], "z", is_active=False)
    for number in order:
        tell(instances[slugs[number]], str(number), (MAIL, MAIL.upper())[number % 2], name="Ana")
    tell(instances["left"], "y")
    for number in order:  # with time, which goes along
        accounts = book(instances[slugs[number]])
        accounts.upsert([worklog(f"w{number}", account_id=str(number))])
    assert people_as_they_are() == [
        ("", ["left z"]),
        ("", ["two 0"]),
        ("", ["two 1"]),
        (MAIL, ["left y", "one 2", "other 3"]),
    ]
    assert Person.objects.get(user=user).email.lower() == MAIL
    assert_totals_hold()


def test_time_goes_with_an_account_that_an_address_no_longer_joins(first: JiraInstance, second: JiraInstance) -> None:
    ana = tell(first, "a")
    logged = book(second)
    logged.accounts.upsert([AccountRecord("b", "Ana", MAIL)])
    logged.upsert([worklog(1, account_id="b")])
    assert ana.worklogs.count() == 1
    tell(second, "c")
    assert ana.worklogs.count() == 0
    logged.upsert([worklog(2, account_id="b")])
    assert JiraAccount.objects.get(account_id="b").person.worklogs.count() == 2
    assert_totals_hold()


def test_a_user_is_not_left_with_a_person_whose_address_tells_nothing(company: Cast, first: JiraInstance) -> None:
    user = User.objects.create_user(MAIL)
    Membership.objects.create(user=user)
    ana = tell(first, "a")
    assert ana.user == user
    tell(first, "b")
    ana.refresh_from_db()
    assert ana.user is None
    assert AuditEntry.objects.filter(company=company.company, action="person unlinked", user=user).count() == 1


def test_what_an_admin_has_said_outlasts_a_doubt(company: Cast, first: JiraInstance, second: JiraInstance) -> None:
    user = User.objects.create_user(MAIL)
    Membership.objects.create(user=user)
    ana = tell(first, "a")
    Person.objects.filter(pk=ana.pk).update(has_settled_user=True)
    mine = tell(second, "mine", "other@mail.example")
    merge_people(mine, into=ana)
    tell(second, "mine", MAIL)
    tell(second, "c")
    ana.refresh_from_db()
    assert ana.user == user
    assert ana.accounts.count() == 2


def test_letters_with_accents_are_written_in_one_way(first: JiraInstance) -> None:
    tell(first, "a", "", "Ana Garci\u0301a")
    assert Person.objects.get().name == JiraAccount.objects.get().name == "Ana Garc\u00eda"


def test_a_new_name_asks_for_no_user(company: Cast, first: JiraInstance) -> None:
    user = User.objects.create_user(MAIL)
    ana = tell(first, "a")
    Membership.objects.create(user=user)
    Person.objects.filter(pk=ana.pk).update(user=None)
    tell(first, "a", name="Ana B")
    ana.refresh_from_db()
    assert (ana.name, ana.user) == ("Ana B", None)


# A sync that began before an ADMIN decided


def test_a_sync_that_runs_logs_for_the_person_that_an_admin_has_chosen_meanwhile(first: JiraInstance) -> None:
    sync = book(first)
    sync.upsert([worklog(1)])
    other = Person.objects.create(name="Other")
    map_account(JiraAccount.objects.get(), other)
    sync.upsert([worklog(2)])
    assert other.worklogs.count() == 2
    assert_totals_hold()


def test_a_sync_that_runs_outlives_the_merge_of_its_people(first: JiraInstance) -> None:
    sync = book(first)
    sync.upsert([worklog(1), worklog(2, account_id="ben")])
    ann, ben = (JiraAccount.objects.get(account_id=each).person for each in ("ann", "ben"))
    merge_people(ben, into=ann)
    sync.upsert([worklog(3, account_id="ben")])
    sync.accounts.upsert([AccountRecord("ben", "Ben", "ben@mail.example")])
    assert ann.worklogs.count() == 3
    assert_totals_hold()


# Taking apart


def test_a_separated_account_is_a_person_of_its_own_with_all_its_time(
    first: JiraInstance, second: JiraInstance
) -> None:
    ana = tell(first, "a")
    tell(second, "b")
    for instance, account_id in ((first, "a"), (second, "b")):
        book(instance).upsert([worklog(1, account_id=account_id)])
    own = separate_account(JiraAccount.objects.get(account_id="b"))
    assert (ana.worklogs.count(), own.worklogs.count()) == (1, 1)
    assert (own.name, own.email) == ("Ana", "")  # the address stays with whoever has it
    assert_totals_hold()


def test_an_address_that_nobody_else_has_goes_with_the_account(first: JiraInstance, second: JiraInstance) -> None:
    ana = tell(first, "a", "")
    map_account(JiraAccount.objects.get(person=tell(second, "b", "b@mail.example")), ana)
    Person.objects.exclude(pk=ana.pk).delete()
    assert separate_account(JiraAccount.objects.get(account_id="b")).email == "b@mail.example"


def test_no_sync_joins_again_what_was_taken_apart(first: JiraInstance, second: JiraInstance) -> None:
    ana = tell(first, "a")
    tell(second, "b")
    own = separate_account(JiraAccount.objects.get(account_id="b"))
    assert tell(second, "b") == own
    JiraAccount.objects.filter(account_id="b").delete()  # the instance was removed, and is read anew
    assert tell(second, "b") != ana


def test_an_account_id_that_was_told_apart_by_hand_joins_nobody(cloud: JiraInstance) -> None:
    ana = tell(cloud, "same")
    other = InstanceFactory.create()
    assert tell(other, "same", "") == ana
    own = separate_account(JiraAccount.objects.get(instance=other))
    assert tell(InstanceFactory.create(), "same") not in (ana, own)


def test_a_merge_is_undone_account_by_account(first: JiraInstance, second: JiraInstance, company: Cast) -> None:
    team = Team.objects.create(name="Core", slug="core")
    schedule = WorkSchedule.objects.create(name="Part time")
    ana, bea = tell(first, "a"), tell(first, "b", "bea@mail.example", "Bea")
    map_account(JiraAccount.objects.get(person=tell(second, "b2", "b2@mail.example")), bea)
    for name, value in {"name": "Beatriz", "team": team, "user": company.user, "is_active": False}.items():
        setattr(bea, name, value)
    bea.save()
    PersonSchedule.objects.create(person=bea, schedule=schedule, first_day=date(2026, 1, 1), last_day=date(2026, 2, 1))
    for number, (instance, account_id) in enumerate(((first, "a"), (first, "b"), (second, "b2"))):
        book(instance).upsert([worklog(number, account_id=account_id)])
    merge_people(bea, into=ana)
    assert (ana.worklogs.count(), ana.user, ana.team) == (3, company.user, team)

    again = separate_account(JiraAccount.objects.get(account_id="b"))
    assert (again.name, again.email, again.team) == ("Beatriz", "bea@mail.example", team)
    assert (again.user, again.is_active) == (company.user, False)
    assert [str(row) for row in again.schedules.all()] == ["Part time from 2026-01-01 to 2026-02-01"]
    ana.refresh_from_db()
    assert (ana.user, ana.team, ana.email, ana.schedules.count(), ana.worklogs.count()) == (None, None, MAIL, 0, 2)
    assert separate_account(JiraAccount.objects.get(account_id="b2")) == again
    assert (again.worklogs.count(), FormerPerson.objects.count()) == (2, 0)
    assert_totals_hold()


def test_schedules_that_a_merge_does_not_need_come_back_with_their_person(first: JiraInstance) -> None:
    schedule = WorkSchedule.objects.create(name="Part time")
    ana, bea = tell(first, "a"), tell(first, "b", "bea@mail.example", "Bea")
    for person, month in ((ana, 1), (bea, 2)):
        PersonSchedule.objects.create(person=person, schedule=schedule, first_day=date(2026, month, 1))
    merge_people(bea, into=ana)
    again = separate_account(JiraAccount.objects.get(account_id="b"))
    assert [row.first_day for row in ana.schedules.all()] == [date(2026, 1, 1)]
    assert [row.first_day for row in again.schedules.all()] == [date(2026, 2, 1)]


def test_who_was_merged_twice_is_found_again(first: JiraInstance) -> None:
    ana, bea, cleo = (tell(first, name, f"{name}@mail.example", name) for name in ("ana", "bea", "cleo"))
    merge_people(ana, into=bea)
    merge_people(bea, into=cleo)
    for name in ("ana", "bea"):
        again = separate_account(JiraAccount.objects.get(account_id=name))
        assert (again.name, again.email) == (name, f"{name}@mail.example")
    assert Person.objects.count() == 3


def test_who_was_told_apart_stays_so_when_merged_with_a_third(first: JiraInstance) -> None:
    ana, bea, cleo = (tell(first, name, f"{name}@mail.example", name) for name in ("ana", "bea", "cleo"))
    tell_apart(bea, ana)
    merge_people(bea, into=cleo)
    assert DifferentPeople.objects.values_list("first", "second").get() == (ana.pk, cleo.pk)
    merge_people(cleo, into=ana)
    assert not DifferentPeople.objects.exists()


# What an ADMIN is asked


def signs() -> list[tuple[str, str, Sign]]:
    return [(each.first.name, each.second.name, each.sign) for each in suggested_merges()]


def test_who_shares_an_address_or_a_name_is_suggested_once(first: JiraInstance, second: JiraInstance) -> None:
    tell(first, "a", name="Ana")
    tell(first, "b", name="Bea")
    tell(second, "c", "", "ana")
    assert signs() == [("Ana", "Bea", Sign.EMAIL), ("Ana", "ana", Sign.NAME)]


def test_namesakes_of_one_instance_are_not_suggested(first: JiraInstance) -> None:
    tell(first, "a", "")
    tell(first, "b", "")
    assert signs() == []


def test_who_was_told_apart_is_not_suggested_again(first: JiraInstance, second: JiraInstance) -> None:
    tell_apart(tell(first, "a", ""), tell(second, "b", ""))
    assert signs() == []


def test_who_bears_the_address_of_somebody_elses_user_is_suggested(company: Cast, first: JiraInstance) -> None:
    Person.objects.create(name="Chosen by hand", user=company.user)
    tell(first, "a", company.user.email.upper(), "Ana")
    assert signs() == [("Chosen by hand", "Ana", Sign.EMAIL)]
