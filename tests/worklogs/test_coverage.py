"""What a filter's hours cover: instances that were read, and the days of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.tenancy import company_scope
from tests.conftest import Cast
from tests.factories import InstanceFactory, book, worklog
from worklogs.coverage import EVERY_DAY, coverage, unread, with_read
from worklogs.filters import WorklogFilter
from worklogs.models import Issue, JiraInstance, Worklog
from worklogs.periods import Period

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOVEMBER = WorklogFilter(Period(date(2026, 11, 1), date(2026, 11, 30)))
FRESH = {"synced_at": NOW - timedelta(hours=1)}


@pytest.fixture
def alpha(in_alborada: Cast) -> JiraInstance:
    return InstanceFactory.create(name="Alpha", slug="alpha", **FRESH)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (FRESH, ""),
        ({"synced_at": NOW - timedelta(hours=25)}, ""),
        ({"synced_at": NOW - timedelta(hours=30)}, "Covers 1 of 2 instances. Beta: 27 Nov 2026 not synced."),
        ({"synced_at": NOW - timedelta(hours=71)}, "Covers 1 of 2 instances. Beta: 25 – 27 Nov 2026 not synced."),
        (
            {"synced_at": NOW - timedelta(hours=71), "days_read": [["2026-11-10", "2999-12-31"]]},
            "Covers 1 of 2 instances. Beta: 1 – 9 Nov 2026, 25 – 27 Nov 2026 not synced.",
        ),
        ({"synced_at": NOW - timedelta(days=4)}, "Covers 1 of 2 instances. Beta: not synced for days."),
        ({}, "Covers 1 of 2 instances. Beta: never synced."),
        (FRESH | {"sync_error": "401"}, "Covers 1 of 2 instances. Beta: the last sync failed."),
        ({"is_active": False}, ""),
        (FRESH | {"days_read": [["2025-11-01", "2999-12-31"]]}, ""),
        (
            FRESH | {"days_read": [["2026-11-10", "2026-11-20"]]},
            "Covers 1 of 2 instances. Beta: 1 – 9 Nov 2026, 21 – 27 Nov 2026 not synced.",
        ),
    ],
)
def test_a_filter_says_which_instances_it_lacks(alpha: JiraInstance, fields: dict[str, Any], text: str) -> None:
    InstanceFactory.create(name="Beta", slug="beta", **fields)
    assert coverage(NOVEMBER, NOW).text == text
    assert coverage(WorklogFilter(NOVEMBER.period, instances=("alpha",)), NOW).text == ""


def test_a_late_sync_covers_the_days_before_it(alpha: JiraInstance) -> None:
    alpha.synced_at = NOW - timedelta(hours=30)
    assert coverage(WorklogFilter(Period(date(2026, 11, 1), date(2026, 11, 26))), NOW, [alpha]).is_complete
    assert not coverage(WorklogFilter(Period(date(2026, 11, 27), date(2026, 11, 27))), NOW, [alpha]).is_complete


def test_days_to_come_need_not_be_read(alpha: JiraInstance) -> None:
    alpha.days_read = [["2026-11-01", "2026-11-27"]]
    assert coverage(NOVEMBER, NOW, [alpha]).is_complete
    assert coverage(WorklogFilter(Period(date(2027, 1, 1), date(2027, 1, 31))), NOW, [alpha]).is_complete


def test_periods_that_were_read_are_joined(alpha: JiraInstance) -> None:
    instance = alpha
    for first, last in ((10, 12), (20, 22), (13, 14), (5, 5), (11, 21)):
        instance.days_read = with_read(instance, Period(date(2026, 1, first), date(2026, 1, last)))
    assert instance.days_read == [["2026-01-05", "2026-01-05"], ["2026-01-10", "2026-01-22"]]
    assert [each.days for each in unread(instance, Period(date(2026, 1, 1), date(2026, 1, 31)))] == [4, 4, 9]
    instance.days_read = with_read(instance, EVERY_DAY)
    assert instance.days_read == [["1900-01-01", "2999-12-31"]]
    assert unread(instance, Period(date(2026, 1, 1), date(2026, 1, 31))) == []


def test_every_page_of_hours_says_what_it_covers(signed_in: Client, alborada: Cast) -> None:
    with company_scope(alborada.company):
        InstanceFactory.create(name="Alpha", slug="alpha", synced_at=datetime.now(UTC))
        InstanceFactory.create(name="Beta", slug="beta")
    for path in ("/", "/worklogs/", "/people/", "/teams/", "/epics/", "/issues/", "/reports/?rows=team"):
        text = signed_in.get(path).content.decode()
        assert "Covers 1 of 2 instances" in text, path
        assert "Beta: never synced" in text, path
        mark = "&" if "?" in path else "?"
        assert "Covers" not in signed_in.get(f"{path}{mark}instance=alpha").content.decode(), path
    for path in ("/worklogs/", "/reports/?rows=team"):
        assert "Covers 1 of 2" in signed_in.get(path, headers={"HX-Request": "true"}).content.decode()


def test_a_page_tells_the_coverage_of_what_it_shows(signed_in: Client, alborada: Cast) -> None:
    """A day by itself, whatever the period of the address; an issue or epic, the instance that it is on."""
    with company_scope(alborada.company):
        now = datetime.now(UTC)
        alpha = InstanceFactory.create(name="Alpha", slug="alpha", synced_at=now)
        alpha.days_read = [["2026-10-10", "2026-10-20"]]
        alpha.save()
        book(alpha).upsert([worklog("1", 3600)])
        found = Worklog.objects.get()
        InstanceFactory.create(name="Beta", slug="beta")
        Issue.objects.filter(pk=found.issue_id).update(level=1)
    read, unread = "from=2026-10-12&to=2026-10-14", "from=2026-10-01&to=2026-10-05"
    day = f"/people/{found.person_id}/days/{{}}/?instance=alpha&{{}}"
    for headers in ({}, {"HX-Request": "true"}):
        text = signed_in.get(day.format("2026-10-04", read), headers=headers).content.decode()
        assert text.count("Alpha: 4 Oct 2026 not synced") == 1
        assert "not synced" not in signed_in.get(day.format("2026-10-12", unread), headers=headers).content.decode()
    for page in ("issues", "epics"):
        assert "Covers" not in signed_in.get(f"/{page}/id/{found.issue_id}/?{read}").content.decode(), page
        assert "Covers 0 of 1" in signed_in.get(f"/{page}/id/{found.issue_id}/?{unread}").content.decode(), page
