"""The Django application `sync`."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """What moves between lists and Salesforce."""

    name = "sync"

    def ready(self) -> None:
        """Listen to the lists."""
        from sync import receivers  # noqa: F401 - the import connects them
