"""From the rows of a statement to records as REST shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.soql.compiler import Statement
from salesforce_simulator.soql.scope import Source

Row = Sequence[Any]
_PART_NAMES = ("street", "city", "state", "postalCode", "country", "latitude", "longitude",
               "geocodeAccuracy")  # fmt: skip


def convert(item: Field, value: Any) -> Any:
    """Return a stored value as JSON shows it; datetimes end in `+0000`."""
    if value is None:
        return None
    if item.type == "boolean":
        return bool(value)
    if item.type == "datetime":
        return value[:-1] + "+0000"
    return value


@dataclass
class _Node:
    """A record or one of its parents: where its id stands in a row, and its parts."""

    sobject_type: str
    id_slot: int
    parts: dict[str, "Callable[[Row, str], Any]"] = field(default_factory=dict)

    def build(self, row: Row, version: str) -> dict[str, Any] | None:
        record_id = row[self.id_slot]
        if record_id is None:
            return None
        return {
            "attributes": {
                "type": self.sobject_type,
                "url": f"/services/data/v{version}/sobjects/{self.sobject_type}/{record_id}",
            },
            **{name: part(row, version) for name, part in self.parts.items()},
        }


class RecordShape:
    """The SQL columns that REST records need, and how to put a record together.

    The first column is always the record's own id.
    """

    def __init__(self, statement: Statement) -> None:
        self.expressions: list[str] = []
        self._statement = statement
        self._root = _Node(statement.sobject.name, self._slot(f"{statement.root.alias}.Id"))
        self._nodes: dict[tuple[str, ...], _Node] = {(): self._root}
        for column in statement.columns:
            node = self._node(column.names[:-1])
            node.parts[column.names[-1]] = self._part(column.field, column.sql, column.source)

    def build(self, row: Row, version: str) -> dict[str, Any]:
        """Return the record of a row, with paths of API `version` such as `60.0`."""
        record = self._root.build(row, version)
        if record is None:
            raise LookupError("a record without an id")
        return record

    def _slot(self, sql: str) -> int:
        self.expressions.append(sql)
        return len(self.expressions) - 1

    def _node(self, trail: tuple[str, ...]) -> _Node:
        if trail not in self._nodes:
            source = self._statement.parents[trail]
            node = _Node(source.sobject.name, self._slot(f"{source.alias}.Id"))
            self._nodes[trail] = node
            self._node(trail[:-1]).parts[trail[-1]] = node.build
        return self._nodes[trail]

    def _part(self, item: Field, sql: str, source: Source) -> Callable[[Row, str], Any]:
        if item.type == "address":
            return self._address(item, source)
        slot = self._slot(sql)
        return lambda row, _version: convert(item, row[slot])

    def _address(self, item: Field, source: Source) -> Callable[[Row, str], Any]:
        """Return a part that collects the fields of an address; null when all are empty."""
        slots = {}
        for component in source.sobject.components(item.name):
            name = next(n for n in _PART_NAMES if component.name.lower().endswith(n.lower()))
            slots[name] = self._slot(source.column(component))

        def build(row: Row, _version: str) -> dict[str, Any] | None:
            parts = {name: row[slots[name]] for name in sorted(slots)}
            return parts if any(value is not None for value in parts.values()) else None

        return build
