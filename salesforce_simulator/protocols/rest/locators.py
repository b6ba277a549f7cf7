"""Open queries: what a nextRecordsUrl stands for until it is read or too old."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import QueryResult

_LIFETIME = timedelta(days=2)
_MOST_PER_USER = 10


@dataclass(frozen=True)
class OpenQuery:
    """A query that has more pages: its result, whose it is and since when it is open.

    `of_children` tells that it is a sub-query on the children of one record.
    """

    result: QueryResult
    user_id: str
    opened_at: datetime
    of_children: bool


class Locators:
    """Open queries by locator. A user's eleventh closes the oldest, as in Salesforce."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, OpenQuery] = OrderedDict()
        self._lock = threading.Lock()

    def open(
        self, result: QueryResult, user_id: str, now: datetime, *, of_children: bool = False
    ) -> str:
        """Remember a result and return its locator; those of children do not count."""
        query = OpenQuery(result, user_id, now, of_children)
        locator = "01g" + secrets.token_hex(8)[:15].upper()
        with self._lock:
            if not of_children:
                self._make_room(user_id)
            self._open[locator] = query
        return locator

    def _make_room(self, user_id: str) -> None:
        mine = [
            key
            for key, query in self._open.items()
            if query.user_id == user_id and not query.of_children
        ]
        for key in mine[: len(mine) - _MOST_PER_USER + 1]:
            del self._open[key]

    def find(self, locator: str, user_id: str, now: datetime) -> QueryResult:
        """Return the result of a locator.

        Raises INVALID_QUERY_LOCATOR for one that is unknown, another user's, or older than 2 days.
        """
        query = self._open.get(locator)
        if query is None or query.user_id != user_id or now - query.opened_at > _LIFETIME:
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return query.result
