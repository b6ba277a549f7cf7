"""The file in which Salesforce tells which rows of a Bulk job it took, each row as it was sent.

The file says all that is needed to settle the records, whoever sent them: a cell that is empty
was not sent, `#N/A` cleared its field.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lists.records.page import CsvPage
from lists.records.plan import PullPlan

RESULT_ID = "sf__Id"
RESULT_CREATED = "sf__Created"
CLEARED = "#N/A"


@dataclass(frozen=True)
class SentRows:
    """The file's bytes, in any cut, and the column that names the list's record.

    Where `are_new`, that column holds our record ids, otherwise Salesforce's.
    """

    chunks: Iterator[bytes]
    key_field: str
    are_new: bool


class SettledRows(NamedTuple):
    """How many rows the file held, and how many records of the list were settled by them."""

    read: int
    settled: int


class SentPage:
    """The file with its header read: `page` has the rows, `keys` are the columns that were sent."""

    def __init__(self, plan: PullPlan, sent: SentRows) -> None:
        """Read the header; raise a PageError when it is not one of ours."""
        self.are_new, self.key_field = sent.are_new, sent.key_field
        system = (RESULT_ID, RESULT_CREATED, sent.key_field)
        mirrored = [c.salesforce_field for c in plan.columns if c.salesforce_field not in system]
        self.page = CsvPage(sent.chunks, system, optional=mirrored)
        keys = {column.salesforce_field: column.key for column in plan.columns}
        columns = self.page.columns
        self.keys = [keys[name] for name in columns if name not in system]
        self.id_at = columns.index(RESULT_ID)
        self.key_at = columns.index(sent.key_field)
        self._values_at = [at for at, name in enumerate(columns) if name not in system]

    def sent_of(self, cells: Sequence[str]) -> dict[str, str | None]:
        """Return the values that a row sent, by the list's keys."""
        return self.sent_in([cells[at] for at in self._values_at])

    def sent_in(self, values: Sequence[str | None]) -> dict[str, str | None]:
        """Return the same from the cells in the order of `keys`."""
        return {
            key: None if cell == CLEARED else cell
            for key, cell in zip(self.keys, values, strict=True)
            if cell
        }
