"""The simulated world: companies, their people and their instances."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from integrations.simulator.clock import Clock
from integrations.simulator.instance import SimInstance, UnknownError


@dataclass(frozen=True, slots=True)
class SimAbsence:
    first: date
    last: date
    reason: str


@dataclass(frozen=True)
class SimPerson:
    """`accounts`: accountId (Cloud) or user key (Data Center) by instance name. `week`: seconds, Monday first."""

    name: str
    email: str
    team: str
    time_zone: str
    week: tuple[int, ...]
    accounts: dict[str, str]
    absences: tuple[SimAbsence, ...] = ()
    left_on: date | None = None


@dataclass
class SimCompany:
    name: str
    time_zone: str
    people: list[SimPerson]
    instances: list[SimInstance]
    holidays: dict[date, str]

    @property
    def teams(self) -> dict[str, list[str]]:
        """E-mails by team."""
        teams: dict[str, list[str]] = {}
        for person in self.people:
            teams.setdefault(person.team, []).append(person.email)
        return teams


@dataclass
class World:
    seed: int
    today: date
    clock: Clock
    companies: list[SimCompany] = field(default_factory=list)

    @property
    def instances(self) -> list[SimInstance]:
        return [instance for company in self.companies for instance in company.instances]

    def instance(self, name: str) -> SimInstance:
        for instance in self.instances:
            if instance.name == name:
                return instance
        known = ", ".join(instance.name for instance in self.instances)
        raise UnknownError(f"no instance {name}; there are {known}")


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one instance. Basic authentication by e-mail and token on the Cloud, Bearer token on Data Center."""

    company: str
    name: str
    kind: str
    url: str
    email: str
    token: str
    tempo_url: str | None
    tempo_token: str | None
    scoped_url: str | None
    scoped_token: str | None


def accesses(world: World, server_url: str) -> list[Access]:
    return [
        Access(
            company=company.name,
            name=instance.name,
            kind=instance.kind,
            url=server_url + instance.path,
            email=instance.caller.email,
            token=instance.token,
            tempo_url=f"{server_url}{instance.path}/tempo" if instance.has_tempo else None,
            tempo_token=instance.tempo_token,
            scoped_url=f"{server_url}/ex/jira/{instance.cloud_id}" if instance.cloud_id else None,
            scoped_token=instance.scoped_token,
        )
        for company in world.companies
        for instance in company.instances
    ]


def roster(world: World) -> list[dict[str, Any]]:
    """For processes that cannot import the world: companies with their teams, people and days off, as plain JSON."""
    return [
        {
            "name": company.name,
            "time_zone": company.time_zone,
            "teams": company.teams,
            "holidays": {day.isoformat(): name for day, name in company.holidays.items()},
            "people": [_person(person) for person in company.people],
        }
        for company in world.companies
    ]


def _person(person: SimPerson) -> dict[str, Any]:
    absences = [[absence.first.isoformat(), absence.last.isoformat(), absence.reason] for absence in person.absences]
    return {
        "name": person.name,
        "email": person.email,
        "team": person.team,
        "time_zone": person.time_zone,
        "week": person.week,
        "accounts": person.accounts,
        "absences": absences,
        "left_on": person.left_on and person.left_on.isoformat(),
    }
