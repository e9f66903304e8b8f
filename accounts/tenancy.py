"""All of multi-tenancy: which company the running code acts for, and models that obey it.

The manager filters by a lookup that reads the current company when the SQL is *compiled*, so a queryset
made at import is safe, and without a company the query raises instead of returning everything.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from django.core.exceptions import FullResultSet, PermissionDenied
from django.db import models

ALL_COMPANIES: Final = -1
_company: ContextVar[int | None] = ContextVar("company", default=None)


class NoCompany(RuntimeError):
    """Tenant data was asked for outside any company_scope."""


class WrongCompany(PermissionDenied):
    """A row of one company was about to be written while acting for another."""


@contextmanager
def company_scope(company: "models.Model | int") -> Iterator[None]:
    """Act for one company (or, rarely and reviewed, for ALL_COMPANIES) until the block ends."""
    token = _company.set(company if isinstance(company, int) else company.pk)
    try:
        yield
    finally:
        _company.reset(token)


def current_company_id() -> int:
    """The company that is acted for; NoCompany when there is none, or all of them."""
    company_id = _company.get()
    if company_id is None or company_id == ALL_COMPANIES:
        raise NoCompany("No company: wrap this in company_scope(company).")
    return company_id


def acts_for_all_companies() -> bool:
    return _company.get() == ALL_COMPANIES


def refuse_other_company(row: models.Model) -> None:
    if not acts_for_all_companies() and row.company_id != current_company_id():  # type: ignore[attr-defined]
        raise WrongCompany(f"{row._meta.label} belongs to another company.")


class CompanyKey(models.ForeignKey):  # type: ignore[type-arg]
    """The column that says whose row it is: filled from the scope, never edited."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"to": "accounts.Company", "on_delete": models.CASCADE, "related_name": "+"}
        super().__init__(**{"editable": False, "default": current_company_id, "db_index": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        company_id: int = super().pre_save(model_instance, add)
        refuse_other_company(model_instance)
        return company_id


@CompanyKey.register_lookup
class IsCurrent(models.lookups.Exact):
    lookup_name, prepare_rhs = "is_current", False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if acts_for_all_companies():
            raise FullResultSet
        return models.lookups.Exact(self.lhs, current_company_id()).as_sql(compiler, connection)


M = TypeVar("M", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[M]):
    def update(self, **values: Any) -> int:
        if "company" in values or "company_id" in values:
            raise WrongCompany("A row never moves to another company.")
        return super().update(**values)

    def bulk_create(self, *args: Any, **options: Any) -> list[M]:
        if options.get("update_conflicts") and "company" not in (options.get("unique_fields") or ()):
            raise WrongCompany("A row that is in the way may be another company's: unique_fields begins with company.")
        return super().bulk_create(*args, **options)


class TenantManager(models.Manager[M]):
    def get_queryset(self) -> models.QuerySet[M]:
        return TenantQuerySet(self.model, using=self._db).filter(company__is_current=True)


def company_key(model: type[models.Model]) -> CompanyKey:
    key = model._meta.get_field("company")
    if not isinstance(key, CompanyKey):
        raise TypeError(f"{model._meta.label} is no tenant model.")
    return key


class WithinCompany:
    """Every join that such a key makes stays within the company."""

    model: type[models.Model]
    remote_field: Any

    def get_extra_restriction(self, alias: str | None, related_alias: str) -> Any:
        there, here = (company_key(model) for model in (self.remote_field.model, self.model))
        if alias is None:  # the subquery of an exclude(): Django has trimmed the other table off its start
            return IsCurrent(here.get_col(related_alias), rhs=True)
        return models.lookups.Exact(there.get_col(alias), here.get_col(related_alias))


class TenantKey(WithinCompany, models.ForeignKey):  # type: ignore[type-arg]
    """From one tenant model to another."""


class TenantOneToOne(WithinCompany, models.OneToOneField):  # type: ignore[type-arg]
    """From one tenant model to another, of which each row has one at most."""


class TenantModel(models.Model):
    """A row of one company. Subclasses inherit Meta from TenantModel.Meta to keep the base manager."""

    company = CompanyKey()
    company_id: int
    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_other_company(self)
        return super().delete(*args, **kwargs)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        super().validate_unique({name for name in exclude or () if name != "company"})

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints({name for name in exclude or () if name != "company"})
