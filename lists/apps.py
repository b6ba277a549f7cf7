"""The Django application `lists`."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """What the marketer owns."""

    name = "lists"
