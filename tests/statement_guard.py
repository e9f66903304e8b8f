"""Reads every statement of the suite: one that names a tenant table without a condition on its company fails the test.

A condition is a company that is given (`t.company_id = %s`) or an equal company of a table that has one, so that a
chain of joins holds if one of its tables is bound. Inside company_scope(ALL_COMPANIES) nothing is asked.
So the whole suite is the proof of isolation.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from django.apps import apps

from accounts.tenancy import TenantModel, acts_for_all_companies

NAMED = re.compile(
    r'\b(?:FROM|JOIN|UPDATE)\s+"?(?P<table>\w+)"?(?:\s+(?:AS\s+)?"?(?P<alias>(?!WHERE|SET|ON|INNER|LEFT|GROUP|ORDER|LIMIT|USING|CROSS|JOIN|RETURNING|UNION|FOR)\w+)"?)?',
    re.IGNORECASE,
)
COMPANY = r'(?:"?(\w+)"?\.)?"?\bcompany_id\b"?'
BOUND = re.compile(rf"{COMPANY}\s*(?:=\s*\(?|IN\s*\()\s*(?:%s|\d)", re.IGNORECASE)
JOINED = re.compile(rf"{COMPANY}\s*=\s*\(?\s*{COMPANY}", re.IGNORECASE)
SAME_ROW = re.compile(r'"(\w+)"\."id" IN \(SELECT (U\d+)\."id" FROM "\1" \2\b')  # an UPDATE or DELETE across joins
WRITTEN = re.compile(r'(?:\bSET\s+|,\s*)"?company_id"?\s*=\s*%s', re.IGNORECASE)  # a value, no condition
PARTS = re.compile(r"\b(?:UNION(?:\s+ALL)?|EXCEPT|INTERSECT)\b", re.IGNORECASE)

# Django's deletion collector names rows by key alone. It got them from guarded queries and a delete() that checks.
COLLECTED = re.compile(r'^(?:DELETE FROM|UPDATE) "(\w+)" (?:SET "\w+" = (?:NULL|%s) )?WHERE "\1"\."id" IN \([%s, ]+\)$')


class UnguardedStatement(AssertionError):
    """A statement could read or change the rows of every company."""


@cache
def tenant_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel))


@lru_cache(maxsize=4096)
def unguarded_tables(sql: str) -> frozenset[str]:
    """The tenant tables of a statement that no company limits."""
    if COLLECTED.match(sql):
        return frozenset()
    return frozenset(table for part in PARTS.split(WRITTEN.sub(" ", sql)) for table in _unguarded(part))


def _unguarded(part: str) -> Iterator[str]:
    tables = {match["alias"] or match["table"]: match["table"] for match in NAMED.finditer(part)}
    only = next(iter(tables)) if len(NAMED.findall(part)) == 1 else ""  # one table may leave its name out
    guarded = {name or only for name in BOUND.findall(part)}
    joins = [{left or only, right or only} for left, right in JOINED.findall(part)]
    joins += [set(same) for same in SAME_ROW.findall(part)]
    for _ in joins:
        guarded |= {name for join in joins if join & guarded for name in join}
    return (table for name, table in tables.items() if table in tenant_tables() and name not in guarded)


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not acts_for_all_companies():
        for table in unguarded_tables(sql):
            raise UnguardedStatement(f"No condition on {table}.company_id in: {sql}")
    return execute(sql, params, many, context)
