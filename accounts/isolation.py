"""Proof on live data: no row of a company refers to a row of another one, or to a user as one of its own who is not."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef

from accounts.models import Membership
from accounts.tenancy import ALL_COMPANIES, TenantModel, company_scope


@dataclass(frozen=True)
class ForeignReference:
    model: str
    field: str
    rows: int
    to: str = "another company"

    def __str__(self) -> str:
        return f"{self.model}.{self.field}: {self.rows} rows refer to {self.to}"


def foreign_references() -> Iterator[ForeignReference]:
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        for field in model._meta.concrete_fields:
            target = field.related_model
            if not (isinstance(target, type) and issubclass(target, TenantModel)):
                continue
            if rows := _rows_elsewhere(model, field, target):
                yield ForeignReference(model._meta.label, field.name, rows)
        for name in getattr(model, "of_members", ()):
            if rows := _rows_of_strangers(model, name):
                yield ForeignReference(model._meta.label, name, rows, to="a user who isn't a member")


def _rows_elsewhere(model: type[TenantModel], field: "models.Field[object, object]", target: type[TenantModel]) -> int:
    with company_scope(ALL_COMPANIES):
        elsewhere = target.objects.filter(pk=OuterRef(field.attname)).exclude(company=OuterRef("company"))
        return model.objects.annotate(own=F("company")).filter(Exists(elsewhere)).count()


def _rows_of_strangers(model: type[TenantModel], name: str) -> int:
    with company_scope(ALL_COMPANIES):
        members = Membership.objects.filter(user=OuterRef(name), company=OuterRef("company"))
        return model.objects.exclude(**{name: None}).filter(~Exists(members)).count()
