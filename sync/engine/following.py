"""Columns that follow their campaign or report: what it shows now is what the run reads."""

from collections.abc import Sequence
from dataclasses import replace

from lists.records import MergeRule
from lists.services import NewColumn, follow_columns
from sync.engine.context import RunContext
from sync.options import find_email_key, mirrored_columns, unfilled_keys


def follow_source(context: RunContext, columns: Sequence[NewColumn]) -> list[str]:
    """Give the list the columns of its source, and let the run read these.

    The run's frozen options are changed in its row too: what resumes reads the same. Return the
    names of the columns that the source no longer has.
    """
    marketing_list = context.run.job.list
    left = follow_columns(marketing_list=marketing_list, columns=columns)
    mirrored = mirrored_columns(marketing_list)
    keys = frozenset(column.key for column in mirrored)
    updated = keys if context.options.pull_every_key else context.options.pull_keys & keys
    unfilled = unfilled_keys(marketing_list)
    unchosen = unfilled - updated
    context.options = replace(
        context.options,
        columns=mirrored,
        email_key=find_email_key(marketing_list),
        pull_keys=updated | unfilled,
        filling_keys=(context.options.filling_keys & keys) | unchosen,
        # An edit that waits for a field which left and is back is ours to push.
        rules={**context.options.rules, **dict.fromkeys(unchosen, MergeRule.OURS)},
    )
    context.note(options=context.options.to_json())
    return left
