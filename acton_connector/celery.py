"""The Celery application. A message is a doorbell: it carries a run's id and nothing else."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_shutting_down

from sync.machine.stopping import ask_to_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acton_connector.settings")

app = Celery("acton_connector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_shutting_down.connect
def stop_runs(**_details: Any) -> None:
    """Tell the children of a worker that got SIGTERM: the signal reaches its main process alone."""
    ask_to_stop()
