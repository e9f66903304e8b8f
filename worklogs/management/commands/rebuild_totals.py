from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import Company
from accounts.tenancy import company_scope
from worklogs.ingest.totals import rebuild


class Command(BaseCommand):
    help = "Rebuild the tables of totals from the worklogs. Only needed for repairs: syncs keep them up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        for company in Company.objects.all():
            with company_scope(company), transaction.atomic():
                rebuild()
            self.stdout.write(f"{company}: done.")
