"""Time: who logged what. One module a concept."""

from worklogs.models.absences import Holiday, HolidayCalendar, PersonSchedule, WorkSchedule
from worklogs.models.instances import InstanceGroup, InstanceGroupMember, IssueType, JiraInstance
from worklogs.models.matching import Exclusion, GenericIssue, GenericIssueType
from worklogs.models.people import JiraAccount, Person, Team
from worklogs.models.reports import DefaultView, ReportRecipient, ReportSchedule, SavedReport
from worklogs.models.totals import (
    DayTotal,
    EpicDayTotal,
    EpicMonthTotal,
    IssueMonthTotal,
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
    "IssueMonthTotal",
    "Exclusion",
    "GenericIssue",
    "GenericIssueType",
    "Holiday",
    "HolidayCalendar",
    "InstanceGroup",
    "InstanceGroupMember",
    "Issue",
    "IssueType",
    "JiraAccount",
    "JiraInstance",
    "MonthTotal",
    "Person",
    "PersonDayTotal",
    "PersonEpicMonthTotal",
    "PersonMonthTotal",
    "PersonSchedule",
    "Project",
    "ProjectDayTotal",
    "ProjectMonthTotal",
    "ReportRecipient",
    "ReportSchedule",
    "SavedReport",
    "Team",
    "WorkSchedule",
    "Worklog",
]
