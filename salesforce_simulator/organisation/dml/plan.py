"""What a set of field names means for a create or an update.

Records of one load carry the same names, so a plan is made once and kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.errors import SalesforceError

_IGNORED = frozenset({"attributes"})


@dataclass(frozen=True)
class Plan:
    """The fields that values go to, by the name they came with.

    `relations` are names of relationships, whose values name a parent by one of
    its external ids. `references` are the fields that hold ids of either kind,
    `filled` those that take no null. `missing` are required fields that a create
    leaves out.
    """

    fields: tuple[tuple[str, Field], ...]
    relations: tuple[tuple[str, Field], ...]
    references: tuple[Field, ...]
    filled: tuple[str, ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=1024)
def make_plan(sobject: SObject, names: tuple[str, ...], *, creating: bool) -> Plan:
    """Resolve names, in any case, for a create or an update.

    Raises INVALID_FIELD for an unknown one and INVALID_FIELD_FOR_INSERT_UPDATE
    for those that may not be written.
    """
    fields, relations, readonly = [], [], []
    for name in names:
        if name in _IGNORED:
            continue
        relation = sobject.by_relationship.get(name.lower())
        field = relation or sobject.field(name)
        if field is None:
            raise _no_such_column(name, sobject)
        if not (field.createable if creating else field.updateable):
            readonly.append(field.name)
        elif relation:
            relations.append((name, field))
        else:
            fields.append((name, field))
    if readonly:
        raise _not_writable(readonly, creating=creating)
    given = {field.name for _, field in (*fields, *relations)}
    missing = (field.name for field in sobject.fields if field.required)
    needed = tuple(name for name in missing if name not in given) if creating else ()
    written = [field for _, field in (*fields, *relations)]
    return Plan(
        tuple(fields),
        tuple(relations),
        references=tuple(field for field in written if field.type == "reference"),
        filled=tuple(field.name for field in written if not field.nillable),
        missing=needed,
    )


def relation_key(value: object) -> tuple[str, object] | None:
    """Return (external id field, value) of a nested parent such as {"Ext__c": "x"}."""
    if not isinstance(value, Mapping):
        return None
    pairs = [(str(name), item) for name, item in value.items() if name not in _IGNORED]
    return pairs[0] if len(pairs) == 1 else None


def _no_such_column(name: str, sobject: SObject) -> SalesforceError:
    return SalesforceError(
        "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}"
    )


def _not_writable(names: list[str], *, creating: bool) -> SalesforceError:
    if creating and names == ["Id"]:
        return SalesforceError(
            "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", names
        )
    return SalesforceError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security"
        " settings of this field and verify that it is read/write for your profile or"
        " permission set.",
        names,
    )
