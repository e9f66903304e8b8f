"""Whatever Django offers to read or write rows: it raises without a company, and in one the others do not exist."""

from collections.abc import AsyncIterable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django import forms
from django.core.exceptions import FieldError, ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Prefetch, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.http import StreamingHttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.middleware import CompanyMiddleware
from accounts.models import Company, Membership, User
from accounts.tenancy import (
    ALL_COMPANIES,
    NoCompany,
    TenantModel,
    WithinCompany,
    WrongCompany,
    company_scope,
    current_company_id,
)
from tests.accounts.conftest import Rows
from worklogs.models import Issue, JiraAccount, JiraInstance, Person, Team, Worklog

pytestmark = pytest.mark.usefixtures("ours", "theirs")

MADE_AT_IMPORT = Person.objects.filter(email="shared@mail.example")
PREFETCH_AT_IMPORT = Prefetch("people", queryset=Person.objects.order_by("name"), to_attr="found")


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Person
        fields = ("name", "team")


class ChoiceForm(forms.Form):
    person = forms.ModelChoiceField(Person.objects.all())


async def asynchronously(people: AsyncIterable[Person]) -> list[str]:
    return [person.name async for person in people]


def names(people: Any) -> list[str]:
    return [person.name for person in people]


everyone = Person.objects.all


def unordered() -> models.QuerySet[Person]:
    return Person.objects.order_by()  # SQLite takes no ORDER BY in the parts of a compound


