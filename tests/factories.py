"""Rows and records for tests."""

from datetime import UTC, date, datetime
from typing import Any

import factory

from integrations.models import PackageElement, PackageInstance, PackageTemplate
from worklogs.ingest import AccountBook, IssueBook, WorklogBook, WorklogRecord
from worklogs.models import (
    Exclusion,
    GenericIssue,
    GenericIssueType,
    Holiday,
    HolidayCalendar,
    InstanceGroup,
    InstanceGroupMember,
    IssueType,
    JiraInstance,
    Person,
    PersonSchedule,
    WorkSchedule,
)


class InstanceFactory(factory.django.DjangoModelFactory[JiraInstance]):
    class Meta:
        model = JiraInstance

    name = factory.Sequence(lambda n: f"Jira {n}")
    slug = factory.Sequence(lambda n: f"jira-{n}")
    url = "https://jira.example"


def worklog(external_id: object, seconds: int = 3600, **fields: Any) -> WorklogRecord:
    """A worklog of Ann on issue 1 on a Monday, less what is said otherwise."""
    day = fields.pop("day", date(2026, 10, 5))
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    values: dict[str, Any] = {
        "source": "jira",
        "external_id": str(external_id),
        "issue_id": "1",
        "account_id": "ann",
        "day": day,
        "started_at": moment,
        "seconds": seconds,
        "billable_seconds": seconds,
        "comment": "",
        "created_at": moment,
        "updated_at": moment,
    }
    return WorklogRecord(**values | fields)


def book(instance: JiraInstance) -> WorklogBook:
    return WorklogBook(instance, AccountBook(instance), IssueBook(instance))


def settings_rows(instance: JiraInstance, person: Person, text: str) -> None:
    """One row of each kind that admins settle, with this text in all of them."""
    group = InstanceGroup.objects.create(name=f"{text} group")
    InstanceGroupMember.objects.create(group=group, instance=instance, is_primary=True)
    IssueType.objects.create(instance=instance, external_id="1", name=f"{text} type")
    calendar = HolidayCalendar.objects.create(name=f"{text} calendar", is_default=True)
    Holiday.objects.create(calendar=calendar, day=date(2026, 10, 12), name=f"{text} holiday")
    schedule = WorkSchedule.objects.create(name=f"{text} schedule", calendar=calendar, is_default=True)
    PersonSchedule.objects.create(person=person, schedule=schedule, first_day=date(2026, 1, 1))
    Exclusion.objects.create(pattern=f"{text}-*", description=text)
    generic = GenericIssue.objects.create(group=group, key=f"{text}-1", description=text)
    GenericIssueType.objects.create(generic_issue=generic, name=f"{text} type")
    package = PackageTemplate.objects.create(name=f"{text} package", description=text)
    PackageInstance.objects.create(template=package, instance=instance)
    PackageElement.objects.create(template=package, position=1, name=f"{text} element")
