"""The messages of the broker: the tick, and two doorbells."""

from celery import shared_task

from sync.engine.runner import execute_run
from sync.notices.outbox import deliver_due
from sync.tick import tick


@shared_task(name="sync.tick")
def run_tick() -> None:
    """Start what is due."""
    tick()


@shared_task(name="sync.execute_run")
def run_execute_run(run_id: int) -> None:
    """Execute a run, if it may start now."""
    execute_run(run_id)


@shared_task(name="sync.deliver_notices")
def run_deliver_notices() -> None:
    """Send what is due of notices."""
    deliver_due()
