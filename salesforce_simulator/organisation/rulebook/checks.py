"""Hold a new or changed record against the rulebook."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError, TriggerError, several
from salesforce_simulator.organisation.rulebook.book import AssignmentRule, TriggerRule
from salesforce_simulator.organisation.rulebook.duplicates import check_duplicates
from salesforce_simulator.organisation.rulebook.formula import Facts, holds


def check_open(tx: Transaction, *, creating: bool = False) -> None:
    """Refuse changes during maintenance, and new records when the storage is full."""
    if tx.rulebook.maintenance:
        raise SalesforceError(
            "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
            "Insert, update, and delete are not allowed during maintenance.",
            [],
        )
    if creating and tx.rulebook.storage_full:
        raise SalesforceError("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", [])


def check_locks(tx: Transaction, sobject: SObject, values: Mapping[str, Any]) -> None:
    """Refuse a change to a record that is locked, or whose parent is.

    Salesforce locks the parents of a record together with it. `values` holds what
    the change brings; what the record has already is looked up by its `Id`.
    """
    if not tx.locks:
        return
    parents = [
        field.name
        for field in sobject.stored_fields
        if field.reference_to and "User" not in field.reference_to
    ]
    needed = [values[name] for name in ("Id", *parents) if values.get(name)]
    if "Id" in values and parents:
        needed += filter(None, tx.values(values["Id"], *parents))
    tx.locks.check(dict.fromkeys(needed))


def check_rules(
    tx: Transaction, sobject: SObject, changes: Mapping[str, Any], own_id: str | None
) -> None:
    """Let triggers, validation rules and duplicate rules have their say, in this order.

    Raises CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY or CANNOT_EXECUTE_FLOW_TRIGGER, then
    FIELD_CUSTOM_VALIDATION_EXCEPTION for all rules that are broken together, then
    DUPLICATES_DETECTED.
    """
    book, name = tx.rulebook, sobject.name
    triggers, rules = book.triggers_of(name), book.validation_of(name)
    duplicates = book.duplicates_of(name)
    if not (triggers or rules or duplicates):
        return
    before = tx.row(sobject, own_id) if own_id else None
    record = {**(before or {}), **changes}
    facts = _facts(tx, record, before)
    for trigger in triggers:
        if holds(trigger.formula, facts):
            raise _failure(trigger, creating=before is None)
    broken = [
        SalesforceError(
            "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, [rule.field] if rule.field else []
        )
        for rule in rules
        if holds(rule.formula, facts)
    ]
    if broken:
        raise several(broken)
    for duplicate_rule in duplicates:
        saves_anyway = tx.options.allow_duplicates and not duplicate_rule.block
        touched = any(field in changes for group in duplicate_rule.matching for field in group)
        if touched and not saves_anyway:
            check_duplicates(tx.connection, tx.catalogue, duplicate_rule, record, own_id)


def _failure(trigger: TriggerRule, *, creating: bool) -> TriggerError:
    if trigger.flow:
        code, message = "CANNOT_EXECUTE_FLOW_TRIGGER", trigger.message
    else:
        occasion = "BeforeInsert" if creating else "BeforeUpdate"
        code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        message = (
            f"{trigger.name}: execution of {occasion}\n\ncaused by: {trigger.message}\n\n"
            f"Trigger.{trigger.name}: line 1, column 1"
        )
    return TriggerError(code, message, whole_chunk=trigger.whole_chunk)


def assign_owner(tx: Transaction, sobject: SObject, record: dict[str, Any]) -> None:
    """Let the active assignment rule name the owner, when the call wants it to."""
    rule = tx.rulebook.assignment_of(sobject.name) if tx.options.assign else None
    if rule is not None:
        owner = _owner(rule, _facts(tx, record, None))
        if owner is not None:
            record["OwnerId"] = owner


def _owner(rule: AssignmentRule, facts: Facts) -> str | None:
    return next((owner for formula, owner in rule.entries if holds(formula, facts)), None)


def _facts(tx: Transaction, record: Mapping[str, Any], before: Mapping[str, Any] | None) -> Facts:
    return Facts(
        {key.lower(): value for key, value in record.items()},
        None if before is None else {key.lower(): value for key, value in before.items()},
        tx.stamp[:10],
    )
