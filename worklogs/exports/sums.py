"""What worklogs come to, in a sheet: the same columns wherever rows have hours."""

from django.utils.translation import gettext as _

from worklogs.exports.sheet import Cell, Column, Kind
from worklogs.reports.tallies import Tally


def columns_of_sums() -> tuple[Column, ...]:
    return (
        Column(_("Hours"), Kind.HOURS),
        Column(_("Hours (h:mm)"), Kind.CLOCK),
        Column(_("Seconds"), Kind.SECONDS),
        Column(_("Billable hours"), Kind.HOURS),
        Column(_("Billable seconds"), Kind.SECONDS),
        Column(_("Worklogs"), Kind.COUNT),
        Column(_("Share"), Kind.PERCENT),
    )


def sums(tally: Tally, share: float | None) -> tuple[Cell, ...]:
    billable = tally.billable_seconds
    return (tally.seconds, tally.seconds, tally.seconds, billable, billable, tally.worklogs, share)


def share_of(tally: Tally, whole: Tally) -> float | None:
    return tally.seconds / whole.seconds if whole.seconds else None
