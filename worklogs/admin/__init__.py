"""Settings about time. One module a concept."""

from worklogs.admin import absences, accounts, instances, people
from worklogs.admin.rows import HoursAdmin, RowsInline, SluggedAdmin

__all__ = ["HoursAdmin", "RowsInline", "SluggedAdmin", "absences", "accounts", "instances", "people"]
