"""Merge records that are the same person or company into one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.references import require_live
from salesforce_simulator.organisation.dml.reparent import move_children
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.dml.writer import require_id, update
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.rulebook.checks import check_locks, check_open
from salesforce_simulator.organisation.sharing import check_visible

_MOST_LOSERS = 2


@dataclass(frozen=True)
class MergeOutcome:
    """The record that is left, those merged into it, and those that changed their parent."""

    id: str
    merged_ids: tuple[str, ...]
    updated_related_ids: tuple[str, ...]


def merge(
    tx: Transaction,
    sobject: SObject,
    winner_id: str,
    loser_ids: Sequence[str],
    values: Mapping[str, object],
) -> MergeOutcome:
    """Merge up to two records into a third of the same object, which gets the values.

    The losers go to the recycle bin with MasterRecordId naming the winner; what
    hung on them hangs on the winner, whose modification stamp moves. Raises
    INVALID_TYPE_FOR_OPERATION, MERGE_FAILED or CANNOT_UPDATE_CONVERTED_LEAD.
    """
    whole = tx.catalogue.get(sobject.name)
    losers = [require_id(sobject, loser) for loser in loser_ids]
    _check(tx, sobject, winner_id, losers)
    update(tx, sobject, winner_id, values)
    moved: list[str] = []
    for loser in losers:
        moved += move_children(tx, whole, loser, winner_id)
        tx.change(whole, loser, {"IsDeleted": 1, "MasterRecordId": winner_id})
    return MergeOutcome(winner_id, tuple(losers), tuple(moved))


def _check(tx: Transaction, sobject: SObject, winner_id: str, losers: Sequence[str]) -> None:
    check_open(tx)
    if "merge" not in sobject.abilities:
        raise SalesforceError(
            "INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support merge", []
        )
    if not losers or len(losers) > _MOST_LOSERS or len({winner_id, *losers}) <= len(losers):
        raise SalesforceError(
            "MERGE_FAILED",
            f"One master record and one to {_MOST_LOSERS} different other records can be merged",
            [],
        )
    for record_id in (winner_id, *losers):
        require_live(tx.connection, sobject, record_id)
        check_visible(tx.connection, sobject, record_id, tx.user_id)
        check_locks(tx, sobject, {"Id": record_id})
        if sobject.name == "Lead" and tx.values(record_id, "IsConverted")[0]:
            raise SalesforceError(
                "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", []
            )
