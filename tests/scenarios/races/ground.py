"""What is raced for, and the witness: 50 accounts, their lists, and marks that the database makes.

A trigger writes a mark in the very statement that grants a lease, by the database's clock. So what
the processes believe is held against what happened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from acton_connector.accounts.scope import account_scope
from sync.models import RunKind, SyncJob, Trigger
from sync.queue.lease import from_now
from tests.factories import AccountFactory, ConnectionFactory, SyncJobFactory, SyncRunFactory

ACCOUNTS = 50
INTERVAL = timedelta(hours=4)
RACE_SECONDS = 13

COLUMNS = """
    account_id bigint NOT NULL, run_id bigint NOT NULL, fence bigint NOT NULL,
    event varchar(10) NOT NULL, live_until {time}
"""
GRANT = """
    INSERT INTO race_mark (account_id, run_id, fence, event, live_until)
    VALUES (NEW.account_id, NEW.run_id, NEW.fence, 'granted',
            CASE WHEN OLD.run_id IS NOT NULL THEN OLD.expires_at END);
"""
SET_UP = {
    "postgresql": [
        f"""CREATE TABLE race_mark (
            id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
            {COLUMNS.format(time="timestamptz")})""",
        f"""CREATE FUNCTION race_note_grant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {GRANT} RETURN NULL; END $$""",
        """CREATE TRIGGER race_grant AFTER UPDATE ON sync_accountlease FOR EACH ROW
            WHEN (NEW.run_id IS NOT NULL
                  AND (NEW.run_id, NEW.fence) IS DISTINCT FROM (OLD.run_id, OLD.fence))
            EXECUTE FUNCTION race_note_grant()""",
    ],
    "sqlite": [
        f"""CREATE TABLE race_mark (
            id integer PRIMARY KEY AUTOINCREMENT,
            at datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
            {COLUMNS.format(time="datetime")})""",
        f"""CREATE TRIGGER race_grant AFTER UPDATE ON sync_accountlease
            WHEN NEW.run_id IS NOT NULL
                 AND (NEW.run_id IS NOT OLD.run_id OR NEW.fence IS NOT OLD.fence)
            BEGIN {GRANT} END""",
    ],
}
CLEAR = {
    "postgresql": [
        "DROP TRIGGER race_grant ON sync_accountlease",
        "DROP FUNCTION race_note_grant()",
        "DROP TABLE race_mark",
    ],
    "sqlite": ["DROP TRIGGER race_grant", "DROP TABLE race_mark"],
}


@dataclass(frozen=True)
class Ground:
    """Which accounts are raced for, and when each of their jobs had started last."""

    accounts: list[int]
    started_before: dict[int, datetime | None]


@contextmanager
def witnessed() -> Iterator[None]:
    """Let the database note who is granted what, while the block runs."""
    run_statements(SET_UP)
    try:
        yield
    finally:
        run_statements(CLEAR)


def run_statements(by_engine):
    with connection.cursor() as cursor:
        for statement in by_engine[connection.vendor]:
            cursor.execute(statement)


def lay_out(luck, accounts=ACCOUNTS) -> Ground:
    """Make accounts with four lists each, of which a run waits.

    One never ran, two become free at some instant of the race, one only long after it.
    """
    made = [AccountFactory() for _ in range(accounts)]
    jobs = [job for account in made for job in make_jobs(account)]
    for number, job in enumerate(jobs):
        if number % 4 in {1, 2}:
            set_start(job, timedelta(seconds=luck.uniform(-0.5, RACE_SECONDS)) - INTERVAL)
        elif number % 4 == 3:
            set_start(job, timedelta(minutes=luck.choice([1, 60, 1440])) - INTERVAL)
    started = SyncJob.objects.unscoped().filter(account__in=made)
    return Ground(
        [account.pk for account in made], dict(started.values_list("pk", "last_started_at"))
    )


def make_jobs(account):
    with account_scope(account):
        ConnectionFactory()
        jobs = [SyncJobFactory(pull_add=True) for _ in range(4)]
        for job in jobs:
            SyncRunFactory(job=job, kind=RunKind.SYNC, trigger=Trigger.SCHEDULE)
    return jobs


def set_start(job, ago):
    SyncJob.objects.unscoped().filter(pk=job.pk).update(last_started_at=from_now(ago))
