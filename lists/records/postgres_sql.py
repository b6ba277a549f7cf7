"""The statements of the PostgreSQL store.

`pull_stage` holds one page as text, blank cells as null, its columns f0, f1, ... in the order of
the plan's field names; `email` holds an address where PostgreSQL's own functions cannot
normalise it as Python does. Everything in it sorts and compares by bytes.
"""

from collections.abc import Sequence
from typing import LiteralString

from psycopg import sql

from lists.records.plan import CHANGED_AT_FIELD, ID_FIELD, PullPlan

# What Python's str.strip() takes off, as far as it is ASCII.
ASCII_SPACE = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"

# Hash and merge joins would read the whole list for each page; its index is the way in.
BY_INDEX = """
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_material = off
"""
BY_ANY_WAY = """
    SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT;
    SET LOCAL enable_material TO DEFAULT
"""
# A page is committed together with the checkpoint that tells of it: both are lost or none.
COMMIT_SOON = "SET LOCAL synchronous_commit = off"
FOR_A_PAGE = f"SET LOCAL jit = off; {COMMIT_SOON}"

CREATE_STAGE = """
    DROP TABLE IF EXISTS pull_stage, pull_changed;
    CREATE TEMPORARY TABLE pull_stage ({definitions}, email text COLLATE "C") ON COMMIT DROP
"""
COPY = "COPY pull_stage ({columns}) FROM STDIN (FORMAT csv, FORCE_NULL ({columns}))"

# One walk over the page tells whether any of its rows needs one of the repairs below, and whether
# the list has any record between its first and its last id.
INSPECT = """
    SELECT coalesce(bool_or(is_odd), false), coalesce(bool_or(is_foreign), false),
           EXISTS (SELECT FROM lists_listrecord AS r
                   WHERE r.list_id = %(list_id)s
                       AND r.salesforce_id BETWEEN min(id) AND max(id))
    FROM (SELECT {id} AS id, {is_odd} AS is_odd, {is_foreign} AS is_foreign FROM pull_stage) AS s
"""
FIND_ODD_IDS = """
    SELECT {id}, {owner} FROM pull_stage
    WHERE {is_odd}
"""
REPAIR_IDS = """
    UPDATE pull_stage SET {id} = v.id, {owner} = v.owner
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS v(odd_id, id, owner)
    WHERE {id} = v.odd_id
"""
FIND_FOREIGN_EMAILS = """
    SELECT DISTINCT {raw_email} FROM pull_stage WHERE {is_foreign}
"""
NORMALISE_EMAILS = """
    UPDATE pull_stage SET email = v.email
    FROM unnest(%s::text[], %s::text[]) AS v(raw_email, email) WHERE {raw_email} = v.raw_email
"""

REMEMBER = """
    INSERT INTO lists_seenpage (account_id, run_id, ids)
    SELECT %s, %s, coalesce(jsonb_agg({id}), '[]') FROM pull_stage
"""

# Comparing ends before writing begins: a comparison that met the rows just written would step
# over ever more of them. A row that is unchanged fails at the first hash.
COMPARE = """
    CREATE TEMPORARY TABLE pull_changed ON COMMIT DROP AS
    SELECT place, digest, r.salesforce_id IS NOT NULL AS is_known
    FROM (SELECT ctid AS place, {id} AS id, {digest} AS digest FROM pull_stage OFFSET 0) AS s
        {joined} JOIN lists_listrecord AS r
            ON r.list_id = %(list_id)s AND r.salesforce_id = s.id
    WHERE r.content_hash IS DISTINCT FROM (digest || %(whole_row)s)::uuid
        AND r.content_hash IS DISTINCT FROM (digest || %(update_tag)s)::uuid
"""

# Without ON CONFLICT, which costs a row a fourth as much again: what the comparison did not find
# nobody else adds meanwhile.
ADD = """
    INSERT INTO lists_listrecord (account_id, list_id, record_id, salesforce_id, email,
                                  owner_id, data, content_hash, updated_at)
    SELECT %(account_id)s, %(list_id)s,
           (%(id_start)s || lpad(to_hex(row_number() OVER ()), 8, '0'))::uuid, {id}, {email},
           coalesce({owner}, ''), {data}, (digest || %(whole_row)s)::uuid, %(now)s
    FROM {added}
"""
NEW_ROWS = "pull_changed JOIN pull_stage ON pull_stage.ctid = place WHERE NOT is_known"
ALL_ROWS = "(SELECT *, {digest} AS digest FROM pull_stage OFFSET 0) AS s"

