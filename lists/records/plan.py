"""What goes into the record store and what comes out: plans, rows and counts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from lists.records.merge import Data

ID_FIELD = "Id"
OWNER_FIELD = "OwnerId"
ID_LENGTH = 18

# The end of the hash of a record that holds every value of its row.
WHOLE_ROW = "0" * 16


@dataclass(frozen=True)
class PullColumn:
    """A column of the list and the Salesforce field that it mirrors."""

    key: str
    salesforce_field: str


@dataclass(frozen=True)
class PullPlan:
    """What a pull reads, and what it may do with it.

    The page's header is Id, `owner_field` and the columns' fields, each once. `update_keys` are the
    columns that an existing record takes over. `remember_seen` keeps the ids that were read, for
    the removal of what is missing.
    """

    account_id: int
    list_id: int
    run_id: int
    columns: tuple[PullColumn, ...]
    email_key: str | None
    add_new: bool
    update_keys: frozenset[str]
    remember_seen: bool
    owner_field: str = OWNER_FIELD

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The names of the page's header, in the order of the query."""
        own = [column.salesforce_field for column in self.columns]
        given = {name.lower() for name in own}
        system = [name for name in (ID_FIELD, self.owner_field) if name.lower() not in given]
        return (*system, *own)

    @cached_property
    def keys(self) -> list[str]:
        """The columns' keys, in their order."""
        return [column.key for column in self.columns]

    @cached_property
    def untouched_keys(self) -> list[str]:
        """The keys that an existing record does not take over."""
        return [key for key in self.keys if key not in self.update_keys]

    @cached_property
    def columns_signature(self) -> str:
        """16 hexadecimal digits that every row's hash begins with: what a page's cells mean."""
        return _digest(repr((self.columns, self.email_key)))

    @cached_property
    def update_tag(self) -> str:
        """16 hexadecimal digits that end the hash of a record that took a row over.

        A record that took only some columns over was not compared in the others: under a plan
        with other `update_keys` its row must be looked at again. WHOLE_ROW where it took all.
        """
        return _digest(repr(sorted(self.update_keys))) if self.untouched_keys else WHOLE_ROW

    @cached_property
    def email_position(self) -> int | None:
        """Where the e-mail address stands among the columns; None without one."""
        return self.keys.index(self.email_key) if self.email_key else None

    def position_of(self, field: str) -> int:
        """Return where a field stands in `field_names`, whatever its case."""
        return [name.lower() for name in self.field_names].index(field.lower())


@dataclass(frozen=True)
class PageCounts:
    """What became of a page's rows: `read` is the sum of the next three.

    `updated` counts records of which a value changed; a row of which none did, and one that is
    not in the list and must not be added, are unchanged. `replaced` counts characters that a
    database cannot hold, `overruled` records in which an edit of ours gave way to Salesforce's.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    replaced: int = 0
    overruled: int = 0


@dataclass(frozen=True)
class PushedRecord:
    """A record that Salesforce took, its id there, and the values that were sent."""

    record_id: UUID
    salesforce_id: str
    sent: Mapping[str, str | None]


class PulledRow(NamedTuple):
    """A row of a page for a record that the list has already."""

    salesforce_id: str
    owner_id: str
    data: Data
    content_hash: UUID


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
