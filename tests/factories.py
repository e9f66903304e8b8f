"""Rows and records for tests."""

from datetime import UTC, date, datetime
from typing import Any

import factory

from worklogs.ingest import AccountBook, IssueBook, WorklogBook, WorklogRecord
from worklogs.models import JiraInstance


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
