"""The rule of each pulled field, and what runs noted of values that both sides changed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('lists', '0005_edited_at'),
        ('sync', '0007_records_followed'),
    ]

    operations = [
        migrations.CreateModel(
            name='FieldConflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_id', models.UUIDField()),
                ('salesforce_id', models.CharField(max_length=18)),
                ('label', models.CharField(help_text='What a person knows the record by.', max_length=254)),
                ('column_name', models.CharField(max_length=255)),
                ('ours', models.TextField(blank=True)),
                ('theirs', models.TextField(blank=True)),
                ('rule', models.CharField(choices=[('salesforce', "Salesforce's value"), ('ours', 'our value'), ('most_recent', 'the later change'), ('unless_blank', "Salesforce's, unless it is blank")], max_length=20)),
                ('ours_won', models.BooleanField()),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='syncjobfield',
            name='rule',
            field=models.CharField(choices=[('salesforce', "Salesforce's value"), ('ours', 'our value'), ('most_recent', 'the later change'), ('unless_blank', "Salesforce's, unless it is blank")], default='salesforce', max_length=20),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='conflicts_found',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='records_upheld',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name='syncjobfield',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('direction', 'pull'), ('rule__in', ['salesforce', 'ours', 'most_recent', 'unless_blank'])), models.Q(('direction', 'push'), ('rule', 'salesforce')), _connector='OR'), name='sync_syncjobfield_rule_is_of_the_pull'),
        ),
        migrations.AddField(
            model_name='fieldconflict',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account'),
        ),
        migrations.AddField(
            model_name='fieldconflict',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conflicts', to='sync.syncrun'),
        ),
    ]
