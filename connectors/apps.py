"""The Django application `connectors`."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The way to Salesforce."""

    name = "connectors"
