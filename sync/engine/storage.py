"""An organisation whose storage is full takes no new records; everything else goes on (F18)."""

from sync.engine.context import RunContext
from sync.engine.outcomes import Outcomes

CODE = "STORAGE_LIMIT_EXCEEDED"
TEXT = (
    "Salesforce's data storage is full: it takes no new records. Those of this list that are left "
    "were not added there; changes were sent and read as usual."
)
ADVICE = (
    "Free data storage in Salesforce (Setup > Storage Usage) or buy more. The next sync of this "
    "list adds the records by itself."
)


class StorageFullError(Exception):
    """Salesforce has no room for another record: add no more in this run."""


def take_out_unstored(outcomes: Outcomes) -> bool:
    """Take out the records that found no room, and tell whether there are some.

    They are not to blame: they stay new here, and the next sync sends them.
    """
    return bool(outcomes.set_apart({CODE}))


def warn_of_full_storage(context: RunContext) -> None:
    """Tell on the run's page why new records were not added."""
    context.warn(TEXT, ADVICE, is_error=True)
