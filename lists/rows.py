"""A record as the grid and its own page show it: its cells, and which of them can be edited."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from connectors.models import SalesforceField
from lists.models import ListColumn, ListRecord
from lists.selectors import find_edit_obstacle

LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Cell:
    """One value. `base` is what Salesforce has where the value was changed here.

    `path` is the cell's part of its address; `obstacle` says why it cannot be edited.
    """

    column: ListColumn
    value: str
    is_changed: bool
    base: str
    obstacle: str
    path: str

    @property
    def shown(self) -> str:
        """The value, cut to what fits into a grid."""
        return self.value if len(self.value) <= LONGEST_SHOWN else f"{self.value[:79]}…"


@dataclass(frozen=True)
class Row:
    """A record with its cells."""

    record: ListRecord
    cells: Sequence[Cell]

    @property
    def is_new(self) -> bool:
        """Whether Salesforce does not know the record."""
        return self.record.salesforce_id is None


def make_rows(
    records: Iterable[ListRecord],
    columns: Collection[ListColumn],
    fields: Mapping[str, SalesforceField],
) -> Iterator[Row]:
    """Put records beside their list's columns; `fields` are what the columns mirror, by name."""
    obstacles = {
        is_in_salesforce: [
            find_edit_obstacle(
                column, fields.get(column.salesforce_field), is_in_salesforce=is_in_salesforce
            )
            for column in columns
        ]
        for is_in_salesforce in (True, False)
    }
    for record in records:
        found = obstacles[record.salesforce_id is not None]
        yield Row(record, [make_cell(record, *each) for each in zip(columns, found, strict=True)])


def make_cell(record: ListRecord, column: ListColumn, obstacle: str) -> Cell:
    """Show one value of a record."""
    dirty = record.dirty or {}
    return Cell(
        column=column,
        value=record.data.get(column.key) or "",
        is_changed=column.key in dirty,
        base=dirty.get(column.key) or "",
        obstacle=obstacle,
        path=f"{record.record_id}/cells/{quote(column.key, safe='')}/",
    )
