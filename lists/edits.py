"""An edit of one cell: what it makes of a record's values and of what is to be pushed.

Pure: dictionaries in, dictionaries out, as in `lists.records.merge`.
"""

from collections.abc import Mapping

Data = dict[str, str | None]
Dirty = dict[str, str | None]


def edit(
    data: Mapping[str, str | None],
    dirty: Mapping[str, str | None] | None,
    key: str,
    value: str | None,
    *,
    is_known: bool,
) -> tuple[Data, Dirty | None]:
    """Return a record's (data, dirty) after its cell `key` was set to `value` (None = blank).

    Of a record that Salesforce knows (`is_known`), the first change of a cell keeps the value
    last agreed on in `dirty`; a cell that is set back to that value has nothing to push any more.
    A record that is unknown to Salesforce is pushed as a whole and has no `dirty`.
    """
    edited: Data = {**data, key: value}
    if not is_known:
        return edited, None
    open_edits: Dirty = dict(dirty or {})
    agreed = open_edits.setdefault(key, data.get(key))
    if value == agreed:
        del open_edits[key]
    return edited, open_edits or None
