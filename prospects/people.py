"""A person: the records that have one e-mail address, and their values side by side. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lists.models import ListColumn, ListRecord, MarketingList, SystemUsage

# The first three characters of an id say which object a record is.
SOBJECT_OF_PREFIX = {"00Q": "Lead", "003": "Contact"}


@dataclass(frozen=True)
class PersonRecord:
    """One record of a person, with its list and the list's columns in their order."""

    list: MarketingList
    record: ListRecord
    columns: Sequence[ListColumn]

    @property
    def sobject_type(self) -> str:
        """What the record is in Salesforce; empty for one that is only here."""
        prefix = (self.record.salesforce_id or "")[:3]
        return SOBJECT_OF_PREFIX.get(prefix, "Record" if prefix else "")

    @property
    def name(self) -> str:
        """First and last name, as far as the list has columns for them."""
        names = (self._find(SystemUsage.FIRST_NAME), self._find(SystemUsage.LAST_NAME))
        return " ".join(name for name in names if name)

    @property
    def company(self) -> str:
        """The company, empty where the list does not know it."""
        return self._find(SystemUsage.COMPANY)

    @property
    def is_unsent(self) -> bool:
        """Whether Salesforce is still to be told of the record as a whole."""
        return self.record.salesforce_id is None and self.list.is_from_salesforce

    @cached_property
    def unsent_columns(self) -> Sequence[ListColumn]:
        """The columns whose value was changed here and is not pushed yet."""
        return [column for column in self.columns if column.key in (self.record.dirty or {})]

    def _find(self, usage: SystemUsage) -> str:
        keys = (column.key for column in self.columns if column.system_usage == usage)
        return self.record.data.get(next(keys, "")) or ""


@dataclass(frozen=True)
class PersonValue:
    """A value of one record.

    `text` is None where the record's list has no such column. `base` is what Salesforce has where
    the value was changed here.
    """

    text: str | None
    is_changed: bool = False
    base: str = ""


@dataclass(frozen=True)
class ValueRow:
    """One field with its value in each record, in the records' order.

    `column` and `list` are the first that have it; a field that is not Salesforce's has no other.
    """

    column: ListColumn
    list: MarketingList
    values: Sequence[PersonValue]

    @property
    def differs(self) -> bool:
        """Whether records that have the field disagree; a blank value counts as one."""
        return len({value.text for value in self.values if value.text is not None}) > 1


@dataclass(frozen=True)
class Person:
    """An address with its records; `record_count` also counts those that are not among them."""

    address: str
    records: Sequence[PersonRecord]
    record_count: int

    @property
    def name(self) -> str:
        """The first name that a record knows; empty where none does."""
        return next((each.name for each in self.records if each.name), "")

    @property
    def company(self) -> str:
        """The first company that a record knows; empty where none does."""
        return next((each.company for each in self.records if each.company), "")

    @cached_property
    def rows(self) -> Sequence[ValueRow]:
        """Every field of every record, those that differ first."""
        return sorted(compare_values(self.records), key=lambda row: not row.differs)

    @property
    def differing_rows(self) -> Sequence[ValueRow]:
        """The fields whose values differ."""
        return [row for row in self.rows if row.differs]


def compare_values(records: Sequence[PersonRecord]) -> list[ValueRow]:
    """Put the records' values side by side, a row for each field.

    Columns that mirror the same Salesforce field share a row, also those of a lead and a contact.
    A column without one is its list's alone, whatever its name.
    """
    columns_of = [{_field_of(column): column for column in each.columns} for each in records]
    fields: dict[Hashable, tuple[ListColumn, MarketingList]] = {}
    for each, columns in zip(records, columns_of, strict=True):
        for field, column in columns.items():
            fields.setdefault(field, (column, each.list))
    return [
        ValueRow(
            *first,
            [
                _value_of(each.record, columns.get(field))
                for each, columns in zip(records, columns_of, strict=True)
            ],
        )
        for field, first in fields.items()
    ]


def _field_of(column: ListColumn) -> Hashable:
    return column.salesforce_field or (column.list_id, column.key)


def _value_of(record: ListRecord, column: ListColumn | None) -> PersonValue:
    if column is None:
        return PersonValue(None)
    dirty: Mapping[str, str | None] = record.dirty or {}
    return PersonValue(
        text=record.data.get(column.key) or "",
        is_changed=column.key in dirty,
        base=dirty.get(column.key) or "",
    )
