"""Who logged what on which day: the history of worklogs the world begins with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zlib import crc32

from integrations.simulator import catalogue
from integrations.simulator.backlog import Backlog
from integrations.simulator.entities import Deletion, SimIssue, SimUser, SimWorklog
from integrations.simulator.instance import SimInstance
from integrations.simulator.names import Profile
from integrations.simulator.world import SimPerson

WORKED_SHARE_OF_WEEKDAYS = 0.83  # what holidays, vacations and forgotten days leave


@dataclass(frozen=True)
class Timesheet:
    """One person's year: where the hours go and how finely they are told."""

    person: SimPerson
    profile: Profile
    shares: list[tuple[Backlog, float]]
    worklogs_per_day: float
    holidays: dict[date, str]

    def worklogs(self, first: date, last: date, random: Random) -> Iterator[SimWorklog]:
        """Without ids, the oldest day first."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if seconds := self._seconds_of(day, random):
                yield from self._day(day, seconds, random)

    def _seconds_of(self, day: date, random: Random) -> int:
        if self.person.left_on and day >= self.person.left_on:
            return 0
        if day in self.holidays or any(absence.first <= day <= absence.last for absence in self.person.absences):
            return 0
        chance = random.random()
        expected = self.person.week[day.weekday()]
        if not expected:
            return 900 * random.randint(4, 14) if chance < 0.015 else 0
        return 0 if chance < 0.02 else round(expected * random.uniform(0.72, 1.06) / 900) * 900

    def _day(self, day: date, seconds: int, random: Random) -> Iterator[SimWorklog]:
        spread = max(0, min(1.2, self.worklogs_per_day - 1))
        wanted = int(self.worklogs_per_day + random.uniform(-spread, spread) + random.random())  # keeps the mean
        pieces = _split(seconds, wanted, random) if wanted else []
        begins = datetime.combine(day, time(8, random.choice((0, 15, 30, 45))), UTC)
        for number, piece in enumerate(pieces):
            backlog = random.choices([share[0] for share in self.shares], [share[1] for share in self.shares])[0]
            issue = self._issue(backlog, day, random)
            late = self.profile.night_owl and number == len(pieces) - 1 and random.random() < 0.3
            wall = datetime.combine(day, time(23, random.randint(5, 50)), UTC) if late else begins
            author = backlog.instance.users[self.person.accounts[backlog.instance.name]]
            started = wall.replace(tzinfo=author.zone).astimezone(UTC)
            yield _worklog(issue, author, started, piece, backlog, random)
            begins += timedelta(seconds=piece + (3600 if number == len(pieces) // 2 else 0))

    def _issue(self, backlog: Backlog, day: date, random: Random) -> SimIssue:
        if random.random() < 0.12:
            return random.choice(backlog.standing)
        candidates = backlog.candidates(day)
        # People stay on few issues for a week: the choice falls on those next to each other.
        position = crc32(f"{self.person.email} {day.isocalendar().week}".encode())
        return candidates[(position + random.randrange(4)) % len(candidates)]


def _split(seconds: int, parts: int, random: Random) -> list[int]:
    grain = 900 if parts * 900 <= seconds else 300
    parts = max(1, min(parts, seconds // grain))
    units = seconds // grain
    cuts = sorted(random.sample(range(1, units), parts - 1)) if units > 1 else []
    return [(end - begin) * grain for begin, end in zip([0, *cuts], [*cuts, units], strict=True)]


def _worklog(
    issue: SimIssue, author: SimUser, started: datetime, seconds: int, backlog: Backlog, random: Random
) -> SimWorklog:
    created = started + timedelta(seconds=seconds) + _delay(random)
    instance = backlog.instance
    return SimWorklog(
        id=0,
        issue=issue,
        author=author,
        started=started,
        seconds=seconds,
        text=comment(instance, random),
        created=created,
        updated=created,
        logged_in_tempo=instance.has_tempo and random.random() < 0.6,
        billable_seconds=0 if backlog.work.key == "INT" else seconds,
        role="Developers" if random.random() < 0.004 else None,
    )


def _delay(random: Random) -> timedelta:
    """Most write their hours soon, some the next morning, a few a week later."""
    chance = random.random()
    minutes = random.uniform(1, 25)
    if chance > 0.97:
        minutes += random.uniform(2, 9) * 1440
    elif chance > 0.85:
        minutes += random.uniform(10, 20) * 60
    return timedelta(milliseconds=int(minutes * 60_000))


def comment(instance: SimInstance, random: Random) -> str:
    chance = random.random()
    if chance < 0.06:
        return ""
    if chance > 0.97:
        colleague = random.choice([user for user in instance.users.values() if not user.is_app])
        name = colleague.display_name if instance.kind == "cloud" else colleague.name
        return random.choice(catalogue.RICH_COMMENTS).replace("{person}", name)
    return random.choice(catalogue.COMMENTS[instance.language])


def told_again(
    worklog: SimWorklog, issue: SimIssue, author: SimUser, client: SimInstance, random: Random
) -> SimWorklog:
    """The same work on the client's Jira: the same day, one in six with a quarter of an hour more or less."""
    difference = random.choice((-900, 900, 1800)) if random.random() < 0.16 else 0
    created = worklog.created + timedelta(milliseconds=random.randint(60_000, 5_000_000))
    copy = replace(
        worklog,
        issue=issue,
        author=author,
        started=worklog.started + timedelta(minutes=random.choice((0, 0, 0, 5, 10))),
        seconds=max(900, worklog.seconds + difference),
        text=worklog.text if random.random() < 0.5 else comment(client, random),
        created=created,
        updated=created,
        logged_in_tempo=False,
        billable_seconds=0,
        role=None,
        copy_of=worklog.id,
    )
    if copy.day != worklog.day:
        copy.started = worklog.started
    return copy


def settle(instance: SimInstance, drafts: list[SimWorklog], now: datetime, random: Random) -> None:
    """Gives ids in the order of creation, edits some later, deletes a few; what is after `now` did not happen."""
    drafts.sort(key=lambda draft: draft.created)
    kept: list[SimWorklog] = []
    deletions: list[Deletion] = []
    worklog_id, tempo_id = 10_000, 1_000
    for draft in drafts:
        if draft.created > now:
            break
        worklog_id += random.choice((1, 1, 1, 2, 5))
        tempo_id += random.choice((1, 1, 2))
        draft.id, draft.tempo_id = worklog_id, tempo_id if instance.has_tempo else None
        later = draft.created + timedelta(milliseconds=random.randint(3_600_000, 1_200_000_000))
        fate = random.random()
        if fate < 0.015 and later <= now:
            gone = Deletion(draft.id, draft.tempo_id, draft.issue.id, draft.author, draft.seconds, later)
            deletions.append(gone)
            continue
        if fate > 0.95 and later <= now:
            draft.updated = later
        kept.append(draft)
    instance.load(kept, deletions)
