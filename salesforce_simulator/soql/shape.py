"""From the rows of a statement to records as REST shows them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.soql.polymorphic import Polymorphic
from salesforce_simulator.soql.scope import Resolved, Trail
from salesforce_simulator.soql.sources import Source
from salesforce_simulator.soql.statement import Child, Statement
from salesforce_simulator.soql.typeof import TypeofPart, Variant

Row = Sequence[Any]
_Part = Callable[[Row, str], Any]
_PREFIX = 3
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


def attributes(shown: str, sobject_type: str, record_id: str, version: str) -> dict[str, str]:
    """Return a record's `attributes`; `shown` is its type, or `Name` behind a polymorphic path."""
    url = f"/services/data/v{version}/sobjects/{sobject_type}/{record_id}"
    return {"type": shown, "url": url}


class _Node:
    """A record or one of its parents: where its id stands in a row, and its parts."""

    def __init__(self, source: Source, id_slot: int) -> None:
        self._name = source.sobject.name
        self._types: Mapping[str, str] = source.types if isinstance(source, Polymorphic) else {}
        self._id_slot = id_slot
        self.shows_own_type = False
        self.parts: dict[str, _Part] = {}

    def build(self, row: Row, version: str) -> dict[str, Any] | None:
        """Return the record, or None when there is none."""
        record_id = row[self._id_slot]
        if record_id is None:
            return None
        own_type = self._types[record_id[:_PREFIX]] if self._types else self._name
        shown = own_type if self.shows_own_type else self._name
        parts = {name: part(row, version) for name, part in self.parts.items()}
        return {"attributes": attributes(shown, own_type, record_id, version), **parts}


class RecordShape:
    """The SQL columns that REST records need, and how to put a record together.

    The first column is always the record's own id. In place of its children a
    record has None.
    """

    def __init__(self, statement: Statement) -> None:
        self.expressions: list[str] = []
        self._root = self._record(statement.root, statement.items, statement.parents)

    def build(self, row: Row, version: str) -> dict[str, Any]:
        """Return the record of a row, with paths of API `version` such as `60.0`."""
        record = self._root.build(row, version)
        if record is None:
            raise LookupError("a record without an id")
        return record

    def _slot(self, sql: str) -> int:
        self.expressions.append(sql)
        return len(self.expressions) - 1

    def _record(
        self,
        source: Source,
        items: Sequence[Resolved | TypeofPart | Child],
        parents: Mapping[Trail, Source],
    ) -> _Node:
        root = _Node(source, self._slot(source.id))
        nodes: dict[Trail, _Node] = {(): root}
        for item in items:
            if isinstance(item, Resolved):
                node = self._parent(nodes, parents, item.names[:-1])
                node.parts[item.names[-1]] = self._value(item)
            elif isinstance(item, TypeofPart):
                root.parts[item.name] = self._typeof(item)
            else:
                root.parts[item.name] = lambda _row, _version: None
        return root

    def _parent(
        self, nodes: dict[Trail, _Node], parents: Mapping[Trail, Source], trail: Trail
    ) -> _Node:
        if trail not in nodes:
            source = parents[trail]
            node = _Node(source, self._slot(source.id))
            nodes[trail] = node
            self._parent(nodes, parents, trail[:-1]).parts[trail[-1]] = node.build
        return nodes[trail]

    def _value(self, item: Resolved) -> _Part:
        if item.field.type == "address":
            return self._address(item.field, item.source)
        slot, field = self._slot(item.sql), item.field
        return lambda row, _version: convert(field, row[slot])

    def _address(self, item: Field, source: Source) -> _Part:
        """Return a part that collects the fields of an address; null when all are empty."""
        slots = {}
        for component in source.sobject.components(item.name):
            name = next(n for n in _PART_NAMES if component.name.lower().endswith(n.lower()))
            slots[name] = self._slot(source.column(component))

        def build(row: Row, _version: str) -> dict[str, Any] | None:
            parts = {name: row[slots[name]] for name in sorted(slots)}
            return parts if any(value is not None for value in parts.values()) else None

        return build

    def _typeof(self, item: TypeofPart) -> _Part:
        """Return a part that shows a parent by the variant of its type."""
        id_slot = self._slot(item.id)
        variants = {prefix: self._variant(found) for prefix, found in item.variants.items()}
        otherwise = self._variant(item.otherwise) if item.otherwise else None

        def build(row: Row, version: str) -> dict[str, Any] | None:
            record_id = row[id_slot]
            node = variants.get(record_id[:_PREFIX], otherwise) if record_id else None
            return node.build(row, version) if node else None

        return build

    def _variant(self, variant: Variant) -> _Node:
        node = self._record(variant.source, variant.columns, variant.parents)
        node.shows_own_type = True
        return node
