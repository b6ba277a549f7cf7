"""Where a list's changes go: to the object that its records are, or to a campaign."""

from sync.engine.context import RunContext
from sync.engine.members import push_members
from sync.engine.push import push


def send_changes(context: RunContext) -> None:
    """Send what is new or changed here, as the run's options ask for."""
    if context.options.campaign_id:
        push_members(context)
    else:
        push(context)
