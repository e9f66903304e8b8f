"""Downloads: what a page shows, under the same filter, for spreadsheets and programs."""

from worklogs.exports.worklogs import COLUMNS, worklogs_csv, worklogs_sheet

__all__ = ["COLUMNS", "worklogs_csv", "worklogs_sheet"]
