"""All leads into SQLite: the csv module, JSON, and one upsert that writes what differs."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson

from bench.floor.bulk_query import iterate_pages
from bench.measuring import measure, read_task
from bench.people import PULL_FIELDS, READ_EVERYTHING

PAGE_ROWS = 100_000

PREPARE = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS floor_record (
        list_id integer, salesforce_id text, owner_id text, data text,
        PRIMARY KEY (list_id, salesforce_id)
    );
"""
TAKE_OVER = """
    INSERT INTO floor_record (list_id, salesforce_id, owner_id, data) VALUES (1, ?, ?, ?)
    ON CONFLICT (list_id, salesforce_id) DO UPDATE
        SET owner_id = excluded.owner_id, data = excluded.data
        WHERE data <> excluded.data OR owner_id <> excluded.owner_id
"""


def pull(organisation: dict[str, str], path: str) -> dict[str, Any]:
    """Read everything and write what differs; return how many rows were written."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(PREPARE)
        for page in iterate_pages(organisation, READ_EVERYTHING, PAGE_ROWS):
            rows = csv.reader(io.TextIOWrapper(io.BufferedReader(page), "utf-8", newline=""))
            next(rows)
            with connection:
                connection.executemany(TAKE_OVER, _parameters(rows))
        return {"records_written": connection.total_changes}


def _parameters(rows: Iterator[list[str]]) -> Iterator[tuple[str, str, str]]:
    for salesforce_id, owner_id, *values in rows:
        data = {key: value or None for key, value in zip(PULL_FIELDS, values, strict=True)}
        yield salesforce_id, owner_id, orjson.dumps(data).decode()


if __name__ == "__main__":
    task = read_task()
    measure(lambda: pull(task["organisation"], task["database_url"].removeprefix("sqlite:///")))
