"""The lists of people, teams, epics and issues as sheets: the rows of all their pages as they are sorted, and the total
of these."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from worklogs.exports.sheet import Column, Kind, Row, Sheet, hours
from worklogs.exports.sums import columns_of_sums, share_of, sums
from worklogs.reports.issue_list import IssueRow, WholeList
from worklogs.reports.people import PersonRow
from worklogs.reports.tallies import change, summed
from worklogs.reports.teams import TeamList, TeamRow


def people_sheet(people: Sequence[PersonRow]) -> Sheet:
    whole = summed(row.tally for row in people)
    so_far, before = summed(row.so_far for row in people), summed(row.before for row in people)

    def cells(row: PersonRow) -> Row:
        member, tally = row.member, row.tally
        return (
            member.name,
            member.email,
            pgettext("person", "Active") if member.is_active else pgettext("person", "Deactivated"),
            row.team,
            *sums(tally, share_of(tally, whole)),
            tally.billable_share,
            row.change,
            row.days,
            row.missing,
            row.average_seconds,
            row.average_seconds,
            member.last_on,
            row.accounts,
        )

    def total() -> Row:
        of_all = (*sums(whole, share_of(whole, whole)), whole.billable_share, change(so_far.seconds, before.seconds))
        return (_("Total"), None, None, None, *of_all, *[None] * 6)

    columns = (
        Column(_("Person")),
        Column(_("E-mail")),
        Column(_("Status"), width=12),
        Column(_("Team")),
        *columns_of_sums(),
        Column(_("Billable"), Kind.PERCENT),
        Column(_("Change"), Kind.PERCENT),
        Column(_("Days"), Kind.COUNT),
        Column(_("Missing days"), Kind.COUNT),
        *hours(_("Per day")),
        Column(_("Last worklog"), Kind.DAY),
        Column(_("Accounts"), Kind.COUNT),
    )
    return Sheet(_("People"), columns, map(cells, people), total)


def teams_sheet(teams: TeamList) -> Sheet:
    def cells(row: TeamRow) -> Row:
        of_it = (row.tally.billable_share, row.change, row.last_on)
        return (row.name, row.people, *sums(row.tally, row.share), *of_it)

    columns = (
        Column(_("Team")),
        Column(_("People"), Kind.COUNT),
        *columns_of_sums(),
        Column(_("Billable"), Kind.PERCENT),
        Column(_("Change"), Kind.PERCENT),
        Column(_("Last worklog"), Kind.DAY),
    )
    return Sheet(_("Teams"), columns, map(cells, teams.rows), lambda: cells(teams.total))


def issues_sheet(issues: WholeList) -> tuple[Sheet, int]:
    """And how many rows it has. Needs the company scope to be open while its rows are read."""
    name = _("Epic") if issues.by == "epic" else _("Issue")
    columns = (
        Column(_("Key"), width=14),
        Column(name, width=44),
        Column(_("Status")),
        Column(_("Instance")),
        *columns_of_sums(),
        Column(_("People"), Kind.COUNT),
        Column(_("First worked on"), Kind.DAY),
        Column(_("Last worked on"), Kind.DAY),
        *hours(_("In total")),
        *hours(_("Estimate")),
        Column(_("Estimate used"), Kind.PERCENT),
    )

    def rows() -> Iterator[Row]:
        yield from map(_issue, issues.rows)
        if issues.without:
            told = sums(issues.without, share_of(issues.without, issues.total))
            yield (None, _("No epic"), None, None, *told, issues.without_people, *[None] * 7)

    def total() -> Row:
        return (_("Total"), None, None, None, *sums(issues.total, share_of(issues.total, issues.total)), *[None] * 8)

    named = _("Epics") if issues.by == "epic" else _("Issues")
    return Sheet(named, columns, rows(), total), issues.count + bool(issues.without)


def _issue(row: IssueRow) -> Row:
    life, estimate = row.life, row.estimate
    return (
        row.group.code,
        row.group.label,
        row.status,
        row.instance.name,
        *sums(row.tally, row.share),
        row.people,
        *((life.first, life.last, life.seconds, life.seconds) if life else [None] * 4),
        *((estimate.seconds, estimate.seconds, estimate.share) if estimate else [None] * 3),
    )
