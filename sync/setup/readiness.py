"""What has to be there before anything is queued: a connection, and something to do."""

from typing import Any

from connectors.selectors import find_connection, is_usable
from sync.errors import ConnectionNotReadyError, InvalidSetupError
from sync.models import SyncJob
from sync.options import freeze_options


def require_connection() -> None:
    """Raise ConnectionNotReadyError when Salesforce cannot be asked."""
    connection = find_connection()
    if connection is None:
        raise ConnectionNotReadyError("Connect Salesforce first, under Settings > Connectors.")
    if not is_usable(connection):
        reason = connection.reason or "It was disconnected."
        raise ConnectionNotReadyError(f"The connection to Salesforce needs attention: {reason}")


def freeze_chosen_options(job: SyncJob) -> dict[str, Any]:
    """Return a copy of the job's set-up; raise InvalidSetupError when nothing is selected."""
    options = freeze_options(job)
    if not options["steps"]:
        raise InvalidSetupError(
            f"Nothing is selected yet: choose under {job.list.sync_label} what to sync."
        )
    return options
