from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0015_fill_schedule_kinds'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='syncjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('day_of_month__isnull', True), ('every_hours__isnull', False), ('frequency', 'hours'), ('start_date__isnull', False), ('start_time__isnull', False), ('weekdays__isnull', True)), models.Q(('day_of_month__isnull', True), ('every_hours__isnull', True), ('frequency', 'daily'), ('start_date__isnull', True), ('start_time__isnull', False), ('weekdays__isnull', True)), models.Q(('day_of_month__isnull', True), ('every_hours__isnull', True), ('frequency', 'weekly'), ('start_date__isnull', True), ('start_time__isnull', False), ('weekdays__isnull', False)), models.Q(('day_of_month__isnull', False), ('every_hours__isnull', True), ('frequency', 'monthly'), ('start_date__isnull', True), ('start_time__isnull', False), ('weekdays__isnull', True)), models.Q(('day_of_month__isnull', True), ('every_hours__isnull', True), ('frequency', ''), ('start_date__isnull', True), ('start_time__isnull', True), ('weekdays__isnull', True)), _connector='OR'), name='sync_syncjob_schedule_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='syncjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('weekdays__isnull', True), ('weekdays__range', (1, 127)), _connector='OR'), models.Q(('day_of_month__isnull', True), ('day_of_month__range', (1, 31)), _connector='OR')), name='sync_syncjob_days_are_days'),
        ),
        migrations.AddConstraint(
            model_name='syncjob',
            constraint=models.CheckConstraint(condition=models.Q(('next_due_at__isnull', True), models.Q(models.Q(('frequency', ''), _negated=True), ('pause_reason', '')), _connector='OR'), name='sync_syncjob_due_means_scheduled_and_not_paused'),
        ),
    ]
