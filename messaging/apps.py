"""The Django application `messaging`."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """E-mail to the people of the lists."""

    name = "messaging"
