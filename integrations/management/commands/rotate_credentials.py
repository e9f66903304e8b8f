from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import audit
from accounts.models import Company
from accounts.second_step import encrypt_anew
from accounts.tenancy import company_scope
from integrations.models import JiraCredential, TempoCredential
from integrations.secrets import rotated


class Command(BaseCommand):
    help = (
        "Re-encrypt all stored secrets with the first key in CREDENTIALS_KEY. You can remove the old keys afterwards."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for company in Company.objects.all():
            with company_scope(company):
                for model in (JiraCredential, TempoCredential):
                    for credential in model.objects.all():
                        credential.encrypted_token = rotated(credential.encrypted_token)
                        credential.save(update_fields=["encrypted_token"])
                        count += 1
                audit.record("credentials rotated", company=company)
        encrypt_anew()
        self.stdout.write(f"Re-encrypted {count} credentials with the first key.")