def awaited(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    async def call() -> Any:
        return await method(*args, **kwargs)

    return async_to_sync(call)()


# Each gives the names of the people that it finds.
READS: dict[str, Callable[[], list[str]]] = {
    "all": lambda: names(everyone()),
    "get": lambda: [Person.objects.get().name],
    "get with a condition": lambda: [Person.objects.get(email="shared@mail.example").name],
    "filter": lambda: names(Person.objects.filter(email="shared@mail.example")),
    "filter by either of two": lambda: names(Person.objects.filter(Q(name="Ana") | Q(name="Bea"))),
    "exclude": lambda: names(Person.objects.exclude(name="Cleo")),
    "exclude a relation": lambda: names(Person.objects.exclude(accounts__name="Cleo")),
    "exclude a relation two steps away": lambda: names(Person.objects.exclude(worklogs__issue__key="X-1")),
    "first": lambda: names([Person.objects.first()]),
    "last": lambda: names([Person.objects.last()]),
    "earliest": lambda: [Person.objects.earliest("id").name],
    "latest": lambda: [Person.objects.latest("id").name],
    "slice": lambda: names(everyone()[:5]),
    "index": lambda: [everyone()[0].name],
    "iterator": lambda: names(Person.objects.iterator()),
    "iterator in chunks with a prefetch": lambda: names(Person.objects.prefetch_related("accounts").iterator(10)),
    "values": lambda: [row["name"] for row in Person.objects.values("name")],
    "values_list": lambda: list(Person.objects.values_list("name", flat=True)),
    "in_bulk": lambda: names(Person.objects.in_bulk().values()),
    "only": lambda: names(Person.objects.only("name")),
    "defer": lambda: names(Person.objects.defer("email")),
    "distinct": lambda: list(Person.objects.distinct().values_list("name", flat=True)),
    "reverse": lambda: names(everyone().reverse()),
    "annotate": lambda: names(Person.objects.annotate(n=Count("worklogs")).filter(n=1)),
    "alias": lambda: names(Person.objects.alias(n=Count("accounts")).filter(n=1)),
    "aggregate": lambda: [Person.objects.aggregate(name=Max("name"))["name"]],
    "window": lambda: names(Person.objects.annotate(n=Window(RowNumber(), order_by="name")).filter(n__gte=1)),
    "union": lambda: names(unordered().union(unordered().filter(email="shared@mail.example"))),
    "union of values": lambda: sorted(
        row[0] for row in unordered().values_list("name").union(unordered().values_list("name"), all=True)
    )[:1],
    "intersection": lambda: names(unordered().intersection(unordered())),
    "difference": lambda: names(unordered().difference(unordered().filter(name="Cleo"))),
    "both of two querysets": lambda: names(everyone() & MADE_AT_IMPORT),
    "either of two querysets": lambda: names(everyone() | MADE_AT_IMPORT),
    "select_related": lambda: names(Person.objects.select_related("team")),
    "prefetch_related": lambda: [p.name for team in Team.objects.prefetch_related("people") for p in team.people.all()],
    "prefetch of a queryset made at import": lambda: [
        person.name for team in Team.objects.prefetch_related(PREFETCH_AT_IMPORT) for person in team.found
    ],
    "reverse relation": lambda: names(Team.objects.get().people.all()),
    "join": lambda: [row[0] for row in Worklog.objects.values_list("person__name")],
    "join back": lambda: [row[0] for row in Team.objects.values_list("people__name")],
    "join of five": lambda: list(
        Worklog.objects.filter(issue__project__key="CORE", account__person__team__slug="team").values_list(
            "epic__worklogs__person__name", flat=True
        )
    ),
    "condition across a relation": lambda: names(Person.objects.filter(team__slug="team", accounts__account_id="ann")),
    "filtered relation": lambda: names(
        Person.objects.annotate(found=FilteredRelation("accounts", condition=Q(accounts__account_id="ann"))).filter(
            found__isnull=False
        )
    ),
    "subquery of keys": lambda: names(Person.objects.filter(team__in=Team.objects.all())),
    "subquery as a value": lambda: list(
        Team.objects.annotate(
            person=Subquery(Person.objects.filter(email="shared@mail.example").values("name")[:1])
        ).values_list("person", flat=True)
    ),
    "exists subquery": lambda: names(Person.objects.filter(Exists(Worklog.objects.filter(person=OuterRef("pk"))))),
    "made at import": lambda: names(MADE_AT_IMPORT.all()),
    "choices of a ModelForm": lambda: [
        person.name
        for value, _ in PersonForm().fields["team"].choices  # type: ignore[attr-defined]
        if value
        for person in value.instance.people.all()
    ],
    "choices of a form": lambda: [label for value, label in ChoiceForm().fields["person"].choices if value],  # type: ignore[attr-defined]
    "base manager": lambda: names(Person._base_manager.all()),
    "default manager": lambda: names(Person._default_manager.all()),
    "get_or_create": lambda: [Person.objects.get_or_create(email="shared@mail.example")[0].name],
    "async for": lambda: async_to_sync(asynchronously)(everyone()),
    "async iterator": lambda: async_to_sync(asynchronously)(everyone().aiterator()),
    "aget": lambda: names([awaited(Person.objects.aget)]),
    "afirst": lambda: names([awaited(Person.objects.afirst)]),
    "count": lambda: ["counted"] * Person.objects.count(),
    "acount": lambda: ["counted"] * awaited(Person.objects.acount),
    "exists": lambda: ["counted"] * Person.objects.filter(email="shared@mail.example").exists(),
    "len": lambda: ["counted"] * len(everyone()),
    "count of rows": lambda: ["counted"] * Worklog.objects.aggregate(n=Count("*"))["n"],
    "update": lambda: ["counted"] * Person.objects.update(email="new@mail.example"),
    "update with F": lambda: ["counted"] * Worklog.objects.update(seconds=F("seconds") + 1),
    "update through a join": lambda: ["counted"] * Person.objects.filter(accounts__account_id="ann").update(email=""),
    "delete": lambda: ["counted"] * Worklog.objects.all().delete()[0],
    "explain": lambda: ["counted"] * bool(Person.objects.explain()),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_company_finds_its_own_rows_alone(read, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert read() in (["Ana"], ["counted"])
    with company_scope(theirs.cast.company):
        assert read() in (["Bea"], ["counted"])


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_without_a_company_nothing_is_read(read) -> None:
    with pytest.raises(NoCompany):
        read()


def test_writes_of_one_company_leave_the_other_as_it_was(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        Worklog.objects.update(seconds=1)
        Person.objects.update(name="changed")
        Worklog.objects.all().delete()
    with company_scope(theirs.cast.company):
        theirs.worklog.refresh_from_db()
        assert (theirs.worklog.seconds, Person.objects.get().name) == (3600, "Bea")


def other_persons_choice(row: Rows) -> None:
    form = ChoiceForm({"person": row.person.pk})
    if not form.is_valid():
        raise ObjectDoesNotExist(form.errors)


# Each is given another company's rows and must not find them.
READS_BY_KEY: dict[str, Callable[[Rows], object]] = {
    "get": lambda row: Person.objects.get(pk=row.person.pk),
    "aget": lambda row: awaited(Person.objects.aget, pk=row.person.pk),
    "refresh_from_db": lambda row: row.person.refresh_from_db(),
    "a forward relation that is not loaded": lambda row: Person(pk=1, team_id=row.team.pk).team,
    "a value of a form": other_persons_choice,
    "get through a relation": lambda row: Worklog.objects.get(person=row.person),
}


@pytest.mark.parametrize("read", READS_BY_KEY.values(), ids=READS_BY_KEY.keys())
def test_another_companys_key_is_an_unknown_key(read, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company), pytest.raises(ObjectDoesNotExist):
        read(theirs)


EMPTY_BY_KEY: dict[str, Callable[[Rows], object]] = {
    "filter": lambda row: Person.objects.filter(pk=row.person.pk).exists(),
    "in_bulk": lambda row: Person.objects.in_bulk([row.person.pk]),
    "contains": lambda row: Person.objects.contains(row.person),
    "reverse relation": lambda row: list(row.team.people.all()),
    "reverse relation counted": lambda row: row.team.people.count(),
    "update": lambda row: Person.objects.filter(pk=row.person.pk).update(name="taken"),
    "update through its relation": lambda row: row.team.people.update(name="taken"),
    "delete of a queryset": lambda row: Worklog.objects.filter(pk=row.worklog.pk).delete()[0],
    "bulk_update": lambda row: Person.objects.bulk_update([row.person], ["name"]),
    "a condition on its relation": lambda row: Worklog.objects.filter(person__team=row.team).exists(),
}


@pytest.mark.parametrize("read", EMPTY_BY_KEY.values(), ids=EMPTY_BY_KEY.keys())
def test_another_companys_row_is_found_by_nothing(read, ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert not read(theirs)
    with company_scope(theirs.cast.company):
        assert Person.objects.get().name == "Bea"


def test_a_prefetch_on_another_companys_object_is_empty(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        models.prefetch_related_objects([theirs.team], "people")
        assert list(theirs.team.people.all()) == []


def new_account(row: Rows, **fields: Any) -> JiraAccount:
    return JiraAccount(company=row.cast.company, instance=row.instance, person=row.person, account_id="new", **fields)


def renamed(row: Rows) -> Person:
    row.person.name = "taken"
    return row.person


WRITES: dict[str, Callable[[Rows], object]] = {
    "save": lambda row: renamed(row).save(),
    "save of some fields": lambda row: renamed(row).save(update_fields=["name"]),
    "asave": lambda row: awaited(renamed(row).asave),
    "delete": lambda row: row.worklog.delete(),
    "create": lambda row: Team.objects.create(company=row.cast.company, name="New", slug="new"),
    "acreate": lambda row: awaited(Team.objects.acreate, company=row.cast.company, name="New", slug="new"),
    "get_or_create": lambda row: Team.objects.get_or_create(company=row.cast.company, name="New", slug="new"),
    "update_or_create": lambda row: Team.objects.update_or_create(
        name="New", defaults={"company": row.cast.company, "slug": "new"}
    ),
    "bulk_create": lambda row: JiraAccount.objects.bulk_create([new_account(row)]),
    "bulk_create that ignores conflicts": lambda row: JiraAccount.objects.bulk_create(
        [new_account(row)], ignore_conflicts=True
    ),
    "bulk_create that updates its own key": lambda row: Team.objects.bulk_create(
        [Team(pk=row.team.pk, name="taken", slug="taken")],
        update_conflicts=True,
        update_fields=["name"],
        unique_fields=["id"],
    ),
    "update of the company": lambda row: Person.objects.update(company=row.cast.company),
    "update of the company's key": lambda row: Person.objects.update(company_id=row.cast.company.pk),
    "bulk_update of the company": lambda row: Person.objects.bulk_update(
        [Person(pk=Person.objects.get().pk, company=row.cast.company)], ["company"]
    ),
    "own row given away": lambda row: given_away(row).save(),
}


def given_away(row: Rows) -> Person:
    own = Person.objects.get()
    own.company = row.cast.company
    return own


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_row_of_another_company_is_not_written(write, ours: Rows, theirs: Rows) -> None:
    refused = (WrongCompany, ObjectDoesNotExist, DatabaseError)
    with company_scope(ours.cast.company), pytest.raises(refused), transaction.atomic():
        write(theirs)
    with company_scope(theirs.cast.company):
        assert (Person.objects.get().name, Team.objects.get().name) == ("Bea", "Boreal")
        assert (JiraAccount.objects.count(), Worklog.objects.count()) == (1, 1)


def test_a_new_row_with_another_companys_key_does_not_replace_it(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company), pytest.raises(IntegrityError), transaction.atomic():
        Team(pk=theirs.team.pk, name="taken", slug="taken").save()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_without_a_company_nothing_is_written(write, theirs: Rows) -> None:
    with pytest.raises((NoCompany, WrongCompany)):
        write(theirs)


def test_a_company_is_deleted_by_nobody_who_acts_for_another(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        theirs.cast.company.delete()
    with company_scope(ALL_COMPANIES):
        assert Person.objects.filter(name="Bea").exists()
        with pytest.raises(IntegrityError):
            connection.check_constraints()  # what a commit does
        transaction.set_rollback(True)


def test_a_new_row_belongs_to_the_company_that_is_acted_for(ours: Rows) -> None:
    with company_scope(ours.cast.company):
        assert Team.objects.create(name="New", slug="new").company == ours.cast.company
        made = Team.objects.bulk_create([Team(name="Newer", slug="newer")])
        assert made[0].company == ours.cast.company


def test_a_row_needs_a_company_to_be_made() -> None:
    with pytest.raises(NoCompany):
        Team(name="Nobody's", slug="nobodys")


def test_unique_names_are_unique_in_their_company_alone(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        Team(name="Boreal", slug="boreal").full_clean()
        with pytest.raises(ValidationError, match="already exists|one_team_a_name"):
            Team(name="Atlas", slug="atlas").full_clean()


def test_a_form_validates_what_is_unique_in_the_company(ours: Rows) -> None:
    form_class = forms.modelform_factory(Team, fields=["name", "slug"])
    with company_scope(ours.cast.company):
        assert not form_class({"name": "Atlas", "slug": "other"}).is_valid()
        assert form_class({"name": "Boreal", "slug": "boreal"}).is_valid()


def test_a_form_never_sets_the_company(ours: Rows, theirs: Rows) -> None:
    form_class = forms.modelform_factory(Team, fields="__all__")
    with company_scope(ours.cast.company):
        form = form_class({"name": "New", "slug": "new", "company": theirs.cast.company.pk})
        assert form.save().company == ours.cast.company


def test_a_user_leads_to_no_companys_people(ours: Rows) -> None:
    for path in ("person", "membership"):
        with company_scope(ours.cast.company), pytest.raises(FieldError):
            User.objects.filter(**{f"{path}__id": 1}).exists()


JOINS: dict[str, Callable[[], models.QuerySet[Any]]] = {
    "forward": lambda: Worklog.objects.select_related("issue__project", "epic", "person__team", "account__instance"),
    "backward": lambda: Team.objects.filter(people__accounts__name="x", people__worklogs__issue__key="y"),
    "left": lambda: Team.objects.annotate(n=Count("people__worklogs__issue__children")),
    "excluded": lambda: Team.objects.exclude(people__accounts__name="x"),
}


@pytest.mark.parametrize("make", JOINS.values(), ids=JOINS.keys())
def test_every_join_stays_within_the_company(make, ours: Rows) -> None:
    with company_scope(ours.cast.company), CaptureQueriesContext(connection) as captured:
        list(make())
    statement = captured[0]["sql"]
    joins = statement.split(" JOIN ")[1:]
    assert joins or "EXISTS" in statement
    assert all("company_id" in join.split(" ON ")[1].split(" WHERE ")[0] for join in joins)


def test_a_reference_that_was_planted_leads_nowhere(ours: Rows, theirs: Rows) -> None:
    with company_scope(ALL_COMPANIES):
        Person.objects.filter(pk=ours.person.pk).update(team=theirs.team)
    with company_scope(ours.cast.company):
        assert str(Person.objects.values_list("team__name", flat=True).get()) == "None"
        assert not Person.objects.filter(team__name="Boreal").exists()
        with pytest.raises(Team.DoesNotExist):
            str(Person.objects.get().team)
    with company_scope(theirs.cast.company):
        assert names(theirs.team.people.all()) == ["Bea"]
        assert list(Team.objects.annotate(n=Count("people")).values_list("n", flat=True)) == [1]


def test_all_companies_are_read_together_when_that_is_said(ours: Rows, theirs: Rows) -> None:
    with company_scope(ALL_COMPANIES):
        assert names(everyone().order_by("name")) == ["Ana", "Bea"]
        assert Worklog.objects.filter(person__team__slug="team").count() == 2
        assert names(Person.objects.exclude(name="Ana")) == ["Bea"]
        with pytest.raises(NoCompany):
            Team(name="Whose?", slug="whose")


def test_scopes_nest_and_end(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        with company_scope(theirs.cast.company):
            assert names(everyone()) == ["Bea"]
        assert names(everyone()) == ["Ana"]
    with pytest.raises(NoCompany):
        current_company_id()


def test_a_scope_ends_with_an_error_too(ours: Rows) -> None:
    with pytest.raises(ZeroDivisionError), company_scope(ours.cast.company):
        1 / 0  # noqa: B018
    with pytest.raises(NoCompany):
        current_company_id()


def test_a_company_that_is_not_saved_is_none() -> None:
    with company_scope(Company(name="New")), pytest.raises(NoCompany):
        everyone().exists()


def test_a_queryset_that_was_made_in_one_company_reads_the_one_that_is_acted_for(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        made = Person.objects.filter(email="shared@mail.example")
    with company_scope(theirs.cast.company):
        assert names(made) == ["Bea"]


def test_the_scope_of_a_request_ends_with_it(ours: Rows) -> None:
    seen = []

    def lines() -> Iterator[str]:
        yield from names(everyone())

    def view(request: Any) -> StreamingHttpResponse:
        seen.append(current_company_id())
        return StreamingHttpResponse(lines())

    request = RequestFactory().get("/")
    request.user = ours.cast.admin
    request.session = {}  # type: ignore[assignment]
    response = CompanyMiddleware(view)(request)  # type: ignore[arg-type]
    assert seen == [ours.cast.company.pk]
    with pytest.raises(NoCompany):
        list(response)


def tenant_models() -> list[type[TenantModel]]:
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_every_tenant_model_keeps_to_the_rules(model: type[TenantModel]) -> None:
    """House rules of section 3: the base manager, and the company first in unique constraints."""
    assert model._meta.base_manager_name == "objects"
    assert type(model._default_manager).__name__ == "TenantManager"
    uniques = [constraint.fields for constraint in model._meta.constraints if hasattr(constraint, "fields")]
    assert all(fields[0] == "company" for fields in uniques)
    assert not model._meta.local_many_to_many
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and issubclass(target, TenantModel):
            assert isinstance(field, WithinCompany), field
        elif field.is_relation:
            assert getattr(field.remote_field, "hidden", False), f"{field} can be joined from a model of every company"


def test_a_membership_is_read_in_its_company_alone(ours: Rows, theirs: Rows) -> None:
    with company_scope(ours.cast.company):
        assert {membership.user for membership in Membership.objects.select_related("user")} == {
            ours.cast.admin,
            ours.cast.manager,
            ours.cast.user,
        }


def test_an_instance_of_the_other_company_may_have_the_same_name(ours: Rows, theirs: Rows) -> None:
    assert (ours.instance.slug, ours.instance.name) == (theirs.instance.slug, theirs.instance.name)
    with company_scope(ours.cast.company):
        assert Issue.objects.get(instance__slug="jira") == ours.issue
        assert JiraInstance.objects.get(slug="jira") == ours.instance
