"""What goes wrong in the tests of notices."""

from datetime import timedelta

from sync.models import RunState, SyncJob
from tests.factories import SyncRunFactory


def schedule(job, first_due):
    """Put the job on a schedule of four hours whose slot was at `first_due`."""
    SyncJob.objects.filter(pk=job.pk).update(
        frequency="hours",
        every_hours=4,
        start_time=first_due.time(),
        start_date=first_due.date() - timedelta(days=1),
        next_due_at=first_due,
    )
    job.refresh_from_db()


def fail(job, code="LIMIT", message="LIMIT: No calls are left."):
    """Let a run of the job have failed."""
    return SyncRunFactory(
        job=job, state=RunState.FAILED, failure_code=code, message=message, advice="Wait."
    )