# In the form of an addition, because that one refuses to update a record twice.
UPDATE = """
    WITH written AS (
        INSERT INTO lists_listrecord AS r (account_id, list_id, record_id, salesforce_id, email,
                                           owner_id, data, content_hash, updated_at)
        SELECT %(account_id)s, %(list_id)s, gen_random_uuid(), {id}, {email},
               coalesce({owner}, ''), {data}, (digest || %(update_tag)s)::uuid, %(now)s
        FROM pull_changed JOIN pull_stage ON pull_stage.ctid = place
        WHERE is_known
        ON CONFLICT (list_id, salesforce_id) DO UPDATE SET
            data = r.data || {taken},
            owner_id = excluded.owner_id,
            email = {kept_email},
            content_hash = excluded.content_hash,
            updated_at = CASE WHEN r.owner_id <> excluded.owner_id
                OR jsonb_strip_nulls(r.data || {taken})
                   <> jsonb_strip_nulls(r.data)
                THEN excluded.updated_at ELSE r.updated_at END
        WHERE r.dirty IS NULL
        RETURNING updated_at
    )
    SELECT count(*) FILTER (WHERE updated_at = %(now)s) FROM written
"""

# Rows of records with edits of our own. Each one that is merged gets its new hash, so that the
# statement, asked again, gives the next ones.
FIND_EDITED = """
    SELECT {id}, coalesce({owner}, ''), {data}, (digest || %(update_tag)s)::uuid, {changed_at}
    FROM pull_changed JOIN pull_stage ON pull_stage.ctid = place
        JOIN lists_listrecord AS r ON r.salesforce_id = {id}
    WHERE r.list_id = %(list_id)s AND r.dirty IS NOT NULL
        AND r.content_hash IS DISTINCT FROM (digest || %(update_tag)s)::uuid
    LIMIT %(rows)s
"""

WRITE = """
    UPDATE lists_listrecord AS r
    SET salesforce_id = v.salesforce_id, email = v.email, owner_id = v.owner_id,
        data = v.data::jsonb, dirty = v.dirty::jsonb, content_hash = v.content_hash,
        updated_at = v.updated_at, edited_at = v.edited_at
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::uuid[], %s::timestamptz[], %s::timestamptz[])
        AS v(record_id, salesforce_id, email, owner_id, data, dirty, content_hash, updated_at,
             edited_at)
    WHERE r.list_id = %s AND r.record_id = v.record_id
"""

COUNT_SEEN = """
    SELECT count(*) FROM (SELECT DISTINCT jsonb_array_elements_text(ids) COLLATE "C"
                          FROM lists_seenpage WHERE run_id = %s) AS seen
"""
MISSING = """
    lists_listrecord AS r WHERE r.list_id = %s AND r.salesforce_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM (SELECT jsonb_array_elements_text(ids) COLLATE "C" AS id FROM lists_seenpage
                     WHERE run_id = %s) AS seen
        WHERE seen.id = r.salesforce_id
    )
"""


class StageSQL:
    """Puts the stage's columns, as one plan fills them, into the statements."""

    def __init__(self, plan: PullPlan) -> None:
        """Give each of the plan's field names its column of the stage."""
        columns = [sql.Identifier(f"f{place}") for place in range(len(plan.field_names))]
        values = columns[len(columns) - len(plan.columns) :]
        place = plan.email_position
        raw_email = sql.SQL("NULL::text") if place is None else values[place]
        self._columns = dict(zip(plan.field_names, columns, strict=True))
        self._parts = {
            "columns": _listed(columns),
            "definitions": _listed([column + _TEXT for column in columns]),
            "id": columns[plan.position_of(ID_FIELD)],
            "owner": columns[plan.position_of(plan.owner_field)],
            "is_odd": _IS_ODD.format(
                id=columns[plan.position_of(ID_FIELD)],
                owner=columns[plan.position_of(plan.owner_field)],
            ),
            "is_foreign": _IS_FOREIGN.format(raw_email),
            "raw_email": raw_email,
            "email": _EMAIL.format(raw_email, ASCII_SPACE),
            "changed_at": _changed_at(plan, columns),
            "taken": _taken(plan),
            "kept_email": _kept_email(plan),
            "data": _data(plan.keys, values),
            "digest": _DIGEST.format(_listed(columns[plan.hashed_from :]), _seed(plan)),
            "joined": sql.SQL("LEFT" if plan.add_new else "INNER"),
        }

    def fill(self, statement: LiteralString, **others: sql.Composable) -> sql.Composed:
        """Return a statement of this module with its names, and others, in place."""
        return sql.SQL(statement).format(**self._parts, **others)

    def copy(self, names: Sequence[str]) -> sql.Composed:
        """Return the COPY of a page whose columns stand in the order of `names`."""
        return sql.SQL(COPY).format(columns=_listed([self._columns[name] for name in names]))


