"""Reads every statement of the suite: one that names a tenant table without a condition on its company fails the test.

So the whole suite is the proof of isolation. Inside company_scope(ALL_COMPANIES) nothing is asked.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.apps import apps

from accounts.tenancy import TenantModel, acts_for_all_companies

NAMED = re.compile(
    r'\b(?:FROM|JOIN|UPDATE)\s+"?(?P<table>\w+)"?(?:\s+(?:AS\s+)?"?(?P<alias>(?!WHERE|SET|ON|INNER|LEFT|GROUP|ORDER|LIMIT|USING|CROSS|JOIN|RETURNING|UNION|FOR)\w+)"?)?',
    re.IGNORECASE,
)

# Django's deletion collector names rows by key alone. It got them from guarded queries and a delete() that checks.
COLLECTED = re.compile(r'^(?:DELETE FROM|UPDATE) "(\w+)" (?:SET "\w+" = (?:NULL|%s) )?WHERE "\1"\."id" IN \([%s, ]+\)$')


class UnguardedStatement(AssertionError):
    """A statement could read or change the rows of every company."""


@cache
def tenant_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel))


def unguarded_tables(sql: str) -> Iterator[str]:
    if COLLECTED.match(sql):
        return
    for match in NAMED.finditer(sql):
        table, alias = match["table"], match["alias"]
        if table not in tenant_tables():
            continue
        names = "|".join(re.escape(name) for name in (table, alias) if name)
        # A statement of one table may leave the table's name out.
        prefix = rf'(?:"?(?:{names})"?\.)' + ("?" if len(NAMED.findall(sql)) == 1 else "")
        if not re.search(rf'{prefix}"?company_id"?\s*(?:=|IN\b)', sql):
            yield table


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not acts_for_all_companies():
        for table in unguarded_tables(sql):
            raise UnguardedStatement(f"No condition on {table}.company_id in: {sql}")
    return execute(sql, params, many, context)
