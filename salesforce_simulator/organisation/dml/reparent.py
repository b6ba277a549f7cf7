"""Give the records of one parent to another, as merges and conversions do."""

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.schema import quoted

# A person is a member of a campaign once, and plays a role in an opportunity once.
_ONCE_PER = {"CampaignMember": "CampaignId", "OpportunityContactRole": "OpportunityId"}
_ALIAS = "MasterRecordId"


def move_children(tx: Transaction, sobject: SObject, old_id: str, new_id: str) -> list[str]:
    """Let everything that points at `old_id` point at `new_id`; return the ids of what moved.

    It is the system that changes them: SystemModstamp moves, LastModifiedDate does
    not. A membership that the new parent has already goes to the recycle bin.
    """
    moved = []
    for link in tx.catalogue.children(sobject.name):
        child = tx.catalogue.get(link.child)
        field = child.by_name[link.field.lower()]
        if not field.stored or field.name == _ALIAS:
            continue
        for child_id in children_of(tx, child, field.name, old_id):
            if is_member_twice(tx, child, field.name, child_id, new_id):
                tx.touch(child, child_id, {"IsDeleted": 1})
            else:
                tx.touch(child, child_id, {field.name: new_id})
                moved.append(child_id)
    return moved


def children_of(
    tx: Transaction, child: SObject, field: str, parent_id: str, *, deleted: bool = False
) -> list[str]:
    """Return the ids of the live, or the deleted, records that point at the parent."""
    state = f"AND IsDeleted = {int(deleted)}" if child.recyclable else ""
    statement = " ".join(
        ("SELECT Id FROM", quoted(child.name), f"WHERE {quoted(field)} = ? {state}")
    )
    return [row[0] for row in tx.connection.execute(statement, (parent_id,)).fetchall()]


def is_member_twice(
    tx: Transaction, child: SObject, field: str, child_id: str, new_id: str
) -> bool:
    """Tell whether the new parent has a record of the same campaign or opportunity already."""
    common = _ONCE_PER.get(child.name)
    if common is None or field == common:
        return False
    (group,) = tx.values(child_id, common)
    found = tx.connection.execute(
        " ".join(
            (
                "SELECT 1 FROM",
                quoted(child.name),
                f"WHERE {quoted(common)} = ? AND {quoted(field)} = ? AND IsDeleted = 0",
                "AND Id <> ?",
            )
        ),
        (group, new_id, child_id),
    )
    return found.fetchone() is not None