_TEXT = sql.SQL(' text COLLATE "C"')
_IS_ODD = sql.SQL("({id} IS NULL OR octet_length({id}) <> 18 OR octet_length({owner}) <> 18)")
_IS_FOREIGN = sql.SQL("""
    (octet_length({0}) <> length({0}) OR octet_length({0}) > 254
     OR strpos(lower({0}), 'xn--') > 0)
""")
_EMAIL = sql.SQL("coalesce(email, lower(btrim({}, {})), '')")
_TAKEN_EMAIL, _KEPT_EMAIL = sql.SQL("excluded.email"), sql.SQL("r.email")
_EMAIL_UNLESS_BLANK = sql.SQL(
    "CASE WHEN excluded.data ->> {} IS NULL THEN r.email ELSE excluded.email END"
)
_EMAIL_INTO_BLANK = sql.SQL("CASE WHEN r.data ->> {} IS NULL THEN excluded.email ELSE r.email END")
_TAKEN = sql.SQL("(excluded.data - %(untouched)s::text[])")
_TAKEN_UNLESS_BLANK = sql.SQL(
    "({taken} - {kept}::text[]) || jsonb_strip_nulls(excluded.data - {others}::text[])"
)
_TAKEN_INTO_BLANKS = sql.SQL(
    "({taken} - ARRAY(SELECT key FROM jsonb_each_text(r.data)"
    " WHERE key = ANY({filled}::text[]) AND value IS NOT NULL))"
)
_DATA = sql.SQL("jsonb_object({}::text[], ARRAY[{}]::text[])")
# PostgreSQL's own 64-bit hash, quicker than md5; hash partitions rely on its stability too.
_DIGEST = sql.SQL("lpad(to_hex(hash_record_extended(ROW({}), {})), 16, '0')")


def _data(keys: Sequence[str], values: Sequence[sql.Identifier]) -> sql.Composable:
    """Return the row's values by key, in the order in which JSONB keeps keys.

    Length goes first, then the bytes. In any other order each row would be sorted anew, which is
    a tenth of what it costs to add one.
    """
    pairs = sorted(zip(keys, values, strict=True), key=lambda pair: _jsonb_order(pair[0]))
    return _DATA.format([key for key, _ in pairs], _listed([value for _, value in pairs]))


def _jsonb_order(key: str) -> tuple[int, bytes]:
    encoded = key.encode()
    return len(encoded), encoded


def _taken(plan: PullPlan) -> sql.Composable:
    """Return what a record without edits takes of its row: what `merge.decide` says of it."""
    taken: sql.Composable = _TAKEN
    if plan.kept_keys:
        others = [key for key in plan.keys if key not in plan.kept_keys]
        taken = _TAKEN_UNLESS_BLANK.format(taken=taken, kept=plan.kept_keys, others=others)
    if plan.filled_keys:
        taken = _TAKEN_INTO_BLANKS.format(taken=taken, filled=plan.filled_keys)
    return taken


def _kept_email(plan: PullPlan) -> sql.Composable:
    if plan.email_key in plan.kept_keys:
        return _EMAIL_UNLESS_BLANK.format(plan.email_key)
    if plan.email_key in plan.filled_keys:
        return _EMAIL_INTO_BLANK.format(plan.email_key)
    return _TAKEN_EMAIL if plan.email_key in plan.update_keys else _KEPT_EMAIL


def _changed_at(plan: PullPlan, columns: Sequence[sql.Identifier]) -> sql.Composable:
    return columns[plan.position_of(CHANGED_AT_FIELD)] if plan.compares_times else sql.NULL


def _listed(parts: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _seed(plan: PullPlan) -> int:
    """Return the columns' signature as the signed 64-bit number that starts the hash."""
    return int.from_bytes(bytes.fromhex(plan.columns_signature), signed=True)
