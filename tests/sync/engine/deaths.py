"""A worker that dies at one of its checkpoints, and another one that goes on."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from sync.engine.context import RunContext
from sync.engine.runner import execute_run
from sync.models import AccountLease, SyncRun


class DiedError(BaseException):
    """What nobody catches: the worker is gone."""


def watch_checkpoints(monkeypatch):
    """Return how to let the worker die at its n-th checkpoint, before it or behind its commit.

    With `pages_only`, at the n-th that is behind a page; at the 0th it lives.
    """
    advance = RunContext.advance
    plan = {"left": 0, "behind": False, "pages_only": False}

    def advance_and_die(context, *args, **counts):
        plan["left"] -= not plan["pages_only"] or bool(counts.get("records_read"))
        is_last = plan["left"] == 0
        if is_last and not plan["behind"]:
            die()
        advance(context, *args, **counts)
        if is_last:
            transaction.on_commit(die)

    monkeypatch.setattr(RunContext, "advance", advance_and_die)
    return lambda number, *, behind=True, pages_only=False: plan.update(
        left=number, behind=behind, pages_only=pages_only
    )


def die():
    raise DiedError


def resume(run):
    """Go on with a run whose worker has died."""
    AccountLease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    execute_run(run.pk)
    return SyncRun.objects.get(pk=run.pk)
