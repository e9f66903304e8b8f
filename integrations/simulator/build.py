"""Builds the demo's world: two companies, four instances, a year of work. The same arguments give the same world."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from unicodedata import combining, normalize
from uuid import UUID

from integrations.simulator import catalogue
from integrations.simulator.backlog import Backlog, fill, issue_types, mirror, statuses
from integrations.simulator.calendars import holidays
from integrations.simulator.catalogue import Work
from integrations.simulator.clock import Clock
from integrations.simulator.entities import SimUser, SimWorklog
from integrations.simulator.estimates import estimate
from integrations.simulator.instance import SimInstance
from integrations.simulator.names import ALBORADA, MERIDIANA, Profile, cast
from integrations.simulator.timesheets import WORKED_SHARE_OF_WEEKDAYS, Timesheet, settle, told_again
from integrations.simulator.world import SimAbsence, SimCompany, SimPerson, World

DAYS = 365
TOLD_AGAIN = 0.85  # of the bank's work; the rest was forgotten on the client's side
WORKLOGS_PER_ISSUE = 9


def build_world(
    seed: int, today: date, people: int = 20, worklogs: int = 20_000, *, now: datetime | None = None
) -> World:
    """`people` and `worklogs` (about, in a year) are those of the first company; `now` defaults to 16:00 UTC of today.

    The world's clock stands still at `now` until a test moves it or a command gives it the machine's own.
    """
    now = now or datetime.combine(today, time(16), UTC)
    world = World(seed, today, Clock(now))
    world.companies.append(_alborada(world, cast(people, ALBORADA), worklogs))
    world.companies.append(_meridiana(world, list(MERIDIANA)))
    for company in world.companies:
        for instance in company.instances:
            estimate(instance, _random(world, f"estimates of {instance.name}"))
    return world


def _alborada(world: World, profiles: list[Profile], worklogs: int) -> SimCompany:
    domain, zone = "alborada.example", "Europe/Madrid"
    main = _instance(world, "alborada", "cloud", "es", domain, zone, tempo=True)
    north = _instance(world, "norte", "cloud", "en", domain, "UTC")
    client = _instance(world, "helvia", "data_center", "en", domain, "Europe/Zurich")
    company = _company(world, "Alborada Software", zone, domain, profiles, [main, north, client])
    per_day = worklogs / (len(profiles) * DAYS * 5 / 7 * WORKED_SHARE_OF_WEEKDAYS * 1.14)  # 1.14: what is told again
    random = _random(world, "alborada")
    backlogs = _backlogs(world, main, catalogue.ALBORADA, worklogs // 6, random)
    backlogs += _backlogs(world, north, catalogue.NORTE, worklogs // 6, random)
    drafts = _year(world, company, profiles, backlogs, per_day)
    settle(main, drafts[main.name], world.clock.now(), random)
    settle(north, drafts[north.name], world.clock.now(), random)
    _tell_again(world, company, next(backlog for backlog in backlogs if backlog.work.told_again_at), client)
    return company


def _meridiana(world: World, profiles: list[Profile]) -> SimCompany:
    domain, zone = "meridiana.example", "Europe/Rome"
    site = _instance(world, "meridiana", "cloud", "it", domain, zone)
    company = _company(world, "Meridiana Studio", zone, domain, profiles, [site])
    random = _random(world, "meridiana")
    backlogs = _backlogs(world, site, catalogue.MERIDIANA, 1_000, random)
    drafts = _year(world, company, profiles, backlogs, 2.4)
    settle(site, drafts[site.name], world.clock.now(), random)
    return company


def _instance(
    world: World, name: str, kind: str, language: str, domain: str, caller_zone: str, *, tempo: bool = False
) -> SimInstance:
    random = _random(world, name)
    is_cloud = kind == "cloud"
    caller = SimUser(
        key=account_id(random) if is_cloud else "JIRAUSER10100",
        name="worklog-dashboard",
        display_name="Worklog Dashboard",
        email=f"dashboard@{domain}",
        time_zone=caller_zone,
    )
    instance = SimInstance(
        name=name,
        kind="cloud" if is_cloud else "data_center",
        language=language,
        caller=caller,
        token=f"sim-{name}-api-token" if is_cloud else f"sim-{name}-personal-access-token",
        clock=world.clock,
        tempo_token=f"sim-{name}-tempo-token" if tempo else None,
        cloud_id=str(UUID(int=random.getrandbits(128), version=4)) if is_cloud else None,
        scoped_token=f"sim-{name}-scoped-token" if is_cloud else None,
        issue_types=issue_types(language),
        statuses=statuses(language),
    )
    instance.users[caller.key] = caller
    if tempo:
        app = SimUser(account_id(random), "tempo", "Tempo Timesheets", "", caller_zone, is_app=True)
        instance.users[app.key] = app
    return instance


def _company(
    world: World, name: str, zone: str, domain: str, profiles: list[Profile], instances: list[SimInstance]
) -> SimCompany:
    first = world.today - timedelta(days=DAYS)
    people = [_person(world, profile, domain, instances) for profile in profiles]
    return SimCompany(name, zone, people, instances, holidays(zone, first, world.today + timedelta(days=DAYS)))


def _person(world: World, profile: Profile, domain: str, instances: list[SimInstance]) -> SimPerson:
    random = _random(world, profile.name)
    cloud_account = account_id(random)
    left = profile.left_months_ago
    person = SimPerson(
        name=profile.name,
        email=f"{login(profile.name)}@{domain}",
        team=profile.team,
        time_zone=profile.time_zone,
        week=profile.week,
        accounts={},
        absences=_absences(world.today, random),
        left_on=world.today - timedelta(days=30 * left) if left else None,
    )
    for instance in instances:
        user = _user(profile, person, instance, cloud_account)
        if user:
            instance.users[user.key] = user
            person.accounts[instance.name] = user.key
    return person


def _user(profile: Profile, person: SimPerson, instance: SimInstance, cloud_account: str) -> SimUser | None:
    """One Atlassian account on every Cloud site; a login of its own on the client's Data Center."""
    is_active = person.left_on is None
    if instance.kind == "cloud":
        hidden = profile.hides_email
        return SimUser(cloud_account, "", profile.name, person.email, profile.time_zone, hidden, is_active)
    if not any(person.team in work.teams for work in catalogue.ALBORADA if work.told_again_at):
        return None
    name = login(profile.name)
    email = f"{name}.ext@helvia.example" if profile.client_name else person.email
    key = f"JIRAUSER{10_100 + len(instance.users)}"
    return SimUser(key, name, profile.client_name or profile.name, email, profile.time_zone, active=is_active)


