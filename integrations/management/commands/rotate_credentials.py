from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import audit
from accounts.models import Company
from accounts.tenancy import company_scope
from integrations.models import JiraCredential, TempoCredential
from integrations.secrets import rotated


class Command(BaseCommand):
    help = "Encrypts every stored credential with the first of CREDENTIALS_KEY; the old ones may go afterwards."

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
        self.stdout.write(f"{count} credentials are now under the first key.")
