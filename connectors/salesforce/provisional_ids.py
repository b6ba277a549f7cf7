"""Ids for records that a dry run would create: of their object's form, and never Salesforce's own.

They begin like the ids of their object, so that a query may name them and finds nothing.
"""

from collections.abc import Iterator

from connectors.salesforce.ids import normalise_id

_KEY_PREFIXES = {"Lead": "00Q", "Contact": "003", "CampaignMember": "00v"}
_NO_OBJECT = "000"
# Salesforce counts up from zeros in these places, and is nowhere near.
_MARK = "zzzz"
_MARK_AT = slice(3, 7)


class ProvisionalIds:
    """Counts up from 1."""

    def __init__(self) -> None:
        self._next = 1

    def take(self, count: int) -> int:
        """Set `count` ids apart and return the number of the first."""
        first = self._next
        self._next += count
        return first


def provisional_id(number: int, sobject_type: str = "") -> str:
    """Return the id of that number, with 18 characters."""
    prefix = _KEY_PREFIXES.get(sobject_type, _NO_OBJECT)
    return normalise_id(f"{prefix}{_MARK}{number:08d}")


def iterate_provisional_ids(first: int, sobject_type: str) -> Iterator[str]:
    """Yield the ids from a number on."""
    while True:
        yield provisional_id(first, sobject_type)
        first += 1


def is_provisional(salesforce_id: str) -> bool:
    """Tell whether an id is one of these: no such record exists in Salesforce."""
    return salesforce_id[_MARK_AT] == _MARK
