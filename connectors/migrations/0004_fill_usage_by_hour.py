from datetime import UTC, datetime, time

from django.db import migrations


def count_a_day_in_its_first_hour(apps, schema_editor):
    """The hours of the calls are not known, nor what they were for: most were for syncs."""
    usage = apps.get_model("connectors", "ApiUsage")
    for row in usage.objects.iterator():
        row.hour = datetime.combine(row.day, time(), UTC)
        row.save(update_fields=["hour"])


def keep_the_last_reading(apps, schema_editor):
    """Salesforce's part of the newest day goes to the connection, as old as it may be."""
    usage = apps.get_model("connectors", "ApiUsage")
    for connection in apps.get_model("connectors", "Connection").objects.iterator():
        told = usage.objects.filter(account_id=connection.account_id, organization_limit__gt=0)
        last = told.order_by("day").last()
        if last is not None:
            connection.api_used = last.organization_used
            connection.api_limit = last.organization_limit
            connection.api_ours = last.our_calls
            connection.api_told_at = last.hour
            connection.save(
                update_fields=["api_used", "api_limit", "api_ours", "api_told_at"]
            )


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0003_usage_by_hour'),
    ]

    operations = [
        migrations.RunPython(count_a_day_in_its_first_hour, migrations.RunPython.noop),
        migrations.RunPython(keep_the_last_reading, migrations.RunPython.noop),
    ]
