"""Three-way merge of one record: our value, Salesforce's value, and the one last agreed on.

Pure: dictionaries in, dictionaries out. `data` maps column keys to values as text (None = blank,
and a missing key is blank too). `dirty` maps the keys that were changed here to the agreed value.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

Data = dict[str, str | None]
Dirty = dict[str, str | None]


class Merged(NamedTuple):
    """A record after a merge; `dirty` is None when nothing is left to push.

    `overruled` tells whether an edit of ours gave way to another value.
    """

    data: Data
    dirty: Dirty | None
    changed: bool
    overruled: bool = False


def merge_pulled(
    data: Mapping[str, str | None],
    dirty: Mapping[str, str | None] | None,
    pulled: Mapping[str, str | None],
    update_keys: Collection[str],
) -> Merged:
    """Take Salesforce's values of `update_keys` over; where both sides changed, Salesforce wins.

    Salesforce's value equal to the agreed one means that only we changed it: ours stays, to be
    pushed. `changed` tells whether any value of `data` is another one now.
    """
    merged, open_edits, overruled = dict(data), dict(dirty or {}), False
    for key in update_keys:
        theirs = pulled.get(key)
        only_ours_changed = key in open_edits and theirs == open_edits[key]
        if only_ours_changed and theirs != data.get(key):
            continue
        overruled |= key in open_edits and theirs != data.get(key)
        merged[key] = theirs
        open_edits.pop(key, None)
    changed = any(merged[key] != data.get(key) for key in merged)
    return Merged(merged, open_edits or None, changed, overruled)


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
