"""What goes into the record store and what comes out: plans, rows and counts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from lists.records.columns import MergeRule, PullColumn
from lists.records.conflicts import Conflicts
from lists.records.merge import Data

ID_FIELD = "Id"
OWNER_FIELD = "OwnerId"
# When a person or a program last changed the record. SystemModstamp would not do: Salesforce's
# own upkeep moves it too.
CHANGED_AT_FIELD = "LastModifiedDate"
ID_LENGTH = 18

# The end of the hash of a record that holds every value of its row.
WHOLE_ROW = "0" * 16


@dataclass(frozen=True)
class PullPlan:
    """What a pull reads, and what it may do with it.

    The page's header is Id, `owner_field`, the columns' fields and, where a rule needs it,
    CHANGED_AT_FIELD, each once. `update_keys` are the columns that an existing record takes over.
    `remember_seen` keeps the ids that were read, for the removal of what is missing. `aside_keys`
    are columns that mirror a field which cannot be read now: no page has them, and what is entered
    there waits for the field.
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
    aside_keys: tuple[str, ...] = ()

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The names of the page's header: first what is no column, then the columns in order."""
        return (*self._other_fields, *(column.salesforce_field for column in self.columns))

    @cached_property
    def _other_fields(self) -> tuple[str, ...]:
        columns = {column.salesforce_field.lower() for column in self.columns}
        times = (CHANGED_AT_FIELD,) if self.compares_times else ()
        needed = (*times, ID_FIELD, self.owner_field)
        return tuple(name for name in needed if name.lower() not in columns)

    @cached_property
    def hashed_from(self) -> int:
        """How many of `field_names`, at their beginning, are no part of a row's hash.

        That a record was changed where the list does not look makes no other row of it.
        """
        return int(CHANGED_AT_FIELD in self._other_fields)

    @cached_property
    def keys(self) -> list[str]:
        """The columns' keys, in their order."""
        return [column.key for column in self.columns]

    @cached_property
    def mirrored_keys(self) -> list[str]:
        """The keys of all columns that belong to Salesforce, also those that are not read now."""
        return [*self.keys, *self.aside_keys]

    @cached_property
    def update_columns(self) -> tuple[PullColumn, ...]:
        """The columns that an existing record takes over."""
        return tuple(column for column in self.columns if column.key in self.update_keys)

    @cached_property
    def kept_keys(self) -> list[str]:
        """The keys of the columns in which a blank of Salesforce's empties no value."""
        keeping = (c for c in self.update_columns if not c.only_fills)
        return [c.key for c in keeping if c.rule == MergeRule.UNLESS_BLANK]

    @cached_property
    def filled_keys(self) -> list[str]:
        """The keys of the columns in which Salesforce's values go into blanks alone."""
        return [column.key for column in self.update_columns if column.only_fills]

    @cached_property
    def compares_times(self) -> bool:
        """Whether a rule asks which side was changed later."""
        return any(column.rule == MergeRule.MOST_RECENT for column in self.update_columns)

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

        A record that took only some columns over was not compared in the others, and one that
        kept a value which Salesforce has blank does not hold its row: under a plan with other
        `update_keys`, or with other columns that keep values, the row must be looked at again.
        WHOLE_ROW where the record took all. Other rules decide once, when the change is read.
        """
        if self.filled_keys:
            kept = sorted(self.kept_keys), sorted(self.filled_keys)
            return _digest(repr((sorted(self.update_keys), *kept)))
        if self.kept_keys:
            return _digest(repr((sorted(self.update_keys), sorted(self.kept_keys))))
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
    database cannot hold.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    replaced: int = 0
    conflicts: Conflicts = field(default_factory=Conflicts)


@dataclass(frozen=True)
class PushedRecord:
    """A record that Salesforce took, its id there, and the values that were sent."""

    record_id: UUID
    salesforce_id: str
    sent: Mapping[str, str | None]


class PulledRow(NamedTuple):
    """A row of a page for a record that the list has already.

    `changed_at` is when Salesforce's record was last changed; None where no rule needs it.
    """

    salesforce_id: str
    owner_id: str
    data: Data
    content_hash: UUID
    changed_at: datetime | None = None


def read_time(text: str | None) -> datetime | None:
    """Return the time that a cell tells; None for a blank one, or where there is no such cell."""
    return datetime.fromisoformat(text) if text else None


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
