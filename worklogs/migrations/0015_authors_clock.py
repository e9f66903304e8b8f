from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations, models
from django.db.models import Max, Min

from accounts.tenancy import ALL_COMPANIES, company_scope

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# Mistyped years keep UTC: for each year between two updates of the whole table would be made.
BEGINNING, AHEAD = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=2 * 366)


def fill(apps, schema_editor):
    """By the zone that the author's account has today, as the day was told; from now on ingest writes it."""
    worklogs = apps.get_model("worklogs", "Worklog").objects.order_by()
    accounts = apps.get_model("worklogs", "JiraAccount").objects.order_by()
    with company_scope(ALL_COMPANIES):
        typed_right = worklogs.filter(started_at__gte=BEGINNING, started_at__lt=datetime.now(UTC) + AHEAD)
        told = typed_right.aggregate(first=Min("started_at"), last=Max("started_at"))
        if told["first"] is None:
            return
        columns = ("instance_id", "timezone", "instance__timezone", "company__timezone")
        for instance, *names in set(accounts.values_list(*columns)):
            authors = accounts.filter(instance=instance, timezone=names[0]).values("id")
            for start, end, minutes in spans(zone_of(names), told["first"], told["last"]):
                if minutes:
                    found = worklogs.filter(instance=instance, account__in=authors)
                    found.filter(started_at__gte=start, started_at__lt=end).update(utc_offset_minutes=minutes)


def zone_of(names):
    for name in names:
        try:
            return ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            continue
    return UTC


def spans(zone, first, last):
    """The times between which the zone's clock is as far ahead of UTC, and how many minutes."""
    start = day = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        minutes = offset(zone, day)
        if offset(zone, day + DAY) != minutes:
            moments = (day + number * MINUTE for number in range(24 * 60 + 1))
            change = next(moment for moment in moments if offset(zone, moment) != minutes)
            yield start, change, minutes
            start = change
        day += DAY
    yield start, day, offset(zone, start)


def offset(zone, moment):
    return round(moment.astimezone(zone).utcoffset().total_seconds() / 60)


class Migration(migrations.Migration):
    dependencies = [
        ("worklogs", "0014_days_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="worklog",
            name="utc_offset_minutes",
            field=models.SmallIntegerField(
                default=0, help_text="How far the author's clock was ahead of UTC when it started."
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["company", "name"], name="person_name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
