"""Settings about time. One module a concept."""

from worklogs.admin import absences, instances, matching, people
from worklogs.admin.rows import HoursAdmin, RowsInline

__all__ = ["HoursAdmin", "RowsInline", "absences", "instances", "matching", "people"]
