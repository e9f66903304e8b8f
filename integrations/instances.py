"""Adds instances to a company."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from integrations.connection import Access
from integrations.hosts import check_url
from integrations.models import JiraCredential, TempoCredential
from worklogs.models import JiraInstance


def free_slug(name: str) -> str:
    base = slugify(name)[:90] or "instance"
    taken = set(JiraInstance.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)


class KnownInstance(ValueError):
    """There is an instance of this address: its hours would count twice. The text is for the form."""


def refuse_known(url: str) -> None:
    """KnownInstance for an address, spelled as check_url spells it, that the company reads already."""
    known = JiraInstance.objects.filter(url__iexact=url).first()
    if known is None:
        return
    text = _("%(name)s already uses this address. Its hours would count twice.")
    if not known.is_active:
        text = _("%(name)s already uses this address but is inactive. Activate it in Settings instead.")
    raise KnownInstance(text % {"name": known})


@transaction.atomic
def add_instance(name: str, access: Access) -> JiraInstance:
    """Raises UnsafeUrl for an address that must not be asked, KnownInstance for one that is read already.

    It asks nobody: `connect` and `check` come before.
    """
    url = check_url(access.url)
    refuse_known(url)
    instance = JiraInstance.objects.create(
        name=name,
        slug=free_slug(name),
        url=url,
        kind=access.kind,
        has_tempo=bool(access.tempo_token),
        connections=access.connections,
        timezone=access.timezone,
    )
    credential = JiraCredential(instance=instance, email=access.email)
    credential.token = access.token
    credential.save()
    if access.tempo_token:
        tempo = TempoCredential(instance=instance, url=check_url(access.tempo_url))
        tempo.token = access.tempo_token
        tempo.save()
    return instance
