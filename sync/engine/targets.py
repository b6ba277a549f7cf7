"""Where a list's changes go: to the object that its records are, or to a campaign."""

from sync.engine.context import RunContext
from sync.engine.members import push_members
from sync.engine.push import push
from sync.engine.storage import StorageFullError, warn_of_full_storage


def send_changes(context: RunContext) -> None:
    """Send what is changed or new here, as the run's options ask for.

    What is new comes last: where Salesforce has no room for it, the changes are there already.
    """
    try:
        if context.options.campaign_id:
            push_members(context)
        else:
            push(context)
    except StorageFullError:
        warn_of_full_storage(context)
