"""Keeps the tables of totals equal to the worklogs, by the differences that a transaction makes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import Count, F, Model, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Company
from accounts.tenancy import current_company_id
from worklogs.models import Worklog
from worklogs.models.totals import TOTALS, WITHOUT, Total

Sums = dict[tuple[Any, ...], list[int]]  # by the columns of a table's key: seconds, billable seconds, worklogs


class Cell(NamedTuple):
    """The finest thing that is counted: every table of totals groups some of these columns."""

    day: date
    person_id: int
    epic_id: int  # WITHOUT where there is none, as below
    project_id: int
    issue_id: int
    instance_id: int


def cell_of(
    day: date, person_id: int, epic_id: int | None, project_id: int | None, issue_id: int, instance_id: int
) -> Cell:
    return Cell(day, person_id, epic_id or WITHOUT, project_id or WITHOUT, issue_id, instance_id)


class Deltas:
    """Adds up what a transaction changes, then writes it to every table of totals at once."""

    def __init__(self) -> None:
        self._cells: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, cell: Cell, seconds: int, billable_seconds: int, worklogs: int = 1) -> None:
        sums = self._cells[cell]
        sums[0] += seconds
        sums[1] += billable_seconds
        sums[2] += worklogs

    def take(self, cell: Cell, seconds: int, billable_seconds: int, worklogs: int = 1) -> None:
        self.add(cell, -seconds, -billable_seconds, -worklogs)

    def write(self) -> None:
        """Applies the differences and counts the company's data version up; nothing to do is nothing written."""
        changed: Sums = {cell: sums for cell, sums in self._cells.items() if any(sums)}
        self._cells.clear()
        if not changed:
            return
        by_month = _by_month(changed)
        for total in TOTALS:
            _apply(total, _grouped(total, by_month if total.is_monthly else changed))
        mark_changed()


def mark_changed() -> None:
    """Every page that was cached of this company is out of date."""
    Company.objects.filter(pk=current_company_id()).update(data_version=F("data_version") + 1)


def _grouped(total: type[Total], cells: Sums) -> Sums:
    key_of = itemgetter(*[Cell._fields.index(key) for key in total.keys])
    return _added((key_of(cell), sums) for cell, sums in cells.items())


def _by_month(by_day: Sums) -> Sums:
    return _added(((day.replace(day=1), *rest), sums) for (day, *rest), sums in by_day.items())


def _added(rows: Iterable[tuple[tuple[Any, ...], list[int]]]) -> Sums:
    added: Sums = {}
    for key, (seconds, billable_seconds, worklogs) in rows:
        if (sums := added.get(key)) is None:
            added[key] = [seconds, billable_seconds, worklogs]
        else:
            sums[0] += seconds
            sums[1] += billable_seconds
            sums[2] += worklogs
    return added


def _apply(total: type[Total], grouped: Sums) -> None:
    company_id, table, keys = current_company_id(), total._meta.db_table, ", ".join(total.keys)
    marks = ", ".join(["%s"] * (len(total.keys) + 4))
    # Sorted, so that two syncs of one company lock rows in the same order.
    rows = [(company_id, *key, *sums) for key, sums in sorted(grouped.items())]
    emptied = [row[: len(total.keys) + 1] for row in rows if row[-1] < 0]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (company_id, {keys}, seconds, billable_seconds, worklogs) VALUES ({marks})"  # noqa: S608
            f" ON CONFLICT (company_id, {keys}) DO UPDATE SET seconds = {table}.seconds + excluded.seconds,"
            f" billable_seconds = {table}.billable_seconds + excluded.billable_seconds,"
            f" worklogs = {table}.worklogs + excluded.worklogs",
            rows,
        )
        if emptied:
            where = " AND ".join(f"{key} = %s" for key in total.keys)
            cursor.executemany(f"DELETE FROM {table} WHERE company_id = %s AND {where} AND worklogs = 0", emptied)  # noqa: S608


def rows_of(total: type[Total]) -> "QuerySet[Any, tuple[Any, ...]]":
    """What that table must hold, summed from the worklogs: the definition that tests and `rebuild` go by."""
    keys = {f"key_{position}": _expression(total, key) for position, key in enumerate(total.keys)}
    sums = {"s": Sum("seconds"), "b": Sum("billable_seconds"), "n": Count("id")}
    groups = Worklog.objects.order_by().annotate(**keys).values(*keys).annotate(**sums)
    return cast("QuerySet[Any, tuple[Any, ...]]", groups.values_list(*keys, *sums))


def _expression(total: type[Total], key: str) -> Any:
    if key == "day" and total.is_monthly:
        return TruncMonth("day")
    return Coalesce(key, WITHOUT) if key in ("epic_id", "project_id") else F(key)


def rebuild() -> None:
    """Sums every table of totals anew. For repairs; a sync never needs it."""
    for total in TOTALS:
        fields = (*total.keys, "seconds", "billable_seconds", "worklogs")
        total.objects.all().delete()
        rows: list[Model] = [total(**dict(zip(fields, row, strict=True))) for row in rows_of(total)]
        total.objects.bulk_create(rows, batch_size=1000)  # type: ignore[arg-type]
    mark_changed()
