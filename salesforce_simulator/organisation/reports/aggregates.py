"""Totals over rows: how many, and sum, average, least, greatest and distinct values."""

from dataclasses import dataclass, field
from typing import Any

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.reports.definition import ROW_COUNT
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.report_types import Column, ReportType

COUNT = Field(name=ROW_COUNT, label="Record Count", type="int")
_LABELS = {
    "s": "Sum of {}", "a": "Average {}", "m": "Smallest {}", "mx": "Largest {}", "u": "Unique {}",
}  # fmt: skip


@dataclass(frozen=True)
class Aggregate:
    """A total by its API name, such as `s!AMOUNT`; the row count has no column."""

    name: str
    kind: str
    column: Column | None

    @property
    def label(self) -> str:
        """Return the total's name for people."""
        return COUNT.label if self.column is None else _LABELS[self.kind].format(self.column.label)

    @property
    def field(self) -> Field:
        """Return the field whose type the total has."""
        return COUNT if self.column is None or self.kind == "u" else self.column.field


def read_aggregate(name: str, kind: ReportType) -> Aggregate:
    """Return the aggregate of a name; BAD_REQUEST when the type has none such."""
    if name == ROW_COUNT:
        return Aggregate(name, "count", None)
    prefix, _, column_name = name.partition("!")
    prefix = "mx" if prefix == "x" else prefix
    column = kind.columns.get(column_name)
    numeric = column is not None and (column.field.type in NUMBERS or column.field.type == "int")
    if column is None or prefix not in _LABELS or not (numeric or prefix == "u"):
        raise bad_request(f"The aggregate {name} is not valid.")
    return Aggregate(name, prefix, column)


@dataclass
class Total:
    """What is kept of the values of one aggregate in one group."""

    kind: str
    count: int = 0
    sum: float = 0
    least: float | None = None
    greatest: float | None = None
    distinct: set[Any] = field(default_factory=set)

    def add(self, value: Any) -> None:
        """Take one row's value; null counts as a row and not as a value."""
        if self.kind == "count":
            self.count += 1
        elif value is None:
            return
        elif self.kind == "u":
            self.distinct.add(value)
        else:
            self.count += 1
            self.sum += value
            self.least = value if self.least is None else min(self.least, value)
            self.greatest = value if self.greatest is None else max(self.greatest, value)

    @property
    def value(self) -> float | None:
        """Return the total; null for the average, least and greatest of no value."""
        if self.kind == "count":
            return self.count
        if self.kind == "u":
            return len(self.distinct)
        if self.kind == "s":
            return self.sum
        if self.kind == "a":
            return self.sum / self.count if self.count else None
        return self.least if self.kind == "m" else self.greatest
