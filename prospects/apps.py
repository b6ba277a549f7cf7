"""The Django application `prospects`."""

from django.apps import AppConfig


class ProspectsConfig(AppConfig):
    """Who is worth a call."""

    name = "prospects"
