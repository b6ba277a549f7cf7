"""The Celery application. A message is a doorbell: it carries a run's id and nothing else."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acton_connector.settings")

app = Celery("acton_connector")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
