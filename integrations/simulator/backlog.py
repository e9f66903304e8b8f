"""Turns a catalogue project into issues with a life: an epic's issues are worked on in the weeks of that epic."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from integrations.simulator import catalogue
from integrations.simulator.catalogue import Work
from integrations.simulator.entities import SimIssue, SimIssueType, SimProject, SimStatus
from integrations.simulator.instance import SimInstance

TYPE_NAMES = {
    "es": ("Subtarea", "Historia", "Épica", "Iniciativa", "Tarea", "Error"),
    "en": ("Sub-task", "Story", "Epic", "Initiative", "Task", "Bug"),
    "it": ("Sottoattività", "Storia", "Epic", "Iniziativa", "Attività", "Difetto"),
}
LEVELS = (-1, 0, 1, 2, 0, 0)
SUBTASK, STORY, EPIC, INITIATIVE, TASK, BUG = range(6)
BUG_VERBS = ("Corregir", "Fix", "Correggere")


@dataclass
class Backlog:
    """What can be worked on: `standing` on any day, the others on their own days."""

    work: Work
    instance: SimInstance
    standing: list[SimIssue]
    of_day: dict[date, list[SimIssue]] = field(default_factory=lambda: defaultdict(list))

    def candidates(self, day: date) -> list[SimIssue]:
        return self.of_day.get(day) or self.standing


@dataclass
class _Draft:
    summary: str
    type: int
    created: datetime
    parent: "_Draft | None" = None
    last_day: date | None = None
    issue: SimIssue | None = None

    def __post_init__(self) -> None:
        if self.parent:  # no issue is older than its parent
            self.created = max(self.created, self.parent.created + timedelta(minutes=7))


def issue_types(language: str) -> dict[int, SimIssueType]:
    names = zip(TYPE_NAMES[language], LEVELS, strict=True)
    return {10_000 + number: SimIssueType(10_000 + number, name, level) for number, (name, level) in enumerate(names)}


def statuses(language: str) -> dict[str, SimStatus]:
    return {number: SimStatus(number, name, category) for number, name, category in catalogue.STATUSES[language]}


def fill(instance: SimInstance, work: Work, *, issues: int, first: date, last: date, random: Random) -> Backlog:
    """`issues` is how many to aim for beside epics and standing issues."""
    project = SimProject(10_000 + 7 * (len(instance.projects) + 1), work.key, work.name, instance.caller)
    instance.projects[project.key] = project
    day_before = first - timedelta(days=1)
    standing = [_Draft(summary, TASK, _morning(day_before, random)) for summary in work.standing]
    drafts = _epics(work, issues, first, last, random)
    ordered = sorted(standing + drafts, key=lambda draft: draft.created)  # keys and ids grow with time
    next_id = max(instance.issues, default=10_200) + 1
    for number, draft in enumerate(ordered):
        draft.issue = instance.put_issue(_issue(draft, next_id + 3 * number, project, instance, last, random))
    backlog = Backlog(work, instance, [draft.issue for draft in standing if draft.issue])
    for draft in drafts:
        if draft.issue and draft.last_day:
            # From the next day on: the morning of Tokyo is before that of Madrid, where the issue was written.
            for number in range(1, (draft.last_day - draft.created.date()).days + 1):
                backlog.of_day[draft.created.date() + timedelta(days=number)].append(draft.issue)
    return backlog


def _epics(work: Work, issues: int, first: date, last: date, random: Random) -> list[_Draft]:
    drafts: list[_Draft] = []
    goal = _Draft(work.initiative, INITIATIVE, _morning(first, random)) if work.initiative else None
    step = (last - first) / (len(work.epics) + 1)
    for number, name in enumerate(work.epics):
        start, end = first + step * number, first + step * (number + 2)
        epic = _Draft(name, EPIC, _morning(start, random), goal)
        drafts.append(epic)
        drafts.extend(_stories(work, epic, max(4, issues // len(work.epics)), start, end, random))
    return [*([goal] if goal else []), *drafts]


def _stories(work: Work, epic: _Draft, size: int, start: date, end: date, random: Random) -> list[_Draft]:
    titles = list(catalogue.summaries(work, epic.summary))
    drafts: list[_Draft] = []
    for number in range(size):
        turn, position = divmod(number, len(titles))
        summary = titles[position] + (f" ({turn + 1})" if turn else "")
        begins = start + (end - start) * (number / size)
        ends = min(begins + timedelta(days=random.randint(7, 24)), end)
        story = next((draft for draft in reversed(drafts) if draft.type == STORY), None)
        if story and random.random() < 0.2:
            drafts.append(_Draft(summary, SUBTASK, _morning(begins, random), story, ends))
        else:
            kind = BUG if summary.startswith(BUG_VERBS) else random.choice((STORY, STORY, TASK))
            parent = None if random.random() < 0.06 else epic
            drafts.append(_Draft(summary, kind, _morning(begins, random), parent, ends))
    return drafts


def _issue(
    draft: _Draft, issue_id: int, project: SimProject, instance: SimInstance, last: date, random: Random
) -> SimIssue:
    project.last_number += 1
    statuses = list(instance.statuses.values())
    is_over = draft.last_day is not None and draft.last_day < last - timedelta(days=10)
    updated = draft.created + timedelta(days=random.random() * 5)
    return SimIssue(
        id=issue_id,
        key=f"{project.key}-{project.last_number}",
        project=project,
        type=instance.issue_types[10_000 + draft.type],
        summary=draft.summary,
        status=statuses[2] if is_over else statuses[1],
        created=min(draft.created, instance.clock.now()),
        updated=min(updated, instance.clock.now()),
        parent=draft.parent.issue if draft.parent else None,
        labels=tuple(random.sample(catalogue.LABELS, random.choice((0, 0, 1, 2)))),
    )


def _morning(day: date, random: Random) -> datetime:
    moment = time(random.randint(5, 6), random.randint(0, 59), random.randint(0, 59), random.randint(0, 999) * 1000)
    return datetime.combine(day, moment, UTC)


def mirror(source: Backlog, client: SimInstance, key: str, name: str, random: Random) -> dict[int, SimIssue]:
    """The client's own issues for the same work, by the id of ours.

    Our sub-tasks share the issue of their story; the summaries cite our keys.
    """
    project = SimProject(11_500, key, name, client.caller)
    client.projects[key] = project
    twins: dict[int, SimIssue] = {}
    ours = [issue for issue in source.instance.issues.values() if issue.project.key == source.work.key]
    for issue in ours:
        if issue.type.level < 0 and issue.parent:
            twins[issue.id] = twins[issue.parent.id]
            continue
        project.last_number += 1
        cited = random.choice(("{title} [{key}]", "{key}: {title}", "{title} ({key})")).format(
            title=issue.summary, key=issue.key
        )
        status = list(client.statuses.values())[1]
        twins[issue.id] = client.put_issue(
            SimIssue(
                id=30_000 + 2 * len(twins),
                key=f"{key}-{project.last_number}",
                project=project,
                type=client.issue_types[issue.type.id],
                summary=cited,
                status=status,
                created=issue.created,
                updated=issue.updated,
                parent=twins.get(issue.parent.id) if issue.parent else None,
            )
        )
    return twins
