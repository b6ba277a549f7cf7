"""All leads into PostgreSQL: COPY into a temporary table and one comparing statement per page."""

from typing import Any

import psycopg

from bench.floor.bulk_query import iterate_pages
from bench.measuring import measure, read_task
from bench.people import PULL_FIELDS, READ_EVERYTHING

PAGE_ROWS = 100_000
CHUNK_BYTES = 1 << 18
FIELDS = ("Id", "OwnerId", *PULL_FIELDS)
COLUMNS = ", ".join(f"f{place}" for place in range(len(FIELDS)))

CREATE_TABLE = """
    CREATE TABLE IF NOT EXISTS floor_record (
        list_id bigint, salesforce_id text COLLATE "C", content_hash bigint, data jsonb
    );
    CREATE UNIQUE INDEX IF NOT EXISTS floor_record_key
        ON floor_record (list_id, salesforce_id) INCLUDE (content_hash);
"""
PREPARE = """
    SET LOCAL synchronous_commit = off; SET LOCAL jit = off;
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
"""
CREATE_STAGE = "CREATE TEMPORARY TABLE stage ({}) ON COMMIT DROP"
COPY = "COPY stage FROM STDIN (FORMAT csv, HEADER, FORCE_NULL ({}))"
TAKE_OVER = """
    INSERT INTO floor_record (list_id, salesforce_id, content_hash, data)
    SELECT 1, f0, hash, jsonb_object({}, ARRAY[{}])
    FROM (SELECT *, hash_record_extended(ROW({}), 0) AS hash FROM stage OFFSET 0) AS s
    WHERE NOT EXISTS (SELECT FROM floor_record AS r WHERE r.list_id = 1
                      AND r.salesforce_id = s.f0 AND r.content_hash = s.hash)
    ON CONFLICT (list_id, salesforce_id) DO UPDATE
        SET content_hash = excluded.content_hash, data = excluded.data
"""


def pull(organisation: dict[str, str], database_url: str) -> dict[str, Any]:
    """Read everything and write what differs; return how many rows were written."""
    written = 0
    definitions = COLUMNS.replace(",", ' text COLLATE "C",') + ' text COLLATE "C"'
    names = "'{" + ",".join(PULL_FIELDS) + "}'"
    values = COLUMNS.split(", ", 2)[2]
    take_over = TAKE_OVER.format(names, values, COLUMNS)
    with psycopg.connect(database_url) as connection:
        connection.execute(CREATE_TABLE)
        connection.commit()
        for page in iterate_pages(organisation, READ_EVERYTHING, PAGE_ROWS):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(PREPARE + CREATE_STAGE.format(definitions))
                with cursor.copy(COPY.format(COLUMNS)) as copy:
                    while chunk := page.read(CHUNK_BYTES):
                        copy.write(chunk)
                written += cursor.execute(take_over).rowcount
    return {"records_written": written}


if __name__ == "__main__":
    task = read_task()
    measure(lambda: pull(task["organisation"], task["database_url"]))
