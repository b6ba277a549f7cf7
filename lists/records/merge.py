"""Three-way merge of one record: our value, Salesforce's value, and the one last agreed on.

Pure: dictionaries in, dictionaries out. `data` maps column keys to values as text (None = blank,
and a missing key is blank too). `dirty` maps the keys that were changed here to the agreed value.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from lists.records.alike import are_alike
from lists.records.columns import MergeRule, PullColumn

Value = str | None
Data = dict[str, str | None]
Dirty = dict[str, str | None]


class Decision(NamedTuple):
    """The value to keep; whether it is left to push; whether both sides had changed it.

    What is left to push has Salesforce's value as the one last agreed on. In a conflict, ours
    won where it is left to push.
    """

    value: Value
    is_open: bool = False
    is_conflict: bool = False


class Conflict(NamedTuple):
    """A value that both sides changed since they last agreed, and whose was taken."""

    key: str
    ours: Value
    theirs: Value
    rule: MergeRule
    ours_won: bool


class Merged(NamedTuple):
    """A record after a merge; `dirty` is None when nothing is left to push."""

    data: Data
    dirty: Dirty | None
    changed: bool
    conflicts: tuple[Conflict, ...] = ()


def decide(
    base: Value,
    ours: Value,
    theirs: Value,
    column: PullColumn,
    *,
    edited_at: datetime | None = None,
    changed_at: datetime | None = None,
) -> Decision:
    """Decide on one value: `base` is the one last agreed on, equal to `ours` unless we changed it.

    `edited_at` and `changed_at` are when the record was last changed here and in Salesforce; the
    rule "most recent" compares them, and without both of them Salesforce's value is taken. In
    what nobody here changed, Salesforce's change is taken under every rule, save that its blank
    empties no value under "unless blank", and that a column which `only_fills` keeps every value.
    Such a value is kept, but it is not pushed: nobody here changed it.
    """
    if theirs == ours:
        return Decision(theirs)
    keeps_ours = column.rule == MergeRule.UNLESS_BLANK and theirs is None
    if ours == base:
        keeps_ours = keeps_ours or (column.only_fills and ours is not None)
        return Decision(ours if keeps_ours else theirs)
    # An echo of what a push of ours wrote is no change of Salesforce's, whatever its letters.
    if are_alike(theirs, base, column.data_type):
        return Decision(ours, is_open=True)
    if are_alike(theirs, ours, column.data_type):
        return Decision(theirs)
    if column.rule == MergeRule.MOST_RECENT:
        keeps_ours = _is_later(edited_at, changed_at)
    if keeps_ours or column.rule == MergeRule.OURS:
        return Decision(ours, is_open=True, is_conflict=True)
    return Decision(theirs, is_conflict=True)


def _is_later(edited_at: datetime | None, changed_at: datetime | None) -> bool:
    """Tell whether ours is the later change; Salesforce tells whole seconds, a tie is theirs."""
    if edited_at is None or changed_at is None:
        return False
    return edited_at.replace(microsecond=0) > changed_at


def merge_pulled(
    data: Mapping[str, Value],
    dirty: Mapping[str, Value] | None,
    pulled: Mapping[str, Value],
    columns: Iterable[PullColumn],
    *,
    edited_at: datetime | None = None,
    changed_at: datetime | None = None,
) -> Merged:
    """Take Salesforce's values of `columns` over, each as `decide` says.

    `changed` tells whether any value of `data` is another one now.
    """
    merged, open_edits, conflicts = dict(data), dict(dirty or {}), []
    for column in columns:
        key = column.key
        ours, theirs = data.get(key), pulled.get(key)
        is_usual = theirs is not None and key not in open_edits and not column.only_fills
        if theirs == ours or is_usual:
            # What `decide` says under every rule: most values are such ones, and a call costs.
            merged[key] = theirs
            open_edits.pop(key, None)
            continue
        decision = decide(
            open_edits.get(key, ours),
            ours,
            theirs,
            column,
            edited_at=edited_at,
            changed_at=changed_at,
        )
        merged[key] = decision.value
        open_edits.pop(key, None)
        if decision.is_open:
            open_edits[key] = theirs
        if decision.is_conflict:
            conflicts.append(Conflict(key, ours, theirs, column.rule, decision.is_open))
    changed = any(merged[key] != data.get(key) for key in merged)
    return Merged(merged, open_edits or None, changed, tuple(conflicts))


def settle_pushed(
    data: Mapping[str, str | None],
    dirty: Mapping[str, str | None] | None,
    sent: Mapping[str, str | None],
) -> Dirty | None:
    """Return what is left to push after Salesforce took `sent`.

    A value that was edited again while it was on its way stays, with the sent value as the one
    last agreed on.
    """
    open_edits = dict(dirty or {})
    for key, value in sent.items():
        if data.get(key) == value:
            open_edits.pop(key, None)
        else:
            open_edits[key] = value
    return open_edits or None


def note_unsent(
    data: Mapping[str, str | None],
    dirty: Mapping[str, str | None] | None,
    sent: Mapping[str, str | None],
    mirrored_keys: Collection[str],
) -> Dirty | None:
    """Return what is left to push of a record that Salesforce has just created from `sent`.

    A value that was entered while the record was on its way, or that a new record may not be
    given, is a change of the blank that Salesforce has.
    """
    unsent = {key: None for key in mirrored_keys if data.get(key) and key not in sent}
    return {**unsent, **(dirty or {})} or None


def join_twins(
    data: Mapping[str, str | None],
    dirty: Mapping[str, str | None] | None,
    twin_data: Mapping[str, str | None],
    twin_dirty: Mapping[str, str | None] | None,
) -> Merged:
    """Join two records of one person: the first one's values win, its blanks are filled.

    A value that comes from the twin brings its open edit along.
    """
    joined, open_edits = dict(data), dict(dirty or {})
    for key, value in twin_data.items():
        if data.get(key) is None and key not in open_edits:
            joined[key] = value
            if twin_dirty and key in twin_dirty:
                open_edits[key] = twin_dirty[key]
    return Merged(joined, open_edits or None, changed=joined != data)


def find_latest(*moments: datetime | None) -> datetime | None:
    """Return the latest of the times at which records that become one were edited."""
    return max((moment for moment in moments if moment is not None), default=None)
