"""The record store: one interface, one module per database engine.

A page of Salesforce's answer comes in as raw CSV (`page`), is compared with what the list holds
by the hash of each row, and only what differs is written; records with edits of our own go
through the three-way merge (`merge`). After a push, `settle` notes what Salesforce took.
"""

from django.db import connection

from lists.records.adopt import Edit
from lists.records.columns import MergeRule, PullColumn
from lists.records.conflicts import Conflicts
from lists.records.errors import (
    ListGoneError,
    MissingColumnError,
    NothingSeenError,
    PageError,
    RepeatedRecordError,
    TruncatedPageError,
)
from lists.records.people import NotedPerson
from lists.records.plan import CHANGED_AT_FIELD, PageCounts, PullPlan, PushedRecord
from lists.records.sent import CLEARED, SentRows, SettledRows
from lists.records.store import RecordStore

__all__ = [
    "CHANGED_AT_FIELD",
    "CLEARED",
    "Conflicts",
    "Edit",
    "ListGoneError",
    "MergeRule",
    "MissingColumnError",
    "NotedPerson",
    "NothingSeenError",
    "PageCounts",
    "PageError",
    "PullColumn",
    "PullPlan",
    "PushedRecord",
    "RecordStore",
    "RepeatedRecordError",
    "SentRows",
    "SettledRows",
    "TruncatedPageError",
    "get_record_store",
]


def get_record_store() -> RecordStore:
    """Return the store for the database engine in use."""
    if connection.vendor == "postgresql":
        from lists.records.postgres import PostgresRecordStore

        return PostgresRecordStore()
    from lists.records.sqlite import SqliteRecordStore

    return SqliteRecordStore()
