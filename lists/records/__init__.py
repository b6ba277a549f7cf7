"""The record store: one interface, one module per database engine.

A page of Salesforce's answer comes in as raw CSV (`page`), is compared with what the list holds
by the hash of each row, and only what differs is written; records with edits of our own go
through the three-way merge (`merge`). After a push, `settle` notes what Salesforce took. A dry
run does all of it on a `shadow` of the list.
"""

from collections.abc import Sequence

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
from lists.records.shadow import Copied, Shadow, ShadowLostError, TouchedRecord
from lists.records.store import RecordStore

__all__ = [
    "CHANGED_AT_FIELD",
    "CLEARED",
    "Conflicts",
    "Copied",
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
    "Shadow",
    "ShadowLostError",
    "TouchedRecord",
    "TruncatedPageError",
    "get_record_store",
    "make_shadow",
]


def get_record_store() -> RecordStore:
    """Return the store for the database engine in use."""
    if connection.vendor == "postgresql":
        from lists.records.postgres import PostgresRecordStore

        return PostgresRecordStore()
    from lists.records.sqlite import SqliteRecordStore

    return SqliteRecordStore()


def make_shadow(copies: Sequence[Copied]) -> Shadow:
    """Return a shadow, not raised yet, for the database engine in use."""
    if connection.vendor == "postgresql":
        from lists.records.postgres_shadow import PostgresShadow

        return PostgresShadow(copies)
    from lists.records.sqlite_shadow import SqliteShadow

    return SqliteShadow(copies)
