from django.db import migrations

import worklogs.models.folded
from accounts.tenancy import ALL_COMPANIES, company_scope
from worklogs.folding import fold

FOLDED = {
    "Person": ["name", "email"],
    "Team": ["name"],
    "Issue": ["key", "summary"],
    "Worklog": ["comment"],
}
BATCH = 2000


def fill(apps, schema_editor):
    """Of the rows that are there already; from now on whoever writes them does it."""
    with company_scope(ALL_COMPANIES), schema_editor.connection.cursor() as cursor:
        for name, columns in FOLDED.items():
            model, last = apps.get_model("worklogs", name), 0
            rows = model.objects.order_by("id").values_list("id", *columns)
            while batch := list(rows.filter(id__gt=last)[:BATCH]):
                cursor.executemany(
                    f"UPDATE {model._meta.db_table} SET folded = %s WHERE id = %s",  # noqa: S608
                    [(fold(" ".join(texts)), pk) for pk, *texts in batch],
                )
                last = batch[-1][0]


class Migration(migrations.Migration):
    dependencies = [("worklogs", "0016_former_names_and_due_moments")]

    operations = [
        *[
            migrations.AddField(name.lower(), "folded", worklogs.models.folded.FoldedField(of=columns))
            for name, columns in FOLDED.items()
        ],
        migrations.AlterModelOptions("person", {"base_manager_name": "objects", "ordering": ["folded"], "verbose_name": "person", "verbose_name_plural": "people"}),
        migrations.AlterModelOptions("team", {"base_manager_name": "objects", "ordering": ["folded"], "verbose_name": "team", "verbose_name_plural": "teams"}),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "worklog",
            worklogs.models.folded.TextIndex(fields=["company", "day", "issue", "folded"], name="worklog_text"),
        ),
    ]
