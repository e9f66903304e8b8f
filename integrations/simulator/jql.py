"""The part of JQL that a reader of worklogs needs: clauses joined by AND, and ORDER BY."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from integrations.simulator.entities import SimIssue, SimWorklog
from integrations.simulator.exchange import RefusedError
from integrations.simulator.instance import SimInstance, UnknownError

CLAUSE = re.compile(
    r"""\s*(?P<field>\w+)\s*(?P<operator>>=|<=|=|>|<|\bin\b)\s*(?P<value>\([^)]*\)|"[^"]*"|'[^']*'|[^\s()"']+)\s*""",
    re.IGNORECASE,
)
ORDER = re.compile(r"(?:^|\s)order\s+by\s+(?P<fields>.+)$", re.IGNORECASE | re.DOTALL)
AND = re.compile(r"and\b", re.IGNORECASE)
RELATIVE = re.compile(r"-(\d+)([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
COMPARE: dict[str, Callable[[datetime, datetime, timedelta], bool]] = {
    ">=": lambda moment, bound, _: moment >= bound,
    "<": lambda moment, bound, _: moment < bound,
    ">": lambda moment, bound, width: moment >= bound + width,
    "<=": lambda moment, bound, width: moment < bound + width,
    "=": lambda moment, bound, width: bound <= moment < bound + width,
}
SORT_KEYS: dict[str, Callable[[SimIssue], Any]] = {
    "id": lambda issue: issue.id,
    "issuekey": lambda issue: (issue.project.key, int(issue.key.rsplit("-", 1)[1])),
    "key": lambda issue: (issue.project.key, int(issue.key.rsplit("-", 1)[1])),
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "project": lambda issue: issue.project.key,
}
Thing = TypeVar("Thing")
NAMES_OF_ID = ("key", "issuekey", "id", "issue")


@dataclass(frozen=True)
class Clause:
    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    clauses: tuple[Clause, ...]
    order: tuple[tuple[str, bool], ...]  # field, descending


def parse(jql: str) -> Query:
    order: tuple[tuple[str, bool], ...] = ()
    if match := ORDER.search(jql):
        order, jql = _order(match["fields"]), jql[: match.start()]
    clauses, position, jql = [], 0, jql.strip()
    while position < len(jql):
        found = CLAUSE.match(jql, position)
        if not found:
            raise RefusedError(400, f"Error in the JQL Query: the simulator cannot read '{jql[position:]}'.")
        values = [value.strip().strip("\"'") for value in found["value"].strip("()").split(",")]
        clauses.append(Clause(found["field"].lower(), found["operator"].lower(), tuple(values)))
        position = found.end()
        if position < len(jql):
            joined = AND.match(jql, position)
            if not joined:
                raise RefusedError(400, f"Error in the JQL Query: expecting AND before '{jql[position:]}'.")
            position = joined.end()
    return Query(tuple(clauses), order)


def select(query: Query, instance: SimInstance, *, strict: bool = True) -> list[SimIssue]:
    """Visible issues; newest first without ORDER BY. With `strict` an unknown project or issue is an error."""
    chosen = list(instance.visible_issues())
    of_worklogs = [clause for clause in query.clauses if clause.field in ("worklogdate", "worklogauthor")]
    for clause in query.clauses:
        if clause not in of_worklogs:
            test = _issue_test(clause, instance, strict=strict)
            chosen = [issue for issue in chosen if test(issue)]
    if of_worklogs:
        tests = [_worklog_test(clause, instance) for clause in of_worklogs]
        chosen = [
            issue for issue in chosen if instance.has_worklog(issue, lambda worklog: all(t(worklog) for t in tests))
        ]
    for name, descending in reversed(query.order or (("id", True),)):
        chosen.sort(key=SORT_KEYS[name], reverse=descending)
    return chosen


def _order(fields: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for field in fields.split(","):
        name, *direction = field.split()
        if name.lower() not in SORT_KEYS:
            raise RefusedError(400, f"Field '{name}' does not exist or this field cannot be sorted by.")
        order.append((name.lower(), direction[:1] in (["DESC"], ["desc"])))
    return tuple(order)


def _issue_test(clause: Clause, instance: SimInstance, *, strict: bool) -> Callable[[SimIssue], bool]:
    if clause.field == "updated":
        return _moment_test(clause, instance, lambda issue: issue.updated)
    if clause.operator not in ("=", "in"):
        raise RefusedError(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    if clause.field == "project":
        keys = _projects(clause, instance, strict=strict)
        return lambda issue: issue.project.key in keys
    if clause.field in (*NAMES_OF_ID, "parent"):
        ids = _issues(clause, instance, strict=strict)
        if clause.field == "parent":
            return lambda issue: issue.parent is not None and issue.parent.id in ids
        return lambda issue: issue.id in ids
    raise RefusedError(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")


def _projects(clause: Clause, instance: SimInstance, *, strict: bool) -> set[str]:
    found = set()
    for value in clause.values:
        names = (project for project in instance.projects.values() if not project.hidden)
        keys = {
            project.key
            for project in names
            if value.lower() in (project.key.lower(), project.name.lower(), str(project.id))
        }
        if not keys and strict:
            raise RefusedError(400, f"The value '{value}' does not exist for the field 'project'.")
        found |= keys
    return found


def _issues(clause: Clause, instance: SimInstance, *, strict: bool) -> set[int]:
    found = set()
    for value in clause.values:
        try:
            found.add(instance.issue(value).id)
        except UnknownError:
            if strict:
                raise RefusedError(
                    400, f"An issue with key '{value}' does not exist for field '{clause.field}'."
                ) from None
    return found


def _worklog_test(clause: Clause, instance: SimInstance) -> Callable[[SimWorklog], bool]:
    if clause.field == "worklogdate":
        return _moment_test(clause, instance, lambda worklog: worklog.started)
    return lambda worklog: worklog.author.key in clause.values


def _moment_test(
    clause: Clause, instance: SimInstance, moment_of: Callable[[Thing], datetime]
) -> Callable[[Thing], bool]:
    """Dates mean the calendar of the caller, whose night may be the author's day."""
    if clause.operator not in COMPARE:
        raise RefusedError(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    bound, width = _moment(clause.values[0], instance)
    compare = COMPARE[clause.operator]
    if clause.field != "worklogdate":
        width = timedelta(0)  # a day alone means its midnight, where worklogDate means the whole day
    return lambda thing: compare(moment_of(thing), bound, width)


def _moment(text: str, instance: SimInstance) -> tuple[datetime, timedelta]:
    """The beginning of what the text means, and how long it lasts."""
    if relative := RELATIVE.fullmatch(text):
        return instance.clock.now() - timedelta(**{UNITS[relative[2]]: int(relative[1])}), timedelta(0)
    for pattern, width in (("%Y-%m-%d", timedelta(days=1)), ("%Y-%m-%d %H:%M", timedelta(minutes=1))):
        try:
            return datetime.strptime(text.replace("/", "-"), pattern).replace(tzinfo=instance.caller.zone), width
        except ValueError:
            continue
    raise RefusedError(
        400, f"Date value '{text}' is invalid. Valid formats include: 'yyyy-MM-dd HH:mm', 'yyyy-MM-dd', '-5d'."
    )
