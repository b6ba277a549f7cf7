from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0004_fill_usage_by_hour'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='apiusage',
            name='connectors_apiusage_one_per_day',
        ),
        migrations.AlterField(
            model_name='apiusage',
            name='hour',
            field=models.DateTimeField(help_text='Its start.'),
        ),
        migrations.RemoveField(model_name='apiusage', name='day'),
        migrations.RemoveField(model_name='apiusage', name='organization_used'),
        migrations.RemoveField(model_name='apiusage', name='organization_limit'),
        migrations.AddConstraint(
            model_name='apiusage',
            constraint=models.UniqueConstraint(fields=('account', 'hour', 'feature'), name='connectors_apiusage_one_per_hour_and_feature'),
        ),
        migrations.AddConstraint(
            model_name='apiusage',
            constraint=models.CheckConstraint(condition=models.Q(('feature__in', ['syncs', 'previews', 'setup', 'connecting'])), name='connectors_apiusage_feature_is_known'),
        ),
    ]
