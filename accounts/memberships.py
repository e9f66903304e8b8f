"""Who belongs to a company, and that somebody can always run it."""

from django.db import transaction

from accounts.models import Company, Membership, Role


def is_last_admin(membership: Membership) -> bool:
    """Whether nobody else could run the company. True speaks against demoting and removing.

    Locks the company until the transaction ends, so that of two admins who go at once the second one finds out.
    """
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=membership.company.pk)
        admins = Membership.objects.filter(role=Role.ADMIN, user__is_active=True)
        return {membership.pk} == set(admins.values_list("pk", flat=True))
