"""Moments of a run at which its worker stops or kills itself: calls, checkpoints and commits."""

import os
import signal
from functools import wraps

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from requests.adapters import HTTPAdapter

from sync.engine.context import RunContext

CHANGES = ("INSERT", "UPDATE", "DELETE")


class Countdown:
    """Counts a worker's moments of a kind; at the n-th the process gets a signal from itself."""

    def __init__(self, number, signal_number):
        self._left, self._signal = number, signal_number

    def is_over(self):
        self._left -= 1
        return self._left == 0

    def end(self):
        os.kill(os.getpid(), self._signal)


def watch_calls(countdown, *, after):
    """End before a call leaves, or when its answer has come."""
    HTTPAdapter.send = ending(HTTPAdapter.send, countdown, after=after)


def watch_checkpoints(countdown, *, after):
    """End when a checkpoint was written and not committed, or right after its commit."""
    advance = RunContext.advance

    def advance_and_end(self, *args, **counts):
        is_over = countdown.is_over()
        if is_over and not after and not connection.in_atomic_block:
            countdown.end()
        advance(self, *args, **counts)
        if is_over:
            transaction.on_commit(countdown.end) if after else countdown.end()

    RunContext.advance = advance_and_end


def watch_commits(countdown, *, after):
    """End before or after a commit, of a transaction or of a statement that stands alone."""
    BaseDatabaseWrapper.commit = ending(BaseDatabaseWrapper.commit, countdown, after=after)

    def execute_and_end(execute, sql, params, many, context):
        stands_alone = sql.startswith(CHANGES) and not connection.in_atomic_block
        if not stands_alone:
            return execute(sql, params, many, context)
        return ending(execute, countdown, after=after)(sql, params, many, context)

    connection.execute_wrappers.append(execute_and_end)


def ending(do, countdown, *, after):
    @wraps(do)
    def do_and_end(*args, **options):
        is_over = countdown.is_over()
        if is_over and not after:
            countdown.end()
        done = do(*args, **options)
        if is_over and after:
            countdown.end()
        return done

    return do_and_end


WATCHES = {"call": watch_calls, "checkpoint": watch_checkpoints, "commit": watch_commits}


def end_at(kind, number, when, signal_name):
    """Send this process a signal `when`, "before" or "after", it comes to its n-th moment."""
    WATCHES[kind](Countdown(number, signal.Signals[signal_name]), after=when == "after")
