"""What is known of an object and of a field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from salesforce_simulator.organisation.errors import not_found

LONG_TEXT = 255
NUMBERS = frozenset({"int", "double", "currency", "percent"})
REFERENCES = frozenset({"id", "reference"})
COMPOUND_TYPES = frozenset({"address"})
_NOT_GROUPABLE = NUMBERS - {"int"} | {"datetime"} | COMPOUND_TYPES


@dataclass(frozen=True)
class Field:
    """One field of an object.

    `length` counts characters, `precision` and `scale` decimal digits. `formula`
    is an SQL expression over the alias `{t}`; such a field is not stored.
    `compound` names the field that this one is a part of (Name, Address). Of a
    reference, `child_names` are pairs of a parent object and the name by which
    its sub-queries call the records here; `cascades` are the parents with which
    these records are deleted. `blank_as_zero` is a formula's view of blank numbers.
    """

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    createable: bool = False
    updateable: bool = False
    nillable: bool = False
    defaulted: bool = False
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    permissionable: bool = False
    is_name: bool = False
    compound: str | None = None
    extra: str | None = None
    default: object = None
    values: tuple[str, ...] = ()
    formula: str | None = None
    formula_source: str | None = None
    child_names: tuple[tuple[str, str], ...] = ()
    cascades: tuple[str, ...] = ()
    help: str | None = None
    blank_as_zero: bool = False

    @property
    def custom(self) -> bool:
        """Tell whether the organisation added this field."""
        return self.name.endswith("__c")

    @property
    def long_text(self) -> bool:
        """Tell whether this is a long text area, which no query may filter or sort by."""
        return self.type == "textarea" and self.length > LONG_TEXT

    @property
    def filterable(self) -> bool:
        """Tell whether WHERE may name it."""
        return not self.long_text

    @property
    def sortable(self) -> bool:
        """Tell whether ORDER BY may name it."""
        return not self.long_text and self.type not in COMPOUND_TYPES

    @property
    def groupable(self) -> bool:
        """Tell whether GROUP BY may name it."""
        if self.type == "double" and self.scale == 0 and self.custom:
            return False
        return not self.long_text and self.type not in _NOT_GROUPABLE and not self.formula_source

    @property
    def stored(self) -> bool:
        """Tell whether the table has a column of it."""
        return self.formula is None and self.type not in COMPOUND_TYPES

    @property
    def required(self) -> bool:
        """Tell whether a new record must bring a value."""
        return self.createable and not self.nillable and not self.defaulted


@dataclass(frozen=True, eq=False)
class SObject:
    """One object type; `abilities` are words such as `create` and `undelete`.

    There is one value per type, so it is compared and hashed by identity, quickly.
    `owners_only` tells that the user sees none but his own records.
    """

    name: str
    label: str
    plural: str
    prefix: str
    abilities: frozenset[str]
    fields: tuple[Field, ...]
    owners_only: bool = False

    @property
    def custom(self) -> bool:
        """Tell whether the organisation added this object."""
        return self.name.endswith("__c")

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Return the fields by their lower-case names."""
        return {field.name.lower(): field for field in self.fields}

    @cached_property
    def by_relationship(self) -> Mapping[str, Field]:
        """Return the reference fields by their lower-case relationship names."""
        return {f.relationship.lower(): f for f in self.fields if f.relationship}

    @cached_property
    def stored_fields(self) -> tuple[Field, ...]:
        """Return the fields that are columns of the table."""
        return tuple(field for field in self.fields if field.stored)

    @cached_property
    def defaults(self) -> Mapping[str, object]:
        """Return the stored fields that have a default, with its value."""
        return {f.name: f.default for f in self.stored_fields if f.default is not None}

    @cached_property
    def unique_fields(self) -> tuple[Field, ...]:
        """Return the fields whose values no two live records share."""
        return tuple(field for field in self.fields if field.unique)

    @cached_property
    def recyclable(self) -> bool:
        """Tell whether deleted records stay in the recycle bin."""
        return self.has("IsDeleted")

    def field(self, name: str) -> Field | None:
        """Return the field of that name in any case, or None."""
        return self.by_name.get(name.lower())

    def has(self, name: str) -> bool:
        """Tell whether there is such a field."""
        return name.lower() in self.by_name

    def with_fields(self, fields: Iterable["Field"]) -> "SObject":
        """Return the object with these fields added, or in the places of their namesakes."""
        changed = {field.name.lower(): field for field in fields}
        kept = tuple(changed.pop(field.name.lower(), field) for field in self.fields)
        return replace(self, fields=(*kept, *changed.values()))

    def components(self, compound: str) -> tuple[Field, ...]:
        """Return the fields that a compound field is made of."""
        return tuple(field for field in self.fields if field.compound == compound)


@dataclass(frozen=True)
class ChildRelationship:
    """The way down from a parent to the records whose `field` points at it."""

    child: str
    field: str
    name: str | None
    cascade_delete: bool


class Catalogue:
    """All object types of an organisation, found by name in any case. It never changes."""

    def __init__(self, sobjects: Iterable[SObject]) -> None:
        self._by_name = {sobject.name.lower(): sobject for sobject in sobjects}
        self._by_prefix = {sobject.prefix: sobject for sobject in self}
        self._children: dict[str, list[ChildRelationship]] = {}
        for child in self:
            for field in child.fields:
                for parent in field.reference_to:
                    name = dict(field.child_names).get(parent)
                    link = ChildRelationship(child.name, field.name, name, parent in field.cascades)
                    self._children.setdefault(parent, []).append(link)

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def with_object(self, sobject: SObject) -> "Catalogue":
        """Return a catalogue in which this object is added, or takes the place of its namesake."""
        return Catalogue({**self._by_name, sobject.name.lower(): sobject}.values())

    def without_object(self, name: str) -> "Catalogue":
        """Return a catalogue without the object of that name."""
        return Catalogue(item for item in self if item.name.lower() != name.lower())

    def find(self, name: str) -> SObject | None:
        """Return the object type of that name, or None."""
        return self._by_name.get(name.lower())

    def get(self, name: str) -> SObject:
        """Return the object type of that name; NOT_FOUND when there is none."""
        sobject = self.find(name)
        if sobject is None:
            raise not_found()
        return sobject

    def of_id(self, record_id: str) -> SObject | None:
        """Return the object type that a record id belongs to, by its prefix."""
        return self._by_prefix.get(record_id[:3])

    def children(self, name: str) -> Sequence[ChildRelationship]:
        """Return the relationships from the object `name` down to its children."""
        return self._children.get(name, ())
