"""Time: who logged what. One module a concept."""

from worklogs.models.instances import JiraInstance
from worklogs.models.people import JiraAccount, Person, Team
from worklogs.models.reports import DefaultView, ReportRecipient, ReportSchedule, SavedReport
from worklogs.models.totals import (
    DayTotal,
    EpicDayTotal,
    EpicMonthTotal,
    MonthTotal,
    PersonDayTotal,
    PersonEpicMonthTotal,
    PersonMonthTotal,
    ProjectDayTotal,
    ProjectMonthTotal,
)
from worklogs.models.work import Issue, Project, Worklog

__all__ = [
    "DayTotal",
    "DefaultView",
    "EpicDayTotal",
    "EpicMonthTotal",
    "Issue",
    "JiraAccount",
    "JiraInstance",
    "MonthTotal",
    "Person",
    "PersonDayTotal",
    "PersonEpicMonthTotal",
    "PersonMonthTotal",
    "Project",
    "ProjectDayTotal",
    "ProjectMonthTotal",
    "ReportRecipient",
    "ReportSchedule",
    "SavedReport",
    "Team",
    "Worklog",
]
