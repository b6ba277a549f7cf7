"""The doorbell: a message at the broker says that there is work, and nothing else.

What the work is stands in the database, so a bell that nobody heard is no loss: a tick rings again.
"""

from typing import Any

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

# Once, as for a connection that broke since; beyond that the next tick is soon enough.
RING_AGAIN = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}


def ring(task: str, *args: int, lifetime: int, producer: Any = None) -> bool:
    """Ask a worker for a task within `lifetime` seconds; return whether the broker took it.

    Without one only the log tells. A broker that says nothing holds the caller no longer than the
    settings' socket timeout.
    """
    try:
        current_app.send_task(
            task, args=args, expires=lifetime, producer=producer, retry_policy=RING_AGAIN
        )
    except (OperationalError, OSError):
        log.warning("doorbell.broker_away", task=task, args=args, exc_info=True)
        return False
    return True
