from django.db import migrations, models

FEATURES = [
    ('syncs', 'Syncs and imports'),
    ('previews', 'Previews'),
    ('setup', 'Pages and set-up'),
    ('connecting', 'Connecting'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0002_connection_renewal'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='api_used',
            field=models.PositiveIntegerField(default=0, help_text="The organisation's calls of 24 hours, as Salesforce told last."),
        ),
        migrations.AddField(
            model_name='connection',
            name='api_limit',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='connection',
            name='api_ours',
            field=models.PositiveIntegerField(default=0, help_text='How many of them were ours by our own count.'),
        ),
        migrations.AddField(
            model_name='connection',
            name='api_told_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='apiusage',
            name='hour',
            field=models.DateTimeField(help_text='Its start.', null=True),
        ),
        migrations.AddField(
            model_name='apiusage',
            name='feature',
            field=models.CharField(choices=FEATURES, default='syncs', max_length=20),
            preserve_default=False,
        ),
    ]