def _absences(today: date, random: Random) -> tuple[SimAbsence, ...]:
    """Three weeks in summer, one at the turn of the year, some sick days, and a week that is still ahead."""
    absences = []
    for year in (today.year - 1, today.year):
        summer = date(year, 7, 1) + timedelta(days=random.randint(0, 50))
        absences.append(SimAbsence(summer, summer + timedelta(days=20), "vacation"))
        winter = date(year, 12, 23)
        absences.append(SimAbsence(winter, winter + timedelta(days=random.randint(5, 10)), "vacation"))
    for _ in range(random.randint(0, 3)):
        ill = today - timedelta(days=random.randint(5, DAYS))
        absences.append(SimAbsence(ill, ill + timedelta(days=random.randint(0, 3)), "sick leave"))
    ahead = today + timedelta(days=random.randint(10, 60))
    absences.append(SimAbsence(ahead, ahead + timedelta(days=6), "vacation"))
    return tuple(sorted(absences, key=lambda absence: absence.first))


def _backlogs(
    world: World, instance: SimInstance, works: tuple[Work, ...], worklogs_a_project: int, random: Random
) -> list[Backlog]:
    first = world.today - timedelta(days=DAYS)
    issues = max(24, worklogs_a_project // WORKLOGS_PER_ISSUE)
    return [fill(instance, work, issues=issues, first=first, last=world.today, random=random) for work in works]


def _year(
    world: World, company: SimCompany, profiles: list[Profile], backlogs: list[Backlog], per_day: float
) -> dict[str, list[SimWorklog]]:
    """By instance, without ids."""
    drafts: dict[str, list[SimWorklog]] = {instance.name: [] for instance in company.instances}
    where = {id(issue.project): backlog for backlog in backlogs for issue in backlog.standing}
    first = world.today - timedelta(days=DAYS)
    for person, profile in zip(company.people, profiles, strict=True):
        shares = [
            (backlog, backlog.work.teams[person.team]) for backlog in backlogs if person.team in backlog.work.teams
        ]
        timesheet = Timesheet(person, profile, shares, per_day, company.holidays)
        for draft in timesheet.worklogs(first, world.today, _random(world, f"{person.name}'s year")):
            drafts[where[id(draft.issue.project)].instance.name].append(draft)
    return drafts


def _tell_again(world: World, company: SimCompany, backlog: Backlog, client: SimInstance) -> None:
    random = _random(world, client.name)
    twins = mirror(backlog, client, backlog.work.told_again_at or "", "Digital onboarding", random)
    accounts = {person.accounts["alborada"]: person.accounts.get(client.name) for person in company.people}
    drafts = []
    for worklog in backlog.instance.worklogs.values():
        account = accounts.get(worklog.author.key)
        if worklog.issue.id in twins and account and random.random() < TOLD_AGAIN:
            drafts.append(told_again(worklog, twins[worklog.issue.id], client.users[account], client, random))
    settle(client, drafts, world.clock.now(), random)


def account_id(random: Random) -> str:
    """Both forms that Atlassian hands out."""
    if random.random() < 0.3:
        return f"5{random.getrandbits(92):023x}"
    return f"712020:{UUID(int=random.getrandbits(128), version=4)}"


def login(name: str) -> str:
    """`Zofia Łuczak i Puig` -> `zofia.luczak.i.puig`."""
    letters = normalize("NFKD", name.casefold().translate(str.maketrans("łø", "lo")).replace("æ", "ae"))
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not combining(letter) and letter != "'")
    return ".".join(kept.split())


def _random(world: World, purpose: str) -> Random:
    """A stream of its own for each purpose: one more person changes nobody else's year."""
    return Random(f"{world.seed}/{purpose}")  # noqa: S311 - a simulation, no secrets
