"""Projects and issues of an instance, with their place in the hierarchy."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from accounts.tenancy import current_company_id, refuse_other_company
from worklogs.folding import fold
from worklogs.ingest.hierarchy import settle, write_issues
from worklogs.ingest.keys import remember_keys, rename_keys
from worklogs.ingest.records import IssueRecord, ProjectRecord
from worklogs.ingest.text import composed, storable
from worklogs.ingest.totals import mark_changed
from worklogs.models import Issue, JiraInstance, Project

BATCH = 1000  # ids in one IN list
LONGEST_SUMMARY = 10_000  # characters: Jira takes 255
PLACE = ("own_level", "project_id", "parent_id", "epic_link")
FIELDS = (
    *("key", "summary", "folded", "type", "type_external_id", "status", "status_external_id", "estimate_seconds"),
    *PLACE,
)


class IssuePlace(NamedTuple):
    """What a worklog repeats of its issue."""

    issue_id: int
    epic_id: int | None
    project_id: int | None


class Before(NamedTuple):
    """What an issue was when it was found."""

    key: str
    parent_id: int | None
    epic_link: str
    fields: tuple[object, ...]
    place: tuple[object, ...]


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

    def unread(self, most: int) -> list[str]:
        """External ids of issues that have not been readable so far, whose epic has not been, or that were read before
        their types had ids. More than `most` by lot, so that none waits for ever."""
        orphan = Q(epic_link__gt="", parent=None)
        unread = Issue.objects.filter(Q(key="") | Q(project=None) | Q(type_external_id="") | orphan)
        return list(unread.filter(instance=self.instance).order_by("?").values_list("external_id", flat=True)[:most])

    def has_read(self, external_id: str) -> bool:
        return Issue.objects.filter(instance=self.instance, external_id=external_id).exclude(key="").exists()

    def known(self, external_ids: Collection[str] | None = None) -> list[str]:
        """External ids of the issues that are stored, of these or of all."""
        found = Issue.objects.filter(instance=self.instance)
        found = found if external_ids is None else found.filter(external_id__in=external_ids)
        return list(found.values_list("external_id", flat=True))

    def rename_projects(self, records: Iterable[ProjectRecord]) -> None:
        """Of the projects that are stored; of the others nothing is told here."""
        for record in records:
            if record.external_id in self._projects:
                self._project(record)

    def upsert(self, records: Sequence[IssueRecord]) -> int:
        """Writes these issues, then lets their descendants and worklogs follow. A parent that is not known yet is
        opened without a key. Returns how many issues were new or different."""
        if not records:
            return 0
        for record in records:
            if record.project:
                self._project(record.project)
        ids = {record.external_id for record in records}
        issues = self._opened(ids | {record.parent_id for record in records if record.parent_id})
        before = {issues[external_id].pk: _before(issues[external_id]) for external_id in ids}
        for record in records:
            self._fill(issues, record)
        self._follow_epic_links([issues[external_id] for external_id in ids])
        changed = [issue for key, issue in issues.items() if key in ids and _values(issue) != before[issue.pk].fields]
        if changed:
            write_issues(FIELDS, [(*_values(issue), issue.pk) for issue in changed])
            remember_keys(self.instance, {i.pk: before[i.pk].key for i in changed if before[i.pk].key != i.key})
            settle(self._moved(changed, before))
            mark_changed()
        return len(changed)

    def _opened(self, external_ids: Collection[str]) -> dict[str, Issue]:
        found = {issue.external_id: issue for issue in self._found(external_ids)}
        missing = sorted(set(external_ids) - found.keys())
        new = Issue.objects.bulk_create([Issue(instance=self.instance, external_id=each) for each in missing])
        return found | {issue.external_id: issue for issue in new}

    def _found(self, external_ids: Collection[str]) -> Iterator[Issue]:
        wanted = list(external_ids)
        for start in range(0, len(wanted), BATCH):
            yield from Issue.objects.filter(instance=self.instance, external_id__in=wanted[start : start + BATCH])

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

    def _fill(self, issues: Mapping[str, Issue], record: IssueRecord) -> None:
        issue = issues[record.external_id]
        issue.key, issue.summary = storable(record.key, 255), composed(record.summary, LONGEST_SUMMARY)
        issue.folded = fold(f"{issue.key} {issue.summary}")
        issue.type, issue.type_external_id = composed(record.type, 255), storable(record.type_id, 64)
        issue.status, issue.status_external_id = composed(record.status, 255), storable(record.status_id, 64)
        if not (record.is_partial and issue.project_id):  # what it told of itself says more
            issue.own_level = record.level
        if record.is_partial:
            return
        issue.estimate_seconds = record.estimate_seconds
        issue.project = self._project(record.project) if record.project else issue.project
        epic_link = "" if record.parent_id else storable(record.parent_key, 255)
        if record.parent_id:
            issue.parent = issues[record.parent_id]
        elif not epic_link or epic_link != issue.epic_link:
            issue.parent = None
        issue.epic_link = epic_link

    def _follow_epic_links(self, issues: Sequence[Issue]) -> None:
        """Finds the parents that are told by their keys: among these issues, else among those stored."""
        waiting = [issue for issue in issues if issue.epic_link and issue.parent_id is None]
        if not waiting:
            return
        stored = Issue.objects.filter(instance=self.instance, key__in={issue.epic_link for issue in waiting})
        by_key = {issue.key: issue for issue in (*stored, *issues)}
        for issue in waiting:
            issue.parent = by_key.get(issue.epic_link)

    def _project(self, record: ProjectRecord) -> Project:
        key, name = storable(record.key, 255), composed(record.name, LONGEST_SUMMARY)
        project = self._projects.get(record.external_id)
        if project is None:
            project = Project.objects.create(instance=self.instance, external_id=record.external_id, key=key, name=name)
            self._projects[record.external_id] = project
        elif (project.key, project.name) != (key, name or project.name):
            if project.key != key:
                rename_keys(project, key)
            project.key, project.name = key, name or project.name
            project.save(update_fields=["key", "name"])
            mark_changed()
        return project

    def _moved(self, changed: Sequence[Issue], before: Mapping[int, Before]) -> set[int]:
        """Those whose place is another one now, those that Epic Links point at since or no longer, and those that
        have waited for an epic of this key."""
        moved = {issue.pk for issue in changed if _place(issue) != before[issue.pk].place}
        for issue in changed:
            was = before[issue.pk]
            ends = {issue.parent_id if issue.epic_link else None, was.parent_id if was.epic_link else None}
            moved |= {end for end in ends if end}
        return moved | self._come_to_epics({issue.key: issue for issue in changed if issue.key != before[issue.pk].key})

    def _come_to_epics(self, by_key: Mapping[str, Issue]) -> set[int]:
        if not by_key:
            return set()
        waiting = Issue.objects.filter(instance=self.instance, parent=None, epic_link__in=list(by_key))
        found = {pk: by_key[key].pk for pk, key in waiting.values_list("id", "epic_link")}
        write_issues(("parent_id",), [(parent_id, pk) for pk, parent_id in found.items()])
        return {*found, *found.values()}


def _before(issue: Issue) -> Before:
    return Before(issue.key, issue.parent_id, issue.epic_link, _values(issue), _place(issue))


def _values(issue: Issue) -> tuple[object, ...]:
    return tuple(getattr(issue, field) for field in FIELDS)


def _place(issue: Issue) -> tuple[object, ...]:
    return tuple(getattr(issue, field) for field in PLACE)
