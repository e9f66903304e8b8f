"""Finds out which user a person is: by an e-mail address that the user has proved to own.

Only beyond doubt: the address is one active person's alone, who is nobody yet, and the user is nobody in the company.
"""

from collections.abc import Collection
from typing import Any

from accounts import audit
from accounts.middleware import memberships_of
from accounts.models import Membership, User
from accounts.tenancy import company_scope
from worklogs.ingest.identity import only_bearer
from worklogs.ingest.totals import mark_changed
from worklogs.models import FormerPerson, Person


def link_people(membership: Membership, addresses: Collection[str]) -> None:
    """The company's person of one of these addresses is this member from now on."""
    with company_scope(membership.company):
        for address in sorted(addresses):
            if person := only_bearer(address):
                link(person, membership)


def link(person: Person, membership: Membership) -> None:
    """Leaves both as they are where one of them is somebody already, or an ADMIN has said that they are not."""
    if Person.objects.filter(user=membership.user).exists():
        return
    nobodys = Person.objects.filter(pk=person.pk, user=None, has_settled_user=False)
    if not nobodys.update(user=membership.user):
        return
    person.user = membership.user
    mark_changed()  # a USER now sees these hours
    company = membership.company
    audit.record("person linked", user=membership.user, company=company, row=str(person), id=person.pk)


def link_on_sign_in(user: User, sociallogin: Any = None, **_: Any) -> None:
    """Only what the provider vouches for at this very sign-in counts."""
    known = sociallogin.email_addresses if sociallogin else []
    addresses = {address.email.lower() for address in known if address.verified}
    for membership in memberships_of(user) if addresses else []:
        link_people(membership, addresses)


def link_new_member(instance: Membership, created: bool, **_: Any) -> None:
    """A member's own address is proved: nobody signs in without owning it."""
    if created:
        link_people(instance, {instance.user.email})


def link_new_address(instance: Person, update_fields: Collection[str] | None = None, **_: Any) -> None:
    """Wherever the person comes from: an ADMIN, a Jira, a pasted list."""
    if instance.user_id or not instance.email or (update_fields is not None and "email" not in update_fields):
        return
    members = Membership.objects.filter(user__email=instance.email.lower(), user__is_active=True)
    membership = members.select_related("user", "company").first()
    if membership and only_bearer(instance.email) == instance:
        link(instance, membership)


def unlink_former_member(instance: Membership, **_: Any) -> None:
    """A person of the company is nobody from elsewhere; who comes back is found by his address again."""
    with company_scope(instance.company):
        Person.objects.filter(user=instance.user_id).update(user=None, has_settled_user=False)
        FormerPerson.objects.filter(user=instance.user_id).update(user=None, has_settled_user=False)
        mark_changed()
