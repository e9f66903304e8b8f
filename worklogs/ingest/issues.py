"""Projects and issues of an instance, with their place in the hierarchy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from accounts.tenancy import current_company_id, refuse_other_company
from worklogs.ingest.records import IssueRecord, ProjectRecord
from worklogs.ingest.text import storable
from worklogs.ingest.totals import Deltas, cell_of, mark_changed
from worklogs.models import Issue, JiraInstance, Project, Worklog

EPIC_LEVEL = 1
BATCH = 1000  # ids in one IN list
DEEPEST = 20  # more levels than any Jira has: a vendor's loop of parents must not become ours
FIELDS = ("key", "summary", "type", "level", "status", "estimate_seconds", "project_id", "parent_id")


class IssuePlace(NamedTuple):
    """What a worklog repeats of its issue."""

    issue_id: int
    epic_id: int | None
    project_id: int | None


class IssueBook:
    """Finds and writes the issues of one instance."""

    def __init__(self, instance: JiraInstance) -> None:
        refuse_other_company(instance)
        self.instance = instance
        self._projects = {project.external_id: project for project in Project.objects.filter(instance=instance)}

    def places(self, external_ids: Iterable[str]) -> dict[str, IssuePlace]:
        """The place of each of these issues; those unknown here are opened without a key, to be read later."""
        wanted = set(external_ids)
        places = self._places(wanted)
        if missing := sorted(wanted - places.keys()):
            Issue.objects.bulk_create([Issue(instance=self.instance, external_id=each) for each in missing])
            places |= self._places(set(missing))
        return places

    def unread(self) -> list[str]:
        """External ids of issues that carry worklogs or children and have not been readable so far."""
        return list(Issue.objects.filter(instance=self.instance, key="").values_list("external_id", flat=True))

    def ids_of(self, keys: Iterable[str]) -> dict[str, str]:
        """External ids of the issues that are stored under these keys."""
        return dict(Issue.objects.filter(instance=self.instance, key__in=keys).values_list("key", "external_id"))

    def upsert(self, records: Sequence[IssueRecord]) -> int:
        """Writes these issues, then lets their descendants and worklogs follow. Parents come by `parent_id`,
        in the same call or earlier ones. Returns how many issues were new or different."""
        if not records:
            return 0
        issues = {issue.external_id: issue for issue in self._found([record.external_id for record in records])}
        new = {record.external_id: Issue(instance=self.instance, external_id=record.external_id) for record in records}
        created = Issue.objects.bulk_create([issue for key, issue in new.items() if key not in issues])
        issues |= {issue.external_id: issue for issue in created}
        parents = {record.parent_id for record in records if record.parent_id} - issues.keys()
        known = issues | {issue.external_id: issue for issue in self._found(list(parents))}
        changed = [issues[record.external_id] for record in records if self._fill(known, record)]
        if changed:
            _save(changed, FIELDS)
            self._settle_epics({issue.pk for issue in changed})
            mark_changed()
        return len(changed)

    def _found(self, external_ids: Sequence[str]) -> "QuerySet[Issue]":
        return Issue.objects.filter(instance=self.instance, external_id__in=external_ids)

    def _places(self, external_ids: set[str]) -> dict[str, IssuePlace]:
        """In plain SQL: compiling a list of a thousand ids takes Django longer than the database takes to find them."""
        places: dict[str, IssuePlace] = {}
        wanted = list(external_ids)
        with connection.cursor() as cursor:
            for start in range(0, len(wanted), BATCH):
                batch = wanted[start : start + BATCH]
                marks = ", ".join(["%s"] * len(batch))
                cursor.execute(
                    "SELECT external_id, id, epic_id, project_id FROM worklogs_issue"  # noqa: S608
                    f" WHERE company_id = %s AND instance_id = %s AND external_id IN ({marks})",
                    [current_company_id(), self.instance.pk, *batch],
                )
                places |= {external_id: IssuePlace(*place) for external_id, *place in cursor}
        return places

    def _fill(self, known: dict[str, Issue], record: IssueRecord) -> bool:
        issue = known[record.external_id]
        before = [getattr(issue, field) for field in FIELDS]
        issue.key, issue.summary = storable(record.key, 255), storable(record.summary)
        issue.type, issue.level, issue.status = storable(record.type, 255), record.level, storable(record.status, 255)
        issue.estimate_seconds = record.estimate_seconds
        issue.project = self._project(record.project) if record.project else issue.project
        issue.parent = known.get(record.parent_id) if record.parent_id else None
        return before != [getattr(issue, field) for field in FIELDS]

    def _project(self, record: ProjectRecord) -> Project:
        key, name = storable(record.key, 255), storable(record.name)
        project = self._projects.get(record.external_id)
        if project is None:
            project = Project.objects.create(instance=self.instance, external_id=record.external_id, key=key, name=name)
            self._projects[record.external_id] = project
        elif (project.key, project.name) != (key, name or project.name):
            project.key, project.name = key, name or project.name
            project.save(update_fields=["key", "name"])
            mark_changed()
        return project

    def _settle_epics(self, changed: set[int]) -> None:
        """Works out the epic of the changed issues and, level by level, of all below them."""
        pending = changed
        for _ in range(DEEPEST):
            issues = list(Issue.objects.filter(pk__in=pending))
            parents = Issue.objects.filter(pk__in={issue.parent_id for issue in issues if issue.parent_id})
            epics = dict(parents.values_list("id", "epic_id"))
            moved = [issue for issue in issues if issue.epic_id != self._epic_of(issue, epics)]
            for issue in moved:
                issue.epic_id = self._epic_of(issue, epics)
            if moved:
                _save(moved, ("epic_id",))
            self._settle_worklogs(issues)
            below = Issue.objects.filter(parent__in=[issue.pk for issue in moved])
            pending = set(below.values_list("id", flat=True))
            if not pending:
                return

    @staticmethod
    def _epic_of(issue: Issue, epics: Mapping[int, int | None]) -> int | None:
        if issue.level >= EPIC_LEVEL:
            return issue.pk if issue.level == EPIC_LEVEL else None
        return epics.get(issue.parent_id) if issue.parent_id else None

    @staticmethod
    def _settle_worklogs(issues: list[Issue]) -> None:
        places = {issue.pk: (issue.epic_id, issue.project_id) for issue in issues}
        stale: dict[tuple[int | None, int | None], set[int]] = {}
        deltas = Deltas()
        rows = (
            Worklog.objects.filter(issue__in=list(places))
            .order_by()
            .values_list("issue_id", "epic_id", "project_id", "day", "person_id", "instance_id")
            .annotate(Sum("seconds"), Sum("billable_seconds"), Count("id"))
        )
        for issue_id, epic_id, project_id, day, person_id, instance_id, *sums in rows:
            place = places[issue_id]
            if (epic_id, project_id) == place:
                continue
            deltas.take(cell_of(day, person_id, epic_id, project_id, issue_id, instance_id), *sums)
            deltas.add(cell_of(day, person_id, *place, issue_id, instance_id), *sums)
            stale.setdefault(place, set()).add(issue_id)
        for (epic_id, project_id), issue_ids in stale.items():
            Worklog.objects.filter(issue__in=issue_ids).update(epic=epic_id, project=project_id)
        deltas.write()


def _save(issues: Sequence[Issue], fields: Sequence[str]) -> None:
    """One prepared statement for all of them: a `bulk_update` of CASEs takes ten times as long."""
    columns = ", ".join(f"{field} = %s" for field in fields)
    rows = [(*[getattr(issue, field) for field in fields], current_company_id(), issue.pk) for issue in issues]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE worklogs_issue SET {columns} WHERE company_id = %s AND id = %s", rows)  # noqa: S608
