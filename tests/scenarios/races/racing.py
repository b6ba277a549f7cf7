"""What one process of the race does: claim, work as a holder does, end in one of several ways."""

import time
import traceback
from collections import Counter

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from acton_connector.accounts.scope import account_scope
from sync.models import ACTIVE_STATES, RunKind, SyncRun, Trigger
from sync.queue import finish
from sync.queue import lease as lease_module
from sync.queue.lease import LeaseLostError
from sync.queue.waiting import find_first
from tests.scenarios.races import planted

MARK = "INSERT INTO race_mark (account_id, run_id, fence, event) VALUES (%s, %s, %s, %s)"


def plant(name):
    """Break the code under test, to see that the race finds it."""
    getattr(planted, name)(lease_module)


def race(calls, luck):
    """Claim a run of each account that is called out; return how often what was seen."""
    seen = Counter()
    for line in calls:
        try:
            seen.update(["claims", *claim_one(int(line), luck)])
        except DatabaseError:
            traceback.print_exc()
            seen["broke down"] += 1
    return seen


def claim_one(account_id, luck):
    """Claim a run of the account and do its work; yield what happened."""
    active = SyncRun.objects.unscoped().filter(account_id=account_id, state__in=ACTIVE_STATES)
    # As the doorbells are: most ring for the run that is first, some for another one.
    anyone = luck.choice(list(active.values_list("pk", flat=True)))
    run_id = find_first(account_id) or anyone if luck.random() < 0.7 else anyone
    lease = lease_module.claim(run_id)
    if lease is None:
        yield "refused"
        return
    yield "won"
    try:
        with account_scope(lease.account_id):
            yield work(lease, luck)
    except LeaseLostError:
        yield "lost"


def work(lease, luck):
    """Hold the account for a while, writing under the fence; return how it ended."""
    mark(lease, "won")  # without proof: this is what the process believes
    for _ in range(luck.randint(1, 3)):
        time.sleep(luck.uniform(0, 0.1))  # Salesforce answers
        write(lease, holds_first=luck.random() < 0.5)
    run = SyncRun.objects.select_related("job__list").get(pk=lease.run_id)
    ending = luck.choice(["finished", "finished", "interrupted", "died"])
    if ending == "died":  # the account stays claimed until the lease has run out
        return ending
    with transaction.atomic():
        mark(lease, "wrote")
        if ending == "finished":
            finish.succeed(run, lease)
            queue_another(run)
        else:
            finish.interrupt(run, lease, message="")
    lease.release()
    return ending


def write(lease, *, holds_first):
    """Write a mark under the fence, as a page is written; the check may come first or last."""
    with transaction.atomic():
        if holds_first:
            lease.hold()
        mark(lease, "wrote")
        if not holds_first:
            lease.hold()


def mark(lease, event):
    with connection.cursor() as cursor:
        cursor.execute(MARK, [lease.account_id, lease.run_id, lease.fence, event])


def queue_another(run):
    """Queue the job's next run at once: the interval has to keep it waiting."""
    SyncRun.objects.create(
        account_id=run.account_id,
        job=run.job,
        kind=RunKind.SYNC,
        trigger=Trigger.SCHEDULE,
        options=run.options,
        priority=run.priority,
        due_at=Now(),
        queued_at=Now(),
    )
