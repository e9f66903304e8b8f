"""Keys that issues had: Jira still finds an issue by them, and so do we."""

from collections.abc import Mapping

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from worklogs.folding import fold
from worklogs.ingest.hierarchy import write_issues
from worklogs.ingest.totals import mark_changed
from worklogs.models import FormerKey, Issue, JiraInstance, Project

BATCH = 1000


def remember_keys(instance: JiraInstance, former: Mapping[int, str]) -> None:
    """`former` is the key that each of these issues has had so far, by id. One that two have had leads to the last."""
    holders = {key: issue_id for issue_id, key in former.items() if key}
    if not holders:
        return
    FormerKey.objects.bulk_create(
        [FormerKey(instance=instance, key=key, issue_id=issue_id) for key, issue_id in holders.items()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["company", "instance", "key"],
        update_fields=["issue"],
    )
    _follow_in_epic_links(instance)
    mark_changed()


def rename_keys(project: Project, key: str) -> None:
    """The issues of a project whose key becomes this one: their numbers stay."""
    issues = Issue.objects.filter(project=project, key__startswith=f"{project.key}-")
    former = dict(issues.values_list("id", "key"))
    issues.update(
        key=Concat(Value(key), Substr("key", len(project.key) + 1)),
        folded=Concat(Value(fold(key)), Substr("folded", len(fold(project.key)) + 1)),
    )
    remember_keys(project.instance, former)


def _follow_in_epic_links(instance: JiraInstance) -> None:
    """Jira tells an Epic Link by the present key, though nobody has touched the issue that has it."""
    linked = Issue.objects.filter(instance=instance, epic_link__gt="", parent__isnull=False)
    stale = linked.exclude(epic_link=F("parent__key")).values_list("parent__key", "id")
    write_issues(("epic_link",), stale)
