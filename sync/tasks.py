"""The messages of the broker: the tick, and two doorbells."""

from celery import shared_task

from sync.engine.runner import execute_run
from sync.machine.disk import warn_of_full_disk
from sync.notices.round import tell_news
from sync.queue.tick import tick


@shared_task(name="sync.tick")
def run_tick() -> None:
    """Start what is due, and say when this worker's disk fills up."""
    warn_of_full_disk()
    tick()


@shared_task(name="sync.execute_run")
def run_execute_run(run_id: int) -> None:
    """Execute a run, if it may start now."""
    execute_run(run_id)


@shared_task(name="sync.tell_news")
def run_tell_news() -> None:
    """Review what changed, and send what is due of it."""
    tell_news()
