"""Worklogs one by one: the same filter, every column."""

from collections.abc import Iterator

from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from worklogs.exports.sheet import Column, Kind, Row, Sheet, csv_lines
from worklogs.filters import WorklogFilter
from worklogs.labels import names_apart
from worklogs.models import Person
from worklogs.models.work import authors_clock
from worklogs.reports.worklog_order import ordered

COLUMNS = {
    gettext_noop("Day"): "day",
    gettext_noop("Start"): "started_at",
    gettext_noop("Person"): "person",
    gettext_noop("Team"): "person__team__name",
    gettext_noop("Instance"): "instance__name",
    gettext_noop("Project"): "project__key",
    gettext_noop("Epic"): "epic__key",
    gettext_noop("Epic summary"): "epic__summary",
    gettext_noop("Issue"): "issue__key",
    gettext_noop("Issue id"): "issue__external_id",
    gettext_noop("Summary"): "issue__summary",
    gettext_noop("Type"): "issue__type",
    gettext_noop("Seconds"): "seconds",
    gettext_noop("Billable seconds"): "billable_seconds",
    gettext_noop("Comment"): "comment",
    gettext_noop("Source"): "source",
    gettext_noop("Worklog"): "external_id",
    gettext_noop("Created"): "created_at",
    gettext_noop("No longer shown since"): "missing_since__date",
}
KINDS = {
    "Day": Kind.DAY,
    "Start": Kind.TIME,
    "Created": Kind.MOMENT,
    "No longer shown since": Kind.DAY,
    "Seconds": Kind.SECONDS,
    "Billable seconds": Kind.SECONDS,
}
WIDTHS = {"Epic summary": 40, "Summary": 40, "Comment": 40, "Epic": 12, "Issue": 12, "Issue id": 10, "Project": 10}
WIDTHS |= {"Source": 8, "Worklog": 10}


def worklogs_csv(chosen: WorklogFilter) -> Iterator[str]:
    """Line by line, in the order of days, with no total: it is read by programs, which add up themselves, and know
    the columns by their English names.

    Needs the company scope to be open while it runs.
    """
    return csv_lines(worklogs_sheet(chosen))


def worklogs_sheet(chosen: WorklogFilter, *, sort: str = "day", has_total: bool = False) -> Sheet:
    """Without a total it is for programs: its headings are English, whoever's request it is. BadFilter on a `sort` that
    there is not."""
    with translation.override(translation.get_language() if has_total else "en"):
        columns = [Column(_(label), KINDS.get(label, Kind.TEXT), WIDTHS.get(label, 0)) for label in COLUMNS]
        hours = [Column(_("Hours"), Kind.HOURS), Column(_("Hours (h:mm)"), Kind.CLOCK)]
    found = ordered(chosen.worklogs(), sort)
    sums, zone = {"seconds": 0, "billable_seconds": 0}, timezone.get_current_timezone()

    def rows() -> Iterator[Row]:
        paths = [F(path) for path in (*COLUMNS.values(), "utc_offset_minutes")]
        people = names_apart(Person.objects.all())
        names = list(COLUMNS.values())
        person, start, created, seconds, billable = map(names.index, ("person", "started_at", "created_at", *sums))
        for *row, utc_offset_minutes in found.values_list(*paths).iterator(chunk_size=2000):
            row[person] = people[row[person]]
            row[start] = authors_clock(row[start], utc_offset_minutes).time()
            row[created] = row[created].astimezone(zone).replace(tzinfo=None)
            sums["seconds"] += row[seconds]
            sums["billable_seconds"] += row[billable]
            yield (*row, row[seconds], row[seconds])

    def total() -> Row:
        cells = [sums.get(path) for path in COLUMNS.values()]
        return (_("Total"), *cells[1:], sums["seconds"], sums["seconds"])

    return Sheet(_("Worklogs"), (*columns, *hours), rows(), total if has_total else None)
