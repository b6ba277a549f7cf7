"""What was deleted or changed between two moments, for clients that keep a copy."""

from datetime import datetime, timedelta
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.organisation.sharing import owned_by

_DELETED_DAYS = 15
_UPDATED_DAYS = 30
_SHORTEST = timedelta(minutes=1)
_LONGEST_AHEAD = timedelta(days=1)  # nothing happens later, whatever end is asked for
_MOST_IDS = 600_000


def list_deleted(
    database: Database,
    sobject: SObject,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    user_id: str,
) -> dict[str, Any]:
    """Return deletedRecords, earliestDateAvailable and latestDateCovered, as the user sees them.

    The window reaches back at most 15 days: INVALID_REPLICATION_DATE.
    """
    start, end = _window(start, end, now, _DELETED_DAYS)
    rows: list[tuple[str, str]] = []
    if sobject.recyclable:
        rows = _changed(database, sobject, start, end, deleted=True, user_id=user_id)
    return {
        "deletedRecords": [
            {"id": record_id, "deletedDate": rest_stamp(stamp)} for record_id, stamp in rows
        ],
        "earliestDateAvailable": rest_stamp(to_stamp(now - timedelta(days=_DELETED_DAYS))),
        "latestDateCovered": _covered(end, now),
    }


def list_updated(
    database: Database,
    sobject: SObject,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    user_id: str,
) -> dict[str, Any]:
    """Return ids and latestDateCovered; the window reaches back at most 30 days."""
    start, end = _window(start, end, now, _UPDATED_DAYS)
    rows = _changed(database, sobject, start, end, deleted=False, user_id=user_id)
    return {
        "ids": [record_id for record_id, _ in rows],
        "latestDateCovered": _covered(end, now),
    }


def _window(start: datetime, end: datetime, now: datetime, days: int) -> tuple[datetime, datetime]:
    """Check the two moments; Salesforce ignores their seconds."""
    if start < now - timedelta(days=days):
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", "startDate before org replication enabled date"
        )
    start, end = (moment.replace(second=0, microsecond=0) for moment in (start, end))
    if end - start < _SHORTEST:
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate"
        )
    return start, min(end, now + _LONGEST_AHEAD)


def _covered(end: datetime, now: datetime) -> str:
    """Return the moment up to which nothing can be missing any more.

    The present minute may still bring changes; what is listed of it already
    comes again when the client goes on from here.
    """
    return rest_stamp(to_stamp(min(end, now.replace(second=0, microsecond=0))))


def _changed(
    database: Database,
    sobject: SObject,
    start: datetime,
    end: datetime,
    *,
    deleted: bool,
    user_id: str,
) -> list[tuple[str, str]]:
    parts = ["SELECT Id, SystemModstamp FROM", quoted(sobject.name), "t"]
    parts.append("WHERE SystemModstamp >= ? AND SystemModstamp < ?")
    if sobject.recyclable:
        parts.append(f"AND IsDeleted = {int(deleted)}")
    if sobject.owners_only:
        parts.append("AND " + owned_by("t", user_id))
    parts.append("ORDER BY SystemModstamp, Id")
    with database.reader() as connection:
        found = connection.execute(" ".join(parts), (to_stamp(start), to_stamp(end)))
        rows = found.fetchmany(_MOST_IDS + 1)
    if len(rows) > _MOST_IDS:
        raise SalesforceError(
            "EXCEEDED_ID_LIMIT", f"Too many records: more than {_MOST_IDS} ids are in this span"
        )
    return rows


def rest_stamp(stamp: str) -> str:
    """Return a stored datetime as REST writes it, with `+0000` for `Z`."""
    return stamp[:-1] + "+0000"
