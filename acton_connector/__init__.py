"""The Django project: settings, URLs, the Celery application and `accounts`, the tenancy.

The product's rooms are beside this package: `connectors` (the way to Salesforce), `lists` (what
the marketer owns) and `sync` (what moves between them). `docs/architecture.md` is the picture.
"""

from acton_connector.celery import app as celery_app

__all__ = ["celery_app"]
