"""The Django application `sync`."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """What moves between lists and Salesforce."""

    name = "sync"
