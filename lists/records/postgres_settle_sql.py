"""The statements by which PostgreSQL settles what Salesforce took of a push.

`push_stage` holds the rows of the file as text, blank cells as null: `id` is Salesforce's,
`record_key` names our record, and c0, c1, ... hold the values that were sent.
"""

from typing import LiteralString

from psycopg import sql

from lists.records.plan import PullPlan
from lists.records.sent import CLEARED, RESULT_CREATED, RESULT_ID, SentPage

CREATE_STAGE = """
    DROP TABLE IF EXISTS push_stage;
    CREATE TEMPORARY TABLE push_stage ({definitions}) ON COMMIT DROP
"""
COPY = "COPY push_stage ({columns}) FROM STDIN (FORMAT csv, FORCE_NULL ({columns}))"

ARE_REPEATED = "SELECT count(*) <> count(DISTINCT id) FROM push_stage"

# One order for all who lock several records keeps them from waiting for each other.
LOCK = """
    SELECT count(*) FROM (
        SELECT FROM push_stage AS s JOIN lists_listrecord AS r ON {is_record}
        WHERE r.list_id = %(list_id)s ORDER BY r.record_id FOR UPDATE OF r
    ) AS locked
"""
REMEMBER = """
    INSERT INTO lists_seenpage (account_id, run_id, ids)
    SELECT %(account_id)s, %(run_id)s, jsonb_agg(s.id)
    FROM push_stage AS s JOIN lists_listrecord AS r ON {is_record}
    WHERE r.list_id = %(list_id)s HAVING count(*) > 0
"""

# The usual case: the record holds what was sent, and nobody else holds its Salesforce id. What
# this statement settles leaves the stage; the rest goes through `settle.settle_records`.
SETTLE = """
    WITH done AS (
        UPDATE lists_listrecord AS r
        SET salesforce_id = s.id, dirty = nullif(r.dirty - {sent_keys}, '{{}}'),
            content_hash = CASE WHEN {nothing_sent} THEN r.content_hash END
        FROM push_stage AS s
        WHERE r.list_id = %(list_id)s AND {is_record} AND {is_usual}
        RETURNING s.ctid AS place
    )
    DELETE FROM push_stage USING done WHERE push_stage.ctid = done.place
"""
TAKE_REST = """
    DELETE FROM push_stage WHERE ctid = ANY (ARRAY(SELECT ctid FROM push_stage LIMIT %(rows)s))
    RETURNING {taken}
"""
FIND_RECORDS = """
    SELECT salesforce_id, record_id FROM lists_listrecord
    WHERE list_id = %s AND salesforce_id = ANY (%s)
"""

_TEXT, _UUID = sql.SQL('{} text COLLATE "C"'), sql.SQL("{} uuid")
_IS_NEW = sql.SQL("r.record_id = s.record_key")
_IS_KNOWN = sql.SQL("r.salesforce_id = s.record_key")
_SAME_ID = sql.SQL("s.id = s.record_key")
_FIRST_HOLDER = sql.SQL("""
    (r.salesforce_id IS NULL OR r.salesforce_id = s.id) AND NOT EXISTS (
        SELECT FROM lists_listrecord AS twin WHERE twin.list_id = r.list_id
        AND twin.salesforce_id = s.id AND twin.record_id <> r.record_id)
""")
_SENT = sql.SQL("CASE WHEN {cell} IS NOT NULL THEN {key} END")
_HELD = sql.SQL("r.data ->> {key} IS NOT DISTINCT FROM nullif({cell}, {cleared})")
_HELD_IF_SENT = sql.SQL("({cell} IS NULL OR {held})")
_HELD_OR_BLANK = sql.SQL("CASE WHEN {cell} IS NULL THEN {blank} ELSE {held} END")
_BLANK = sql.SQL("coalesce(r.data ->> {key}, '') = ''")
_AND = sql.SQL(" AND ")


class SettleSQL:
    """Puts the columns that were sent into the statements."""

    def __init__(self, plan: PullPlan, sent: SentPage) -> None:
        """Give each column of the file its column of the stage."""
        self._values = [sql.Identifier(f"c{place}") for place in range(len(sent.keys))]
        values = iter(self._values)
        named = {
            RESULT_ID: sql.Identifier("id"),
            RESULT_CREATED: sql.Identifier("created"),
            sent.key_field: sql.Identifier("record_key"),
        }
        columns = [named.get(name) or next(values) for name in sent.page.columns]
        key = named[sent.key_field]
        cells = list(zip(sent.keys, self._values, strict=True))
        self._parts = {
            "columns": _listed(columns),
            "taken": _listed([named[RESULT_ID], key, *self._values]),
            "definitions": _listed(
                [
                    _UUID.format(column) if column == key and sent.are_new else _TEXT.format(column)
                    for column in columns
                ]
            ),
            "is_record": _IS_NEW if sent.are_new else _IS_KNOWN,
            "is_usual": _is_usual(plan, sent, cells),
            "sent_keys": sql.SQL("ARRAY[{}]::text[]").format(
                _listed([_SENT.format(cell=cell, key=key) for key, cell in cells])
            ),
            "nothing_sent": _all([sql.SQL("{} IS NULL").format(cell) for _, cell in cells]),
        }

    def fill(self, statement: LiteralString) -> sql.Composed:
        """Return a statement of this module with its names in place."""
        return sql.SQL(statement).format(**self._parts)


def _is_usual(
    plan: PullPlan, sent: SentPage, cells: list[tuple[str, sql.Identifier]]
) -> sql.Composable:
    held = [(key, cell, _HELD.format(key=key, cell=cell, cleared=CLEARED)) for key, cell in cells]
    if not sent.are_new:
        return _all([_SAME_ID, *(_HELD_IF_SENT.format(cell=c, held=same) for _, c, same in held)])
    unsent = [_BLANK.format(key=key) for key in plan.mirrored_keys if key not in sent.keys]
    return _all(
        [
            _FIRST_HOLDER,
            *(
                _HELD_OR_BLANK.format(cell=cell, blank=_BLANK.format(key=key), held=same)
                for key, cell, same in held
            ),
            *unsent,
        ]
    )


def _listed(parts: list[sql.Identifier] | list[sql.Composed]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _all(conditions: list[sql.Composed] | list[sql.Composable]) -> sql.Composable:
    return _AND.join(conditions) if conditions else sql.SQL("true")
