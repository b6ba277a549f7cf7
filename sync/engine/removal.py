"""Removal: take out of the list what a complete read of Salesforce no longer held."""

import structlog
from django.db import transaction

from connectors.salesforce import ProtocolError
from lists.models import ListRecord
from lists.records import PullPlan
from sync.engine.brake import Removal
from sync.engine.context import RunContext
from sync.engine.conversions import carry_before_removal, remove_lost
from sync.engine.cursor import advance_cursor
from sync.engine.gone import remove_gone
from sync.engine.sources import count_source

log = structlog.get_logger(__name__)


def remove(context: RunContext) -> None:
    """Remove what Salesforce no longer has; where nothing is held, the pull is done for good.

    A read of everything tells it by what it did not hold, a read of changes has to ask.
    """
    since = context.run.read_since
    done = _remove_missing(context) if since is None else remove_gone(context, since)
    if done:
        advance_cursor(context)


def _remove_missing(context: RunContext) -> bool:
    """Remove the missing records, or hold them for a person when there are too many; tell which.

    The pull before this step was complete: it raises when rows of the result are missing. That
    none came twice in place of another is seen here; if one did, ProtocolError is raised.
    """
    plan = context.options.pull_plan(context.run)
    missing = context.store.count_missing(plan)
    doubt = _find_doubt(context, plan, missing) if missing else ""
    if doubt:
        context.note(removals_held=missing, message=doubt)
        log.warning("removal.held", run_id=context.run.pk, missing=missing)
        return False
    stuck: frozenset[str] = frozenset()
    while missing:  # an edit that is made while others are carried over is carried over next
        edited = carry_before_removal(context, context.store.list_missing_edited(plan))
        stuck |= edited.stuck
        context.store.remember_seen(plan, sorted(edited.stuck))
        with transaction.atomic():
            removed = context.store.remove_missing(plan) + remove_lost(context, edited)
            context.advance(context.checkpoint, is_progress=True, records_removed=removed)
        missing = len(set(context.store.list_missing_edited(plan)) - stuck)
    context.note(removals_held=0)
    return True


def _check_that_all_differ(context: RunContext, plan: PullPlan) -> None:
    read, seen = context.checkpoint["read"], context.store.count_seen(plan)
    if seen < read:
        raise ProtocolError(
            "INCOMPLETE_RESULT",
            f"Salesforce delivered {read:,} records, and only {seen:,} of them were different "
            "ones. Nothing was removed.",
        )


def _find_doubt(context: RunContext, plan: PullPlan, missing: int) -> str:
    """Return why a person has to look first; empty when nothing speaks against the removal."""
    if context.options.removals_released is not None:
        return _find_difference(context.options.removals_released, missing)
    _check_that_all_differ(context, plan)
    known = ListRecord.objects.filter(
        list_id=context.run.job.list_id, salesforce_id__isnull=False
    ).count()
    removal = Removal(known=known, read=context.checkpoint["read"], missing=missing)
    limit = context.run.account.removal_limit_percent
    if removal.is_harmless(limit):
        return ""
    counted = count_source(context)
    if counted != removal.read:
        return (
            f"Salesforce delivered {removal.read:,} records and counts {counted:,}. "
            f"{missing:,} records were not removed."
        )
    if not removal.is_within(limit):
        return (
            f"{missing:,} of {known:,} records are no longer found in Salesforce. "
            "That is more than this account removes without a person looking at it."
        )
    return ""


def _find_difference(released: int, missing: int) -> str:
    if missing == released:
        return ""
    return f"{released:,} removals were released, and now there are {missing:,}. Look again."
