import importlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import InstanceFactory, book, worklog
from worklogs.ingest import AccountBook, AccountRecord, IssueBook, IssueRecord, ProjectRecord, map_account, merge_people
from worklogs.ingest.totals import rows_of
from worklogs.models import Issue, JiraAccount, JiraInstance, Person, PersonDayTotal, Worklog
from worklogs.models.totals import TOTALS

pytestmark = pytest.mark.usefixtures("in_alborada")

ANA, BEN = "ana", "ben"
CORE = ProjectRecord("10", "CORE", "Core banking")


def assert_totals_hold() -> None:
    """Every table of totals says what the worklogs say."""
    for total in TOTALS:
        stored = total.objects.values_list(*total.keys, "seconds", "billable_seconds", "worklogs")
        assert sorted(stored) == sorted(rows_of(total)), total.__name__


@pytest.fixture
def jira(in_alborada: object) -> JiraInstance:
    return InstanceFactory.create()


def test_what_is_new_different_and_the_same_is_told_apart(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1), worklog(2), worklog(3)])
    changes = book(jira).upsert([worklog(1), worklog(2, seconds=60), worklog(4)])
    assert (changes.created, changes.updated, changes.unchanged) == (1, 1, 1)
    assert [(change.external_id, change.before, change.after) for change in changes.listed] == [
        ("2", 3600, 60),
        ("4", None, 3600),
    ]
    assert Worklog.objects.aggregate(s=Sum("seconds"))["s"] == 3 * 3600 + 60
    assert_totals_hold()


def test_the_same_page_twice_writes_nothing(jira: JiraInstance, in_alborada, django_assert_num_queries) -> None:
    book(jira).upsert([worklog(1), worklog(2)])
    again = book(jira)
    with django_assert_num_queries(3):  # whose the accounts are, places of the issues, stored worklogs
        changes = again.upsert([worklog(1), worklog(2)])
    assert changes.unchanged == 2


def test_a_worklog_twice_in_one_page_counts_once_as_it_came_last(jira: JiraInstance) -> None:
    changes = book(jira).upsert([worklog(1, seconds=60), worklog(1, seconds=120)])
    assert changes.created == 1
    assert Worklog.objects.get().seconds == 120


def test_a_worklog_that_is_missing_counts_until_it_is_shown_again(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1), worklog(2), worklog(3)])
    book(jira).mark_missing("jira", ["1", "2", "unknown"])
    since = dict(Worklog.objects.values_list("external_id", "missing_since"))
    assert {key for key, value in since.items() if value} == {"1", "2"}
    assert PersonDayTotal.objects.aggregate(s=Sum("seconds"))["s"] == 3 * 3600
    book(jira).mark_missing("jira", ["1"])
    assert Worklog.objects.get(external_id="1").missing_since == since["1"]  # since the first time
    changes = book(jira).upsert([worklog(1), worklog(2, seconds=60)])
    assert (changes.created, changes.updated, changes.unchanged) == (0, 1, 1)
    assert [change.external_id for change in changes.listed] == ["2"]
    assert not Worklog.objects.filter(missing_since__isnull=False).exists()
    assert_totals_hold()


def test_the_most_that_a_row_may_hold_adds_up(jira: JiraInstance) -> None:
    most = 2**31 - 1
    book(jira).upsert([worklog(number, seconds=most) for number in range(4)])
    assert PersonDayTotal.objects.get().seconds == 4 * most
    assert Worklog.objects.aggregate(s=Sum("seconds"))["s"] == 4 * most
    assert_totals_hold()


def test_removed_worklogs_leave_every_total(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1), worklog(2, day=date(2026, 11, 2))])
    changes = book(jira).remove("jira", ["1", "unknown"])
    assert changes.deleted == 1
    assert not PersonDayTotal.objects.filter(day=date(2026, 10, 5)).exists()
    assert_totals_hold()


def test_unknown_authors_and_issues_drop_no_worklog(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, account_id="who", issue_id="404")])
    assert Worklog.objects.get().person.name == "who"
    assert Issue.objects.get().is_readable is False


def test_text_that_no_database_can_store_is_replaced(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, comment="nul \x00, lone \ud83d, 你好 😀" + "x" * 40_000)])
    comment = Worklog.objects.get().comment
    assert comment.startswith("nul \ufffd, lone \ufffd, 你好 😀x")
    assert len(comment) > 40_000


def test_an_epic_reaches_worklogs_through_sub_tasks_and_follows_moves(jira: JiraInstance) -> None:
    issues = IssueBook(jira)
    issues.upsert(
        [
            IssueRecord("3", "CORE-3", level=-1, parent_id="2", project=CORE),
            IssueRecord("2", "CORE-2", parent_id="1", project=CORE),
            IssueRecord("1", "CORE-1", type="Épica", level=1, parent_id="9", project=CORE),
            IssueRecord("9", "CORE-9", type="Initiative", level=2, project=CORE),
        ]
    )
    book(jira).upsert([worklog(1, issue_id="3"), worklog(2, issue_id="1"), worklog(3, issue_id="9")])
    epics = Worklog.objects.order_by("external_id").values_list("epic__key", flat=True)
    assert list(epics) == ["CORE-1", "CORE-1", None]
    issues.upsert(
        [
            IssueRecord("4", "CORE-4", level=1, project=CORE),
            IssueRecord("2", "CORE-2", parent_id="4", project=CORE),
        ]
    )
    assert Worklog.objects.get(external_id="1").epic == Issue.objects.get(key="CORE-4")
    assert_totals_hold()


