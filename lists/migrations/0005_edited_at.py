"""When a person last changed a value of a record here."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lists", "0004_names_of_report_columns")]

    operations = [
        migrations.AddField(
            model_name="listrecord",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
