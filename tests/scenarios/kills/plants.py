"""Mistakes that a worker is given before its run, to see that the kills find them.

Where a mistake opens a gap between two commits, the gap is held open for a moment.
"""

import time

from django.db import transaction

from connectors.salesforce import fetch_result_page
from connectors.salesforce.collection_writes import insert_records
from connectors.salesforce.retry import Repeats
from lists.records import get_record_store
from sync.engine import pull, push, removal, runner, send_collections
from sync.engine.outcomes import Outcomes
from sync.engine.windows import Window
from sync.models import AccountLease, Step, SyncRun
from sync.queue import lease
from sync.queue.finish import succeed
from sync.queue.lease import Lease

GAP_SECONDS = 0.06


def no_fence(_run_id):
    """Write whatever another worker has done meanwhile."""
    Lease.hold = lambda _self: None


def checkpoint_before_page(_run_id):
    """Commit that a page was taken over, and take it over then."""

    def apply(context, job):
        page = fetch_next(context, job)
        chunks = list(page.chunks())
        context.advance(behind(context, page, page.number_of_records))
        time.sleep(GAP_SECONDS)
        with transaction.atomic():
            counts = context.store.apply_page(context.options.pull_plan(context.run), iter(chunks))
            context.count(records_read=counts.read, records_added=counts.added)

    pull._apply_next_page = apply


def skip_the_step_that_was_interrupted(run_id):
    """Go on with the next step, as if the one in which the worker died were done."""
    run = SyncRun.objects.unscoped().get(pk=run_id)
    following = {Step.PULL: Step.REMOVAL, Step.REMOVAL: Step.PUSH}
    if run.step in following:
        SyncRun.objects.unscoped().filter(pk=run_id).update(step=following[run.step])


def fetch_next(context, job):
    locator = context.checkpoint.get("locator")
    return fetch_result_page(context.client, job, locator=locator, page_size=5)


def behind(context, page, read):
    read += context.checkpoint.get("read", 0)
    return {**context.checkpoint, "locator": page.next_locator, "read": read}


def removal_after_half_a_read(_run_id):
    """Take an answer that broke off for the whole, and remove what was not in it."""

    def pull_one_page(context):
        job = context.wait_for(pull._find_or_start_job(context, Window()))
        pull._apply_next_page(context, job)
        context.note(records_expected=context.checkpoint["read"])
        context.advance({**context.checkpoint, "reached_at": job.created_at.isoformat()})

    pull._pull_in_bulk = pull_one_page
    removal._find_doubt = lambda *_: ""


def begin_anew(run_id):
    """Resume at the beginning, with the counters as they are."""
    SyncRun.objects.unscoped().filter(pk=run_id).update(checkpoint={})


def forget_what_was_seen(run_id):
    """Resume without what the pages before the death held."""
    get_record_store().forget_seen(run_id)


def outcomes_behind_their_checkpoint(_run_id):
    """Commit that people were sent, and then which leads they became."""

    def send(context, part, batch, rows, fields):
        send = send_collections.send_new if part.is_create else send_collections.send_changed
        outcomes = send(context, rows, fields) if rows else Outcomes()
        context.advance({"part": part.name, "after": str(batch.upto)}, is_progress=True)
        time.sleep(GAP_SECONDS)
        with transaction.atomic():
            push.note_prepared(context, batch)
            context.count(**{part.counter: push.store_outcomes(context, outcomes)})

    push._send_collection = send


def give_up_after_one_death(_run_id):
    """Fail a run at its second attempt."""
    runner.ATTEMPTS_AT_ONE_CHECKPOINT = 1


def lost_answer_is_success(_run_id):
    """Repeat nothing, and call a run that broke off done."""

    def refuse(_self, error):
        raise error

    Repeats.wait_or_raise = refuse
    runner._end_for = lambda _error, run, lease, _meter: succeed(run, lease)


def no_count_check(_run_id):
    """Take what came of a page for all of it, and what came of all pages for everybody."""

    def pull_uncounted(context):
        job = context.wait_for(pull._find_or_start_job(context, Window()))
        while "locator" not in context.checkpoint or context.checkpoint["locator"]:
            pull._apply_next_page(context, job)
        context.note(records_expected=context.checkpoint["read"])
        context.advance({**context.checkpoint, "reached_at": job.created_at.isoformat()})

    pull._check_page = lambda *_: None
    pull._pull_in_bulk = pull_uncounted
    removal._find_doubt = lambda *_: ""


def claim_a_living_lease(_run_id):
    """Start a run that another worker is at."""

    def claim_in_any_case(run_id):
        AccountLease.objects.filter(run_id=run_id).update(expires_at=None, run=None)
        return claim(run_id)

    claim = lease.claim
    runner.claim = claim_in_any_case


def plain_post(_run_id):
    """Create new records anew where nobody knows whether they were created."""

    def create(client, sobject_type, external_id_field, records, options):
        values = [{k: v for k, v in each.items() if k != external_id_field} for each in records]
        return insert_records(client, sobject_type, values, options)

    send_collections.upsert_records = create


PLANTS = (
    no_fence,
    checkpoint_before_page,
    skip_the_step_that_was_interrupted,
    removal_after_half_a_read,
    begin_anew,
    forget_what_was_seen,
    outcomes_behind_their_checkpoint,
    give_up_after_one_death,
    lost_answer_is_success,
    no_count_check,
    claim_a_living_lease,
    plain_post,
)
