"""Changes of more than one record at once: merges, conversions, the emptied bin."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.convert import (
    LeadConvert,
    LeadConvertOutcome,
    convert,
)
from salesforce_simulator.organisation.dml.merge import MergeOutcome, merge
from salesforce_simulator.organisation.dml.purge import purge_one
from salesforce_simulator.organisation.dml.transaction import (
    Transaction,
    WriteOptions,
    WriteOutcome,
)
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.rulebook.row_locks import RowLocks
from salesforce_simulator.organisation.session import Session

_DEFAULT_OPTIONS = WriteOptions()


class Reshaping(ABC):
    """The part of an organisation that merges and converts records."""

    _locks: RowLocks

    @abstractmethod
    def _transaction(
        self, session: Session, options: WriteOptions
    ) -> AbstractContextManager[Transaction]:
        """Open a transaction in the user's name."""

    @abstractmethod
    def _record(self, sobject_type: str, record_id: str, session: Session) -> tuple[SObject, str]:
        """Return object and full id of a record."""

    def merge(
        self,
        sobject_type: str,
        winner_id: str,
        loser_ids: Sequence[str],
        values: Mapping[str, object],
        session: Session,
        options: WriteOptions = _DEFAULT_OPTIONS,
    ) -> MergeOutcome:
        """Merge up to two records into a third, which gets the values; see `dml.merge`."""
        sobject, full_id = self._record(sobject_type, winner_id, session)
        with self._transaction(session, options) as tx:
            return merge(tx, sobject, full_id, loser_ids, values)

    def convert_leads(
        self,
        requests: Sequence[LeadConvert],
        session: Session,
        options: WriteOptions = _DEFAULT_OPTIONS,
    ) -> list[LeadConvertOutcome]:
        """Convert leads, each on its own; one that fails is told by its outcome."""
        outcomes = []
        for request in requests:
            try:
                with self._transaction(session, options) as tx:
                    outcomes.append(convert(tx, request))
            except SalesforceError as error:
                outcomes.append(LeadConvertOutcome(request.lead_id, error=error))
        return outcomes

    def empty_recycle_bin(self, ids: Sequence[str], session: Session) -> list[WriteOutcome]:
        """Remove deleted records for good, each with an outcome of its own."""
        with self._transaction(session, _DEFAULT_OPTIONS) as tx:
            return [purge_one(tx, record_id) for record_id in ids]

    def touch(self, ids: Sequence[str], session: Session) -> None:
        """Change records as the system does: SystemModstamp moves and nothing else."""
        with self._transaction(session, _DEFAULT_OPTIONS) as tx:
            for record_id in filter(None, map(normalise_id, ids)):
                sobject = tx.catalogue.of_id(record_id)
                if sobject is not None:
                    tx.touch(sobject, record_id, {})

    def lock_rows(
        self, ids: Iterable[str], *, seconds: float | None = None, refusals: int | None = None
    ) -> None:
        """Let another transaction hold records, for a time or for so many refused changes."""
        known = [normalise_id(record_id) or record_id for record_id in ids]
        self._locks.lock(known, seconds=seconds, refusals=refusals)

    def unlock_rows(self) -> None:
        """Let go of every record."""
        self._locks.unlock()
