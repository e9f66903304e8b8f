"""Where a company's settings, saved reports and links call an issue type by its name."""

from collections.abc import Collection, Mapping

from worklogs.filters import type_key
from worklogs.former_names import follow, replace
from worklogs.models import GenericIssueType, Issue, IssueType, JiraInstance


def follow_renamed_types(instance: JiraInstance, new_names: Mapping[str, str], renamed: Collection[str]) -> None:
    """`new_names` by the old ones, of the types with the ids `renamed`, which bear them already; two may have
    exchanged theirs. While another type or issue of any instance bears the old one, both are meant by it."""
    new_names = {old: new for old, new in new_names.items() if old != new}
    types = IssueType.objects.filter(name__in=list(new_names), is_active=True)
    issues = Issue.objects.filter(type__in=list(new_names)).order_by()
    others = types.exclude(instance=instance, external_id__in=renamed).values_list("name", flat=True)
    of_others = issues.exclude(instance=instance, type_external_id__in=renamed).values_list("type", flat=True)
    shared = {*others, *of_others.distinct()}
    moved = {old: new for old, new in new_names.items() if old not in shared}
    meant = {old: [old, new] if old in shared else [new] for old, new in new_names.items()}
    replace("type", {type_key(old): [type_key(name) for name in names] for old, names in meant.items()})
    today = {*types.values_list("name", flat=True), *issues.values_list("type", flat=True).distinct()}
    follow("type", {type_key(old): type_key(new) for old, new in moved.items()}, {*map(type_key, today)})
    _follow_in_settings(moved)


def _follow_in_settings(new_names: Mapping[str, str]) -> None:
    rows = list(GenericIssueType.objects.filter(name__in=list(new_names)))
    GenericIssueType.objects.filter(pk__in=[row.pk for row in rows]).delete()
    moved = [GenericIssueType(generic_issue=row.generic_issue, name=new_names[row.name]) for row in rows]
    GenericIssueType.objects.bulk_create(moved, ignore_conflicts=True)
