"""What a person is told when the sync cannot do what they asked."""

from datetime import datetime


class SyncError(Exception):
    """A request that cannot be met; `sentence` is for the person who made it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InvalidSetupError(SyncError):
    """The options contradict each other or the list."""


class ScheduleLimitError(SyncError):
    """The account has all the scheduled syncs that it may have."""


class ConnectionNotReadyError(SyncError):
    """There is no usable connection to Salesforce."""


class IntervalError(SyncError):
    """The list's last sync started too short a time ago; `allowed_at` (UTC) is the next chance."""

    def __init__(self, sentence: str, *, allowed_at: datetime) -> None:
        super().__init__(sentence)
        self.allowed_at = allowed_at
