"""Open queries: what a nextRecordsUrl stands for until it is read or too old."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import QueryResult

_LIFETIME = timedelta(days=2)
_MOST_PER_USER = 10


@dataclass(frozen=True)
class OpenQuery:
    """A query that has more pages: its result, whose it is and since when it is open."""

    result: QueryResult
    user_id: str
    opened_at: datetime


class Locators:
    """Open queries by locator. A user's eleventh closes the oldest, as in Salesforce."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, OpenQuery] = OrderedDict()

    def open(self, result: QueryResult, user_id: str, now: datetime) -> str:
        """Remember a result and return its locator."""
        mine = [key for key, query in self._open.items() if query.user_id == user_id]
        for key in mine[: len(mine) - _MOST_PER_USER + 1]:
            del self._open[key]
        locator = "01g" + secrets.token_hex(8)[:15].upper()
        self._open[locator] = OpenQuery(result, user_id, now)
        return locator

    def find(self, locator: str, user_id: str, now: datetime) -> QueryResult:
        """Return the result of a locator.

        Raises INVALID_QUERY_LOCATOR for one that is unknown, another user's, or older than 2 days.
        """
        query = self._open.get(locator)
        if query is None or query.user_id != user_id or now - query.opened_at > _LIFETIME:
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return query.result

    def close(self, locator: str) -> None:
        """Forget a locator whose last page was read."""
        self._open.pop(locator, None)
