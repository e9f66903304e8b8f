"""The demo: two companies whose instances are the simulator's, read like real ones."""

from django.db import transaction

from accounts.companies import found_company
from accounts.models import Company, Membership, Role, User
from accounts.tenancy import company_scope
from integrations.connection import Access
from integrations.instances import add_instance
from integrations.models import TempoCredential
from integrations.simulator.world import Access as SimAccess
from integrations.simulator.world import SimCompany, World, accesses
from worklogs.ingest import map_account
from worklogs.models import JiraAccount, JiraInstance, Person, Team

NAMES = {"alborada": "Alborada", "norte": "Norte", "helvia": "Helvia Bank", "meridiana": "Meridiana"}


def set_up(world: World, simulator_url: str, domain: str) -> list[Company]:
    """Makes what is missing; what is there, and whatever somebody changed in it, stays."""
    companies = []
    for simulated in world.companies:
        company = Company.objects.filter(name=simulated.name).first()
        if company is None:
            company = _found(simulated, domain)
        with company_scope(company):
            for access in accesses(world, simulator_url):
                if access.company == simulated.name:
                    _connect(access)
        companies.append(company)
    return companies


@transaction.atomic
def _found(simulated: SimCompany, domain: str) -> Company:
    word = simulated.name.split()[0].lower()
    company = found_company(simulated.name, slug=word, timezone=simulated.time_zone, admin=f"admin.{word}{domain}")
    User.objects.filter(email=f"admin.{word}{domain}").update(name=f"Admin of {word.title()}")
    with company_scope(company):
        for role in (Role.MANAGER, Role.USER):
            user = User.objects.create_user(f"{role}.{word}{domain}", name=f"{role.label} of {word.title()}")
            Membership.objects.create(user=user, role=role)
        for name, emails in simulated.teams.items():
            team = Team.objects.create(name=name, slug=name.lower())
            for person in simulated.people:
                if person.email in emails:
                    Person.objects.create(name=person.name, email=person.email, team=team)
        member = Person.objects.order_by("id").first()
        if member:
            member.user = User.objects.get(email=f"{Role.USER}.{word}{domain}")
            member.save(update_fields=["user"])
    return company


def _connect(access: SimAccess) -> None:
    instance = JiraInstance.objects.filter(name=NAMES[access.name]).first()
    if instance is None:
        add_instance(
            NAMES[access.name],
            Access(
                kind=access.kind,
                url=access.url,
                email=access.email,
                token=access.token,
                tempo_url=access.tempo_url or "",
                tempo_token=access.tempo_token or "",
            ),
        )
    elif instance.url != access.url:  # the simulator listens on another port today
        JiraInstance.objects.filter(pk=instance.pk).update(url=access.url)
        TempoCredential.objects.filter(instance=instance).update(url=access.tempo_url or "")


def map_hidden_accounts(simulated: SimCompany) -> None:
    """What an admin does once: accounts whose e-mail Jira hides are given to the people they are."""
    owners = {account_id: person.email for person in simulated.people for account_id in person.accounts.values()}
    people = {person.email: person for person in Person.objects.exclude(email="").filter(team__isnull=False)}
    for account in JiraAccount.objects.filter(person__team__isnull=True).select_related("person"):
        person = people.get(owners.get(account.account_id, ""))
        if person is None:
            continue
        alone = account.person
        map_account(account, person)
        if not alone.accounts.exists():
            alone.delete()
