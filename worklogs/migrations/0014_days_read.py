from django.db import migrations, models
from django.db.models import Min

from accounts.tenancy import ALL_COMPANIES, company_scope

LAST_DAY = "2999-12-31"


def fill(apps, schema_editor):
    """What was read so far is known by its worklogs alone: from the first one on. Later syncs say it themselves."""
    instances = apps.get_model("worklogs", "JiraInstance").objects
    days = apps.get_model("worklogs", "DayTotal").objects.filter(day__gte="1900-01-01").order_by()  # no mistyped year
    with company_scope(ALL_COMPANIES):
        for pk, first in days.values_list("instance_id").annotate(first=Min("day")):
            instances.filter(pk=pk, synced_at__isnull=False).update(days_read=[[first.isoformat(), LAST_DAY]])


class Migration(migrations.Migration):
    dependencies = [("worklogs", "0013_who_is_who")]

    operations = [
        migrations.AddField(
            model_name="jirainstance", name="days_read", field=models.JSONField(default=list, editable=False)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
