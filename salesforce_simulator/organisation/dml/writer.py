"""Create, update and upsert single records inside a transaction."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.dml.coerce import coerce, malformed_id, shortened
from salesforce_simulator.organisation.dml.plan import make_plan, relation_key
from salesforce_simulator.organisation.dml.references import (
    check_reference,
    external_id_field,
    ids_with,
    require_live,
)
from salesforce_simulator.organisation.dml.rules import rules_of
from salesforce_simulator.organisation.dml.rules.groups import QUEUE_PREFIX, check_owner_queue
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import MultipleMatchesError, SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.rulebook.checks import (
    assign_owner,
    check_locks,
    check_open,
    check_rules,
)
from salesforce_simulator.organisation.sharing import check_visible


def create(tx: Transaction, sobject: SObject, values: Mapping[str, object]) -> str:
    """Create a record and return its 18-character id."""
    _require_ability(sobject, "create", "inserted")
    check_open(tx, creating=True)
    record, missing = _checked(tx, sobject, values, creating=True)
    record = {**tx.catalogue.get(sobject.name).defaults, **record}
    if sobject.has("OwnerId") and record.get("OwnerId") is None:
        record["OwnerId"] = tx.user_id
    rules = rules_of(sobject)
    rules.before_create(tx, record)
    missing = [name for name in missing if record.get(name) is None]
    if missing:
        raise _required(missing)
    check_locks(tx, sobject, record)
    _check_unique(tx, sobject, record, None)
    check_rules(tx, sobject, record, None)
    assign_owner(tx, sobject, record)
    record_id = tx.add(sobject, record)
    rules.after_create(tx, record)
    return record_id


def update(tx: Transaction, sobject: SObject, record_id: str, values: Mapping[str, object]) -> None:
    """Change the given fields of a record; a value of None clears one."""
    _require_ability(sobject, "update", "updated")
    check_open(tx)
    require_live(tx.connection, sobject, record_id)
    check_visible(tx.connection, sobject, record_id, tx.user_id)
    changes, missing = _checked(tx, sobject, values, creating=False)
    if missing:
        raise _required(missing)
    rules = rules_of(sobject)
    rules.before_update(tx, record_id, changes)
    check_locks(tx, sobject, {**changes, "Id": record_id})
    _check_unique(tx, sobject, changes, record_id)
    check_rules(tx, sobject, changes, record_id)
    tx.change(sobject, record_id, changes)
    rules.after_update(tx, record_id, changes)


def upsert(
    tx: Transaction, sobject: SObject, key_field: str, key: object, values: Mapping[str, object]
) -> tuple[str, bool]:
    """Update the one record with the key, or create it; return its id and whether created.

    Raises MultipleMatchesError when several records have the key, and NOT_FOUND
    when the field is no key or, with `update_only`, when no record has it.
    """
    field = external_id_field(sobject, key_field)
    rest = {name: value for name, value in values.items() if name.lower() != field.name.lower()}
    if field.type == "id":
        return _upsert_by_id(tx, sobject, key, rest)
    stored = coerce(field, key)
    if stored is None:
        raise SalesforceError(
            "MISSING_ARGUMENT", f"{sobject.name}.{field.name} not specified", [field.name]
        )
    matches = ids_with(tx.connection, sobject, field, stored)
    if len(matches) > 1:
        raise MultipleMatchesError(sobject.name, matches)
    if matches:
        update(tx, sobject, matches[0], rest)
        return matches[0], False
    if tx.options.update_only:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
    return create(tx, sobject, {**rest, field.name: stored}), True


def _upsert_by_id(
    tx: Transaction, sobject: SObject, key: object, values: Mapping[str, object]
) -> tuple[str, bool]:
    if key is None or key == "":
        return create(tx, sobject, values), True
    record_id = require_id(sobject, key)
    update(tx, sobject, record_id, values)
    return record_id, False


def require_id(sobject: SObject, value: object) -> str:
    """Return the 18-character id; MALFORMED_ID for anything that is no id of this object."""
    record_id = normalise_id(value) if isinstance(value, str) else None
    if record_id is None or not record_id.startswith(sobject.prefix):
        raise malformed_id(sobject.by_name["id"], value)
    return record_id


def _require_ability(sobject: SObject, ability: str, done: str) -> None:
    if ability not in sobject.abilities:
        raise SalesforceError(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type cannot be {done}: {sobject.label}",
            [],
        )


def _checked(
    tx: Transaction, sobject: SObject, values: Mapping[str, object], *, creating: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the values in stored form, and the required fields left empty."""
    plan = make_plan(sobject, tuple(values), creating=creating)
    record: dict[str, Any] = {}
    for name, field in plan.fields:
        value = values[name]
        if field.type == "boolean" and isinstance(value, str) and not tx.options.from_csv:
            raise _no_json_boolean(value)
        if tx.options.truncate:
            value = shortened(field, value)
        record[field.name] = coerce(field, value)
    for name, field in plan.relations:
        record[field.name] = _resolve(tx, sobject, name, field, values[name])
    for field in plan.references:
        value = record[field.name]
        if value is not None:
            check_reference(tx.connection, tx.catalogue, sobject, field, value)
            if value.startswith(QUEUE_PREFIX) and field.name == "OwnerId":
                check_owner_queue(tx, sobject.name, value)
    empty = [name for name in plan.filled if record[name] is None]
    return record, [*plan.missing, *empty]


def _resolve(
    tx: Transaction, sobject: SObject, name: str, field: Field, value: object
) -> str | None:
    """Return the id of the parent that is named by an external id of its own."""
    if value is None:
        return None
    pair = relation_key(value)
    parent = tx.visible.get(_parent_type(field, value))
    if pair is None:
        raise SalesforceError("INVALID_FIELD", f"{sobject.name}.{name}: not a reference", [])
    key_field = external_id_field(parent, pair[0])
    matches = ids_with(tx.connection, parent, key_field, coerce(key_field, pair[1]))
    if len(matches) != 1:
        problem = "not found" if not matches else "is not unique"
        raise SalesforceError(
            "INVALID_FIELD",
            f"Foreign key external ID: {pair[1]} {problem} for field {key_field.name}"
            f" in entity {parent.name}",
            [],
        )
    return matches[0]


def _parent_type(field: Field, value: object) -> str:
    """Return the object that a relationship leads to; `attributes` choose among several."""
    attributes = value.get("attributes") if isinstance(value, Mapping) else None
    wanted = attributes.get("type") if isinstance(attributes, Mapping) else None
    return next((name for name in field.reference_to if name == wanted), field.reference_to[-1])


def _no_json_boolean(value: str) -> SalesforceError:
    """Return the error for a text in place of true or false, which CSV alone allows."""
    return SalesforceError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of boolean from VALUE_STRING value {value} or request may"
        " be missing a required field",
    )


def _required(names: list[str]) -> SalesforceError:
    return SalesforceError(
        "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names
    )


def _check_unique(
    tx: Transaction, sobject: SObject, record: dict[str, Any], own_id: str | None
) -> None:
    for field in sobject.unique_fields:
        value = record.get(field.name)
        if value is None:
            continue
        for other in ids_with(tx.connection, sobject, field, value):
            if other != own_id:
                raise SalesforceError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id:"
                    f" {other}",
                    [],
                )
