"""Time: who logged what. One module a concept."""

from worklogs.models.absences import Holiday, HolidayCalendar, PersonSchedule, WorkSchedule
from worklogs.models.identity import DifferentPeople, FormerPerson
from worklogs.models.instances import InstanceGroup, InstanceGroupMember, IssueType, JiraInstance
from worklogs.models.matching import Exclusion, GenericIssue, GenericIssueType
from worklogs.models.people import JiraAccount, Person, Team
from worklogs.models.reports import DefaultView, FormerName, ReportRecipient, ReportSchedule, SavedReport
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
from worklogs.models.unreadable import UnreadableRow
from worklogs.models.work import FormerKey, Issue, Project, Worklog

__all__ = [
    "DayTotal",
    "DefaultView",
    "DifferentPeople",
    "EpicDayTotal",
    "EpicMonthTotal",
    "IssueMonthTotal",
    "Exclusion",
    "FormerKey",
    "FormerName",
    "FormerPerson",
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
    "UnreadableRow",
    "WorkSchedule",
    "Worklog",
]
