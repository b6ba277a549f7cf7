from django.db import migrations


def name_the_hours(apps, schema_editor):
    """Every schedule so far counted hours."""
    apps.get_model("sync", "SyncJob").objects.filter(every_hours__isnull=False).update(
        frequency="hours"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0014_schedule_kinds'),
    ]

    operations = [
        migrations.RunPython(name_the_hours, migrations.RunPython.noop),
    ]
