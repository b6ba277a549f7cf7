"""The Django application `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Tenancy and people."""

    name = "acton_connector.accounts"
    label = "accounts"
