"""Time as the organisation tells it: UTC, kept as text with whole seconds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """The organisation's clock; `shift` moves it, so that tests need not wait."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC) + self._offset

    def shift(self, by: timedelta) -> None:
        """Move the clock forward, or back, for every later reading."""
        self._offset += by

    def stamp(self) -> str:
        """Return the present time as records keep it."""
        return to_stamp(self.now())


def to_stamp(moment: datetime) -> str:
    """Return a moment as `2026-01-02T03:04:05.000Z`.

    Salesforce's stamps have a resolution of one second. In this form they sort
    as text and go into Bulk results unchanged.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def in_zone(stamp: str | None, zone: str) -> str | None:
    """Return a stored moment as the clocks of an IANA zone show it, in the same form."""
    if stamp is None:
        return None
    moment = datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
