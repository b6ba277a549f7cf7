"""What a list is read from: an object's records, a campaign's members, a report, or its own ids.

A campaign's list is keyed by the id of the member, not of the person. A member is in one
campaign once and is what a change of status is written to; it keeps its id when its lead is
converted, where a key by person would lose the record with all that was noted at it. Moving a
person to another campaign makes a new member there and takes the old one away here.
"""

from functools import partial

from connectors.members import MEMBER
from connectors.salesforce import NotFoundError, read_campaign
from connectors.services import refresh_fields
from sync.engine.context import RunContext
from sync.engine.errors import SetupError
from sync.engine.following import follow_source
from sync.engine.linked import pull_linked
from sync.engine.pull import pull
from sync.engine.queries import build_count_query
from sync.engine.reports import count_people, pull_report
from sync.engine.windows import count_in_windows
from sync.setup.columns import make_member_columns


def read_source(context: RunContext) -> None:
    """Read all that the list is made of and apply it to the list.

    Raises SetupError when the campaign or the report is gone, or cannot be read as a list.
    """
    if context.options.report_id:
        pull_report(context)
        return
    if context.options.campaign_id:
        _prepare_campaign(context)
    if context.options.linked_only:
        pull_linked(context)
    else:
        pull(context)


def count_source(context: RunContext) -> int:
    """Ask Salesforce anew how many records the list should hold; raises as `read_source`."""
    if context.options.report_id:
        return count_people(context)
    if context.options.campaign_id:
        _require_campaign(context)
    return count_in_windows(context, partial(build_count_query, context.options))


def _prepare_campaign(context: RunContext) -> None:
    """Look whether the campaign is there, and take fields along that members have since got.

    The results of a query that has begun have the columns that they have.
    """
    _require_campaign(context)
    if "bulk_job" not in context.checkpoint:
        refresh_fields(client=context.client, sobject_type=MEMBER)
        follow_source(context, make_member_columns())


def _require_campaign(context: RunContext) -> None:
    try:
        read_campaign(context.client, context.options.campaign_id)
    except NotFoundError as error:
        raise SetupError(
            "The campaign was deleted, or the connected user may no longer see it. "
            "Nobody was removed from the list.",
            "Restore or share the campaign in Salesforce, or delete this list.",
        ) from error