def test_parents_in_a_loop_end(jira: JiraInstance) -> None:
    IssueBook(jira).upsert([IssueRecord("1", "A-1", parent_id="2"), IssueRecord("2", "A-2", parent_id="1")])
    assert Issue.objects.filter(epic=None).count() == 2


def test_one_accountid_on_two_cloud_sites_is_one_person(jira: JiraInstance) -> None:
    other, data_center = InstanceFactory.create(), InstanceFactory.create(kind="data_center")
    for instance in (jira, other, data_center):
        book(instance).upsert([worklog(1)])
    assert Person.objects.count() == 2
    assert JiraAccount.objects.count() == 3


def test_merged_people_keep_all_their_time(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1, account_id=ANA), worklog(2, account_id=BEN), worklog(3, account_id=BEN)])
    ana, ben = Person.objects.get(name=ANA), Person.objects.get(name=BEN)
    merge_people(ben, into=ana)
    assert ana.worklogs.count() == 3
    assert_totals_hold()


def test_an_account_that_is_mapped_takes_its_worklogs_along(jira: JiraInstance) -> None:
    book(jira).upsert([worklog(1)])
    someone = Person.objects.create(name="Someone")
    map_account(JiraAccount.objects.get(), someone)
    book(jira).upsert([worklog(2)])
    assert someone.worklogs.count() == 2
    assert_totals_hold()


def test_a_person_that_was_renamed_here_keeps_that_name(jira: JiraInstance) -> None:
    from worklogs.ingest import AccountRecord

    accounts = AccountBook(jira)
    accounts.upsert([AccountRecord("1", "Ann"), AccountRecord("2", "Ben")])
    Person.objects.filter(name="Ann").update(name="Ann Smith")
    AccountBook(jira).upsert([AccountRecord("1", "Annie"), AccountRecord("2", "Benny")])
    assert set(Person.objects.values_list("name", flat=True)) == {"Ann Smith", "Benny"}


steps = st.lists(
    st.tuples(
        st.sampled_from(["upsert", "remove", "epic"]),
        st.integers(1, 6),
        st.sampled_from([ANA, BEN]),
        st.sampled_from([date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)]),
        st.integers(0, 9000),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps)
def test_totals_always_equal_the_worklogs(jira: JiraInstance, script) -> None:
    Worklog.objects.all().delete()
    for total in TOTALS:
        total.objects.all().delete()
    issues = IssueBook(jira)
    for verb, number, who, day, seconds in script:
        if verb == "upsert":
            book(jira).upsert([worklog(number, seconds, account_id=who, day=day, issue_id=str(number % 3))])
        elif verb == "remove":
            book(jira).remove("jira", [str(number)])
        else:
            epic = IssueRecord("99", "E-1", level=1)
            issues.upsert([epic, IssueRecord(str(number % 3), f"E-{number}", parent_id="99" if seconds % 2 else "")])
    assert_totals_hold()


def test_the_authors_clock_is_kept_whatever_becomes_of_the_zone(jira: JiraInstance) -> None:
    auckland = AccountRecord(ANA, timezone="Pacific/Auckland")
    start: dict[str, Any] = {"day": date(2026, 10, 5), "started_at": datetime(2026, 10, 4, 20, tzinfo=UTC)}
    book(jira).upsert([worklog(1, account_id=ANA, author=auckland, utc_offset_minutes=780, **start)])
    AccountBook(jira).upsert([AccountRecord(ANA, timezone="Europe/Madrid")])
    assert Worklog.objects.get().starts_at == datetime(2026, 10, 5, 9)
    changes = book(jira).upsert([worklog(1, account_id=ANA, utc_offset_minutes=720, **start)])
    assert (changes.updated, Worklog.objects.get().starts_at) == (0, datetime(2026, 10, 5, 9))
    edited = {"updated_at": datetime(2026, 10, 6, tzinfo=UTC), **start}
    changes = book(jira).upsert([worklog(1, account_id=ANA, utc_offset_minutes=720, **edited)])
    assert (changes.updated, Worklog.objects.get().starts_at) == (1, datetime(2026, 10, 5, 8))


def test_worklogs_from_before_get_the_clock_of_their_accounts_zone(jira: JiraInstance) -> None:
    JiraInstance.objects.filter(pk=jira.pk).update(timezone="America/St_Johns")
    zones = {"ana": "Pacific/Auckland", "ben": "", "cleo": "Mars/Olympus"}
    AccountBook(jira).upsert([AccountRecord(name, timezone=zone) for name, zone in zones.items()])
    summer, winter = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
    at = [(name, moment) for name in zones for moment in (summer, winter)]
    book(jira).upsert(
        [worklog(n, account_id=name, day=moment.date(), started_at=moment) for n, (name, moment) in enumerate(at)]
    )
    importlib.import_module("worklogs.migrations.0015_authors_clock").fill(apps, None)
    found = Worklog.objects.order_by("id").values_list("utc_offset_minutes", flat=True)
    assert list(found) == [720, 780, -150, -210, -150, -210]
