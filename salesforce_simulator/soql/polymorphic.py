"""Parents that may be of several types, such as an owner or what a task is about.

A path through such a relationship sees no type's own fields but those of `Name`,
a pseudo-object with what people and most other records share. Fields of one
type are read with TYPEOF.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.soql.sources import Source

_NAME_FIELDS = (
    "Id", "Name", "FirstName", "LastName", "Title", "Email", "Phone", "Username", "Alias",
    "IsActive", "ProfileId", "UserRoleId", "RecordTypeId", "LastViewedDate", "LastReferencedDate",
)  # fmt: skip
_TYPE = Field(name="Type", label="Type", type="string", length=40)
# The type of an owner that is a group says which kind of group.
_QUEUES = "Group"


@dataclass(frozen=True)
class Polymorphic(Source):
    """The records of several tables, of which one at most is there."""

    targets: tuple[Source, ...]

    @classmethod
    def of(cls, targets: tuple[Source, ...]) -> "Polymorphic":
        """Return the source for tables that are joined already."""
        entity = _name_entity(tuple(target.sobject for target in targets))
        return cls(targets[0].alias, entity, targets)

    @property
    def id(self) -> str:
        """Return SQL for the record's id."""
        return _first([target.id for target in self.targets])

    @property
    def types(self) -> Mapping[str, str]:
        """Return the names of the objects by the prefixes of their ids."""
        return {target.sobject.prefix: target.sobject.name for target in self.targets}

    def column(self, item: Field) -> str:
        """Return SQL for a field's value, from the table that has the record."""
        if item is _TYPE:
            whens = (f"WHEN {t.id} IS NOT NULL THEN {_type(t)}" for t in self.targets)
            return f"CASE {' '.join(whens)} END"
        pairs = ((target, _field_of(target.sobject, item.name)) for target in self.targets)
        return _first([target.column(found) for target, found in pairs if found is not None])


def _type(target: Source) -> str:
    kind = target.sobject.field("Type") if target.sobject.name == _QUEUES else None
    return target.column(kind) if kind else f"'{target.sobject.name}'"


def _first(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _field_of(sobject: SObject, name: str) -> Field | None:
    if name != "Name":
        return sobject.field(name)
    return next((field for field in sobject.fields if field.is_name), sobject.field(name))


@lru_cache(maxsize=256)
def _name_entity(sobjects: tuple[SObject, ...]) -> SObject:
    """Return the pseudo-object of what the given ones share by name."""
    fields = [_TYPE]
    for name in _NAME_FIELDS:
        found = next(filter(None, (_field_of(sobject, name) for sobject in sobjects)), None)
        if found is not None:
            fields.append(replace(found, name=name, formula=None))
    return SObject("Name", "Name", "Names", "", frozenset(), tuple(fields))
