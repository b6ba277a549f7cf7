"""Delete records into the recycle bin, and bring them back."""

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.references import find_state, require_live
from salesforce_simulator.organisation.dml.rules import rules_of
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.rulebook.checks import check_locks, check_open
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.organisation.sharing import check_visible

_MASTER = "MasterRecordId"


def delete(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Delete a record and what hangs on it; lookups to it become empty.

    Raises ENTITY_IS_DELETED or INVALID_CROSS_REFERENCE_KEY when there is none.
    """
    if "delete" not in sobject.abilities:
        raise SalesforceError(
            "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", []
        )
    check_open(tx)
    require_live(tx.connection, sobject, record_id)
    check_visible(tx.connection, sobject, record_id, tx.user_id)
    check_locks(tx, sobject, {"Id": record_id})
    rules_of(sobject).before_delete(tx, record_id)
    _bury(tx, sobject, record_id)


def _bury(tx: Transaction, sobject: SObject, record_id: str) -> None:
    for link in tx.catalogue.children(sobject.name):
        child = tx.catalogue.get(link.child)
        if link.cascade_delete:
            for child_id in _live_children(tx, child, link.field, record_id):
                _bury(tx, child, child_id)
        elif child.by_name[link.field.lower()].updateable:
            column = quoted(link.field)
            tx.connection.execute(
                f"UPDATE {quoted(child.name)} SET {column} = NULL WHERE {column} = ?",  # noqa: S608 - names from the catalogue
                (record_id,),
            )
    if sobject.recyclable:
        tx.change(sobject, record_id, {"IsDeleted": 1})
    else:
        tx.erase(sobject, record_id)


def hard_delete(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Delete a record and what hangs on it past the recycle bin; errors as for `delete`."""
    delete(tx, sobject, record_id)
    if sobject.recyclable:
        erase(tx, sobject, record_id)


def erase(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Remove a deleted record for good, with what was deleted along with it."""
    for link in tx.catalogue.children(sobject.name):
        child = tx.catalogue.get(link.child)
        if link.cascade_delete and child.recyclable:
            for child_id in _children(tx, child, link.field, record_id, "AND IsDeleted = 1"):
                erase(tx, child, child_id)
    tx.erase(sobject, record_id)


def undelete(tx: Transaction, sobject: SObject, record_id: str) -> None:
    """Bring a record back, with those that were deleted along with it.

    UNDELETE_FAILED for one that is not in the recycle bin, or only comes back with its parent.
    """
    if "undelete" not in sobject.abilities:
        raise SalesforceError("UNDELETE_FAILED", "entity type cannot be undeleted", [])
    if find_state(tx.connection, sobject, record_id) != "deleted":
        raise SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin", [])
    check_open(tx)
    check_visible(tx.connection, sobject, record_id, tx.user_id)
    (stamp,) = tx.values(record_id, "SystemModstamp")
    _dig_up(tx, sobject, record_id, stamp)
    if sobject.has(_MASTER):  # a record that was merged away is its own again
        tx.change(sobject, record_id, {_MASTER: None})


def _dig_up(tx: Transaction, sobject: SObject, record_id: str, stamp: str) -> None:
    tx.change(sobject, record_id, {"IsDeleted": 0})
    for link in tx.catalogue.children(sobject.name):
        child = tx.catalogue.get(link.child)
        if not (link.cascade_delete and child.recyclable):
            continue
        for child_id in _children(tx, child, link.field, record_id, "AND IsDeleted = 1"):
            if tx.values(child_id, "SystemModstamp") == (stamp,):
                _dig_up(tx, child, child_id, stamp)


def _live_children(tx: Transaction, child: SObject, field: str, parent_id: str) -> list[str]:
    condition = "AND IsDeleted = 0" if child.recyclable else ""
    return _children(tx, child, field, parent_id, condition)


def _children(
    tx: Transaction, child: SObject, field: str, parent_id: str, condition: str
) -> list[str]:
    where = f"WHERE {quoted(field)} = ? {condition}"
    rows = tx.connection.execute(
        " ".join(("SELECT Id FROM", quoted(child.name), where)), (parent_id,)
    )
    return [row[0] for row in rows.fetchall()]
