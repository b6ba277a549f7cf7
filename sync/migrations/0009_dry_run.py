"""Dry runs: their result, and a place of their own beside the active run of a job."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('sync', '0008_merge_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='syncrun',
            name='sync_syncrun_one_active_per_job',
        ),
        migrations.AddField(
            model_name='syncrun',
            name='result',
            field=models.JSONField(blank=True, help_text='What a dry run found.', null=True),
        ),
        migrations.AlterField(
            model_name='syncrun',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('sync', 'Sync'), ('dry_run', 'Preview')], max_length=20),
        ),
        migrations.AlterField(
            model_name='syncrun',
            name='trigger',
            field=models.CharField(choices=[('import', 'Import'), ('schedule', 'Schedule'), ('manual', 'Run Now'), ('override', 'Run Now, interval overridden'), ('preview', 'Preview')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running', 'interrupted')), models.Q(('kind', 'dry_run'), _negated=True)), fields=('job',), name='sync_syncrun_one_active_per_job'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'dry_run'), ('state__in', ('queued', 'running', 'interrupted'))), fields=('job',), name='sync_syncrun_one_active_dry_run_per_job'),
        ),
        migrations.AddConstraint(
            model_name='syncrun',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'dry_run'), ('result__isnull', True), _connector='OR'), name='sync_syncrun_result_is_of_a_dry_run'),
        ),
    ]
