from django.db import migrations
from django.db.models import F


def stand_as_they_were_queued(apps, schema_editor):
    """So far the queue was in the order of asking, and all runs were a list's."""
    apps.get_model("sync", "SyncRun").objects.update(due_at=F("queued_at"), priority=10)


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0017_queue_by_due_time'),
    ]

    operations = [
        migrations.RunPython(stand_as_they_were_queued, migrations.RunPython.noop),
    ]
