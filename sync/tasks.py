"""The two messages of the broker: the tick, and a doorbell that carries a run's id."""

from celery import shared_task

from sync.engine.runner import execute_run
from sync.tick import tick


@shared_task(name="sync.tick")
def run_tick() -> None:
    """Start what is due."""
    tick()


@shared_task(name="sync.execute_run")
def run_execute_run(run_id: int) -> None:
    """Execute a run, if it may start now."""
    execute_run(run_id)
