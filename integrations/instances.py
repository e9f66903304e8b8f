"""Adds instances to a company."""

from django.db import transaction
from django.utils.text import slugify

from integrations.hosts import check_url
from integrations.models import JiraCredential, TempoCredential
from worklogs.models import JiraInstance


def free_slug(name: str) -> str:
    base = slugify(name)[:90] or "instance"
    taken = set(JiraInstance.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)


@transaction.atomic
def add_instance(
    *, name: str, url: str, email: str, token: str, is_data_center: bool, tempo_url: str, tempo_token: str
) -> JiraInstance:
    """Raises UnsafeUrl for an address that must not be asked."""
    kind = JiraInstance.Kind.DATA_CENTER if is_data_center else JiraInstance.Kind.CLOUD
    instance = JiraInstance.objects.create(
        name=name, slug=free_slug(name), url=check_url(url), kind=kind, has_tempo=bool(tempo_token)
    )
    credential = JiraCredential(instance=instance, email=email)
    credential.token = token
    credential.save()
    if tempo_token:
        tempo = TempoCredential(instance=instance, url=check_url(tempo_url))
        tempo.token = tempo_token
        tempo.save()
    return instance
