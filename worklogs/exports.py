"""Worklogs as CSV: the same filter, every column, cells that no spreadsheet runs as a formula."""

import csv
from collections.abc import Iterator

from django.db.models import F

from accounts.spreadsheets import Echo, harmless
from worklogs.filters import WorklogFilter
from worklogs.hours import h_mm

COLUMNS = {
    "Day": "day",
    "Person": "person__name",
    "Team": "person__team__name",
    "Instance": "instance__name",
    "Project": "project__key",
    "Epic": "epic__key",
    "Epic summary": "epic__summary",
    "Issue": "issue__key",
    "Issue id": "issue__external_id",
    "Summary": "issue__summary",
    "Type": "issue__type",
    "Seconds": "seconds",
    "Billable seconds": "billable_seconds",
    "Comment": "comment",
    "Source": "source",
    "Worklog": "external_id",
}


def worklogs_csv(chosen: WorklogFilter) -> Iterator[str]:
    """Line by line, in the order of days. Needs the company scope to be open while it runs."""
    writer = csv.writer(Echo())
    yield "\ufeff"  # Excel reads UTF-8 only with this mark
    yield writer.writerow([*COLUMNS, "Hours", "Hours (h:mm)"])
    rows = chosen.worklogs().order_by("day", "started_at", "id").values_list(*[F(path) for path in COLUMNS.values()])
    seconds = list(COLUMNS.values()).index("seconds")
    for row in rows.iterator(chunk_size=2000):
        hours = (f"{row[seconds] / 3600:.4f}", h_mm(row[seconds]).replace(",", ""))
        yield writer.writerow([*map(harmless, row), *hours])
