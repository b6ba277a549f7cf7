"""When and from where the users of a profile may log in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LOOPBACK = "127.0.0.1"


def within_login_hours(moment: datetime, hours: Mapping[str, int]) -> bool:
    """Tell whether a profile's log-in hours allow a moment, given in the organisation's zone.

    `hours` is in the words of the Metadata API: `mondayStart` and `mondayEnd`
    in minutes since midnight, and so on. A day without an entry is free.
    """
    day = _DAYS[moment.weekday()]
    start, end = hours.get(f"{day}Start"), hours.get(f"{day}End")
    if start is None or end is None:
        return True
    return start <= moment.hour * 60 + moment.minute < end


def check_login_hours(hours: Mapping[str, object]) -> None:
    """Raise ValueError unless every entry is a day's start or end in minutes."""
    names = {f"{day}{edge}" for day in _DAYS for edge in ("Start", "End")}
    for name, minute in hours.items():
        if name not in names or not isinstance(minute, int) or not 0 <= minute <= 24 * 60:
            raise ValueError(f"{name} = {minute!r} is no log-in hour")


def in_ranges(address: str, ranges: Sequence[str]) -> bool:
    """Tell whether an address lies in a range written `10.0.0.0-10.0.0.255`, ends included.

    Both loopback addresses of the machine count as 127.0.0.1.
    """
    given = ip_address(address)
    if given.is_loopback:
        given = ip_address(_LOOPBACK)
    for text in ranges:
        low, high = (ip_address(part.strip()) for part in text.split("-"))
        if given.version == low.version and int(low) <= int(given) <= int(high):
            return True
    return False


def check_ranges(ranges: Sequence[str]) -> None:
    """Raise ValueError unless every entry is a range of addresses."""
    for text in ranges:
        low, high = (ip_address(part.strip()) for part in text.split("-"))
        if low.version != high.version or int(low) > int(high):
            raise ValueError(f"{text} is no range of addresses")
